package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.EncryptionType;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.ServerSideEncryptionRule;

/** Encryption with keys of the server, asked for by a request or given by the bucket. */
class AwsSdkServerKeyIT extends AwsSdkFixture {

    private static final AtomicInteger BUCKETS = new AtomicInteger();

    private String bucket;

    @BeforeEach
    void makeBucket() {
        bucket = "encrypted-" + BUCKETS.incrementAndGet();
        s3.createBucket(b -> b.bucket(bucket));
    }

    private void encryptByDefault(ServerSideEncryption method, @Nullable String keyId) {
        ServerSideEncryptionRule rule = ServerSideEncryptionRule.builder()
                .applyServerSideEncryptionByDefault(d -> d.sseAlgorithm(method).kmsMasterKeyID(keyId))
                .build();
        s3.putBucketEncryption(b -> b.bucket(bucket).serverSideEncryptionConfiguration(c -> c.rules(rule)));
    }

    private void write(String key, byte[] bytes) {
        s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromBytes(bytes));
    }

    private byte[] read(String key) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asByteArray();
    }

    private HeadObjectResponse head(String key) {
        return s3.headObject(b -> b.bucket(bucket).key(key));
    }

    private byte[] stored(String key) throws Exception {
        var namespace = server.engine().namespace();
        var entry = namespace.find(new EntryPath(bucket, key)).orElseThrow();
        try (var reader = namespace.readSealed(entry, 0, entry.size())) {
            return reader.readAllBytes();
        }
    }

    private static void assertRefused(Runnable call, String code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }

    @Test
    void aRequestAsksForIt() throws Exception {
        byte[] bytes = random(300_000);
        var written = s3.putObject(
                b -> b.bucket(bucket).key("k").serverSideEncryption(ServerSideEncryption.AES256),
                RequestBody.fromBytes(bytes));
        assertThat(written.serverSideEncryption()).isEqualTo(ServerSideEncryption.AES256);
        assertThat(read("k")).isEqualTo(bytes);
        assertThat(s3.getObjectAsBytes(b -> b.bucket(bucket).key("k").range("bytes=100001-200002"))
                        .asByteArray())
                .isEqualTo(Arrays.copyOfRange(bytes, 100_001, 200_003));
        assertThat(head("k").serverSideEncryption()).isEqualTo(ServerSideEncryption.AES256);
        write("plain", bytes);
        assertThat(head("plain").serverSideEncryption()).isNull();
        assertThat(head("plain").eTag()).isEqualTo(written.eTag());
        assertThat(stored("plain")).isEqualTo(bytes);
        assertThat(stored("k")).hasSize(bytes.length).isNotEqualTo(bytes);
        var namespace = server.engine().namespace();
        var entry = namespace.find(new EntryPath(bucket, "k")).orElseThrow();
        assertThatThrownBy(() -> namespace.read(entry, 0, 10)).isInstanceOf(StorageException.Sealed.class);
    }

    @Test
    void aBucketGivesIt() throws Exception {
        assertRefused(
                () -> s3.getBucketEncryption(b -> b.bucket(bucket)), "ServerSideEncryptionConfigurationNotFoundError");
        write("before", random(10_000));
        encryptByDefault(ServerSideEncryption.AES256, null);
        byte[] bytes = random(20_000);
        write("after", bytes);
        assertThat(head("before").serverSideEncryption()).isNull();
        assertThat(head("after").serverSideEncryption()).isEqualTo(ServerSideEncryption.AES256);
        assertThat(read("after")).isEqualTo(bytes);
        assertThat(stored("after")).isNotEqualTo(bytes);
        s3.deleteBucketEncryption(b -> b.bucket(bucket));
        write("later", bytes);
        assertThat(head("later").serverSideEncryption()).isNull();
    }

    @Test
    void aBucketBlocksKeysOfClients() {
        s3.putBucketEncryption(b -> b.bucket(bucket)
                .serverSideEncryptionConfiguration(c -> c.rules(List.of(ServerSideEncryptionRule.builder()
                        .blockedEncryptionTypes(t -> t.encryptionType(EncryptionType.SSE_C))
                        .build()))));
        assertRefused(
                () -> s3.putObject(
                        b -> b.bucket(bucket)
                                .key("own")
                                .sseCustomerAlgorithm("AES256")
                                .sseCustomerKey("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
                                .sseCustomerKeyMD5("KYvwGXoFFJ42a2u2GDWhwQ=="),
                        RequestBody.fromString("x")),
                "AccessDenied");
        assertThat(s3.getBucketEncryption(b -> b.bucket(bucket))
                        .serverSideEncryptionConfiguration()
                        .rules()
                        .getFirst()
                        .blockedEncryptionTypes()
                        .encryptionType())
                .containsExactly(EncryptionType.SSE_C);
        write("plain", random(10));
        s3.deleteBucketEncryption(b -> b.bucket(bucket));
        assertRefused(
                () -> s3.getBucketEncryption(b -> b.bucket(bucket)), "ServerSideEncryptionConfigurationNotFoundError");
    }

    @Test
    void keysWithIdsDiffer() throws Exception {
        byte[] bytes = random(50_000);
        encryptByDefault(ServerSideEncryption.AWS_KMS, "one");
        write("one", bytes);
        encryptByDefault(ServerSideEncryption.AWS_KMS, "two");
        write("two", bytes);
        assertThat(head("one").ssekmsKeyId()).isEqualTo("one");
        assertThat(head("two").serverSideEncryption()).isEqualTo(ServerSideEncryption.AWS_KMS);
        assertThat(read("one")).isEqualTo(bytes);
        assertThat(read("two")).isEqualTo(bytes);
        assertThat(stored("one")).isNotEqualTo(stored("two"));
        assertRefused(
                () -> s3.putObject(
                        b -> b.bucket(bucket).key("k").serverSideEncryption(ServerSideEncryption.AWS_KMS),
                        RequestBody.fromBytes(bytes)),
                "InvalidArgument");
    }

    @Test
    void partsAndCopies() throws Exception {
        encryptByDefault(ServerSideEncryption.AES256, null);
        byte[] bytes = random(2 * PART_BYTES + 777);
        String id = s3.createMultipartUpload(b -> b.bucket(bucket).key("parts")).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i + 1;
            byte[] part = Arrays.copyOfRange(bytes, i * PART_BYTES, Math.min(bytes.length, (i + 1) * PART_BYTES));
            String etag = s3.uploadPart(
                            b -> b.bucket(bucket).key("parts").uploadId(id).partNumber(number),
                            RequestBody.fromBytes(part))
                    .eTag();
            parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        }
        assertThat(s3.completeMultipartUpload(
                                b -> b.bucket(bucket).key("parts").uploadId(id).multipartUpload(m -> m.parts(parts)))
                        .serverSideEncryption())
                .isEqualTo(ServerSideEncryption.AES256);
        assertThat(read("parts")).isEqualTo(bytes);
        // Under the same key a copy is one by reference.
        s3.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("parts")
                .destinationBucket(bucket)
                .destinationKey("copy")
                .metadataDirective(MetadataDirective.REPLACE));
        assertThat(read("copy")).isEqualTo(bytes);
        assertThat(stored("copy")).isEqualTo(stored("parts"));
        s3.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("parts")
                .destinationBucket("sdk")
                .destinationKey("opened"));
        assertThat(get("opened")).isEqualTo(bytes);
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("opened")
                .destinationBucket(bucket)
                .destinationKey("closed"));
        assertThat(read("closed")).isEqualTo(bytes);
        assertThat(stored("closed")).isNotEqualTo(bytes).isNotEqualTo(stored("parts"));
    }
}
