package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CORSRule;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.NoncurrentVersionTransition;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.TaggingDirective;
import software.amazon.awssdk.services.s3.model.Transition;

/** Tags and rules for web pages, by Amazon's SDK for Java and as a browser asks. */
class AwsSdkBucketSettingsIT extends AwsSdkFixture {

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    private static List<Tag> tags(String key) {
        return s3.getObjectTagging(b -> b.bucket("sdk").key(key)).tagSet();
    }

    private static void assertRefused(Runnable call, String code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }

    @Test
    void tagsObjects() {
        s3.putObject(
                b -> b.bucket("sdk").key("tagged").tagging("colour=b%20l&empty="), RequestBody.fromBytes(random(10)));
        assertThat(tags("tagged")).containsExactly(tag("colour", "b l"), tag("empty", ""));
        var before = s3.headObject(b -> b.bucket("sdk").key("tagged"));
        s3.putObjectTagging(b -> b.bucket("sdk").key("tagged").tagging(t -> t.tagSet(tag("größe", "x/y:z@+-=._"))));
        var got = s3.getObject(b -> b.bucket("sdk").key("tagged")).response();
        assertThat(got.tagCount()).isEqualTo(1);
        assertThat(got.lastModified()).isEqualTo(before.lastModified());
        assertThat(get("tagged")).isEqualTo(random(10));
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("tagged")
                .destinationBucket("sdk")
                .destinationKey("kept"));
        assertThat(tags("kept")).containsExactly(tag("größe", "x/y:z@+-=._"));
        s3.copyObject(b -> b.sourceBucket("sdk")
                .sourceKey("tagged")
                .destinationBucket("sdk")
                .destinationKey("changed")
                .taggingDirective(TaggingDirective.REPLACE)
                .tagging("n=w"));
        assertThat(tags("changed")).containsExactly(tag("n", "w"));
        s3.deleteObjectTagging(b -> b.bucket("sdk").key("tagged"));
        assertThat(tags("tagged")).isEmpty();
        String id = s3.createMultipartUpload(b -> b.bucket("sdk").key("parts").tagging("p=q"))
                .uploadId();
        String etag = s3.uploadPart(
                        b -> b.bucket("sdk").key("parts").uploadId(id).partNumber(1), RequestBody.fromBytes(random(5)))
                .eTag();
        s3.completeMultipartUpload(b -> b.bucket("sdk")
                .key("parts")
                .uploadId(id)
                .multipartUpload(m ->
                        m.parts(CompletedPart.builder().partNumber(1).eTag(etag).build())));
        assertThat(tags("parts")).containsExactly(tag("p", "q"));
    }

    @Test
    void refusesTagsThatMayNotBe() {
        put("untagged", random(1));
        List<Tag> many = IntStream.range(0, 11).mapToObj(i -> tag("k" + i, "")).toList();
        assertRefused(() -> setTags(many), "InvalidTag");
        assertRefused(() -> setTags(List.of(tag("a", "1"), tag("a", "2"))), "InvalidTag");
        assertRefused(() -> setTags(List.of(tag("aws:a", "1"))), "InvalidTag");
        assertRefused(() -> setTags(List.of(tag("k".repeat(129), "1"))), "InvalidTag");
        assertRefused(() -> setTags(List.of(tag("k", "v".repeat(257)))), "InvalidTag");
        assertRefused(() -> setTags(List.of(tag("k", "a;b"))), "InvalidTag");
        assertThat(tags("untagged")).isEmpty();
        assertRefused(
                () -> s3.putObject(
                        b -> b.bucket("sdk").key("untagged").tagging("a=1&a=2"), RequestBody.fromBytes(random(2))),
                "InvalidArgument");
        assertRefused(
                () -> s3.putObjectTagging(b -> b.bucket("sdk").key("missing").tagging(t -> t.tagSet(tag("a", "b")))),
                "NoSuchKey");
    }

    private static void setTags(List<Tag> tags) {
        s3.putObjectTagging(b -> b.bucket("sdk").key("untagged").tagging(t -> t.tagSet(tags)));
    }

    @Test
    void tagsBuckets() {
        s3.createBucket(b -> b.bucket("tags"));
        s3.createBucket(b -> b.bucket("tagged")
                .createBucketConfiguration(
                        c -> c.tags(Tag.builder().key("of").value("old").build())));
        assertThat(s3.getBucketTagging(b -> b.bucket("tagged")).tagSet())
                .containsExactly(Tag.builder().key("of").value("old").build());
        assertThat(s3.listBuckets(b -> b.bucketRegion("us-east-1").prefix("tag"))
                        .buckets())
                .hasSize(2);
        assertThat(s3.listBuckets(b -> b.bucketRegion("eu-west-1").prefix("tag"))
                        .buckets())
                .isEmpty();
        assertRefused(() -> s3.getBucketTagging(b -> b.bucket("tags")), "NoSuchTagSet");
        s3.putBucketTagging(b -> b.bucket("tags").tagging(t -> t.tagSet(tag("team", "a"), tag("cost", "7"))));
        assertThat(s3.getBucketTagging(b -> b.bucket("tags")).tagSet())
                .containsExactly(tag("cost", "7"), tag("team", "a"));
        s3.deleteBucketTagging(b -> b.bucket("tags"));
        assertRefused(() -> s3.getBucketTagging(b -> b.bucket("tags")), "NoSuchTagSet");
        assertRefused(() -> s3.getBucketTagging(b -> b.bucket("tagless")), "NoSuchBucket");
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example.org, PUT, x-amz-date, 200, https://a.example.org",
        "https://a.example.org, PUT, 'X-Amz-Date, content-type', 403, ",
        "https://a.example.com, PUT, x-amz-date, 403, ",
        "https://a.example.org, DELETE, , 403, ",
        "https://elsewhere, GET, x-any, 200, *",
        ", GET, , 400, ",
        "https://elsewhere, , , 400, ",
    })
    void answersWhatABrowserAsksFirst(String origin, String method, String headers, int status, String allowed)
            throws IOException {
        s3.createBucket(b -> b.bucket("pages"));
        assertRefused(() -> s3.getBucketCors(b -> b.bucket("pages")), "NoSuchCORSConfiguration");
        CORSRule writers = CORSRule.builder()
                .allowedOrigins("https://*.example.org")
                .allowedMethods("PUT", "POST")
                .allowedHeaders("x-amz-*")
                .exposeHeaders("ETag")
                .maxAgeSeconds(60)
                .build();
        CORSRule readers = CORSRule.builder()
                .allowedOrigins("*")
                .allowedMethods("GET")
                .allowedHeaders("*")
                .build();
        s3.putBucketCors(b -> b.bucket("pages").corsConfiguration(c -> c.corsRules(writers, readers)));
        assertThat(s3.getBucketCors(b -> b.bucket("pages")).corsRules()).containsExactly(writers, readers);
        try {
            Map<String, String> asked = new TreeMap<>(Map.of("host", "127.0.0.1"));
            putIfAny(asked, "origin", origin);
            putIfAny(asked, "access-control-request-method", method);
            putIfAny(asked, "access-control-request-headers", headers);
            RawClient.Answer answer =
                    server.rawClient().exchange("OPTIONS", "/pages/k?partNumber=1&uploadId=u", asked, new byte[0]);
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.headers().get("access-control-allow-origin")).isEqualTo(allowed);
            Map<String, String> read = new TreeMap<>(Map.of("host", "127.0.0.1"));
            putIfAny(read, "origin", origin);
            RawClient.Answer refused = server.rawClient().exchange("GET", "/pages/k", read, new byte[0]);
            assertThat(refused.headers().get("access-control-allow-origin"))
                    .as("a page may read why it was refused")
                    .isEqualTo(origin == null ? null : "*");
        } finally {
            s3.deleteBucketCors(b -> b.bucket("pages"));
            s3.deleteBucket(b -> b.bucket("pages"));
        }
    }

    private static void putIfAny(Map<String, String> headers, String name, String value) {
        if (value != null) {
            headers.put(name, value);
        }
    }

    private static LifecycleRule.Builder rule(String id) {
        return LifecycleRule.builder().id(id).status(ExpirationStatus.ENABLED).filter(f -> f.prefix(id + "/"));
    }

    private static Transition after(int days, String storageClass) {
        return Transition.builder().days(days).storageClass(storageClass).build();
    }

    private static Transition from(String date) {
        return Transition.builder()
                .date(Instant.parse(date))
                .storageClass("STANDARD_IA")
                .build();
    }

    private static void setRules(LifecycleRule... rules) {
        s3.putBucketLifecycleConfiguration(b -> b.bucket("sdk").lifecycleConfiguration(c -> c.rules(rules)));
    }

    @Test
    void objectsGetTheStorageClassThatARuleSays() throws IOException {
        LifecycleRule moves = rule("moves")
                .transitions(from("2020-01-01T00:00:00Z"))
                .noncurrentVersionTransitions(NoncurrentVersionTransition.builder()
                        .noncurrentDays(0)
                        .newerNoncurrentVersions(2)
                        .storageClass("GLACIER_IR")
                        .build())
                .build();
        LifecycleRule later = rule("later")
                .transitions(after(30, "STANDARD_IA"), after(60, "GLACIER_IR"))
                .expiration(e -> e.days(90))
                .build();
        setRules(moves, later);
        assertThat(s3.getBucketLifecycleConfiguration(b -> b.bucket("sdk")).rules())
                .containsExactly(moves, later);
        var before = put("moves/a", random(10));
        put("later/a", random(11));
        server.engine().settle(false);
        var head = s3.headObject(b -> b.bucket("sdk").key("moves/a"));
        assertThat(head.storageClassAsString()).isEqualTo("STANDARD_IA");
        assertThat(head.eTag()).isEqualTo(before.eTag());
        assertThat(get("moves/a")).isEqualTo(random(10));
        assertThat(s3.listObjectsV2(b -> b.bucket("sdk").prefix("later/"))
                        .contents()
                        .getFirst()
                        .storageClassAsString())
                .isEqualTo("STANDARD");
        s3.deleteBucketLifecycle(b -> b.bucket("sdk"));
    }

    private static void assertRefused(LifecycleRule.Builder rule, String code) {
        assertRefused(() -> setRules(rule.build()), code);
    }

    @Test
    void refusesTransitionsThatCannotBe() {
        assertRefused(rule("a").transitions(after(1, "GLACIER")), "InvalidStorageClass");
        assertRefused(rule("a").transitions(after(1, "STANDARD")), "MalformedXML");
        assertRefused(
                rule("a")
                        .transitions(
                                Transition.builder().storageClass("STANDARD_IA").build()),
                "MalformedXML");
        assertRefused(rule("a").transitions(after(1, "STANDARD_IA"), after(2, "STANDARD_IA")), "InvalidRequest");
        assertRefused(rule("a").transitions(after(5, "STANDARD_IA")).expiration(e -> e.days(5)), "InvalidArgument");
        assertRefused(rule("a").transitions(from("2020-01-01T01:00:00Z")), "InvalidArgument");
    }

    @Test
    void refusesRulesThatCannotBe() {
        assertRefused(rule("a").expiration(e -> e.days(5).expiredObjectDeleteMarker(true)), "MalformedXML");
        assertCorsRefused(
                CORSRule.builder().allowedOrigins("*").allowedMethods("GET").exposeHeaders("x-*"), "InvalidRequest");
        assertCorsRefused(
                CORSRule.builder().allowedOrigins("*").allowedMethods("GET").allowedHeaders("no name"),
                "InvalidRequest");
        assertCorsRefused(CORSRule.builder().allowedOrigins("*").allowedMethods("PATCH"), "InvalidRequest");
        assertCorsRefused(CORSRule.builder().allowedOrigins("http://*.*").allowedMethods("GET"), "InvalidRequest");
        assertCorsRefused(CORSRule.builder().allowedMethods("GET"), "MalformedXML");
    }

    private static void assertCorsRefused(CORSRule.Builder rule, String code) {
        assertRefused(
                () -> s3.putBucketCors(b -> b.bucket("sdk").corsConfiguration(c -> c.corsRules(rule.build()))), code);
    }
}
