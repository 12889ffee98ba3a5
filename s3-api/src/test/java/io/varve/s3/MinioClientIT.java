package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.BucketExistsArgs;
import io.minio.ComposeObjectArgs;
import io.minio.CopyObjectArgs;
import io.minio.DisableObjectLegalHoldArgs;
import io.minio.EnableObjectLegalHoldArgs;
import io.minio.GetBucketEncryptionArgs;
import io.minio.GetBucketTagsArgs;
import io.minio.GetObjectAclArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectTagsArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.IsObjectLegalHoldEnabledArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.ObjectWriteResponse;
import io.minio.PutObjectArgs;
import io.minio.RemoveBucketArgs;
import io.minio.RemoveObjectArgs;
import io.minio.RemoveObjectsArgs;
import io.minio.Result;
import io.minio.SetBucketEncryptionArgs;
import io.minio.SetBucketTagsArgs;
import io.minio.SetObjectTagsArgs;
import io.minio.SourceObject;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.messages.DeleteRequest;
import io.minio.messages.DeleteResult;
import io.minio.messages.Item;
import io.minio.messages.SseConfiguration;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** MinIO's client for Java. */
class MinioClientIT extends AwsSdkFixture {

    private MinioClient minio;

    @BeforeEach
    void open() {
        minio = MinioClient.builder()
                .endpoint(server.endpoint().toString())
                .credentials(S3TestServer.ACCESS_KEY, S3TestServer.SECRET)
                .build();
    }

    @AfterEach
    void close() throws Exception {
        minio.close();
    }

    private ObjectWriteResponse put(String bucket, String key, byte[] bytes) throws Exception {
        return minio.putObject(PutObjectArgs.builder().bucket(bucket).object(key).stream(
                        new ByteArrayInputStream(bytes), (long) bytes.length, -1L)
                .contentType("text/plain")
                .build());
    }

    private byte[] read(String bucket, String key) throws Exception {
        try (InputStream in = minio.getObject(
                GetObjectArgs.builder().bucket(bucket).object(key).build())) {
            return in.readAllBytes();
        }
    }

    private List<Item> list(String bucket, boolean versions) throws Exception {
        List<Item> items = new ArrayList<>();
        for (Result<Item> item : minio.listObjects(ListObjectsArgs.builder()
                .bucket(bucket)
                .recursive(true)
                .includeVersions(versions)
                .build())) {
            items.add(item.get());
        }
        return items;
    }

    private void removeAll(String bucket, boolean versions) throws Exception {
        List<DeleteRequest.Object> objects = new ArrayList<>();
        for (Item item : list(bucket, versions)) {
            objects.add(
                    versions
                            ? new DeleteRequest.Object(item.objectName(), item.versionId())
                            : new DeleteRequest.Object(item.objectName()));
        }
        for (Result<DeleteResult.Error> error : minio.removeObjects(
                RemoveObjectsArgs.builder().bucket(bucket).objects(objects).build())) {
            throw new AssertionError(error.get().message());
        }
        minio.removeBucket(RemoveBucketArgs.builder().bucket(bucket).build());
        assertThat(minio.bucketExists(BucketExistsArgs.builder().bucket(bucket).build()))
                .isFalse();
    }

    @Test
    void storesReadsAndComposes() throws Exception {
        String bucket = "minio-objects";
        minio.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
        assertThatThrownBy(() -> minio.makeBucket(MakeBucketArgs.builder()
                        .bucket(bucket)
                        .region("eu-west-1")
                        .build()))
                .isInstanceOfSatisfying(
                        ErrorResponseException.class,
                        e -> assertThat(e.errorResponse().code()).isEqualTo("BucketAlreadyOwnedByYou"));
        byte[] small = random(300_000);
        put(bucket, "a b/ü.txt", small);
        assertThat(read(bucket, "a b/ü.txt")).isEqualTo(small);
        byte[] large = random(2 * PART_BYTES + 99);
        minio.putObject(PutObjectArgs.builder().bucket(bucket).object("large").stream(
                        new ByteArrayInputStream(large), -1L, (long) PART_BYTES)
                .build());
        try (InputStream in = minio.getObject(GetObjectArgs.builder()
                .bucket(bucket)
                .object("large")
                .offset((long) PART_BYTES - 5)
                .length(10L)
                .build())) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(large, PART_BYTES - 5, PART_BYTES + 5));
        }
        minio.copyObject(CopyObjectArgs.builder()
                .bucket(bucket)
                .object("copy")
                .source(SourceObject.builder()
                        .bucket(bucket)
                        .object("a b/ü.txt")
                        .build())
                .build());
        List<SourceObject> sources = new ArrayList<>(List.of(
                SourceObject.builder().bucket(bucket).object("large").build(),
                SourceObject.builder().bucket(bucket).object("copy").build()));
        minio.composeObject(ComposeObjectArgs.builder()
                .bucket(bucket)
                .object("composed")
                .sources(sources)
                .build());
        assertThat(minio.statObject(StatObjectArgs.builder()
                                .bucket(bucket)
                                .object("composed")
                                .build())
                        .size())
                .isEqualTo(large.length + small.length);
        assertThat(list(bucket, false))
                .extracting(Item::objectName)
                .containsExactly("a b/ü.txt", "composed", "copy", "large");
        String url = minio.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                .method(Http.Method.GET)
                .bucket(bucket)
                .object("a b/ü.txt")
                .expiry(60)
                .build());
        try (InputStream in = URI.create(url).toURL().openStream()) {
            assertThat(in.readAllBytes()).isEqualTo(small);
        }
        removeAll(bucket, false);
    }

    @Test
    void setsWhatBucketsAndObjectsHave() throws Exception {
        String bucket = "minio-settings";
        minio.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
        put(bucket, "k", random(10));
        minio.setObjectTags(SetObjectTagsArgs.builder()
                .bucket(bucket)
                .object("k")
                .tags(Map.of("a", "b"))
                .build());
        assertThat(minio.getObjectTags(GetObjectTagsArgs.builder()
                                .bucket(bucket)
                                .object("k")
                                .build())
                        .get())
                .isEqualTo(Map.of("a", "b"));
        minio.setBucketTags(SetBucketTagsArgs.builder()
                .bucket(bucket)
                .tags(Map.of("c", "d"))
                .build());
        assertThat(minio.getBucketTags(
                                GetBucketTagsArgs.builder().bucket(bucket).build())
                        .get())
                .isEqualTo(Map.of("c", "d"));
        assertThat(minio.getObjectAcl(
                        GetObjectAclArgs.builder().bucket(bucket).object("k").build()))
                .isNotNull();
        minio.setBucketEncryption(SetBucketEncryptionArgs.builder()
                .bucket(bucket)
                .config(SseConfiguration.newConfigWithSseS3Rule())
                .build());
        assertThat(minio.getBucketEncryption(
                                GetBucketEncryptionArgs.builder().bucket(bucket).build())
                        .rule())
                .isNotNull();
        put(bucket, "encrypted", random(5000));
        assertThat(read(bucket, "encrypted")).isEqualTo(random(5000));
        removeAll(bucket, false);
    }

    @Test
    void keepsVersionsAndHoldsThem() throws Exception {
        String bucket = "minio-versions";
        minio.makeBucket(
                MakeBucketArgs.builder().bucket(bucket).objectLock(true).build());
        String first = put(bucket, "k", random(1)).versionId();
        put(bucket, "k", random(2));
        minio.removeObject(RemoveObjectArgs.builder().bucket(bucket).object("k").build());
        assertThat(list(bucket, true)).hasSize(3);
        minio.enableObjectLegalHold(EnableObjectLegalHoldArgs.builder()
                .bucket(bucket)
                .object("k")
                .versionId(first)
                .build());
        assertThat(minio.isObjectLegalHoldEnabled(IsObjectLegalHoldEnabledArgs.builder()
                        .bucket(bucket)
                        .object("k")
                        .versionId(first)
                        .build()))
                .isTrue();
        minio.disableObjectLegalHold(DisableObjectLegalHoldArgs.builder()
                .bucket(bucket)
                .object("k")
                .versionId(first)
                .build());
        removeAll(bucket, true);
    }
}
