package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyObjectResult;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** Checksums of multipart uploads by Amazon's SDK for Java, version 2, unmodified. */
class AwsSdkMultipartChecksumsIT extends AwsSdkFixture {
    @Test
    void tellsChecksumsOfParts() {
        byte[] bytes = random(PART_BYTES + 1000);
        for (ChecksumType type : new ChecksumType[] {ChecksumType.COMPOSITE, ChecksumType.FULL_OBJECT}) {
            String id = begin("summed", ChecksumAlgorithm.CRC32, type);
            List<CompletedPart> parts = new ArrayList<>();
            for (int number = 1; number <= 2; number++) {
                int n = number;
                byte[] part =
                        n == 1 ? Arrays.copyOf(bytes, PART_BYTES) : Arrays.copyOfRange(bytes, PART_BYTES, bytes.length);
                UploadPartResponse stored = s3.uploadPart(
                        b -> b.bucket("sdk").key("summed").uploadId(id).partNumber(n), RequestBody.fromBytes(part));
                parts.add(CompletedPart.builder()
                        .partNumber(n)
                        .eTag(stored.eTag())
                        .checksumCRC32(stored.checksumCRC32())
                        .build());
            }
            String told = s3.completeMultipartUpload(b -> b.bucket("sdk")
                            .key("summed")
                            .uploadId(id)
                            .checksumType(type)
                            .multipartUpload(m -> m.parts(parts)))
                    .checksumCRC32();
            if (type == ChecksumType.FULL_OBJECT) {
                assertThat(put("summed-whole", bytes).checksumCRC32()).isEqualTo(told);
            } else {
                assertThat(told).endsWith("-2");
            }
            assertThat(s3.headObject(b -> b.bucket("sdk").key("summed").checksumMode(ChecksumMode.ENABLED))
                            .checksumTypeAsString())
                    .isEqualTo(type.toString());
        }
    }

    @Test
    void anUploadWithoutAChecksumGetsOneOfTheWhole() {
        byte[] bytes = random(PART_BYTES + 1000);
        try (S3Client plain = client(b -> b.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED))) {
            String whole = plain.putObject(b -> b.bucket("sdk").key("added-1"), RequestBody.fromBytes(bytes))
                    .checksumCRC64NVME();
            String id = plain.createMultipartUpload(b -> b.bucket("sdk").key("added"))
                    .uploadId();
            UploadPartResponse one = plain.uploadPart(
                    b -> b.bucket("sdk").key("added").uploadId(id).partNumber(1),
                    RequestBody.fromBytes(Arrays.copyOf(bytes, PART_BYTES)));
            CopyPartResult two = plain.uploadPartCopy(b -> b.sourceBucket("sdk")
                            .sourceKey("added-1")
                            .copySourceRange("bytes=" + PART_BYTES + "-" + (bytes.length - 1))
                            .destinationBucket("sdk")
                            .destinationKey("added")
                            .uploadId(id)
                            .partNumber(2))
                    .copyPartResult();
            assertThat(one.checksumCRC64NVME()).isNotEmpty();
            CompleteMultipartUploadRequest.Builder completion = CompleteMultipartUploadRequest.builder()
                    .bucket("sdk")
                    .key("added")
                    .uploadId(id)
                    .multipartUpload(m -> m.parts(
                            CompletedPart.builder()
                                    .partNumber(1)
                                    .eTag(one.eTag())
                                    .build(),
                            CompletedPart.builder()
                                    .partNumber(2)
                                    .eTag(two.eTag())
                                    .build()));
            assertThatThrownBy(() -> plain.completeMultipartUpload(
                            completion.checksumCRC64NVME("AAAAAAAAAAA=").build()))
                    .hasMessageContaining("did not match");
            assertThat(plain.completeMultipartUpload(
                                    completion.checksumCRC64NVME(whole).build())
                            .checksumCRC64NVME())
                    .isEqualTo(whole);
            HeadObjectResponse told =
                    plain.headObject(b -> b.bucket("sdk").key("added").checksumMode(ChecksumMode.ENABLED));
            assertThat(told.checksumCRC64NVME()).isEqualTo(whole);
            assertThat(told.checksumTypeAsString()).isEqualTo("FULL_OBJECT");
        }
    }

    @Test
    void aCopyThatAsksForAChecksumHasOneOfAllItsBytes() {
        String id = begin("named", ChecksumAlgorithm.SHA1, ChecksumType.COMPOSITE);
        byte[] bytes = random(100);
        CompletedPart part = summedPart(id, bytes);
        s3.completeMultipartUpload(
                b -> b.bucket("sdk").key("named").uploadId(id).multipartUpload(m -> m.parts(part)));
        CopyObjectResult same = s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("named")
                        .destinationBucket("sdk")
                        .destinationKey("named-copy"))
                .copyObjectResult();
        assertThat(same.checksumSHA1()).endsWith("-1");
        CopyObjectResult asked = s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("named")
                        .destinationBucket("sdk")
                        .destinationKey("named-copy")
                        .checksumAlgorithm(ChecksumAlgorithm.SHA1))
                .copyObjectResult();
        assertThat(asked.checksumSHA1()).isEqualTo(part.checksumSHA1());
        assertThat(asked.checksumTypeAsString()).isEqualTo("FULL_OBJECT");
        assertThat(asked.eTag()).isEqualTo(same.eTag());
    }

    /** Puts one part into an upload whose checksum is summed up from those of its parts. */
    private static CompletedPart summedPart(String id, byte[] bytes) {
        UploadPartResponse stored = s3.uploadPart(
                b -> b.bucket("sdk").key("named").uploadId(id).partNumber(1).checksumAlgorithm(ChecksumAlgorithm.SHA1),
                RequestBody.fromBytes(bytes));
        return CompletedPart.builder()
                .partNumber(1)
                .eTag(stored.eTag())
                .checksumSHA1(stored.checksumSHA1())
                .build();
    }

    private static void requireRefused(
            Consumer<CompleteMultipartUploadRequest.Builder> completion, String id, String code) {
        assertThatThrownBy(() -> s3.completeMultipartUpload(
                        completion.andThen(b -> b.bucket("sdk").key("named").uploadId(id))))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }

    @Test
    void wantsTheChecksumsThatAWholeIsSummedUpFrom() {
        String id = begin("named", ChecksumAlgorithm.SHA1, ChecksumType.COMPOSITE);
        CompletedPart part = summedPart(id, random(10));
        CompletedPart.Builder bare = CompletedPart.builder().partNumber(1).eTag(part.eTag());
        String other = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        requireRefused(b -> b.multipartUpload(m -> m.parts(bare.build())), id, "InvalidRequest");
        requireRefused(
                b -> b.multipartUpload(m -> m.parts(bare.checksumSHA1(other).build())), id, "InvalidPart");
        requireRefused(
                b -> b.multipartUpload(m -> m.parts(bare.checksumSHA1("?").build())), id, "InvalidArgument");
        requireRefused(
                b -> b.multipartUpload(m -> m.parts(
                        bare.checksumSHA1(null).checksumCRC32("AAAAAA==").build())),
                id,
                "BadDigest");
        requireRefused(
                b -> b.checksumType(ChecksumType.FULL_OBJECT).multipartUpload(m -> m.parts(part)),
                id,
                "InvalidRequest");
        requireRefused(b -> b.checksumSHA1("?-1").multipartUpload(m -> m.parts(part)), id, "InvalidRequest");
        requireRefused(
                b -> b.checksumSHA1(other).checksumCRC32("AAAAAA==").multipartUpload(m -> m.parts(part)),
                id,
                "InvalidRequest");
        requireRefused(b -> b.checksumSHA1(other + "-1").multipartUpload(m -> m.parts(part)), id, "BadDigest");
        assertThat(s3.completeMultipartUpload(
                                b -> b.bucket("sdk").key("named").uploadId(id).multipartUpload(m -> m.parts(part)))
                        .checksumSHA1())
                .endsWith("-1");
        assertThatThrownBy(() -> s3.createMultipartUpload(
                        b -> b.bucket("sdk").key("named").checksumType(ChecksumType.COMPOSITE)))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidRequest"));
    }
}
