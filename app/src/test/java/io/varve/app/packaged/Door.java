package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * A door as a place for whole files. A method that returns was answered with success; one that throws {@link IOException} was not
 * answered. Any other answer is an error of the test. Thread-safe.
 */
interface Door extends AutoCloseable {

    void put(String bucket, String key, byte[] bytes) throws IOException, InterruptedException;

    void delete(String bucket, String key) throws IOException, InterruptedException;

    /** The whole file; empty if there is none. */
    Optional<byte[]> get(String bucket, String key) throws IOException, InterruptedException;

    @Override
    void close();

    /** By WebDAV. */
    final class Dav implements Door {
        private final DavClient dav;

        Dav(ServerProcess server) {
            this.dav = DavClient.of(server);
        }

        @Override
        public void put(String bucket, String key, byte[] bytes) throws IOException, InterruptedException {
            assertThat(dav.put(bucket + "/" + key, bytes).statusCode()).isIn(201, 204);
        }

        @Override
        public void delete(String bucket, String key) throws IOException, InterruptedException {
            assertThat(dav.delete(bucket + "/" + key)).isIn(204, 404);
        }

        @Override
        public Optional<byte[]> get(String bucket, String key) throws IOException, InterruptedException {
            var answer = dav.get(bucket + "/" + key);
            assertThat(answer.statusCode()).isIn(200, 404);
            return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
        }

        @Override
        public void close() {
            dav.close();
        }
    }

    /** By S3; what is long enough is sent in parts. */
    final class S3 implements Door {
        private static final int PART_BYTES = 5 << 20;

        private final S3Client s3;

        S3(ServerProcess server) {
            this.s3 = S3Clients.of(server);
        }

        @Override
        public void put(String bucket, String key, byte[] bytes) throws IOException {
            try {
                if (bytes.length > PART_BYTES) {
                    putParts(bucket, key, bytes);
                } else {
                    S3Clients.put(s3, bucket, key, bytes);
                }
            } catch (SdkClientException e) {
                throw new IOException(e);
            }
        }

        private void putParts(String bucket, String key, byte[] bytes) {
            String upload = s3.createMultipartUpload(
                            request -> request.bucket(bucket).key(key))
                    .uploadId();
            CompletedPart first = putPart(bucket, key, upload, 1, Arrays.copyOf(bytes, PART_BYTES));
            CompletedPart last = putPart(bucket, key, upload, 2, Arrays.copyOfRange(bytes, PART_BYTES, bytes.length));
            s3.completeMultipartUpload(request -> request.bucket(bucket)
                    .key(key)
                    .uploadId(upload)
                    .multipartUpload(parts -> parts.parts(first, last)));
        }

        private CompletedPart putPart(String bucket, String key, String upload, int number, byte[] bytes) {
            String etag = s3.uploadPart(
                            request -> request.bucket(bucket)
                                    .key(key)
                                    .uploadId(upload)
                                    .partNumber(number),
                            RequestBody.fromBytes(bytes))
                    .eTag();
            return CompletedPart.builder().partNumber(number).eTag(etag).build();
        }

        @Override
        public void delete(String bucket, String key) throws IOException {
            try {
                s3.deleteObject(request -> request.bucket(bucket).key(key));
            } catch (SdkClientException e) {
                throw new IOException(e);
            }
        }

        @Override
        public Optional<byte[]> get(String bucket, String key) throws IOException {
            try {
                return Optional.of(S3Clients.get(s3, bucket, key));
            } catch (NoSuchKeyException e) {
                return Optional.empty();
            } catch (SdkClientException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void close() {
            s3.close();
        }
    }
}
