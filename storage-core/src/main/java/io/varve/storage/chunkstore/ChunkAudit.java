package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The chunk store's side of an offline check: recounts references into a scratch store, compares them with the counts, and reads
 * every chunk. For a store that nobody changes.
 */
public final class ChunkAudit {
    private static final int SCRATCH_OPERATIONS_MAX = 10_000;

    private final ChunkReader reader;
    private final Set<Fingerprint> damaged = new HashSet<>();
    private Batch pending = new Batch();

    /**
     * What was read.
     *
     * @param chunks chunks of the store
     * @param bytes their plain bytes
     */
    public record Read(long chunks, long bytes) {}

    public ChunkAudit(MetadataView metadata, SegmentStore segments) {
        this.reader = new ChunkReader(metadata, segments, new MemoryCache(0));
    }

    /** Counts one reference on each child of a content root. */
    public void refer(MetadataStore scratch, Content content) throws IOException {
        for (ManifestChild child : content.children()) {
            refer(scratch, child.fingerprint(), 1);
        }
    }

    /** Counts the references that manifest pages and ingest leases hold. */
    public void referPagesAndLeases(MetadataView metadata, MetadataStore scratch) throws IOException {
        try (Cursor chunks = metadata.scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                if (ChunkRow.decode(chunks.value()).page()) {
                    referPage(scratch, ChunkKeys.fingerprint(chunks.key()));
                }
            }
        }
        try (Cursor leases = metadata.scan(Family.LEASES, new byte[0], null)) {
            while (leases.next()) {
                int count = ByteBuffer.wrap(leases.value()).getInt();
                refer(scratch, ChunkKeys.fingerprint(leases.key()), count);
            }
        }
        flush(scratch);
    }

    /** A page that cannot be read is reported when all chunks are read; what it lists is then reported as miscounted. */
    private void referPage(MetadataStore scratch, Fingerprint page) throws IOException {
        try {
            List<ManifestChild> children =
                    ManifestPage.decode(ByteBuffer.wrap(reader.read(page)), ManifestPage.CHILDREN_MAX);
            for (ManifestChild child : children) {
                refer(scratch, child.fingerprint(), 1);
            }
        } catch (CorruptionException e) {
            flush(scratch);
        }
    }

    private void refer(MetadataStore scratch, Fingerprint chunk, int count) throws IOException {
        pending.add(Family.COUNTS, ChunkKeys.chunk(chunk), count);
        if (pending.operations() >= SCRATCH_OPERATIONS_MAX) {
            flush(scratch);
        }
    }

    private void flush(MetadataStore scratch) throws IOException {
        if (!pending.isEmpty()) {
            scratch.apply(pending);
            pending = new Batch();
        }
    }

    /** Walks counts and recount side by side and tells every difference, and every chunk that is referred to and missing. */
    public void compare(MetadataView metadata, MetadataStore scratch, Consumer<String> finding) throws IOException {
        flush(scratch);
        try (Cursor stored = metadata.scan(Family.COUNTS, new byte[0], null);
                Cursor recounted = scratch.scan(Family.COUNTS, new byte[0], null)) {
            boolean left = stored.next();
            boolean right = recounted.next();
            while (left || right) {
                int order = !left ? 1 : !right ? -1 : Arrays.compareUnsigned(stored.key(), recounted.key());
                byte[] key = order <= 0 ? stored.key() : recounted.key();
                long count = order <= 0 ? metadata.counter(Family.COUNTS, key) : 0;
                long expected = order >= 0 ? scratch.counter(Family.COUNTS, key) : 0;
                if (count != expected) {
                    finding.accept("chunk " + ChunkKeys.fingerprint(key).toHex() + ": count " + count + ", but "
                            + expected + " references");
                }
                if (expected > 0 && metadata.get(Family.CHUNKS, key) == null) {
                    damaged.add(ChunkKeys.fingerprint(key));
                    finding.accept(
                            "chunk " + ChunkKeys.fingerprint(key).toHex() + ": referred to, but not in the store");
                }
                left = order <= 0 ? stored.next() : left;
                right = order >= 0 ? recounted.next() : right;
            }
        }
    }

    /** Reads every chunk and checks it against its fingerprint. */
    public Read readAll(MetadataView metadata, Consumer<String> finding) throws IOException {
        long count = 0;
        long bytes = 0;
        try (Cursor chunks = metadata.scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                Fingerprint chunk = ChunkKeys.fingerprint(chunks.key());
                count++;
                try {
                    byte[] plain = reader.read(chunk);
                    bytes += plain.length;
                    if (!Fingerprint.of(plain, 0, plain.length).equals(chunk)) {
                        damaged.add(chunk);
                        finding.accept("chunk " + chunk.toHex() + ": the bytes have another fingerprint");
                    }
                } catch (CorruptionException e) {
                    damaged.add(chunk);
                    finding.accept("chunk " + chunk.toHex() + ": " + e.getMessage());
                }
            }
        }
        return new Read(count, bytes);
    }

    /** Whether any chunk was found missing or damaged by what was called so far. */
    public boolean foundDamage() {
        return !damaged.isEmpty();
    }

    /** Whether a content holds a chunk that was found missing or damaged. Remembers the damaged ones only. */
    public boolean isDamaged(Content content) throws IOException {
        return foundDamage() && isDamaged(content.children());
    }

    private boolean isDamaged(List<ManifestChild> children) throws IOException {
        for (ManifestChild child : children) {
            if (damaged.contains(child.fingerprint())
                    || (child.page()
                            && isDamaged(ManifestPage.decode(
                                    ByteBuffer.wrap(reader.read(child.fingerprint())), ManifestPage.CHILDREN_MAX)))) {
                return true;
            }
        }
        return false;
    }
}
