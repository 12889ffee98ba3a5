package io.varve.s3.request;

import io.varve.s3.error.S3Exception;

/**
 * The source of a copy, from the header {@code x-amz-copy-source}: {@code [/]bucket/key[?versionId=id]}, coded once.
 *
 * @param bucket the bucket
 * @param key the key, not empty
 * @param versionId the version; empty for the current one
 */
public record CopySource(String bucket, String key, String versionId) {

    private static final String HEADER = "x-amz-copy-source";
    private static final String VERSION = "?versionId=";

    /**
     * Reads the header.
     *
     * @throws S3Exception {@code InvalidArgument} if it names no object
     */
    public static CopySource parse(String header) {
        // The version is split off before decoding: a question mark of the key itself arrives coded.
        int question = header.lastIndexOf(VERSION);
        String path = question < 0 ? header : header.substring(0, question);
        String version = question < 0 ? "" : decoded(header, header.substring(question + VERSION.length()));
        String decoded = decoded(header, path);
        int start = decoded.startsWith("/") ? 1 : 0;
        int slash = decoded.indexOf('/', start);
        if (slash <= start || slash == decoded.length() - 1) {
            throw S3Exception.invalidArgument(
                    HEADER, header, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        }
        String key = decoded.substring(slash + 1);
        RequestTarget.checkKey(key);
        return new CopySource(decoded.substring(start, slash), key, version);
    }

    private static String decoded(String header, String coded) {
        try {
            return UriCoding.decode(coded, false);
        } catch (S3Exception ignored) {
            throw S3Exception.invalidArgument(HEADER, header, "Invalid copy source encoding.");
        }
    }
}
