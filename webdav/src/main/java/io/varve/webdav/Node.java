package io.varve.webdav;

import io.varve.storage.namespace.Entry;
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
 */
record Node(String href, String name, boolean folder, Optional<Entry> entry, Supplier<List<Lock>> locks) {

    static Node root(Exchange exchange) {
        return new Node(exchange.prefix() + "/", "Varve", true, Optional.empty(), List::of);
    }

    static Node of(Exchange exchange, Entry entry, Supplier<List<Lock>> locks) {
        String name =
                entry.path().isRoot() ? entry.path().bucket() : entry.path().name();
        return new Node(exchange.href(entry.path()), name, entry.isDirectory(), Optional.of(entry), locks);
    }
}
