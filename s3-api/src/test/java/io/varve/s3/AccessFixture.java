package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.AccessControl.Role;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Four kinds of callers, and a bucket with an object that one of them owns. */
abstract class AccessFixture extends AwsSdkFixture {

    private static final AtomicInteger BUCKETS = new AtomicInteger();

    static S3Client alice;
    static S3Client bob;
    static S3Client reader;
    static S3Client stranger;

    String bucket = "";

    @BeforeAll
    static void addUsers() throws IOException {
        server.engine().access().addUser("alice", "alice-secret", Role.USER);
        server.engine().access().addUser("bob", "bob-secret", Role.USER);
        server.engine().access().addUser("reader", "reader-secret", Role.READONLY);
        alice = client(user("alice"));
        bob = client(user("bob"));
        reader = client(user("reader"));
        stranger = client(AnonymousCredentialsProvider.create());
    }

    static AwsCredentialsProvider user(String name) {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(name, name + "-secret"));
    }

    static S3Client client(AwsCredentialsProvider credentials) {
        return S3Client.builder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .build();
    }

    @AfterAll
    static void closeClients() {
        alice.close();
        bob.close();
        reader.close();
        stranger.close();
    }

    /** Alice makes a bucket with an object. */
    @BeforeEach
    void makeBucket() {
        bucket = "access-" + BUCKETS.incrementAndGet();
        alice.createBucket(b -> b.bucket(bucket));
        write(alice, "open/a");
    }

    void write(S3Client client, String key) {
        client.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString("content of " + key));
    }

    String read(S3Client client, String key) {
        return client.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String();
    }

    void setPolicy(S3Client client, String statements) {
        String text = "{'Version':'2012-10-17','Statement':[" + statements + "]}";
        client.putBucketPolicy(
                b -> b.bucket(bucket).policy(text.replace('\'', '"').replace("BUCKET", "arn:aws:s3:::" + bucket)));
    }

    void closeToPublic() {
        alice.putPublicAccessBlock(b -> b.bucket(bucket)
                .publicAccessBlockConfiguration(c -> c.blockPublicAcls(true)
                        .ignorePublicAcls(true)
                        .blockPublicPolicy(true)
                        .restrictPublicBuckets(true)));
    }

    void openToPublic() {
        alice.deletePublicAccessBlock(b -> b.bucket(bucket));
    }

    static void assertRefused(Runnable call, String code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }

    static void assertDenied(Runnable call) {
        assertRefused(call, "AccessDenied");
    }
}
