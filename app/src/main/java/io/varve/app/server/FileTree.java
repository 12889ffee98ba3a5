package io.varve.app.server;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.Usage;
import java.util.Optional;

/** Files to be read: those there are, or those there were at a moment. */
sealed interface FileTree {
    /** The entry at exactly this path. */
    Optional<Entry> find(EntryPath path);

    /**
     * What a folder holds, in order.
     *
     * @param after the name to begin behind; empty for the first
     */
    DirectoryStream children(EntryPath folder, String after);

    ContentReader read(Entry entry);

    ContentReader readFromDisk(Entry entry);

    /** How much lies below a folder. */
    Usage usage(EntryPath folder);

    /** The present. */
    record Now(Namespace namespace) implements FileTree {
        @Override
        public Optional<Entry> find(EntryPath path) {
            return namespace.find(path);
        }

        @Override
        public DirectoryStream children(EntryPath folder, String after) {
            return namespace.children(folder, after);
        }

        @Override
        public ContentReader read(Entry entry) {
            return namespace.read(entry, 0, entry.size());
        }

        @Override
        public ContentReader readFromDisk(Entry entry) {
            return namespace.readFromDisk(entry);
        }

        @Override
        public Usage usage(EntryPath folder) {
            return namespace.usage(folder);
        }
    }

    /** A moment. */
    record Then(PastView past) implements FileTree {
        @Override
        public Optional<Entry> find(EntryPath path) {
            return past.find(path);
        }

        @Override
        public DirectoryStream children(EntryPath folder, String after) {
            return past.children(folder, after);
        }

        @Override
        public ContentReader read(Entry entry) {
            return past.read(entry, 0, entry.size());
        }

        @Override
        public ContentReader readFromDisk(Entry entry) {
            return past.readFromDisk(entry);
        }

        /** Nobody counted then, so it is counted now. */
        @Override
        public Usage usage(EntryPath folder) {
            long bytes = 0;
            long files = 0;
            DirectoryStream children = past.children(folder);
            while (children.hasNext()) {
                Entry child = children.next();
                Usage below = child.isDirectory() ? usage(child.path()) : new Usage(child.size(), 1);
                bytes += below.bytes();
                files += below.files();
            }
            return new Usage(bytes, files);
        }
    }
}
