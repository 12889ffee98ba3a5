package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The chunk store's side of a check: recounts references into a scratch store, compares them with the counts, and reads every chunk. For
 * a state that nobody changes: a store that nobody serves, or a snapshot.
 */
public final class ChunkAudit {
    private static final int SCRATCH_OPERATIONS_MAX = 10_000;

    private final ChunkReader reader;
    private final RecountCorrections corrections = new RecountCorrections();
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
        this.reader = ChunkReader.pastCaches(metadata, segments, ignored -> {});
    }

    /** What the comparisons found wrong and can be put right. */
    public RecountCorrections corrections() {
        return corrections;
    }

    /** Counts one reference on each child of a content root. */
    public void refer(MetadataStore scratch, Content content) throws IOException {
        for (ManifestChild child : content.children()) {
            refer(scratch, child.fingerprint(), 1);
        }
    }

    /** Counts the references that manifest pages, deltas and ingest leases hold, and what lies in each segment. */
    public void referFromChunksAndLeases(MetadataView metadata, MetadataStore scratch, Consumer<String> finding)
            throws IOException {
        try (Cursor chunks = metadata.scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                Fingerprint chunk = ChunkKeys.fingerprint(chunks.key());
                ChunkRow row = ChunkRow.decode(chunks.value());
                if (row.page()) {
                    referPage(scratch, chunk);
                }
                ChunkTotals.record(pending, row);
                if (row.base().isPresent()) {
                    referBase(metadata, scratch, chunk, row.base().get(), finding);
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

    private void referBase(
            MetadataView metadata, MetadataStore scratch, Fingerprint chunk, Fingerprint base, Consumer<String> finding)
            throws IOException {
        refer(scratch, base, 1);
        byte[] key = ChunkKeys.delta(base, chunk);
        pending.put(Family.DELTAS, key, new byte[0]);
        if (metadata.get(Family.DELTAS, key) == null) {
            finding.accept("chunk " + chunk.toHex() + ": not listed among what stands on " + base.toHex());
            corrections.unlisted(base, chunk);
        }
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
            corrections.countIsIncomplete();
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
                    corrections.count(key, expected - count);
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

    /** Compares what lies in each segment, and the lists of what stands on what and of similar chunks, with the recount. */
    public void compareIndexes(MetadataView metadata, MetadataStore scratch, Consumer<String> finding)
            throws IOException {
        Set<Integer> segments = new TreeSet<>();
        for (MetadataView each : List.of(metadata, scratch)) {
            try (Cursor use = each.scan(Family.SEGMENTS, new byte[0], null)) {
                while (use.next()) {
                    segments.add(ChunkKeys.segment(use.key()));
                }
            }
        }
        for (int segment : segments) {
            byte[] key = ChunkKeys.segment(segment);
            long counted = metadata.counter(Family.SEGMENTS, key);
            long expected = scratch.counter(Family.SEGMENTS, key);
            if (counted != expected) {
                finding.accept("segment " + segment + ": " + counted + " bytes in use, but chunks take " + expected);
                corrections.live(key, expected - counted, metadata.get(Family.SEGMENTS, key) != null);
            }
        }
        try (Cursor deltas = metadata.scan(Family.DELTAS, new byte[0], null)) {
            while (deltas.next()) {
                if (scratch.get(Family.DELTAS, deltas.key()) == null) {
                    finding.accept("a delta is listed that no chunk is stored as");
                    corrections.listedInVain(deltas.key());
                }
            }
        }
        try (Cursor features = metadata.scan(Family.FEATURES, new byte[0], null)) {
            while (features.next()) {
                if (!SimilarityIndex.leadsToChunk(metadata, features.key())) {
                    finding.accept("a super-feature leads to a chunk that is not in the store");
                    corrections.leadsNowhere(features.key());
                }
            }
        }
    }

    /**
     * Reads every chunk and checks it against its fingerprint. Members of frames come last, frame by frame: in the order of their
     * fingerprints each would be decoded as often as it has members.
     */
    public Read readAll(MetadataView metadata, MetadataStore scratch, Consumer<String> finding) throws IOException {
        Reading reading = new Reading(finding);
        try (Cursor chunks = metadata.scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                Fingerprint chunk = ChunkKeys.fingerprint(chunks.key());
                if (ChunkRow.decode(chunks.value()) instanceof ChunkRow.Framed framed) {
                    pending.put(Family.PARTS, placeOf(framed), chunks.key());
                    if (pending.operations() >= SCRATCH_OPERATIONS_MAX) {
                        flush(scratch);
                    }
                } else {
                    reading.read(List.of(chunk));
                }
            }
        }
        flush(scratch);
        try (Cursor members = scratch.scan(Family.PARTS, new byte[0], null)) {
            byte[] frame = new byte[0];
            List<Fingerprint> chunks = new ArrayList<>();
            while (members.next()) {
                byte[] next = Arrays.copyOf(members.key(), SegmentAddress.BYTES);
                if (!Arrays.equals(frame, next)) {
                    reading.read(chunks);
                    chunks.clear();
                    frame = next;
                }
                chunks.add(ChunkKeys.fingerprint(members.value()));
            }
            reading.read(chunks);
        }
        return new Read(reading.chunks, reading.bytes);
    }

    /** In the scratch store: the frame's address so that it sorts by segment and offset, and the place in it. */
    private static byte[] placeOf(ChunkRow.Framed framed) {
        return ByteBuffer.allocate(SegmentAddress.BYTES + Integer.BYTES)
                .putInt(framed.frame().segment())
                .putInt(framed.frame().offset())
                .putInt(framed.frame().storedLength())
                .putInt(framed.index())
                .array();
    }

    /** Counts what was read, and tells what could not be. */
    private final class Reading {
        private final Consumer<String> finding;
        private long chunks;
        private long bytes;

        Reading(Consumer<String> finding) {
            this.finding = finding;
        }

        void read(List<Fingerprint> together) throws IOException {
            try {
                List<byte[]> plain = reader.read(together);
                for (int i = 0; i < plain.size(); i++) {
                    check(together.get(i), plain.get(i));
                }
            } catch (CorruptionException e) {
                if (together.size() > 1) {
                    // One may be damaged and the others not.
                    for (Fingerprint each : together) {
                        read(List.of(each));
                    }
                } else {
                    chunks++;
                    damaged.add(together.getFirst());
                    finding.accept("chunk " + together.getFirst().toHex() + ": " + e.getMessage());
                }
            }
        }

        private void check(Fingerprint chunk, byte[] plain) {
            chunks++;
            bytes += plain.length;
            if (!Fingerprint.of(plain, 0, plain.length).equals(chunk)) {
                damaged.add(chunk);
                finding.accept("chunk " + chunk.toHex() + ": the bytes have another fingerprint");
            }
        }
    }

    /** Takes chunks for damaged that somebody else found to be. */
    public void assumeDamaged(Set<Fingerprint> chunks) {
        damaged.addAll(chunks);
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
