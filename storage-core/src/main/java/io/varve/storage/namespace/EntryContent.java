package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentSplice;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.ReadLease;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Opens the bytes of entries that were looked up before. Between that and the opening a lease is taken and the entry is looked for once
 * more, so that none is read whose chunks may be gone. Thread-safe.
 */
final class EntryContent {
    private final ChunkStore chunks;
    private final MetadataView view;
    private final Namespace.SpaceGuard space;

    EntryContent(ChunkStore chunks, MetadataView view, Namespace.SpaceGuard space) {
        this.chunks = chunks;
        this.view = view;
        this.space = space;
    }

    ContentWriter write(ContentHints hints) {
        space.requireSpace();
        return chunks.write(hints, space::requireSpace);
    }

    ContentSplice splice(Entry entry, long offset) {
        space.requireSpace();
        PastView.requireOpen(entry);
        ContentHints hints = new ContentHints(entry.path().name(), entry.contentType(), entry.size());
        return open(entry, lease -> chunks.splice(lease, entry.content(), offset, hints, space::requireSpace));
    }

    ContentReader read(Entry entry, long offset, long length) {
        return open(entry, lease -> chunks.read(lease, entry.content(), offset, length));
    }

    ContentReader readFromDisk(Entry entry) {
        return open(entry, lease -> chunks.readFromDisk(lease, entry.content()));
    }

    /** What is done with an entry's content under a lease that outlives the call. */
    @FunctionalInterface
    private interface Opening<T> {
        T under(ReadLease lease) throws IOException;
    }

    private <T> T open(Entry entry, Opening<T> opening) {
        return translated(() -> {
            ReadLease lease = chunks.lease();
            try {
                requireThere(view, entry);
                return opening.under(lease);
            } catch (IOException | RuntimeException e) {
                lease.close();
                throw e;
            }
        });
    }

    /**
     * Insists that an entry found a moment ago still holds its content, as the current version or in history. To be called under a
     * lease.
     *
     * @throws StorageException.NoSuchEntry if not
     */
    static void requireThere(MetadataView view, Entry entry) throws IOException {
        if (entry.content().children().isEmpty()) {
            return;
        }
        Optional<List<Long>> chain = new VersionTree(view).chain(entry.path().parent());
        if (chain.isEmpty() || !isThere(view, chain.get().getLast(), entry)) {
            throw new StorageException.NoSuchEntry(entry.path());
        }
    }

    private static boolean isThere(MetadataView view, long directory, Entry entry) throws IOException {
        byte[] name = NameKeys.name(entry.path());
        EntryRow row = new Tree(view).row(directory, name);
        return (row != null && row.sequence() == entry.sequence())
                || view.get(Family.PAST, NameKeys.past(directory, name, entry.sequence())) != null;
    }
}
