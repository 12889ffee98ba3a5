package io.varve.storage.namespace;

import java.util.List;

/**
 * One page of keys, in order.
 *
 * @param items keys and roll-ups in one order
 * @param truncated whether more would follow
 * @param next what to give as {@link ListQuery#startAfter()} for the next page; empty if not truncated
 */
public record ListPage(List<Item> items, boolean truncated, String next) {

    public ListPage {
        items = List.copyOf(items);
    }

    /** A key with its entry, or a roll-up. */
    public sealed interface Item {}

    /** A key; a directory made by name appears as the key {@code name/}. */
    public record Key(Entry entry) implements Item {}

    /** A common prefix, ending with the delimiter. */
    public record Prefix(String prefix) implements Item {}
}
