package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects that are encrypted with keys of the client. */
class AwsSdkCustomerKeyIT extends AwsSdkFixture {

    private static final Key ONE = new Key((byte) 1);
    private static final Key OTHER = new Key((byte) 2);

    /** A key as headers have it. */
    private record Key(String text, String md5) {
        Key(byte fill) {
            this(base64(bytes(fill)), base64(md5(bytes(fill))));
        }

        private static byte[] bytes(byte fill) {
            byte[] bytes = new byte[32];
            Arrays.fill(bytes, fill);
            return bytes;
        }

        private static String base64(byte[] bytes) {
            return Base64.getEncoder().encodeToString(bytes);
        }

        private static byte[] md5(byte[] bytes) {
            try {
                return MessageDigest.getInstance("MD5").digest(bytes);
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void putSealed(String key, Key secret, byte[] bytes) {
        s3.putObject(
                b -> b.bucket("sdk")
                        .key(key)
                        .sseCustomerAlgorithm("AES256")
                        .sseCustomerKey(secret.text())
                        .sseCustomerKeyMD5(secret.md5()),
                RequestBody.fromBytes(bytes));
    }

    private static GetObjectRequest.Builder sealed(String key, Key secret) {
        return GetObjectRequest.builder()
                .bucket("sdk")
                .key(key)
                .sseCustomerAlgorithm("AES256")
                .sseCustomerKey(secret.text())
                .sseCustomerKeyMD5(secret.md5());
    }

    private static byte[] getSealed(String key, Key secret) {
        return s3.getObjectAsBytes(sealed(key, secret).build()).asByteArray();
    }

    private static void assertRefused(Runnable call, int status, String code) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(S3Exception.class, e -> {
            assertThat(e.statusCode()).isEqualTo(status);
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
        });
    }

    @Test
    void onlyTheKeyOpensAnObject() throws Exception {
        byte[] bytes = random(300_000);
        putSealed("sealed", ONE, bytes);
        assertThat(getSealed("sealed", ONE)).isEqualTo(bytes);
        for (String range : List.of("bytes=0-0", "bytes=15-17", "bytes=100001-200002", "bytes=-33")) {
            byte[] part = s3.getObjectAsBytes(sealed("sealed", ONE).range(range).build())
                    .asByteArray();
            int from = range.startsWith("bytes=-")
                    ? bytes.length - 33
                    : Integer.parseInt(range.substring(6, range.indexOf('-')));
            assertThat(part).as(range).isEqualTo(Arrays.copyOfRange(bytes, from, from + part.length));
        }
        HeadObjectResponse head = s3.headObject(b -> b.bucket("sdk")
                .key("sealed")
                .sseCustomerAlgorithm("AES256")
                .sseCustomerKey(ONE.text())
                .sseCustomerKeyMD5(ONE.md5()));
        assertThat(head.contentLength()).isEqualTo(bytes.length);
        assertThat(head.sseCustomerKeyMD5()).isEqualTo(ONE.md5());
        assertRefused(() -> get("sealed"), 400, "InvalidRequest");
        assertRefused(() -> getSealed("sealed", OTHER), 400, "InvalidRequest");
        put("plain", bytes);
        assertRefused(() -> getSealed("plain", ONE), 400, "InvalidRequest");
        // What is stored is not what was sent, and other doors do not give it out.
        var namespace = server.engine().namespace();
        var entry = namespace.find(new EntryPath("sdk", "sealed")).orElseThrow();
        assertThatThrownBy(() -> namespace.read(entry, 0, 10)).isInstanceOf(StorageException.Sealed.class);
        try (var reader = namespace.readSealed(entry, 0, entry.size())) {
            assertThat(reader.readAllBytes()).hasSize(bytes.length).isNotEqualTo(bytes);
        }
    }

    @Test
    void partsAreSealedOneByOne() {
        byte[] bytes = random(2 * PART_BYTES + 777);
        String id = s3.createMultipartUpload(b -> b.bucket("sdk")
                        .key("parts")
                        .sseCustomerAlgorithm("AES256")
                        .sseCustomerKey(ONE.text())
                        .sseCustomerKeyMD5(ONE.md5()))
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            int n = number;
            byte[] part = Arrays.copyOfRange(bytes, (n - 1) * PART_BYTES, Math.min(bytes.length, n * PART_BYTES));
            assertRefused(
                    () -> s3.uploadPart(
                            b -> b.bucket("sdk").key("parts").uploadId(id).partNumber(n), RequestBody.fromBytes(part)),
                    400,
                    "InvalidRequest");
            parts.add(CompletedPart.builder()
                    .partNumber(n)
                    .eTag(s3.uploadPart(
                                    b -> b.bucket("sdk")
                                            .key("parts")
                                            .uploadId(id)
                                            .partNumber(n)
                                            .sseCustomerAlgorithm("AES256")
                                            .sseCustomerKey(ONE.text())
                                            .sseCustomerKeyMD5(ONE.md5()),
                                    RequestBody.fromBytes(part))
                            .eTag())
                    .build());
        }
        s3.completeMultipartUpload(
                b -> b.bucket("sdk").key("parts").uploadId(id).multipartUpload(m -> m.parts(parts)));
        assertThat(getSealed("parts", ONE)).isEqualTo(bytes);
        int from = PART_BYTES - 5;
        assertThat(s3.getObjectAsBytes(sealed("parts", ONE)
                                .range("bytes=" + from + "-" + (2 * PART_BYTES + 4))
                                .build())
                        .asByteArray())
                .isEqualTo(Arrays.copyOfRange(bytes, from, 2 * PART_BYTES + 5));
    }

    @Test
    void copiesChangeTheKey() {
        byte[] bytes = "to be copied".getBytes(StandardCharsets.UTF_8);
        putSealed("from", ONE, bytes);
        assertRefused(
                () -> s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("from")
                        .destinationBucket("sdk")
                        .destinationKey("to")),
                400,
                "InvalidRequest");
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("from")
                .copySourceSSECustomerAlgorithm("AES256")
                .copySourceSSECustomerKey(ONE.text())
                .copySourceSSECustomerKeyMD5(ONE.md5())
                .destinationBucket("sdk")
                .destinationKey("to"));
        assertThat(get("to")).isEqualTo(bytes);
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("to")
                .destinationBucket("sdk")
                .destinationKey("to")
                .sseCustomerAlgorithm("AES256")
                .sseCustomerKey(OTHER.text())
                .sseCustomerKeyMD5(OTHER.md5()));
        assertThat(getSealed("to", OTHER)).isEqualTo(bytes);
        String id = s3.createMultipartUpload(b -> b.bucket("sdk").key("joined")).uploadId();
        String tag = s3.uploadPartCopy(b -> b.sourceBucket("sdk")
                        .sourceKey("to")
                        .copySourceSSECustomerAlgorithm("AES256")
                        .copySourceSSECustomerKey(OTHER.text())
                        .copySourceSSECustomerKeyMD5(OTHER.md5())
                        .copySourceRange("bytes=3-8")
                        .destinationBucket("sdk")
                        .destinationKey("joined")
                        .uploadId(id)
                        .partNumber(1))
                .copyPartResult()
                .eTag();
        s3.completeMultipartUpload(b -> b.bucket("sdk")
                .key("joined")
                .uploadId(id)
                .multipartUpload(m -> m.parts(
                        List.of(CompletedPart.builder().partNumber(1).eTag(tag).build()))));
        assertThat(new String(get("joined"), StandardCharsets.UTF_8)).isEqualTo("be cop");
    }

    @Test
    void refusesBadKeys() {
        assertRefused(
                () -> s3.putObject(
                        b -> b.bucket("sdk")
                                .key("bad")
                                .sseCustomerAlgorithm("AES256")
                                .sseCustomerKey(ONE.text())
                                .sseCustomerKeyMD5(OTHER.md5()),
                        RequestBody.fromString("x")),
                400,
                "InvalidArgument");
        assertRefused(
                () -> s3.putObject(
                        b -> b.bucket("sdk")
                                .key("bad")
                                .sseCustomerAlgorithm("DES")
                                .sseCustomerKey(ONE.text())
                                .sseCustomerKeyMD5(ONE.md5()),
                        RequestBody.fromString("x")),
                400,
                "InvalidEncryptionAlgorithmError");
        assertRefused(
                () -> s3.putObject(
                        b -> b.bucket("sdk").key("bad").serverSideEncryption("aws:kms:dsse"),
                        RequestBody.fromString("x")),
                501,
                "NotImplemented");
    }
}
