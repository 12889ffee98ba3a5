package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.operation.CrossOrigin;
import io.varve.s3.operation.Encryption;
import io.varve.s3.operation.FormUploads;
import io.varve.s3.operation.Notifications;
import io.varve.s3.operation.Website;
import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.signature.SignatureVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the page on S3 says of every operation what the table of operations does: do it, or answer 501. */
class OperationsPageTest {

    @TempDir
    static Path directory;

    private static S3TestServer server;
    private static Map<String, String> states;

    @BeforeAll
    static void open() throws IOException {
        server = new S3TestServer(directory);
        states = new HashMap<>();
        for (String line : Files.readAllLines(Path.of("../docs/s3.md"))) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == 4) {
                for (String name : cells[1].split("[^A-Za-z0-9]+", -1)) {
                    states.put(name, cells[2].strip());
                }
            }
        }
    }

    @AfterAll
    static void close() throws IOException {
        server.close();
    }

    /** Every operation of the API reference, in its order, with what chooses it. */
    @ParameterizedTest
    @CsvSource({
        "AbortMultipartUpload, DELETE, /b/k, uploadId=u",
        "CompleteMultipartUpload, POST, /b/k, uploadId=u",
        "CopyObject, PUT, /b/k, (copy)",
        "CreateBucket, PUT, /b, ",
        "CreateBucketMetadataConfiguration, POST, /b, metadataConfiguration",
        "CreateBucketMetadataTableConfiguration, POST, /b, metadataTable",
        "CreateMultipartUpload, POST, /b/k, uploads",
        "CreateSession, GET, /b, session",
        "DeleteBucket, DELETE, /b, ",
        "DeleteBucketAnalyticsConfiguration, DELETE, /b, analytics&id=1",
        "DeleteBucketCors, DELETE, /b, cors",
        "DeleteBucketEncryption, DELETE, /b, encryption",
        "DeleteBucketIntelligentTieringConfiguration, DELETE, /b, intelligent-tiering&id=1",
        "DeleteBucketInventoryConfiguration, DELETE, /b, inventory&id=1",
        "DeleteBucketLifecycle, DELETE, /b, lifecycle",
        "DeleteBucketMetadataConfiguration, DELETE, /b, metadataConfiguration",
        "DeleteBucketMetadataTableConfiguration, DELETE, /b, metadataTable",
        "DeleteBucketMetricsConfiguration, DELETE, /b, metrics&id=1",
        "DeleteBucketOwnershipControls, DELETE, /b, ownershipControls",
        "DeleteBucketPolicy, DELETE, /b, policy",
        "DeleteBucketReplication, DELETE, /b, replication",
        "DeleteBucketTagging, DELETE, /b, tagging",
        "DeleteBucketWebsite, DELETE, /b, website",
        "DeleteObject, DELETE, /b/k, ",
        "DeleteObjects, POST, /b, delete",
        "DeleteObjectTagging, DELETE, /b/k, tagging",
        "DeletePublicAccessBlock, DELETE, /b, publicAccessBlock",
        "GetBucketAbac, GET, /b, abac",
        "GetBucketAccelerateConfiguration, GET, /b, accelerate",
        "GetBucketAcl, GET, /b, acl",
        "GetBucketAnalyticsConfiguration, GET, /b, analytics&id=1",
        "GetBucketCors, GET, /b, cors",
        "GetBucketEncryption, GET, /b, encryption",
        "GetBucketIntelligentTieringConfiguration, GET, /b, intelligent-tiering&id=1",
        "GetBucketInventoryConfiguration, GET, /b, inventory&id=1",
        "GetBucketLifecycleConfiguration, GET, /b, lifecycle",
        "GetBucketLocation, GET, /b, location",
        "GetBucketLogging, GET, /b, logging",
        "GetBucketMetadataConfiguration, GET, /b, metadataConfiguration",
        "GetBucketMetadataTableConfiguration, GET, /b, metadataTable",
        "GetBucketMetricsConfiguration, GET, /b, metrics&id=1",
        "GetBucketNotificationConfiguration, GET, /b, notification",
        "GetBucketOwnershipControls, GET, /b, ownershipControls",
        "GetBucketPolicy, GET, /b, policy",
        "GetBucketPolicyStatus, GET, /b, policyStatus",
        "GetBucketReplication, GET, /b, replication",
        "GetBucketRequestPayment, GET, /b, requestPayment",
        "GetBucketTagging, GET, /b, tagging",
        "GetBucketVersioning, GET, /b, versioning",
        "GetBucketWebsite, GET, /b, website",
        "GetObject, GET, /b/k, ",
        "GetObjectAcl, GET, /b/k, acl",
        "GetObjectAttributes, GET, /b/k, attributes",
        "GetObjectLegalHold, GET, /b/k, legal-hold",
        "GetObjectLockConfiguration, GET, /b, object-lock",
        "GetObjectRetention, GET, /b/k, retention",
        "GetObjectTagging, GET, /b/k, tagging",
        "GetObjectTorrent, GET, /b/k, torrent",
        "GetPublicAccessBlock, GET, /b, publicAccessBlock",
        "HeadBucket, HEAD, /b, ",
        "HeadObject, HEAD, /b/k, ",
        "ListBucketAnalyticsConfigurations, GET, /b, analytics",
        "ListBucketIntelligentTieringConfigurations, GET, /b, intelligent-tiering",
        "ListBucketInventoryConfigurations, GET, /b, inventory",
        "ListBucketMetricsConfigurations, GET, /b, metrics",
        "ListBuckets, GET, /, ",
        "ListDirectoryBuckets, GET, /, max-directory-buckets=1",
        "ListMultipartUploads, GET, /b, uploads",
        "ListObjects, GET, /b, ",
        "ListObjectsV2, GET, /b, list-type=2",
        "ListObjectVersions, GET, /b, versions",
        "ListParts, GET, /b/k, uploadId=u",
        "PostObject, POST, /b, ",
        "PutBucketAbac, PUT, /b, abac",
        "PutBucketAccelerateConfiguration, PUT, /b, accelerate",
        "PutBucketAcl, PUT, /b, acl",
        "PutBucketAnalyticsConfiguration, PUT, /b, analytics&id=1",
        "PutBucketCors, PUT, /b, cors",
        "PutBucketEncryption, PUT, /b, encryption",
        "PutBucketIntelligentTieringConfiguration, PUT, /b, intelligent-tiering&id=1",
        "PutBucketInventoryConfiguration, PUT, /b, inventory&id=1",
        "PutBucketLifecycleConfiguration, PUT, /b, lifecycle",
        "PutBucketLogging, PUT, /b, logging",
        "PutBucketMetricsConfiguration, PUT, /b, metrics&id=1",
        "PutBucketNotificationConfiguration, PUT, /b, notification",
        "PutBucketOwnershipControls, PUT, /b, ownershipControls",
        "PutBucketPolicy, PUT, /b, policy",
        "PutBucketReplication, PUT, /b, replication",
        "PutBucketRequestPayment, PUT, /b, requestPayment",
        "PutBucketTagging, PUT, /b, tagging",
        "PutBucketVersioning, PUT, /b, versioning",
        "PutBucketWebsite, PUT, /b, website",
        "PutObject, PUT, /b/k, ",
        "PutObjectAcl, PUT, /b/k, acl",
        "PutObjectLegalHold, PUT, /b/k, legal-hold",
        "PutObjectLockConfiguration, PUT, /b, object-lock",
        "PutObjectRetention, PUT, /b/k, retention",
        "PutObjectTagging, PUT, /b/k, tagging",
        "PutPublicAccessBlock, PUT, /b, publicAccessBlock",
        "RenameObject, PUT, /b/k, renameObject",
        "RestoreObject, POST, /b/k, restore",
        "SelectObjectContent, POST, /b/k, select&select-type=2",
        "UpdateBucketMetadataInventoryTableConfiguration, PUT, /b, metadataInventoryTable",
        "UpdateBucketMetadataJournalTableConfiguration, PUT, /b, metadataJournalTable",
        "UpdateObjectEncryption, PUT, /b/k, encryption",
        "UploadPart, PUT, /b/k, partNumber=1&uploadId=u",
        "UploadPartCopy, PUT, /b/k, (copy)&partNumber=1&uploadId=u",
    })
    void thePageAgreesWithTheTable(String name, String method, String path, String query) throws IOException {
        assertThat(states).containsKey(name);
        boolean done = states.getOrDefault(name, "").startsWith("done");
        assertThat(found(method, path, query == null ? "" : query)).isEqualTo(done ? name : "");
    }

    /** The operation's name; empty if it is answered with 501. */
    private static String found(String method, String path, String query) {
        Notifications notifications =
                new Notifications(server.engine().namespace(), Optional.empty(), InstantSource.system(), "us-east-1");
        Encryption encryption =
                new Encryption(server.engine().namespace(), server.engine().access());
        Router router = S3Operations.router(
                server.engine().namespace(),
                server.engine().access(),
                new CrossOrigin(server.engine().namespace()),
                new FormUploads(
                        server.engine().namespace(),
                        server.engine().access(),
                        new SignatureVerifier<>((id, token) -> Optional.empty(), InstantSource.system(), true),
                        InstantSource.system(),
                        S3Settings.DEFAULT,
                        notifications,
                        encryption),
                notifications,
                encryption,
                new Website(server.engine().namespace(), server.engine().access(), encryption),
                InstantSource.system(),
                S3Settings.DEFAULT);
        Headers.Builder headers = new Headers.Builder();
        if (query.startsWith("(copy)")) {
            headers.add("x-amz-copy-source", "/b/k");
        }
        try {
            return router.find(
                            method,
                            RequestTarget.parse(path, "", ""),
                            QueryParameters.parse(query.replaceFirst("^\\(copy\\)&?", "")),
                            headers.build())
                    .name();
        } catch (S3Exception e) {
            assertThat(e.error()).isEqualTo(S3Error.NOT_IMPLEMENTED);
            return "";
        }
    }

    /** Not only in the table: over the wire, signed, of things that exist. */
    @Test
    void whatIsNotDoneAnswers501() throws IOException {
        RawClient client = server.rawClient();
        client.send("PUT", "/bucket");
        client.send("PUT", "/bucket/key", Map.of(), new byte[] {1});
        List<String> subresources = List.of(
                "analytics",
                "intelligent-tiering",
                "inventory",
                "metadataTable",
                "metrics",
                "restore",
                "select",
                "session",
                "torrent",
                "not-invented-yet");
        for (String subresource : subresources) {
            for (String path : new String[] {"/bucket", "/bucket/key"}) {
                for (String method : new String[] {"GET", "PUT", "POST", "DELETE"}) {
                    RawClient.Answer answer = client.send(
                            method,
                            path + "?" + subresource,
                            Map.of(),
                            method.startsWith("P") ? new byte[] {2} : new byte[0]);
                    assertThat(answer.status())
                            .as(method + " " + path + "?" + subresource)
                            .isEqualTo(501);
                    assertThat(answer.code()).isEqualTo("NotImplemented");
                }
            }
        }
        assertThat(client.send("GET", "/bucket/key").body()).containsExactly(1);
    }
}
