package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Buckets, listings and many deletes by Amazon's SDK for Java, version 2, unmodified. */
class AwsSdkListingIT extends AwsSdkFixture {

    @Test
    void makesFindsAndRemovesBuckets() {
        for (int i = 0; i < 5; i++) {
            String name = "listed-" + i;
            s3.createBucket(b -> b.bucket(name));
        }
        assertThat(s3.listBuckets(b -> b.prefix("listed-")).buckets())
                .extracting(bucket -> bucket.name())
                .containsExactly("listed-0", "listed-1", "listed-2", "listed-3", "listed-4");
        assertThat(s3.listBucketsPaginator(b -> b.prefix("listed-").maxBuckets(2))
                        .buckets())
                .hasSize(5);
        assertThat(s3.headBucket(b -> b.bucket("listed-1")).bucketRegion()).isEqualTo("us-east-1");
        assertThat(s3.getBucketLocation(b -> b.bucket("listed-1")).locationConstraintAsString())
                .isNullOrEmpty();
        assertThat(s3.getBucketVersioning(b -> b.bucket("listed-1")).statusAsString())
                .isNull();
        s3.createBucket(b -> b.bucket("listed-1"));
        assertThatThrownBy(() -> s3.createBucket(
                        b -> b.bucket("listed-1").createBucketConfiguration(c -> c.locationConstraint("eu-west-1"))))
                .isInstanceOf(BucketAlreadyOwnedByYouException.class);
        s3.putObject(b -> b.bucket("listed-1").key("k"), RequestBody.fromString("x"));
        assertThatThrownBy(() -> s3.deleteBucket(b -> b.bucket("listed-1")))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("BucketNotEmpty"));
        s3.deleteObject(b -> b.bucket("listed-1").key("k"));
        s3.deleteBucket(b -> b.bucket("listed-1"));
        assertThatThrownBy(() -> s3.headBucket(b -> b.bucket("listed-1")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(404));
    }

    @Test
    void deletesMany() {
        List<ObjectIdentifier> ids = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            put("many/" + i, random(10));
            ids.add(ObjectIdentifier.builder().key("many/" + i).build());
        }
        ids.add(ObjectIdentifier.builder().key("many/<&>\u00e4 missing").build());
        DeleteObjectsResponse told = s3.deleteObjects(b -> b.bucket("sdk").delete(d -> d.objects(ids.subList(20, 41))));
        assertThat(told.deleted()).hasSize(21).extracting(d -> d.key()).contains("many/<&>\u00e4 missing");
        DeleteObjectsResponse quiet = s3.deleteObjects(b ->
                b.bucket("sdk").delete(d -> d.objects(ids.subList(0, 20)).quiet(true)));
        assertThat(quiet.deleted()).isEmpty();
        assertThat(quiet.errors()).isEmpty();
        assertThat(s3.listObjectsV2(b -> b.bucket("sdk").prefix("many/")).keyCount())
                .isZero();
    }

    @Test
    void lists() {
        List<String> keys = List.of(
                "l/!",
                "l/a",
                "l/a!",
                "l/a/b",
                "l/a/c",
                "l/a0",
                "l/b",
                "l/dir/",
                "l/dir/x",
                "l/z\u00e4",
                "l/\uffee",
                "l/\ud83d\ude00");
        keys.reversed().forEach(key -> put(key, new byte[1]));
        assertThat(s3.listObjectsV2Paginator(b -> b.bucket("sdk").prefix("l/").maxKeys(1))
                        .contents())
                .extracting(S3Object::key)
                .containsExactlyElementsOf(keys);
        for (int size : new int[] {1, 2, 3, 5, 1000}) {
            List<String> folded = new ArrayList<>();
            s3.listObjectsV2Paginator(
                            b -> b.bucket("sdk").prefix("l/").delimiter("/").maxKeys(size))
                    .forEach(page -> {
                        assertThat(page.keyCount()).isLessThanOrEqualTo(size);
                        page.contents().forEach(object -> folded.add(object.key()));
                        page.commonPrefixes().forEach(prefix -> folded.add(prefix.prefix()));
                    });
            assertThat(folded)
                    .containsExactlyInAnyOrder(
                            "l/!",
                            "l/a",
                            "l/a!",
                            "l/a/",
                            "l/a0",
                            "l/b",
                            "l/dir/",
                            "l/z\u00e4",
                            "l/\uffee",
                            "l/\ud83d\ude00");
        }
        List<String> byMarker = new ArrayList<>();
        String marker = "";
        while (true) {
            String after = marker;
            ListObjectsResponse page = s3.listObjects(
                    b -> b.bucket("sdk").prefix("l/").marker(after).maxKeys(5));
            page.contents().forEach(object -> byMarker.add(object.key()));
            if (!page.isTruncated()) {
                break;
            }
            marker = page.contents().getLast().key();
        }
        assertThat(byMarker).isEqualTo(keys);
        ListObjectsResponse folded =
                s3.listObjects(b -> b.bucket("sdk").prefix("l/").delimiter("/").maxKeys(4));
        assertThat(folded.commonPrefixes()).extracting(CommonPrefix::prefix).containsExactly("l/a/");
        assertThat(folded.nextMarker()).isEqualTo("l/a/");
        assertThat(s3.listObjects(
                                b -> b.bucket("sdk").prefix("l/").delimiter("/").marker(folded.nextMarker()))
                        .contents())
                .extracting(S3Object::key)
                .startsWith("l/a0");
        assertThat(s3.listObjectsV2(b ->
                                b.bucket("sdk").prefix("l/").startAfter("l/b").fetchOwner(true))
                        .contents())
                .extracting(S3Object::key)
                .containsExactly("l/dir/", "l/dir/x", "l/z\u00e4", "l/\uffee", "l/\ud83d\ude00");
        assertThat(s3.listObjectsV2(b -> b.bucket("sdk").prefix("l/z").encodingType(EncodingType.URL))
                        .contents())
                .extracting(S3Object::key)
                .containsExactly("l/z\u00e4");
        assertThat(s3.listObjectsV2(b -> b.bucket("sdk").maxKeys(0)).isTruncated())
                .isFalse();
        assertThatThrownBy(() -> s3.listObjectsV2(b -> b.bucket("sdk").continuationToken("!!!")))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidArgument"));
    }
}
