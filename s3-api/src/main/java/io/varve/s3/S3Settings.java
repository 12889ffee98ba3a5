package io.varve.s3;

import io.varve.storage.namespace.LifecycleRule;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * How the S3 door is set up.
 *
 * @param region the region told to clients; requests signed for any other are served too
 * @param domain the domain whose sub-domains are bucket names, without a port; empty for path style only
 * @param websiteDomain the domain whose sub-domains are buckets as websites, without a port; empty for none
 * @param putBytesMax the largest object or part in one request, in bytes
 * @param lifecycleDay the length of a day in lifecycle rules
 * @param requestsPerSecond how many requests of one user are served in a second; 0 for any number
 * @param oldSignatures whether requests signed by Version 2 are served, too
 * @param webhook where events of buckets go
 */
public record S3Settings(
        String region,
        String domain,
        String websiteDomain,
        long putBytesMax,
        Duration lifecycleDay,
        int requestsPerSecond,
        boolean oldSignatures,
        Optional<Hook> webhook) {

    /**
     * Who is told of events.
     *
     * @param address where to
     * @param token sent as a bearer token; empty for none
     */
    public record Hook(URI address, String token) {
        @Override
        public String toString() {
            return "Hook[" + address + "]";
        }
    }

    /** Amazon's limit for one request: 5 GiB. */
    public static final long PUT_BYTES_MAX_DEFAULT = 5L << 30;

    /** Path style, region {@code us-east-1}, Amazon's limits. */
    public static final S3Settings DEFAULT =
            new S3Settings("us-east-1", "", "", PUT_BYTES_MAX_DEFAULT, LifecycleRule.DAY, 0, true, Optional.empty());

    public S3Settings {
        if (region.isEmpty()) {
            throw new IllegalArgumentException("the S3 region is empty: set it to a name such as us-east-1");
        }
        if (putBytesMax <= 0) {
            throw new IllegalArgumentException("the largest S3 object must be positive, not " + putBytesMax);
        }
    }
}
