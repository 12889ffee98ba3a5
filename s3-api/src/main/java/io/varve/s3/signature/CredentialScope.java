package io.varve.s3.signature;

/**
 * What a signing key is good for.
 *
 * @param date eight digits, {@code yyyyMMdd}
 * @param region the region's name; this server takes any
 * @param service {@link #S3} or {@link #STS}
 */
record CredentialScope(String date, String region, String service) {

    static final String S3 = "s3";
    static final String STS = "sts";
    static final String TERMINATOR = "aws4_request";

    @Override
    public String toString() {
        return date + "/" + region + "/" + service + "/" + TERMINATOR;
    }
}
