package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectAttributesResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectAttributes;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Objects by Amazon's SDK for Java, version 2, unmodified and at its defaults: the blocking and the asynchronous client. */
class AwsSdkObjectsIT extends AwsSdkFixture {

    @Test
    void keepsBytesAndMetadata() {
        for (int length : new int[] {0, 1, 1000, 300_000, 3_000_000}) {
            byte[] bytes = random(length);
            PutObjectResponse stored = put("sizes/" + length, bytes);
            assertThat(get("sizes/" + length)).isEqualTo(bytes);
            HeadObjectResponse head = s3.headObject(b -> b.bucket("sdk").key("sizes/" + length));
            assertThat(head.contentLength()).isEqualTo(length);
            assertThat(head.eTag()).isEqualTo(stored.eTag());
        }
        s3.putObject(
                b -> b.bucket("sdk")
                        .key("meta ü+%/x")
                        .contentType("text/plain; charset=utf-8")
                        .cacheControl("no-cache")
                        .contentEncoding("gzip")
                        .metadata(Map.of("colour", "blue", "Empty", "")),
                RequestBody.fromString("content"));
        ResponseBytes<GetObjectResponse> back =
                s3.getObjectAsBytes(b -> b.bucket("sdk").key("meta ü+%/x"));
        assertThat(back.asUtf8String()).isEqualTo("content");
        assertThat(back.response().contentType()).isEqualTo("text/plain; charset=utf-8");
        assertThat(back.response().contentEncoding()).isEqualTo("gzip");
        assertThat(back.response().cacheControl()).isEqualTo("no-cache");
        assertThat(back.response().metadata()).containsEntry("colour", "blue");
    }

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32_C", "SHA1", "SHA256", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"})
    void verifiesAndTellsChecksums(ChecksumAlgorithm algorithm) {
        byte[] bytes = random(100_000);
        PutObjectResponse stored = s3.putObject(
                b -> b.bucket("sdk").key("sum-" + algorithm).checksumAlgorithm(algorithm),
                RequestBody.fromBytes(bytes));
        GetObjectResponse told = s3.getObjectAsBytes(
                        b -> b.bucket("sdk").key("sum-" + algorithm).checksumMode(ChecksumMode.ENABLED))
                .response();
        String value = switch (algorithm) {
            case CRC32 -> told.checksumCRC32();
            case CRC32_C -> told.checksumCRC32C();
            case SHA1 -> told.checksumSHA1();
            case SHA512 -> told.checksumSHA512();
            case XXHASH64 -> told.checksumXXHASH64();
            case XXHASH3 -> told.checksumXXHASH3();
            case XXHASH128 -> told.checksumXXHASH128();
            default -> told.checksumSHA256();
        };
        assertThat(value).isNotEmpty();
        assertThat(stored.checksumTypeAsString()).isEqualTo("FULL_OBJECT");
        assertThatThrownBy(() -> s3.putObject(
                        b -> b.bucket("sdk").key("sum-bad").checksumSHA256("15e2b0d3c33891ebb0f1ef609ec41942A=="),
                        RequestBody.fromBytes(bytes)))
                .isInstanceOf(S3Exception.class);
    }

    @Test
    void reads() {
        byte[] bytes = random(50_000);
        String etag = put("read", bytes).eTag();
        assertThat(s3.getObjectAsBytes(b -> b.bucket("sdk").key("read").range("bytes=100-199"))
                        .asByteArray())
                .isEqualTo(Arrays.copyOfRange(bytes, 100, 200));
        assertThat(s3.getObjectAsBytes(b -> b.bucket("sdk").key("read").ifMatch(etag))
                        .asByteArray())
                .hasSize(50_000);
        assertThatThrownBy(() ->
                        s3.getObjectAsBytes(b -> b.bucket("sdk").key("read").ifNoneMatch(etag)))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(304));
        assertThatThrownBy(() ->
                        s3.getObjectAsBytes(b -> b.bucket("sdk").key("read").ifMatch("other")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        assertThatThrownBy(() -> s3.getObjectAsBytes(b -> b.bucket("sdk").key("missing")))
                .isInstanceOf(NoSuchKeyException.class);
        assertThatThrownBy(() -> s3.headObject(b -> b.bucket("sdk").key("missing")))
                .isInstanceOf(NoSuchKeyException.class);
        assertThat(s3.getObjectAsBytes(b -> b.bucket("sdk").key("read").responseContentType("image/x"))
                        .response()
                        .contentType())
                .isEqualTo("image/x");
    }

    @Test
    void writesOnCondition() {
        String first = s3.putObject(
                        b -> b.bucket("sdk").key("conditional").ifNoneMatch("*"), RequestBody.fromString("1"))
                .eTag();
        assertThatThrownBy(() -> s3.putObject(
                        b -> b.bucket("sdk").key("conditional").ifNoneMatch("*"), RequestBody.fromString("2")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        s3.putObject(b -> b.bucket("sdk").key("conditional").ifMatch(first), RequestBody.fromString("3"));
        assertThatThrownBy(() -> s3.putObject(
                        b -> b.bucket("sdk").key("conditional").ifMatch(first), RequestBody.fromString("4")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        assertThatThrownBy(() -> s3.putObject(
                        b -> b.bucket("sdk").key("never-there").ifMatch(first), RequestBody.fromString("5")))
                .isInstanceOf(NoSuchKeyException.class);
        assertThat(get("conditional")).asString().isEqualTo("3");
    }

    @Test
    void letsOneOfManyWritersMakeAnObject() {
        List<CompletableFuture<PutObjectResponse>> writers = IntStream.range(0, 16)
                .mapToObj(i -> async.putObject(
                        b -> b.bucket("sdk").key("raced").ifNoneMatch("*"), AsyncRequestBody.fromString("writer " + i)))
                .toList();
        long made = writers.stream()
                .filter(writer -> writer.handle((ok, failed) -> failed == null).join())
                .count();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void copies() {
        byte[] bytes = random(200_000);
        s3.putObject(
                b -> b.bucket("sdk").key("from/ä b+c").contentType("a/b").metadata(Map.of("k", "v")),
                RequestBody.fromBytes(bytes));
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("from/ä b+c")
                .destinationBucket("sdk")
                .destinationKey("to"));
        HeadObjectResponse same = s3.headObject(b -> b.bucket("sdk").key("to"));
        assertThat(same.contentType()).isEqualTo("a/b");
        assertThat(same.metadata()).containsEntry("k", "v");
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("to")
                .destinationBucket("sdk")
                .destinationKey("to")
                .metadataDirective(MetadataDirective.REPLACE)
                .contentType("c/d")
                .metadata(Map.of("n", "w")));
        ResponseBytes<GetObjectResponse> replaced =
                s3.getObjectAsBytes(b -> b.bucket("sdk").key("to"));
        assertThat(replaced.asByteArray()).isEqualTo(bytes);
        assertThat(replaced.response().eTag()).isEqualTo(same.eTag());
        assertThat(replaced.response().contentType()).isEqualTo("c/d");
        assertThat(replaced.response().metadata()).isEqualTo(Map.of("n", "w"));
        assertThatThrownBy(() -> s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("to")
                        .destinationBucket("sdk")
                        .destinationKey("to")))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidRequest"));
        assertThatThrownBy(() -> s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("to")
                        .destinationBucket("sdk")
                        .destinationKey("to2")
                        .copySourceIfMatch("other")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        assertThatThrownBy(() -> s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("missing")
                        .destinationBucket("sdk")
                        .destinationKey("to2")))
                .isInstanceOf(NoSuchKeyException.class);
    }

    @Test
    void copiesBetweenKeysThatEndWithASlashAndOthers() {
        put("marker/", random(10));
        put("marker/below", random(20));
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("marker/")
                .destinationBucket("sdk")
                .destinationKey("unmarked"));
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("marker/below")
                .destinationBucket("sdk")
                .destinationKey("marker/"));
        assertThat(get("unmarked")).isEqualTo(random(10));
        assertThat(get("marker/")).isEqualTo(random(20));
        assertThat(get("marker/below")).as("what lies under the target").isEqualTo(random(20));
    }

    @Test
    void aCopyIsAsOldAsItself() {
        put("old", random(10));
        Instant copied = s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("old")
                        .destinationBucket("sdk")
                        .destinationKey("young"))
                .copyObjectResult()
                .lastModified();
        server.engine()
                .namespace()
                .changeAttributes(
                        new EntryPath("sdk", "old"),
                        attributes -> attributes,
                        Optional.of(Instant.parse("2001-01-01T00:00:00Z")),
                        WriteOptions.keys("root"));
        Instant again = s3.copyObject(b -> b.sourceBucket("sdk")
                        .sourceKey("old")
                        .destinationBucket("sdk")
                        .destinationKey("young"))
                .copyObjectResult()
                .lastModified();
        assertThat(again).isAfterOrEqualTo(copied);
    }

    @Test
    void tellsAttributes() {
        put("attributes", random(1000));
        GetObjectAttributesResponse told = s3.getObjectAttributes(
                b -> b.bucket("sdk").key("attributes").objectAttributes(ObjectAttributes.knownValues()));
        assertThat(told.objectSize()).isEqualTo(1000);
        assertThat(told.storageClassAsString()).isEqualTo("STANDARD");
        assertThat('"' + told.eTag() + '"')
                .isEqualTo(s3.headObject(b -> b.bucket("sdk").key("attributes")).eTag());
        assertThat(told.checksum().checksumCRC32()).isNotEmpty();
        assertThat(told.checksum().checksumTypeAsString()).isEqualTo("FULL_OBJECT");
        assertThat(told.objectParts()).isNull();
        assertThat(told.lastModified()).isNotNull();
        assertThatThrownBy(() -> s3.getObjectAttributes(
                        b -> b.bucket("sdk").key("attributes").objectAttributesWithStrings("Colour")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(400));
    }

    @Test
    void servesTheAsynchronousClient() {
        byte[] bytes = random(2_000_000);
        async.putObject(b -> b.bucket("sdk").key("async"), AsyncRequestBody.fromBytes(bytes))
                .join();
        assertThat(async.getObject(b -> b.bucket("sdk").key("async"), AsyncResponseTransformer.toBytes())
                        .join()
                        .asByteArray())
                .isEqualTo(bytes);
        async.putObject(
                        b -> b.bucket("sdk").key("published"),
                        AsyncRequestBody.fromByteBuffers(
                                ByteBuffer.wrap(bytes, 0, 1000).slice(),
                                ByteBuffer.wrap(bytes, 1000, 9000).slice()))
                .join();
        assertThat(get("published")).isEqualTo(Arrays.copyOf(bytes, 10_000));
    }

    @Test
    void honoursPresignedRequests() throws IOException {
        put("presigned", random(100));
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(server.endpoint())
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .build()) {
            URI get = uri(presigner
                    .presignGetObject(p -> p.signatureDuration(Duration.ofMinutes(1))
                            .getObjectRequest(b -> b.bucket("sdk").key("presigned")))
                    .url()
                    .toString());
            try (var in = get.toURL().openStream()) {
                assertThat(in.readAllBytes()).isEqualTo(random(100));
            }
            URI put = uri(presigner
                    .presignPutObject(p -> p.signatureDuration(Duration.ofMinutes(1))
                            .putObjectRequest(b -> b.bucket("sdk").key("presigned-put")))
                    .url()
                    .toString());
            if (put.toURL().openConnection() instanceof HttpURLConnection connection) {
                connection.setRequestMethod("PUT");
                connection.setDoOutput(true);
                connection.getOutputStream().write(random(77));
                assertThat(connection.getResponseCode()).isEqualTo(200);
            }
            assertThat(get("presigned-put")).isEqualTo(random(77));
        }
    }

    @Test
    void honoursPresignedPartsOfAnUpload() throws IOException {
        byte[] bytes = random(PART_BYTES + 12_345);
        String id = s3.createMultipartUpload(b -> b.bucket("sdk").key("presigned-parts"))
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(server.endpoint())
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .build()) {
            for (int number = 1; number <= 2; number++) {
                int n = number;
                URI part = uri(presigner
                        .presignUploadPart(p -> p.signatureDuration(Duration.ofMinutes(1))
                                .uploadPartRequest(b -> b.bucket("sdk")
                                        .key("presigned-parts")
                                        .uploadId(id)
                                        .partNumber(n)))
                        .url()
                        .toString());
                if (part.toURL().openConnection() instanceof HttpURLConnection connection) {
                    connection.setRequestMethod("PUT");
                    connection.setDoOutput(true);
                    connection
                            .getOutputStream()
                            .write(Arrays.copyOfRange(
                                    bytes, (n - 1) * PART_BYTES, Math.min(n * PART_BYTES, bytes.length)));
                    assertThat(connection.getResponseCode()).isEqualTo(200);
                    parts.add(CompletedPart.builder()
                            .partNumber(n)
                            .eTag(connection.getHeaderField("ETag"))
                            .build());
                }
            }
        }
        s3.completeMultipartUpload(
                b -> b.bucket("sdk").key("presigned-parts").uploadId(id).multipartUpload(m -> m.parts(parts)));
        assertThat(get("presigned-parts")).isEqualTo(bytes);
    }

    private static URI uri(String text) {
        return URI.create(text);
    }

    @Test
    void streamsWithoutHoldingTheObject() {
        long bytes = 64L << 20;
        s3.putObject(
                b -> b.bucket("sdk").key("streamed"),
                RequestBody.fromContentProvider(() -> new PatternStream(bytes), bytes, "application/octet-stream"));
        try (var in = s3.getObject(b -> b.bucket("sdk").key("streamed"));
                var expected = new PatternStream(bytes)) {
            byte[] mine = new byte[1 << 16];
            for (byte[] theirs = in.readNBytes(mine.length); theirs.length > 0; theirs = in.readNBytes(mine.length)) {
                assertThat(theirs).isEqualTo(expected.readNBytes(theirs.length));
            }
            assertThat(expected.read()).isEqualTo(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
