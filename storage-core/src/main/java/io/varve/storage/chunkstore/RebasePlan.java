package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.compression.Codec;
import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.Encoded;
import io.varve.storage.delta.Candidate;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.delta.DeltaCodec;
import io.varve.storage.delta.Odess;
import io.varve.storage.delta.SuperFeatures;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the deltas on one chunk can do without it. Each is tried against what that chunk stands on itself, and against chunks that resemble it;
 * what finds no base there becomes whole, one of them first, the heir, so that the others can stand on it. Encodes, and writes only if all
 * of it together saves enough. For one base and one thread.
 */
final class RebasePlan {
    /** With more deltas than this a base is worth its place. */
    static final int DELTAS_MAX = 64;

    /** Plain bytes of all deltas together: more are not worth the memory. */
    private static final long PLAIN_BYTES_MAX = 32L << 20;

    /** Plain bytes of other chunks that are kept for the next delta. */
    private static final long KEPT_BYTES_MAX = 8L << 20;

    /** What is saved must be worth the writing: this share of it, in percent. */
    private static final int GAIN_PERCENT_MIN = 5;

    /** What the rows of a chunk take in the metadata, about; those of the base go, too. */
    private static final int ROWS_BYTES = 100;

    /** A delta must stay below this share of the chunk by itself, in percent. */
    private static final int DELTA_PERCENT_MAX = 80;

    private static final int BASES_MAX = 3;

    private final MetadataView view;
    private final ChunkReader reader;
    private final ChainRules rules;
    private final ReencodingStatistics statistics;
    private final StandingDeltas standing;
    private final Fingerprint base;
    private final ChunkRow baseRow;
    private final Map<Fingerprint, byte[]> plain = new HashMap<>();
    private final List<Form> forms = new ArrayList<>();
    private @Nullable Target heir;
    private long saved;
    private long keptBytes;

    /** A delta to be given another form. */
    private static final class Target {
        private final StoredRow stored;
        private final byte[] plain;
        private final int height;

        Target(StoredRow stored, byte[] plain, int height) {
            this.stored = stored;
            this.plain = plain;
            this.height = height;
        }
    }

    /**
     * A new form.
     *
     * @param on the base; empty if the chunk becomes whole
     * @param bytes the delta, or the whole chunk's encoded form
     * @param codec of the whole chunk
     */
    private record Form(Target target, Optional<Fingerprint> on, ByteBuffer bytes, Codec codec) {
        long storedBytes() {
            if (on.isEmpty()) {
                return target.plain.length <= ChunkPreparer.INLINE_BYTES_MAX
                        ? bytes.remaining()
                        : bytes.remaining() + (long) FramePacker.RECORD_BYTES;
            }
            return DeltaWriter.storedBytes(bytes);
        }
    }

    RebasePlan(
            MetadataView view,
            ChunkReader reader,
            ChainRules rules,
            ReencodingStatistics statistics,
            Fingerprint base,
            ChunkRow baseRow) {
        this.view = view;
        this.reader = reader;
        this.rules = rules;
        this.statistics = statistics;
        this.standing = new StandingDeltas(view);
        this.base = base;
        this.baseRow = baseRow;
    }

    /**
     * Finds new forms.
     *
     * @param deltas all that stand on the base
     * @return whether they save enough
     */
    boolean make(List<Fingerprint> deltas) throws IOException {
        List<Target> targets = new ArrayList<>();
        long bytes = 0;
        for (Fingerprint delta : deltas) {
            StoredRow stored = StoredRow.alive(view, delta);
            bytes += stored == null ? 0 : stored.row().plainLength();
            byte[] content = stored == null || bytes > PLAIN_BYTES_MAX ? null : read(delta);
            if (stored == null || content == null) {
                // Garbage that is about to go, or damage that checks tell of: the base stays until then.
                return false;
            }
            targets.add(new Target(stored, content, standing.height(delta)));
        }
        // Those with most on them first: an heir among them leaves the shortest chains.
        targets.sort(Comparator.comparingInt((Target target) -> target.height).reversed());
        Set<Fingerprint> own = new LinkedHashSet<>(deltas);
        for (Target target : targets) {
            forms.add(form(target, own));
        }
        long before = baseRow.storedBytes();
        long after = 0;
        for (Form form : forms) {
            before += form.target.stored.row().storedBytes();
            after += form.storedBytes();
        }
        saved = before - after;
        return saved > 0 && (saved + ROWS_BYTES) * 100 >= after * GAIN_PERCENT_MIN;
    }

    /** What is needed less when the base is gone. */
    long bytesSaved() {
        return saved;
    }

    private Form form(Target target, Set<Fingerprint> own) throws IOException {
        Encoded whole = whole(target.plain);
        int limit = Math.toIntExact((long) whole.bytes().remaining() * DELTA_PERCENT_MAX / 100);
        Optional<Form> best = Optional.empty();
        Target first = heir;
        if (first != null) {
            // It is whole by the time this one's base is asked for, in the same commit.
            best = delta(target, new Candidate<>(first.stored.chunk(), 0, List.of()), first.plain, limit);
        }
        for (Candidate<Fingerprint> candidate : candidates(target, own)) {
            byte[] content = read(candidate.base());
            if (content != null) {
                Optional<Form> form = delta(target, candidate, content, limit);
                if (form.isPresent()
                        && (best.isEmpty()
                                || form.get().storedBytes() < best.get().storedBytes())) {
                    best = form;
                }
            }
        }
        if (best.isPresent()) {
            return best.get();
        }
        heir = first == null ? target : first;
        return new Form(target, Optional.empty(), whole.bytes(), whole.codec());
    }

    private static Encoded whole(byte[] content) {
        return content.length <= ChunkPreparer.INLINE_BYTES_MAX
                ? Codecs.encode(content, 0, content.length, Codec.ZSTD)
                : Codecs.encodeThoroughly(content, 0, content.length);
    }

    private Optional<Form> delta(Target target, Candidate<Fingerprint> candidate, byte[] content, int limit) {
        if (limit <= 0 || rules.fit(target.stored.chunk(), target.height, candidate) != ChainRules.Fit.FITS) {
            return Optional.empty();
        }
        statistics.tried();
        return DeltaCodec.encode(target.plain, 0, target.plain.length, content, limit)
                .map(bytes -> new Form(target, Optional.of(candidate.base()), bytes, Codec.ZSTD));
    }

    /** Chunks outside this family that a delta could stand on: what the base stands on, and what resembles the target. */
    private List<Candidate<Fingerprint>> candidates(Target target, Set<Fingerprint> own) throws IOException {
        Map<Fingerprint, Integer> found = new LinkedHashMap<>();
        baseRow.base().ifPresent(next -> found.put(next, 0));
        Optional<SuperFeatures> features = features(target);
        if (features.isPresent()) {
            SimilarityIndex.similar(view, features.get()).forEach(found::putIfAbsent);
        }
        List<Candidate<Fingerprint>> candidates = new ArrayList<>();
        for (Map.Entry<Fingerprint, Integer> each : found.entrySet()) {
            Fingerprint chunk = each.getKey();
            StoredRow stored = StoredRow.alive(view, chunk);
            if (stored != null && candidates.size() < BASES_MAX && !chunk.equals(base) && !own.contains(chunk)) {
                List<Fingerprint> chain = standing.chain(stored.row());
                if (!chain.contains(base)) {
                    candidates.add(new Candidate<>(chunk, each.getValue(), chain));
                }
            }
        }
        return candidates;
    }

    private static Optional<SuperFeatures> features(Target target) {
        return target.plain.length <= ChunkPreparer.INLINE_BYTES_MAX
                ? Optional.empty()
                : Odess.of(target.plain, 0, target.plain.length);
    }

    /** A chunk's bytes; null if it cannot be read. */
    private byte @Nullable [] read(Fingerprint chunk) throws IOException {
        byte[] known = plain.get(chunk);
        if (known != null) {
            return known;
        }
        try {
            byte[] content = reader.read(chunk);
            statistics.read(content.length);
            if (content.length > DeltaCodec.PLAIN_BYTES_MAX) {
                return null;
            }
            if (keptBytes + content.length <= KEPT_BYTES_MAX) {
                keptBytes += content.length;
                plain.put(chunk, content);
            }
            return content;
        } catch (CorruptionException e) {
            return null;
        }
    }

    /** Writes the new forms; what others are to stand on comes first. */
    List<ChunkSwap> write(SegmentLease lease) throws IOException {
        DeltaWriter writer = new DeltaWriter(lease);
        List<ChunkSwap> swaps = new ArrayList<>();
        for (Form form : forms) {
            StoredRow stored = form.target.stored;
            ChunkRow after = form.on.isPresent()
                    ? writer.write(stored, form.target.plain, form.on.get(), form.bytes)
                    : writeWhole(lease, form);
            swaps.add(new ChunkSwap(stored.chunk(), stored.row(), after));
        }
        return swaps;
    }

    private static ChunkRow writeWhole(SegmentLease lease, Form form) throws IOException {
        byte[] content = form.target.plain;
        boolean page = form.target.stored.row().page();
        long xxh3 = Checksums.xxh3(content, 0, content.length);
        int codec = form.codec.id();
        if (content.length <= ChunkPreparer.INLINE_BYTES_MAX) {
            ByteBuffer own = ByteBuffer.allocate(form.bytes.remaining())
                    .put(form.bytes.duplicate())
                    .flip();
            return new ChunkRow.Inline(codec, page, content.length, xxh3, own.asReadOnlyBuffer());
        }
        ChunkRecord record = new ChunkRecord(
                form.target.stored.chunk(), content.length, codec, page ? ChunkRecord.MANIFEST_PAGE : 0, xxh3);
        return new ChunkRow.Located(codec, page, content.length, lease.append(record, form.bytes));
    }

    /** Stages that the heir is found by what resembles it: the base was, until now. */
    void rememberHeir(Commit commit) throws IOException {
        Target first = heir;
        if (first != null && commit.get(Family.CHUNKS, ChunkKeys.chunk(first.stored.chunk())) != null) {
            Optional<SuperFeatures> features = features(first);
            if (features.isPresent()) {
                SimilarityIndex.remember(commit, first.stored.chunk(), features.get());
            }
        }
    }
}
