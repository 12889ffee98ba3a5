package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.webdav.wire.DavPath;
import java.util.Optional;

/** What the address of a request stands for at the time the request came. */
sealed interface Target {

    /** The address. */
    DavPath path();

    /** The entry there, if it is one. */
    default Optional<Entry> entry() {
        return switch (this) {
            case Folder folder -> Optional.of(folder.at());
            case File file -> Optional.of(file.at());
            case Root root -> Optional.empty();
            case Missing missing -> Optional.empty();
            case NoBucket none -> Optional.empty();
            case Virtual virtual -> virtual.at().entry();
        };
    }

    /** The folder over all buckets. */
    record Root(DavPath path) implements Target {}

    /** A bucket or a folder in one. */
    record Folder(DavPath path, Entry at) implements Target {}

    /** A file. */
    record File(DavPath path, Entry at) implements Target {}

    /** Nothing is there; the folders above it, or its bucket, may be missing, too. */
    record Missing(DavPath path) implements Target {}

    /** Something, or nothing, in one of the read-only trees. */
    record Virtual(DavPath path, Place at) implements Target {}

    /** No bucket of that name is there. */
    record NoBucket(DavPath path) implements Target {}
}
