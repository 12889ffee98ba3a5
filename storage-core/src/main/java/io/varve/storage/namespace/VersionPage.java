package io.varve.storage.namespace;

import java.util.List;

/**
 * One page of versions: keys in S3's order, the versions of a key from the newest to the oldest.
 *
 * @param items versions and roll-ups in one order
 * @param truncated whether more would follow
 * @param nextKey the last key or roll-up told, to go on behind it; empty if not truncated
 * @param nextVersion the last version told of that key; empty if not truncated, or behind a roll-up
 */
public record VersionPage(List<Item> items, boolean truncated, String nextKey, String nextVersion) {

    public VersionPage {
        items = List.copyOf(items);
    }

    /** A version, or a roll-up. */
    public sealed interface Item {}

    /** A version or a delete marker. */
    public record Found(KeyVersion version) implements Item {}

    /** A common prefix, ending with the delimiter. */
    public record Prefix(String prefix) implements Item {}

    /**
     * What is asked for.
     *
     * @param prefix only keys that begin with it; may be empty
     * @param delimiter keys that share the part up to its first occurrence after the prefix are rolled up into it; empty: no roll-up
     * @param keyMarker only keys and roll-ups behind it; may be empty
     * @param versionMarker with it, also the versions of {@code keyMarker} that come behind this one; may be empty
     * @param limit the most to tell
     */
    public record Query(String prefix, String delimiter, String keyMarker, String versionMarker, int limit) {}
}
