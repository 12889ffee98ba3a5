package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.BlockingInputStreamAsyncRequestBody;
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
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.ObjectAttributes;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** Multipart uploads by Amazon's SDK for Java, version 2, unmodified. */
class AwsSdkMultipartIT extends AwsSdkFixture {

    private static String begin(String key) {
        return s3.createMultipartUpload(
                        b -> b.bucket("sdk").key(key).contentType("x/y").metadata(Map.of("m", "p")))
                .uploadId();
    }

    private static String begin(String key, ChecksumAlgorithm algorithm, ChecksumType type) {
        return s3.createMultipartUpload(b ->
                        b.bucket("sdk").key(key).checksumAlgorithm(algorithm).checksumType(type))
                .uploadId();
    }

    @Test
    void tellsThePartsOfAnObject() {
        String id = begin("told", ChecksumAlgorithm.SHA256, ChecksumType.COMPOSITE);
        List<CompletedPart> parts = new ArrayList<>();
        for (int number = 1; number <= 2; number++) {
            int part = number;
            UploadPartResponse stored = s3.uploadPart(
                    b -> b.bucket("sdk")
                            .key("told")
                            .uploadId(id)
                            .partNumber(part)
                            .checksumAlgorithm(ChecksumAlgorithm.SHA256),
                    RequestBody.fromBytes(random(part == 1 ? PART_BYTES : 7)));
            parts.add(CompletedPart.builder()
                    .partNumber(part)
                    .eTag(stored.eTag())
                    .checksumSHA256(stored.checksumSHA256())
                    .build());
        }
        s3.completeMultipartUpload(b -> b.bucket("sdk").key("told").uploadId(id).multipartUpload(m -> m.parts(parts)));
        var told = s3.getObjectAttributes(b -> b.bucket("sdk")
                        .key("told")
                        .maxParts(1)
                        .partNumberMarker(1)
                        .objectAttributes(ObjectAttributes.OBJECT_PARTS))
                .objectParts();
        assertThat(told.totalPartsCount()).isEqualTo(2);
        assertThat(told.isTruncated()).isFalse();
        assertThat(told.parts()).singleElement().satisfies(part -> {
            assertThat(part.partNumber()).isEqualTo(2);
            assertThat(part.size()).isEqualTo(7);
            assertThat(part.checksumSHA256()).isEqualTo(parts.get(1).checksumSHA256());
        });
    }

    @Test
    void listsUploadsOfOneKeyInTheOrderTheyBegan() {
        List<String> begun = List.of(begin("same/key"), begin("same/key"), begin("same/key"), begin("same/other"));
        List<String> listed = new ArrayList<>();
        s3.listMultipartUploadsPaginator(b -> b.bucket("sdk").prefix("same/").maxUploads(1))
                .uploads()
                .forEach(upload -> listed.add(upload.uploadId()));
        assertThat(listed).isEqualTo(begun);
    }

    @Test
    void uploadsInParts() {
        byte[] bytes = random(PART_BYTES + 1000);
        String id = begin("parts");
        UploadPartResponse two = s3.uploadPart(
                b -> b.bucket("sdk").key("parts").uploadId(id).partNumber(2),
                RequestBody.fromBytes(Arrays.copyOfRange(bytes, PART_BYTES, bytes.length)));
        UploadPartResponse one = s3.uploadPart(
                b -> b.bucket("sdk").key("parts").uploadId(id).partNumber(1),
                RequestBody.fromBytes(Arrays.copyOf(bytes, PART_BYTES)));
        assertThat(s3.listPartsPaginator(
                                b -> b.bucket("sdk").key("parts").uploadId(id).maxParts(1))
                        .parts())
                .extracting(part -> part.partNumber())
                .containsExactly(1, 2);
        assertThat(s3.listMultipartUploads(b -> b.bucket("sdk").prefix("par")).uploads())
                .anyMatch(upload -> upload.uploadId().equals(id));
        CompletedPart first = CompletedPart.builder()
                .partNumber(1)
                .eTag(one.eTag())
                .checksumCRC32(one.checksumCRC32())
                .build();
        CompletedPart second = CompletedPart.builder()
                .partNumber(2)
                .eTag(two.eTag())
                .checksumCRC32(two.checksumCRC32())
                .build();
        assertThatThrownBy(() -> s3.completeMultipartUpload(
                        b -> b.bucket("sdk").key("parts").uploadId(id).multipartUpload(m -> m.parts(second, first))))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidPartOrder"));
        assertThatThrownBy(() -> s3.completeMultipartUpload(b -> b.bucket("sdk")
                        .key("parts")
                        .uploadId(id)
                        .multipartUpload(m ->
                                m.parts(first, second.toBuilder().eTag("other").build()))))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidPart"));
        String etag = s3.completeMultipartUpload(
                        b -> b.bucket("sdk").key("parts").uploadId(id).multipartUpload(m -> m.parts(first, second)))
                .eTag();
        assertThat(etag).endsWith("-2\"");
        assertThat(s3.completeMultipartUpload(b ->
                                b.bucket("sdk").key("parts").uploadId(id).multipartUpload(m -> m.parts(first, second)))
                        .eTag())
                .as("a repeated completion")
                .isEqualTo(etag);
        ResponseBytes<GetObjectResponse> whole =
                s3.getObjectAsBytes(b -> b.bucket("sdk").key("parts"));
        assertThat(whole.asByteArray()).isEqualTo(bytes);
        assertThat(whole.response().contentType()).isEqualTo("x/y");
        assertThat(whole.response().metadata()).containsEntry("m", "p");
        ResponseBytes<GetObjectResponse> part =
                s3.getObjectAsBytes(b -> b.bucket("sdk").key("parts").partNumber(2));
        assertThat(part.asByteArray()).hasSize(1000);
        assertThat(part.response().partsCount()).isEqualTo(2);
    }

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

    @Test
    void aPartNamedTwiceIsTheOneNamedLast() {
        String id = begin("twice");
        List<CompletedPart> parts = new ArrayList<>();
        for (byte b = 1; b <= 2; b++) {
            byte[] bytes = {b};
            parts.add(CompletedPart.builder()
                    .partNumber(1)
                    .eTag(s3.uploadPart(
                                    r -> r.bucket("sdk")
                                            .key("twice")
                                            .uploadId(id)
                                            .partNumber(1),
                                    RequestBody.fromBytes(bytes))
                            .eTag())
                    .build());
        }
        s3.completeMultipartUpload(
                b -> b.bucket("sdk").key("twice").uploadId(id).multipartUpload(m -> m.parts(parts)));
        assertThat(get("twice")).containsExactly(2);
    }

    @Test
    void copiesIntoParts() {
        byte[] bytes = random(PART_BYTES + 5000);
        put("copied-from", bytes);
        String id = begin("copied-to");
        List<CompletedPart> parts = new ArrayList<>();
        String[] ranges = {"bytes=0-" + (PART_BYTES - 1), "bytes=" + PART_BYTES + "-" + (bytes.length - 1)};
        for (int number = 1; number <= 2; number++) {
            int n = number;
            parts.add(CompletedPart.builder()
                    .partNumber(n)
                    .eTag(s3.uploadPartCopy(b -> b.sourceBucket("sdk")
                                    .sourceKey("copied-from")
                                    .copySourceRange(ranges[n - 1])
                                    .destinationBucket("sdk")
                                    .destinationKey("copied-to")
                                    .uploadId(id)
                                    .partNumber(n))
                            .copyPartResult()
                            .eTag())
                    .build());
        }
        s3.completeMultipartUpload(
                b -> b.bucket("sdk").key("copied-to").uploadId(id).multipartUpload(m -> m.parts(parts)));
        assertThat(get("copied-to")).isEqualTo(bytes);
        assertThat(parts.get(1).eTag())
                .isEqualTo(put("range", Arrays.copyOfRange(bytes, PART_BYTES, bytes.length))
                        .eTag());
        assertThatThrownBy(() -> s3.uploadPartCopy(b -> b.sourceBucket("sdk")
                        .sourceKey("copied-from")
                        .copySourceRange("bytes=0-99999999")
                        .destinationBucket("sdk")
                        .destinationKey("copied-to")
                        .uploadId(begin("copied-to"))
                        .partNumber(1)))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidRange"));
    }

    @Test
    void refusesSmallPartsAndForgetsAbortedUploads() {
        String id = begin("small");
        List<CompletedPart> parts = new ArrayList<>();
        for (int number = 1; number <= 2; number++) {
            int n = number;
            parts.add(CompletedPart.builder()
                    .partNumber(n)
                    .eTag(s3.uploadPart(
                                    b -> b.bucket("sdk")
                                            .key("small")
                                            .uploadId(id)
                                            .partNumber(n),
                                    RequestBody.fromBytes(random(100)))
                            .eTag())
                    .build());
        }
        assertThatThrownBy(() -> s3.completeMultipartUpload(
                        b -> b.bucket("sdk").key("small").uploadId(id).multipartUpload(m -> m.parts(parts))))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("EntityTooSmall"));
        s3.abortMultipartUpload(b -> b.bucket("sdk").key("small").uploadId(id));
        assertThatThrownBy(() -> s3.listParts(b -> b.bucket("sdk").key("small").uploadId(id)))
                .isInstanceOf(NoSuchUploadException.class);
        assertThatThrownBy(() -> s3.uploadPart(
                        b -> b.bucket("sdk").key("small").uploadId(id).partNumber(1),
                        RequestBody.fromBytes(random(100))))
                .isInstanceOf(NoSuchUploadException.class);
    }

    @Test
    void servesStreamsOfUnknownLengthAndAutomaticMultipart() throws IOException {
        byte[] bytes = random(20 << 20);
        asyncMultipart
                .putObject(b -> b.bucket("sdk").key("auto"), AsyncRequestBody.fromBytes(bytes))
                .join();
        assertThat(get("auto")).isEqualTo(bytes);
        assertThat(asyncMultipart
                        .getObject(b -> b.bucket("sdk").key("auto"), AsyncResponseTransformer.toBytes())
                        .join()
                        .asByteArray())
                .isEqualTo(bytes);
        BlockingInputStreamAsyncRequestBody unknown = AsyncRequestBody.forBlockingInputStream(null);
        CompletableFuture<PutObjectResponse> stored =
                asyncMultipart.putObject(b -> b.bucket("sdk").key("unknown"), unknown);
        unknown.writeInputStream(new java.io.ByteArrayInputStream(bytes));
        stored.join();
        assertThat(get("unknown")).isEqualTo(bytes);
    }
}
