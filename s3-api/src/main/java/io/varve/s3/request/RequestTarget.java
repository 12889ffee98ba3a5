package io.varve.s3.request;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a request is about: the service, a bucket, or an object, with the path as it was sent.
 *
 * <p>A key is taken as it stands. {@code //}, {@code .} and {@code ..} are ordinary parts of it, and {@code %2F} is the
 * same as a slash.
 *
 * @param rawPath the path of the request line, still coded; it is what the signature covers
 * @param bucket the bucket's name; empty for the service
 * @param key the object's key; empty for the bucket itself
 */
public record RequestTarget(String rawPath, String bucket, String key) {

    /** The longest key in bytes of UTF-8 (API reference, "Creating object key names"). */
    public static final int KEY_BYTES_MAX = 1024;

    /** How much of the store a request addresses. */
    public enum Scope {
        SERVICE,
        BUCKET,
        OBJECT
    }

    public Scope scope() {
        if (bucket.isEmpty()) {
            return Scope.SERVICE;
        }
        return key.isEmpty() ? Scope.BUCKET : Scope.OBJECT;
    }

    /** Whether the bucket was named by the host, so that the path is the key alone. */
    public boolean isByHost() {
        return UriCoding.decode(rawPath.startsWith("/") ? rawPath.substring(1) : rawPath, false)
                .equals(key);
    }

    /** The resource as error documents name it. */
    public String resource() {
        return bucket.isEmpty() ? "/" : "/" + bucket + (key.isEmpty() ? "" : "/" + key);
    }

    /**
     * Reads the target.
     *
     * @param rawPath the path of the request line, without the query
     * @param host the Host header; may be empty
     * @param domain the domain whose sub-domains are buckets; empty if there is only path style
     * @throws S3Exception for a path that is no UTF-8, or a key that is too long or holds NUL
     */
    public static RequestTarget parse(String rawPath, String host, String domain) {
        String path = withoutAuthority(rawPath);
        String bucket = bucketOf(host, domain);
        int start = path.startsWith("/") ? 1 : 0;
        if (bucket.isEmpty()) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            bucket = UriCoding.decode(path.substring(start, end), false);
            start = Math.min(end + 1, path.length());
            if (bucket.isEmpty() && start < path.length()) {
                throw new S3Exception(S3Error.INVALID_BUCKET_NAME, "The path names no bucket: it begins with '//'.");
            }
        }
        String key = UriCoding.decode(path.substring(start), false);
        checkKey(key);
        return new RequestTarget(path, bucket, key);
    }

    /** Checks a key against what the API allows. */
    public static void checkKey(String key) {
        if (key.length() > KEY_BYTES_MAX || key.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES_MAX) {
            throw new S3Exception(S3Error.KEY_TOO_LONG)
                    .with("Size", Integer.toString(key.getBytes(StandardCharsets.UTF_8).length))
                    .with("MaxSizeAllowed", Integer.toString(KEY_BYTES_MAX));
        }
        if (key.indexOf('\0') >= 0) {
            throw S3Exception.invalidArgument("key", "", "An object key cannot contain the character NUL.");
        }
    }

    /** A request through a proxy may carry its target in the absolute form (RFC 9112, section 3.2.2). */
    private static String withoutAuthority(String rawPath) {
        if (rawPath.startsWith("/")) {
            return rawPath;
        }
        int scheme = rawPath.indexOf("://");
        if (scheme < 0) {
            return rawPath;
        }
        int slash = rawPath.indexOf('/', scheme + 3);
        return slash < 0 ? "/" : rawPath.substring(slash);
    }

    /** The bucket that a Host header names below a domain; empty if it names none. */
    public static String bucketOf(String host, String domain) {
        if (domain.isEmpty()) {
            return "";
        }
        int port = host.startsWith("[") ? host.indexOf(':', host.indexOf(']')) : host.indexOf(':');
        String name = (port < 0 ? host : host.substring(0, port)).toLowerCase(Locale.ROOT);
        String suffix = "." + domain.toLowerCase(Locale.ROOT);
        return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : "";
    }
}
