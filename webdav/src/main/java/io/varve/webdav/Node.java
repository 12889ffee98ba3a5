package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something with properties: the root, a bucket, a folder or a file.
 *
 * @param href its address
 * @param name its last segment
 * @param folder whether it is a collection
 * @param entry its entry; the root has none
 * @param locks the locks that cover it, looked up when asked for
 * @param past whether it stands in a read-only tree
 */
record Node(String href, String name, boolean folder, Optional<Entry> entry, Supplier<List<Lock>> locks, boolean past) {

    static Node root(Exchange exchange) {
        return new Node(exchange.prefix() + "/", "Varve", true, Optional.empty(), List::of, false);
    }

    static Node of(Exchange exchange, Entry entry, Supplier<List<Lock>> locks) {
        return new Node(
                exchange.href(entry.path()),
                nameOf(entry.path()),
                entry.isDirectory(),
                Optional.of(entry),
                locks,
                false);
    }

    /** Something that is no longer, or not only, so. */
    static Node past(String href, String name, boolean folder, Optional<Entry> entry) {
        return new Node(href, name, folder, entry, List::of, true);
    }

    static String nameOf(EntryPath path) {
        return path.isRoot() ? path.bucket() : path.name();
    }
}
