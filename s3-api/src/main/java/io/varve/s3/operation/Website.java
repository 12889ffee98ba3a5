package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.error.StorageRefusals;
import io.varve.s3.request.Headers;
import io.varve.s3.request.UriCoding;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Buckets as websites (user guide, "Hosting a static website"): their configuration, and the answers to browsers, which come to a domain of
 * their own and sign nothing. Who may read is up to policies and lists, as for everybody without a name. Thread-safe.
 */
public final class Website {

    /** Where a website answers with a redirect in place of an object. */
    static final String REDIRECT_HEADER = "x-amz-website-redirect-location";

    private static final String REDIRECT = "s:redirect";
    private static final int DOCUMENT_BYTES_MAX = 128 * 1024;
    private static final int LOCATION_LENGTH_MAX = 2048;

    private final Namespace namespace;
    private final AccessControl access;
    private final ObjectReads reads;
    private final BucketDocument<WebsiteConfiguration> document;

    public Website(Namespace namespace, AccessControl access, Encryption encryption) {
        this.namespace = namespace;
        this.access = access;
        this.reads = new ObjectReads(namespace, encryption);
        this.document = new BucketDocument<>(
                namespace,
                "website",
                DOCUMENT_BYTES_MAX,
                S3Error.NO_SUCH_WEBSITE_CONFIGURATION,
                WebsiteConfiguration::parse,
                ignored -> {});
    }

    // ---- settings

    /** GetBucketWebsite, PutBucketWebsite, DeleteBucketWebsite. */
    public BucketDocument<?> document() {
        return document;
    }

    /**
     * Attributes with the redirect that a write asks for, and without any other.
     *
     * @throws S3Exception if it leads nowhere
     */
    static Attributes withRedirect(Headers headers, Attributes attributes) {
        String location = headers.get(REDIRECT_HEADER);
        if (location.isEmpty()) {
            return attributes.without(REDIRECT);
        }
        boolean leads = location.startsWith("/") || location.startsWith("http://") || location.startsWith("https://");
        if (!leads || location.length() > LOCATION_LENGTH_MAX) {
            throw new S3Exception(S3Error.INVALID_REDIRECT_LOCATION);
        }
        return attributes.with(REDIRECT, location);
    }

    /** The redirect of an object, if it has one. */
    static Optional<String> redirect(Attributes attributes) {
        return attributes.get(REDIRECT);
    }

    // ---- answers to browsers

    /**
     * Answers what a browser asks for.
     *
     * @param call of nobody known, whose key is what the address says
     */
    public void serve(String method, Call call, String requestId) throws IOException {
        try {
            WebsiteConfiguration site = document.require(call.bucket());
            if (!method.equals("GET") && !method.equals("HEAD")) {
                throw new S3Exception(S3Error.METHOD_NOT_ALLOWED);
            }
            if (site.all().isPresent()) {
                redirect(call, site.all().get(), call.key());
            } else {
                answer(method, call, site);
            }
        } catch (S3Exception e) {
            requireOpen(call, e);
            page(method, call, e, requestId);
        } catch (StorageException e) {
            S3Exception error = StorageRefusals.translate(e, "");
            requireOpen(call, error);
            page(method, call, error, requestId);
        }
    }

    private static void requireOpen(Call call, S3Exception error) throws IOException {
        if (call.response().isCommitted()) {
            throw new IOException("the answer broke off: " + error.text(), error);
        }
    }

    private void answer(String method, Call call, WebsiteConfiguration site) throws IOException {
        Optional<WebsiteConfiguration.Rule> rule = site.rule(call.key(), 0);
        if (rule.isPresent()) {
            redirect(call, rule.get().redirect(), rule.get().target(call.key()));
            return;
        }
        String key = isFolder(call.key()) ? call.key() + site.index() : call.key();
        try {
            send(method, call.withKey(key, call.headers()));
        } catch (S3Exception e) {
            requireOpen(call, e);
            refuse(method, call, site, e);
        }
    }

    private static boolean isFolder(String key) {
        return key.isEmpty() || key.endsWith("/");
    }

    private void send(String method, Call call) throws IOException {
        requireReadable(call);
        Optional<String> elsewhere = namespace.find(call.path()).flatMap(entry -> redirect(entry.attributes()));
        if (elsewhere.isPresent()) {
            call.response().setHeader("Location", elsewhere.get());
            call.answer(HttpServletResponse.SC_MOVED_PERMANENTLY);
        } else if (method.equals("HEAD")) {
            reads.head(call);
        } else {
            reads.get(call);
        }
    }

    /** Who may not list the bucket is not told what is not in it. */
    private void requireReadable(Call call) {
        Optional<Entry> found = ObjectLookup.visible(namespace.find(call.path()));
        boolean open = found.isPresent() && may(AccessControl.Action.READ, call, call.key());
        if (!open) {
            boolean told = found.isEmpty() && may(AccessControl.Action.LIST, call, "");
            throw new S3Exception(told ? S3Error.NO_SUCH_KEY : S3Error.ACCESS_DENIED).with("Key", call.key());
        }
    }

    private boolean may(AccessControl.Action action, Call call, String key) {
        return access.decide(call.principal(), action, call.bucket(), key) == AccessControl.Decision.ALLOWED;
    }

    /** In place of what cannot be shown: the folder of that name, what a rule says, or the site's own page. */
    private void refuse(String method, Call call, WebsiteConfiguration site, S3Exception error) throws IOException {
        if (!isFolder(call.key())
                && namespace
                        .find(new EntryPath(call.bucket(), call.key() + "/" + site.index()))
                        .isPresent()
                && may(AccessControl.Action.READ, call, call.key() + "/" + site.index())) {
            call.response().setHeader("Location", "/" + UriCoding.encode(call.key(), true) + "/");
            call.answer(HttpServletResponse.SC_FOUND);
            return;
        }
        int status = error.error().status();
        Optional<WebsiteConfiguration.Rule> rule = site.rule(call.key(), status);
        if (rule.isPresent()) {
            redirect(call, rule.get().redirect(), rule.get().target(call.key()));
            return;
        }
        if (site.error().isEmpty() || status >= HttpServletResponse.SC_INTERNAL_SERVER_ERROR) {
            throw error;
        }
        try {
            Call page = call.withKey(site.error().get(), new Headers(new TreeMap<>()));
            requireReadable(page);
            call.response().reset();
            call.response().setStatus(status);
            send(method, page);
        } catch (S3Exception ignored) {
            // The page for errors cannot be shown either: then the error itself.
            requireOpen(call, error);
            throw error;
        }
    }

    private static void redirect(Call call, WebsiteConfiguration.Redirect redirect, String key) {
        String own = call.url().substring(0, call.url().indexOf("://"));
        String location = redirect.protocol().orElse(own) + "://"
                + redirect.host().orElse(call.headers().get("host")) + "/" + UriCoding.encode(key, true);
        call.response().setHeader("Location", location);
        call.answer(redirect.status());
    }

    /** An error as a page. */
    private static void page(String method, Call call, S3Exception error, String requestId) throws IOException {
        HttpServletResponse response = call.response();
        response.reset();
        response.setHeader("x-amz-request-id", requestId);
        response.setHeader("x-amz-error-code", error.error().code());
        response.setStatus(error.error().status());
        response.setContentType("text/html; charset=utf-8");
        XmlWriter html = XmlWriter.html()
                .open("head")
                .text("title", error.error().status() + " " + error.error().code())
                .close("head")
                .open("body")
                .text("h1", error.error().status() + " " + error.error().code())
                .open("ul")
                .text("li", "Message: " + error.text());
        error.details().forEach((name, value) -> html.text("li", name + ": " + value));
        byte[] bytes = html.text("li", "RequestId: " + requestId)
                .close("ul")
                .close("body")
                .finish();
        response.setContentLength(bytes.length);
        if (!method.equals("HEAD")) {
            response.getOutputStream().write(bytes);
        }
    }
}
