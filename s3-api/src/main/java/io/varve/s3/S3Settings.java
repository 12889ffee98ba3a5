package io.varve.s3;

/**
 * How the S3 door is set up.
 *
 * @param region the region told to clients; requests signed for any other are served too
 * @param domain the domain whose sub-domains are bucket names, without a port; empty for path style only
 * @param putBytesMax the largest object or part in one request, in bytes
 */
public record S3Settings(String region, String domain, long putBytesMax) {

    /** Amazon's limit for one request: 5 GiB. */
    public static final long PUT_BYTES_MAX_DEFAULT = 5L << 30;

    /** Path style, region {@code us-east-1}, Amazon's limits. */
    public static final S3Settings DEFAULT = new S3Settings("us-east-1", "", PUT_BYTES_MAX_DEFAULT);

    public S3Settings {
        if (region.isEmpty()) {
            throw new IllegalArgumentException("the S3 region is empty: set it to a name such as us-east-1");
        }
        if (putBytesMax <= 0) {
            throw new IllegalArgumentException("the largest S3 object must be positive, not " + putBytesMax);
        }
    }
}
