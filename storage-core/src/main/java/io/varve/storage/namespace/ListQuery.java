package io.varve.storage.namespace;

/**
 * A question for keys in S3's order (bytes of UTF-8).
 *
 * @param prefix only keys that begin with it; may be empty
 * @param delimiter keys that share the part up to its first occurrence after the prefix are rolled
 *     up into that part; empty: no roll-up
 * @param startAfter only keys and roll-ups strictly after it; may be empty. A roll-up that is not
 *     after it is not told again, nor are the keys under it.
 * @param limit the most keys and roll-ups to tell, 0 to 1,000 and beyond
 */
public record ListQuery(String prefix, String delimiter, String startAfter, int limit) {}
