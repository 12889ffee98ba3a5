package io.varve.s3;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** A server and Amazon's clients for it, for the tests of one class. */
abstract class AwsSdkFixture {

    static final int PART_BYTES = 5 << 20;

    @TempDir
    static Path directory;

    static S3TestServer server;
    static S3Client s3;
    static S3AsyncClient async;
    static S3AsyncClient asyncMultipart;

    static AwsCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(
                AwsBasicCredentials.create(S3TestServer.ACCESS_KEY, S3TestServer.SECRET));
    }

    /** A client of this server with other settings. */
    static S3Client client(Consumer<S3ClientBuilder> settings) {
        S3ClientBuilder builder = S3Client.builder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials());
        settings.accept(builder);
        return builder.build();
    }

    @BeforeAll
    static void start() throws IOException {
        server = new S3TestServer(directory);
        s3 = client(b -> {});
        async = S3AsyncClient.builder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(credentials())
                .build();
        asyncMultipart = S3AsyncClient.builder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .multipartEnabled(true)
                .build();
        s3.createBucket(b -> b.bucket("sdk"));
    }

    @AfterAll
    static void stop() throws IOException {
        s3.close();
        async.close();
        asyncMultipart.close();
        server.close();
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static PutObjectResponse put(String key, byte[] bytes) {
        return s3.putObject(b -> b.bucket("sdk").key(key), RequestBody.fromBytes(bytes));
    }

    static byte[] get(String key) {
        return s3.getObjectAsBytes(b -> b.bucket("sdk").key(key)).asByteArray();
    }

    /** Begins an upload in parts whose checksums are told. */
    static String begin(String key, ChecksumAlgorithm algorithm, ChecksumType type) {
        return s3.createMultipartUpload(b ->
                        b.bucket("sdk").key(key).checksumAlgorithm(algorithm).checksumType(type))
                .uploadId();
    }
}
