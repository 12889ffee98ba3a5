package io.varve.storage.namespace;

/**
 * Which uploads of a bucket to list.
 *
 * @param bucket the bucket
 * @param prefix what their keys begin with
 * @param after where the list begins
 * @param limit the most to tell
 */
public record UploadQuery(String bucket, String prefix, After after, int limit) {

    /** Where a list begins, in the order of keys and, for one key, of ids. */
    public sealed interface After {}

    /** With the first. */
    public record Start() implements After {}

    /** Behind an upload, which need not be under way any more. */
    public record Id(String key, String id) implements After {}

    /** Behind all uploads of a key. */
    public record Key(String key) implements After {}

    /** Behind all uploads of keys that begin so. */
    public record Below(String prefix) implements After {}

    /** All uploads whose keys begin so. */
    public static UploadQuery all(String bucket, String prefix) {
        return new UploadQuery(bucket, prefix, new Start(), Integer.MAX_VALUE);
    }
}
