package io.varve.s3.signature;

/**
 * What a signing key is good for.
 *
 * @param date eight digits, {@code yyyyMMdd}
 * @param region the region's name; this server takes any
 */
record CredentialScope(String date, String region) {

    static final String SERVICE = "s3";
    static final String TERMINATOR = "aws4_request";

    @Override
    public String toString() {
        return date + "/" + region + "/" + SERVICE + "/" + TERMINATOR;
    }
}
