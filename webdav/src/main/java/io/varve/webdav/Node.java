package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.Version;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something with properties: the root, a bucket, a folder, a file or a user.
 *
 * @param href its address
 * @param name its last segment
 * @param folder whether it is a collection
 * @param entry its entry; the root has none
 * @param locks the locks that cover it, looked up when asked for
 * @param past whether it stands in a read-only tree
 * @param version what it is if it is a version of a file
 */
record Node(
        String href,
        String name,
        boolean folder,
        Optional<Entry> entry,
        Supplier<List<Lock>> locks,
        boolean past,
        Optional<Version> version) {

    static Node root(Exchange exchange) {
        return new Node(exchange.prefix() + "/", "Varve", true, Optional.empty(), List::of, false, Optional.empty());
    }

    static Node of(Exchange exchange, Entry entry, Supplier<List<Lock>> locks) {
        return new Node(
                exchange.href(entry.path()),
                nameOf(entry.path()),
                entry.isDirectory(),
                Optional.of(entry),
                locks,
                false,
                Optional.empty());
    }

    /** Something that is no longer, or not only, so. */
    static Node past(String href, String name, boolean folder, Optional<Entry> entry) {
        return new Node(href, name, folder, entry, List::of, true, Optional.empty());
    }

    /** A version of a file at its own address. */
    static Node version(String href, String name, Version version) {
        return new Node(href, name, false, Optional.of(version.entry()), List::of, true, Optional.of(version));
    }

    /** Whether it stands for a user: what is no folder and has no entry. */
    boolean person() {
        return !folder && entry.isEmpty();
    }

    static String nameOf(EntryPath path) {
        return path.isRoot() ? path.bucket() : path.name();
    }
}
