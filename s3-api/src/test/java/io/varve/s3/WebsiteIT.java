package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.ErrorDocument;
import software.amazon.awssdk.services.s3.model.IndexDocument;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.Protocol;
import software.amazon.awssdk.services.s3.model.RoutingRule;
import software.amazon.awssdk.services.s3.model.WebsiteConfiguration;

/** Buckets as websites: what can be configured, and what browsers get. */
class WebsiteIT extends AccessFixture {

    private void configure(WebsiteConfiguration site) {
        alice.putBucketWebsite(b -> b.bucket(bucket).websiteConfiguration(site));
    }

    private static WebsiteConfiguration.Builder site() {
        return WebsiteConfiguration.builder()
                .indexDocument(IndexDocument.builder().suffix("index.html").build())
                .errorDocument(ErrorDocument.builder().key("errors/all.html").build());
    }

    private void show(String key, String text) {
        alice.putObject(
                b -> b.bucket(bucket).key(key).contentType("text/html").acl(ObjectCannedACL.PUBLIC_READ),
                RequestBody.fromString(text));
    }

    private RawClient.Answer browse(String method, String path, Map<String, String> headers) throws IOException {
        Map<String, String> all = new TreeMap<>(headers);
        all.put("host", bucket + "." + S3TestServer.WEBSITE_DOMAIN + ":" + server.port());
        return server.rawClient().exchange(method, path, all, new byte[0]);
    }

    private RawClient.Answer browse(String path) throws IOException {
        return browse("GET", path, Map.of());
    }

    @Test
    void showsPagesForFoldersAndForErrors() throws IOException {
        assertRefused(() -> alice.getBucketWebsite(b -> b.bucket(bucket)), "NoSuchWebsiteConfiguration");
        assertThat(browse("/").status()).isEqualTo(404);
        configure(site().build());
        assertThat(alice.getBucketWebsite(b -> b.bucket(bucket)).indexDocument().suffix())
                .isEqualTo("index.html");
        assertThat(browse("/").status()).as("nothing is open yet").isEqualTo(403);
        show("index.html", "home");
        show("docs/index.html", "docs");
        show("a page", "page");
        write(alice, "closed");
        assertThat(browse("/").text()).isEqualTo("home");
        assertThat(browse("/").headers()).containsEntry("content-type", "text/html");
        assertThat(browse("/docs/").text()).isEqualTo("docs");
        assertThat(browse("/a%20page?x=1").text()).isEqualTo("page");
        RawClient.Answer folder = browse("/docs");
        assertThat(folder.status()).isEqualTo(302);
        assertThat(folder.headers()).containsEntry("location", "/docs/");
        RawClient.Answer closed = browse("/closed");
        assertThat(closed.status()).isEqualTo(403);
        assertThat(closed.headers().get("content-type")).startsWith("text/html");
        assertThat(closed.text()).contains("AccessDenied");
        assertThat(browse("/missing").status())
                .as("what is missing is no matter of strangers")
                .isEqualTo(403);
        show("errors/all.html", "sorry");
        assertThat(browse("/missing").status()).isEqualTo(403);
        assertThat(browse("/missing").text()).isEqualTo("sorry");
        setPolicy(alice, "{'Effect':'Allow','Principal':'*','Action':'s3:ListBucket','Resource':'BUCKET'}");
        assertThat(browse("GET", "/missing", Map.of("range", "bytes=0-1")).status())
                .isEqualTo(404);
        assertThat(browse("/missing").text()).isEqualTo("sorry");
        alice.deleteBucketWebsite(b -> b.bucket(bucket));
        assertThat(browse("/").status()).isEqualTo(404);
    }

    @Test
    void readsLikeABrowser() throws IOException {
        configure(site().build());
        show("index.html", "home");
        RawClient.Answer head = browse("HEAD", "/", Map.of());
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers()).containsEntry("content-length", "4");
        String etag = head.headers().get("etag");
        assertThat(browse("GET", "/", Map.of("if-none-match", etag)).status()).isEqualTo(304);
        assertThat(browse("GET", "/", Map.of("range", "bytes=1-2")).text()).isEqualTo("om");
        assertThat(browse("PUT", "/x", Map.of("content-length", "0")).status()).isEqualTo(405);
        assertThat(browse("HEAD", "/missing", Map.of()).body()).isEmpty();
    }

    @Test
    void redirects() throws IOException {
        show("old", "old");
        alice.putObject(
                b -> b.bucket(bucket)
                        .key("moved")
                        .websiteRedirectLocation("/new?x")
                        .acl(ObjectCannedACL.PUBLIC_READ),
                RequestBody.empty());
        assertThat(alice.headObject(b -> b.bucket(bucket).key("moved")).websiteRedirectLocation())
                .isEqualTo("/new?x");
        configure(site().routingRules(
                        RoutingRule.builder()
                                .condition(c -> c.keyPrefixEquals("docs/"))
                                .redirect(r -> r.replaceKeyPrefixWith("documents/"))
                                .build(),
                        RoutingRule.builder()
                                .condition(c -> c.keyPrefixEquals("gone/").httpErrorCodeReturnedEquals("403"))
                                .redirect(r -> r.hostName("example.org")
                                        .protocol(Protocol.HTTPS)
                                        .httpRedirectCode("307")
                                        .replaceKeyWith("sorry"))
                                .build())
                .build());
        RawClient.Answer moved = browse("/moved");
        assertThat(moved.status()).isEqualTo(301);
        assertThat(moved.headers()).containsEntry("location", "/new?x");
        RawClient.Answer docs = browse("/docs/a%20b");
        assertThat(docs.status()).isEqualTo(301);
        assertThat(docs.headers().get("location"))
                .isEqualTo("http://" + bucket + "." + S3TestServer.WEBSITE_DOMAIN + ":" + server.port()
                        + "/documents/a%20b");
        RawClient.Answer gone = browse("/gone/x");
        assertThat(gone.status()).isEqualTo(307);
        assertThat(gone.headers()).containsEntry("location", "https://example.org/sorry");
        configure(WebsiteConfiguration.builder()
                .redirectAllRequestsTo(r -> r.hostName("example.org").protocol(Protocol.HTTPS))
                .build());
        RawClient.Answer all = browse("/a/b");
        assertThat(all.status()).isEqualTo(301);
        assertThat(all.headers()).containsEntry("location", "https://example.org/a/b");
    }

    @Test
    void refusesWhatCannotBe() {
        assertRefused(() -> configure(WebsiteConfiguration.builder().build()), "MalformedXML");
        assertRefused(() -> configure(site().indexDocument(i -> i.suffix("a/b")).build()), "InvalidArgument");
        assertRefused(
                () -> configure(site().redirectAllRequestsTo(r -> r.hostName("example.org"))
                        .build()),
                "MalformedXML");
        assertRefused(
                () -> alice.putObject(
                        b -> b.bucket(bucket).key("x").websiteRedirectLocation("elsewhere"), RequestBody.empty()),
                "InvalidRedirectLocation");
    }

    @Test
    void aCopyHasTheRedirectOfItsOwnHeaders() {
        alice.putObject(b -> b.bucket(bucket).key("from").websiteRedirectLocation("/a"), RequestBody.empty());
        alice.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("from")
                .destinationBucket(bucket)
                .destinationKey("to"));
        assertThat(alice.headObject(b -> b.bucket(bucket).key("to")).websiteRedirectLocation())
                .isNull();
        alice.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("from")
                .destinationBucket(bucket)
                .destinationKey("from")
                .websiteRedirectLocation("/b"));
        assertThat(alice.headObject(b -> b.bucket(bucket).key("from")).websiteRedirectLocation())
                .isEqualTo("/b");
        alice.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("from")
                .destinationBucket(bucket)
                .destinationKey("to")
                .metadataDirective(MetadataDirective.REPLACE)
                .websiteRedirectLocation("/c"));
        assertThat(alice.headObject(b -> b.bucket(bucket).key("to")).websiteRedirectLocation())
                .isEqualTo("/c");
    }
}
