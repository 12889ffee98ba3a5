package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.BlockingInputStreamAsyncRequestBody;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
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
