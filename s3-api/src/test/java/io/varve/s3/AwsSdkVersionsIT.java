package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.DeleteMarkerEntry;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.ObjectLockRetentionMode;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Versions and locks, by the SDK, beside the other doors' writes. */
class AwsSdkVersionsIT extends AwsSdkFixture {

    private static final AtomicInteger BUCKETS = new AtomicInteger();

    private String bucket;

    @BeforeEach
    void makeBucket() {
        bucket = "versions-" + BUCKETS.incrementAndGet();
        s3.createBucket(b -> b.bucket(bucket));
        setVersioning(BucketVersioningStatus.ENABLED);
    }

    private void setVersioning(BucketVersioningStatus status) {
        s3.putBucketVersioning(b -> b.bucket(bucket).versioningConfiguration(v -> v.status(status)));
    }

    private String write(String key, String text) {
        return s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(text))
                .versionId();
    }

    private ResponseBytes<GetObjectResponse> read(String key, String version) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key).versionId(version));
    }

    private ResponseBytes<GetObjectResponse> read(String key) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key));
    }

    private static void assertRefused(Runnable call, int status, String code) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(S3Exception.class, e -> {
            assertThat(e.statusCode()).isEqualTo(status);
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
        });
    }

    @Test
    void conditionsTakeADeleteMarkerForNothing() {
        write("k", "one");
        assertRefused(
                () -> s3.putObject(b -> b.bucket(bucket).key("k").ifNoneMatch("*"), RequestBody.fromString("x")),
                412,
                "PreconditionFailed");
        s3.deleteObject(b -> b.bucket(bucket).key("k"));
        assertRefused(
                () -> s3.putObject(b -> b.bucket(bucket).key("k").ifMatch("\"x\""), RequestBody.fromString("x")),
                404,
                "NoSuchKey");
        assertThat(s3.putObject(b -> b.bucket(bucket).key("k").ifNoneMatch("*"), RequestBody.fromString("two"))
                        .versionId())
                .isNotEmpty();
        assertThat(read("k").asUtf8String()).isEqualTo("two");
    }

    @Test
    void foldersDeletedByOtherDoorsAreMarkers() {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            written.add(write("folder/" + i, "text " + i));
        }
        server.engine().namespace().delete(new EntryPath(bucket, "folder/"), WriteOptions.folders("root"));
        ListObjectVersionsResponse found =
                s3.listObjectVersions(b -> b.bucket(bucket).prefix("folder/"));
        assertThat(found.deleteMarkers()).hasSize(3).allMatch(DeleteMarkerEntry::isLatest);
        assertThat(found.versions()).extracting(ObjectVersion::versionId).containsExactlyElementsOf(written);
        assertThat(read("folder/1", written.get(1)).asUtf8String()).isEqualTo("text 1");
        assertThat(s3.listObjectVersions(b -> b.bucket(bucket).delimiter("/")).commonPrefixes())
                .hasSize(1);
    }

    @Test
    void aFoldersOwnKeyHasVersions() {
        String one = write("f/", "one");
        String two = write("f/", "two");
        write("f/inside", "x");
        String marker = s3.deleteObject(b -> b.bucket(bucket).key("f/")).versionId();
        assertRefused(() -> read("f/"), 404, "NoSuchKey");
        assertRefused(() -> read("f/", marker), 405, "MethodNotAllowed");
        assertThat(read("f/", one).asUtf8String()).isEqualTo("one");
        assertThat(read("f/inside").asUtf8String()).isEqualTo("x");
        ListObjectVersionsResponse found =
                s3.listObjectVersions(b -> b.bucket(bucket).prefix("f/"));
        assertThat(found.deleteMarkers())
                .extracting(DeleteMarkerEntry::versionId)
                .containsExactly(marker);
        assertThat(found.versions())
                .filteredOn(version -> version.key().equals("f/"))
                .extracting(ObjectVersion::versionId)
                .containsExactly(two, one);
        assertThat(s3.listObjectsV2(b -> b.bucket(bucket)).contents())
                .extracting(S3Object::key)
                .containsExactly("f/inside");
        assertThat(s3.deleteObject(b -> b.bucket(bucket).key("f/").versionId(marker))
                        .deleteMarker())
                .isTrue();
        assertThat(read("f/").asUtf8String()).isEqualTo("two");
        assertThat(read("f/").response().versionId()).isEqualTo(two);
    }

    @Test
    void versionsAreDeletedInOneRequest() {
        List<ObjectIdentifier> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String key = i % 2 == 0 ? "same" : "other/" + i;
            all.add(ObjectIdentifier.builder()
                    .key(key)
                    .versionId(write(key, "text " + i))
                    .build());
        }
        ObjectIdentifier same = ObjectIdentifier.builder().key("same").build();
        DeleteObjectsResponse marked =
                s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(List.of(same, same))));
        assertThat(marked.deleted()).hasSize(2).allMatch(one -> one.deleteMarker() && one.versionId() == null);
        marked.deleted()
                .forEach(one -> all.add(ObjectIdentifier.builder()
                        .key("same")
                        .versionId(one.deleteMarkerVersionId())
                        .build()));
        DeleteObjectsResponse gone = s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(all)));
        assertThat(gone.errors()).isEmpty();
        assertThat(gone.deleted()).hasSize(42);
        assertThat(s3.listObjectVersions(b -> b.bucket(bucket)).versions()).isEmpty();
        s3.deleteBucket(b -> b.bucket(bucket));
    }

    @Test
    void policiesKnowVersions() {
        String one = write("k", "one");
        write("k", "two");
        String policy = "{'Statement':{'Effect':'Deny','Principal':'*','Action':'s3:GetObjectVersion',"
                + "'Resource':'arn:aws:s3:::" + bucket + "/*'}}";
        s3.putBucketPolicy(b -> b.bucket(bucket).policy(policy.replace('\'', '"')));
        assertThat(read("k").asUtf8String()).isEqualTo("two");
        assertRefused(() -> read("k", one), 403, "AccessDenied");
        assertRefused(
                () -> s3.copyObject(b -> b.sourceBucket(bucket)
                        .sourceKey("k")
                        .sourceVersionId(one)
                        .destinationBucket(bucket)
                        .destinationKey("copy")),
                403,
                "AccessDenied");
    }

    @Test
    void aLockOutlivesOverwritesOfOtherDoors() {
        bucket = bucket + "-locked";
        s3.createBucket(b -> b.bucket(bucket).objectLockEnabledForBucket(true));
        Instant until = Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);
        String one = s3.putObject(
                        b -> b.bucket(bucket)
                                .key("k")
                                .objectLockMode(ObjectLockMode.COMPLIANCE)
                                .objectLockRetainUntilDate(until),
                        RequestBody.fromString("one"))
                .versionId();
        EntryPath path = new EntryPath(bucket, "k");
        server.engine().namespace().move(path, new EntryPath(bucket, "moved"), false, WriteOptions.folders("root"));
        assertThat(s3.headObject(b -> b.bucket(bucket).key("moved")).objectLockMode())
                .isNull();
        GetObjectResponse locked = read("k", one).response();
        assertThat(locked.objectLockMode()).isEqualTo(ObjectLockMode.COMPLIANCE);
        assertThat(locked.objectLockRetainUntilDate()).isEqualTo(until);
        assertRefused(
                () -> s3.deleteObject(
                        b -> b.bucket(bucket).key("k").versionId(one).bypassGovernanceRetention(true)),
                403,
                "AccessDenied");
        assertRefused(() -> s3.deleteBucket(b -> b.bucket(bucket)), 409, "BucketNotEmpty");
    }

    /** Seconds that do not fit into 32 bits. */
    @Test
    void locksLastPastTheYear2106() {
        bucket = bucket + "-long";
        s3.createBucket(b -> b.bucket(bucket).objectLockEnabledForBucket(true));
        Instant until = Instant.parse("2251-06-01T12:00:00Z");
        String id = write("k", "kept");
        s3.putObjectRetention(b -> b.bucket(bucket)
                .key("k")
                .versionId(id)
                .retention(r -> r.mode(ObjectLockRetentionMode.GOVERNANCE).retainUntilDate(until)));
        assertThat(s3.getObjectRetention(b -> b.bucket(bucket).key("k"))
                        .retention()
                        .retainUntilDate())
                .isEqualTo(until);
        assertThat(read("k").response().objectLockRetainUntilDate()).isEqualTo(until);
        assertRefused(() -> s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(id)), 403, "AccessDenied");
        s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(id).bypassGovernanceRetention(true));
    }

    @Test
    void copiesOfVersionsHaveNoLocksAndAnIdOfTheirOwn() {
        s3.putObject(b -> b.bucket(bucket).key("k").metadata(Map.of("a", "b")), RequestBody.fromString("one"));
        String one = s3.headObject(b -> b.bucket(bucket).key("k")).versionId();
        write("k", "two");
        String again = s3.copyObject(b -> b.sourceBucket(bucket)
                        .sourceKey("k")
                        .sourceVersionId(one)
                        .destinationBucket(bucket)
                        .destinationKey("k"))
                .versionId();
        assertThat(again).isNotEqualTo(one);
        assertThat(read("k").response().metadata()).containsEntry("a", "b");
        assertThat(read("k").asUtf8String()).isEqualTo("one");
        setVersioning(BucketVersioningStatus.SUSPENDED);
        assertThat(write("k", "three")).isNull();
        assertThat(read("k").response().versionId()).isEqualTo("null");
        assertThat(read("k", again).asUtf8String()).isEqualTo("one");
    }
}
