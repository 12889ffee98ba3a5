package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.ObjectOwnership;
import software.amazon.awssdk.services.s3.model.OwnershipControlsRule;

/** Policies and what keeps buckets from the public, as four kinds of callers meet them. */
class AwsSdkAccessIT extends AccessFixture {

    private static final String READ_OPEN =
            "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'BUCKET/open/*'}";

    @Test
    void strangersMayNothingUntilAPolicySaysSo() {
        assertDenied(() -> read(stranger, "open/a"));
        assertDenied(() -> read(stranger, "missing"));
        assertDenied(() -> stranger.listObjectsV2(b -> b.bucket(bucket)));
        assertRefused(() -> stranger.listObjectsV2(b -> b.bucket("no-such-bucket")), "NoSuchBucket");
        assertThat(stranger.listBuckets().buckets()).isEmpty();
        assertDenied(() -> write(stranger, "open/b"));
        assertDenied(() -> stranger.createBucket(b -> b.bucket("strangers")));
        assertRefused(() -> alice.getBucketPolicy(b -> b.bucket(bucket)), "NoSuchBucketPolicy");
        closeToPublic();
        assertDenied(() -> setPolicy(alice, READ_OPEN));
        openToPublic();
        setPolicy(alice, READ_OPEN);
        assertThat(read(stranger, "open/a")).isEqualTo("content of open/a");
        assertDenied(() -> read(stranger, "open/missing"));
        assertDenied(() -> read(stranger, "closed"));
        assertDenied(() -> write(stranger, "open/b"));
        assertDenied(() -> stranger.listObjectsV2(b -> b.bucket(bucket)));
        assertThat(alice.getBucketPolicyStatus(b -> b.bucket(bucket))
                        .policyStatus()
                        .isPublic())
                .isTrue();
        assertThat(alice.getBucketPolicy(b -> b.bucket(bucket)).policy()).contains("open/*");
        alice.putPublicAccessBlock(
                b -> b.bucket(bucket).publicAccessBlockConfiguration(c -> c.restrictPublicBuckets(true)));
        assertDenied(() -> read(stranger, "open/a"));
        assertDenied(() -> read(bob, "open/a"));
        assertThat(read(alice, "open/a")).isNotEmpty();
        openToPublic();
        alice.deleteBucketPolicy(b -> b.bucket(bucket));
        assertDenied(() -> read(stranger, "open/a"));
    }

    @Test
    void aStrangerWhoMayListIsToldWhatIsMissing() {
        setPolicy(
                alice,
                READ_OPEN + ",{'Effect':'Allow','Principal':'*','Action':'s3:ListBucket','Resource':'BUCKET',"
                        + "'Condition':{'StringLike':{'s3:prefix':'open/*'}}}");
        assertThat(stranger.listObjectsV2(b -> b.bucket(bucket).prefix("open/")).contents())
                .hasSize(1);
        assertDenied(() -> stranger.listObjectsV2(b -> b.bucket(bucket)));
        setPolicy(
                alice, READ_OPEN + ",{'Effect':'Allow','Principal':'*','Action':'s3:ListBucket','Resource':'BUCKET'}");
        assertRefused(() -> read(stranger, "open/missing"), "NoSuchKey");
    }

    @Test
    void strangersCanWriteWhereTheyMay() throws IOException {
        openToPublic();
        setPolicy(alice, "{'Effect':'Allow','Principal':'*','Action':'s3:PutObject','Resource':'BUCKET/inbox/*'}");
        write(stranger, "inbox/a");
        assertThat(read(alice, "inbox/a")).isEqualTo("content of inbox/a");
        assertDenied(() -> write(stranger, "a"));
        assertDenied(() -> stranger.deleteObject(b -> b.bucket(bucket).key("inbox/a")));
        RawClient raw = server.rawClient();
        Map<String, String> signed = Map.of(
                "host",
                raw.host(),
                "content-length",
                "1",
                "x-amz-content-sha256",
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
        assertThat(raw.exchange("PUT", "/" + bucket + "/inbox/b", signed, new byte[] {'0'})
                        .code())
                .isEqualTo("AccessDenied");
    }

    @Test
    void onlySignedRequestsChooseTheHeadersOfTheirAnswer() throws IOException {
        openToPublic();
        setPolicy(alice, READ_OPEN);
        RawClient raw = server.rawClient();
        String target = "/" + bucket + "/open/a?response-content-type=text/html";
        assertThat(raw.exchange("GET", target, Map.of("host", raw.host()), new byte[0])
                        .code())
                .isEqualTo("InvalidRequest");
    }

    @Test
    void whatIsDeniedIsDeniedToAll() {
        setPolicy(
                alice,
                "{'Effect':'Deny','Principal':'*','Action':['s3:DeleteObject','s3:PutObject'],"
                        + "'Resource':'BUCKET/open/*'}");
        for (S3Client client : new S3Client[] {alice, bob, s3}) {
            assertDenied(() -> client.deleteObject(b -> b.bucket(bucket).key("open/a")));
            assertDenied(() -> write(client, "open/a"));
            assertDenied(() -> client.copyObject(b -> b.sourceBucket(bucket)
                    .sourceKey("open/a")
                    .destinationBucket(bucket)
                    .destinationKey("open/b")));
        }
        write(alice, "elsewhere");
        var outcome = alice.deleteObjects(b -> b.bucket(bucket)
                .delete(Delete.builder()
                        .objects(
                                ObjectIdentifier.builder().key("elsewhere").build(),
                                ObjectIdentifier.builder().key("open/a").build())
                        .build()));
        assertThat(outcome.deleted()).extracting(d -> d.key()).containsExactly("elsewhere");
        assertThat(outcome.errors()).extracting(e -> e.code()).containsExactly("AccessDenied");
    }

    @Test
    void nobodyLocksEverybodyOut() {
        setPolicy(alice, "{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':['BUCKET','BUCKET/*']}");
        assertDenied(() -> read(alice, "open/a"));
        assertDenied(() -> read(s3, "open/a"));
        assertDenied(() -> bob.deleteBucketPolicy(b -> b.bucket(bucket)));
        alice.deleteBucketPolicy(b -> b.bucket(bucket));
        assertThat(read(alice, "open/a")).isEqualTo("content of open/a");
    }

    @Test
    void onlyTheOwnerAndAdministratorsSayWhoMayWhat() {
        assertDenied(() -> setPolicy(bob, READ_OPEN));
        assertDenied(() -> bob.deletePublicAccessBlock(b -> b.bucket(bucket)));
        assertDenied(() -> bob.putBucketOwnershipControls(b -> b.bucket(bucket)
                .ownershipControls(o -> o.rules(OwnershipControlsRule.builder()
                        .objectOwnership(ObjectOwnership.OBJECT_WRITER)
                        .build()))));
        assertDenied(() -> bob.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PRIVATE)));
        s3.deletePublicAccessBlock(b -> b.bucket(bucket));
        setPolicy(s3, READ_OPEN);
    }

    @Test
    void aPolicyGivesMoreThanARole() {
        assertDenied(() -> write(reader, "inbox/a"));
        setPolicy(
                alice,
                "{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::000000000000:user/reader'},"
                        + "'Action':['s3:PutObject','s3:AbortMultipartUpload'],'Resource':'BUCKET/inbox/*'}");
        write(reader, "inbox/a");
        assertDenied(() -> write(reader, "a"));
        String id = reader.createMultipartUpload(b -> b.bucket(bucket).key("inbox/m"))
                .uploadId();
        reader.abortMultipartUpload(b -> b.bucket(bucket).key("inbox/m").uploadId(id));
    }

    @Test
    void tagsDecide() {
        setPolicy(
                alice,
                "{'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:GetObject','Resource':'BUCKET/*'},"
                        + "{'Effect':'Deny','Principal':{'AWS':'bob'},'Action':'s3:GetObject','Resource':'BUCKET/*',"
                        + "'Condition':{'StringEquals':{'s3:ExistingObjectTag/secret':'yes'}}}");
        assertThat(read(bob, "open/a")).isNotEmpty();
        alice.putObject(b -> b.bucket(bucket).key("hidden").tagging("secret=yes"), RequestBody.fromString("x"));
        assertDenied(() -> read(bob, "hidden"));
        assertThat(read(alice, "hidden")).isEqualTo("x");
    }

    @Test
    void refusesPoliciesItCannotKeep() {
        assertRefused(() -> alice.putBucketPolicy(b -> b.bucket(bucket).policy("{}")), "MalformedPolicy");
        assertRefused(
                () -> setPolicy(
                        alice,
                        "{'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:*','Resource':'arn:aws:s3:::other/*'}"),
                "MalformedPolicy");
    }
}
