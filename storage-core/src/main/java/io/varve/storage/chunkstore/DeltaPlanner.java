package io.varve.storage.chunkstore;

import io.varve.storage.delta.Candidate;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.delta.DeltaCodec;
import io.varve.storage.delta.Odess;
import io.varve.storage.delta.SuperFeatures;
import io.varve.storage.delta.VersionMatch;
import io.varve.storage.delta.VersionStrategy;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides for a stretch of a version which chunks are to be stored as differences, and makes these. Where it can be, the older chunk becomes
 * the delta and the new one its base, so that the newest version reads fastest; where the older one is a delta itself or lies in a frame, or
 * too much stands on it already, the new one becomes the delta.
 *
 * <p>Plans only: the commit asks again. For one stretch and one thread.
 */
final class DeltaPlanner {
    /** So many chunks of a stretch that do not compress are tried, or up to twice as many, before all of them are, or none. */
    private static final int ALIGNED_PROBES = 4;

    /** And so many are searched for what makes an archive. */
    private static final int ARCHIVE_PROBES = 2;

    /** What does not compress has one by chance in 65,000 chunks. */
    private static final int ARCHIVE_HEADS_MIN = 2;

    private final MetadataView view;
    private final ChunkReader reader;
    private final StandingDeltas standing;
    private final ChainRules rules;
    private final ReencodingStatistics statistics;
    private final DeltaWriter writer;

    /** What was decided so far, target to base: not yet in the view. */
    private final Map<Fingerprint, Fingerprint> planned = new HashMap<>();

    private final Set<Fingerprint> plannedBases = new HashSet<>();
    private final Plan plan = new Plan(new ArrayList<>(), new LinkedHashMap<>());

    /** A chunk of the stretch that could be stored better. */
    private static final class Due {
        final VersionWindow.Leaf leaf;
        final StoredRow stored;
        final byte[] plain;
        final Optional<SuperFeatures> features;

        Due(VersionWindow.Leaf leaf, StoredRow stored, byte[] plain, Optional<SuperFeatures> features) {
            this.leaf = leaf;
            this.stored = stored;
            this.plain = plain;
            this.features = features;
        }
    }

    /** A chunk of the stretch that does not compress; it is not read unless something speaks for it. */
    private record Opaque(VersionWindow.Leaf leaf, StoredRow stored) {}

    /**
     * A planned delta.
     *
     * @param depth how deep it is in its chain
     * @param superseded what need not be found by its super-features any more, because another chunk like it is
     */
    record Delta(ChunkSwap swap, int depth, Fingerprint superseded) {}

    /** All that is planned for a stretch: deltas in the order to stage them, and what is to be found by its super-features. */
    record Plan(List<Delta> deltas, Map<Fingerprint, SuperFeatures> remembered) {}

    /** A way to store one of two similar chunks as difference to the other. */
    private record Pairing(StoredRow other, boolean otherIsTarget, Candidate<Fingerprint> candidate) {}

    DeltaPlanner(
            MetadataView view,
            ChunkReader reader,
            ChainRules rules,
            SegmentLease lease,
            ReencodingStatistics statistics) {
        this.view = view;
        this.reader = reader;
        this.standing = new StandingDeltas(view);
        this.rules = rules;
        this.statistics = statistics;
        this.writer = new DeltaWriter(lease);
    }

    Plan plan(VersionWindow window) throws IOException {
        Map<Fingerprint, VersionWindow.Leaf> distinct = new LinkedHashMap<>();
        window.leaves().forEach(leaf -> distinct.putIfAbsent(leaf.chunk(), leaf));
        boolean related = distinct.values().stream().anyMatch(VersionWindow.Leaf::common);
        List<Due> due = new ArrayList<>();
        List<Opaque> opaque = new ArrayList<>();
        for (VersionWindow.Leaf leaf : distinct.values()) {
            StoredRow stored = leaf.common() ? null : StoredRow.alive(view, leaf.chunk());
            if (stored != null && stored.row().whole()) {
                if (stored.isIncompressible()) {
                    opaque.add(new Opaque(leaf, stored));
                } else {
                    addTo(due, leaf, stored, true);
                }
            }
        }
        // What does not compress rarely resembles anything: it is looked at beside chunks that stayed, and in archives.
        boolean archive = isArchive(opaque);
        boolean looked = archive || related;
        if (looked) {
            addTo(due, opaque, archive);
        }
        int chunks = distinct.size() - (looked ? 0 : opaque.size());
        VersionStrategy strategy = new VersionMatch(chunks, chunks - due.size(), resembling(due)).strategy();
        if ((!looked || strategy != VersionStrategy.DELTA) && alignedPays(opaque)) {
            strategy = VersionStrategy.DELTA;
            if (!looked) {
                addTo(due, opaque, false);
            }
        }
        statistics.strategy(strategy);
        for (Due each : due) {
            plan(each, due, strategy);
        }
        for (VersionWindow.PageChange page : window.pages()) {
            plan(page);
        }
        return plan;
    }

    /** Most of a page is as it was: a version of a long file would else cost a page for every edit. */
    private void plan(VersionWindow.PageChange change) throws IOException {
        StoredRow stored = StoredRow.alive(view, change.page());
        if (stored != null && stored.row().whole()) {
            List<Due> due = new ArrayList<>();
            VersionWindow.Leaf leaf = new VersionWindow.Leaf(change.page(), 0, 0, false, Optional.of(change.before()));
            addTo(due, leaf, stored, false);
            for (Due each : due) {
                plan(each, due, VersionStrategy.DELTA);
            }
        }
    }

    private void addTo(List<Due> due, List<Opaque> opaque, boolean archive) throws IOException {
        for (Opaque each : opaque) {
            if (archive || each.leaf.aligned().isPresent()) {
                addTo(due, each.leaf, each.stored, archive);
            }
        }
    }

    private void addTo(List<Due> due, VersionWindow.Leaf leaf, StoredRow stored, boolean sought) throws IOException {
        byte[] plain = read(leaf.chunk());
        if (plain != null) {
            due.add(new Due(leaf, stored, plain, sought ? features(plain) : Optional.empty()));
        }
    }

    /**
     * Whether a stretch is of an archive whose files are compressed one by one: of some chunks, one has the heads of several files (APPNOTE.TXT
     * 6.3.10, 4.3.7). Two archives may have most files in common and hardly a chunk.
     */
    private boolean isArchive(List<Opaque> opaque) throws IOException {
        int step = Math.max(1, opaque.size() / ARCHIVE_PROBES);
        for (int i = step / 2; i < opaque.size(); i += step) {
            byte[] plain = read(opaque.get(i).leaf.chunk());
            if (plain != null && fileHeads(plain) >= ARCHIVE_HEADS_MIN) {
                return true;
            }
        }
        return false;
    }

    private static int fileHeads(byte[] plain) {
        int heads = 0;
        for (int i = 0; i + 3 < plain.length; i++) {
            heads += plain[i] == 'P' && plain[i + 1] == 'K' && plain[i + 2] == 3 && plain[i + 3] == 4 ? 1 : 0;
        }
        return heads;
    }

    /** Whether one of some chunks that do not compress is like what stood at its place, though nothing else says so. */
    private boolean alignedPays(List<Opaque> opaque) throws IOException {
        int step = Math.max(1, opaque.size() / ALIGNED_PROBES);
        for (int i = step / 2; i < opaque.size(); i += step) {
            Opaque each = opaque.get(i);
            Fingerprint aligned = each.leaf.aligned().orElse(null);
            byte[] plain = aligned == null || StoredRow.alive(view, aligned) == null ? null : read(each.leaf.chunk());
            byte[] base = aligned == null || plain == null ? null : read(aligned);
            if (plain != null && base != null) {
                statistics.tried();
                if (DeltaWriter.encode(each.stored, plain, base).isPresent()) {
                    return true;
                }
            }
        }
        return false;
    }

    private static Optional<SuperFeatures> features(byte[] plain) {
        return plain.length <= ChunkPreparer.INLINE_BYTES_MAX ? Optional.empty() : Odess.of(plain, 0, plain.length);
    }

    private int resembling(List<Due> due) throws IOException {
        int count = 0;
        for (int i = 0; i < due.size(); i++) {
            Optional<SuperFeatures> features = due.get(i).features;
            if (features.isPresent() && !similar(due.get(i), due.subList(0, i)).isEmpty()) {
                count++;
            }
        }
        return count;
    }

    private Map<Fingerprint, Integer> similar(Due each, List<Due> others) throws IOException {
        if (each.features.isEmpty()) {
            return new LinkedHashMap<>();
        }
        SuperFeatures features = each.features.get();
        Map<Fingerprint, Integer> similar = SimilarityIndex.similar(view, features);
        for (Due other : others) {
            int shared = other.features.map(features::shared).orElse(0);
            if (shared > 0) {
                similar.put(other.leaf.chunk(), shared);
            }
        }
        similar.remove(each.leaf.chunk());
        return similar;
    }

    private void plan(Due each, List<Due> due, VersionStrategy strategy) throws IOException {
        Fingerprint chunk = each.leaf.chunk();
        if (planned.containsKey(chunk)) {
            return;
        }
        Map<Fingerprint, Integer> found = similar(each, due.subList(0, due.indexOf(each)));
        each.leaf.aligned().ifPresent(aligned -> found(found, aligned));
        Map<Fingerprint, Pairing> pairings = new LinkedHashMap<>();
        int height = standing.height(chunk);
        for (Map.Entry<Fingerprint, Integer> other : found.entrySet()) {
            pairing(each, height, other.getKey(), other.getValue())
                    .ifPresent(pairing -> pairings.put(pairing.candidate.base(), pairing));
        }
        List<Candidate<Fingerprint>> candidates =
                pairings.values().stream().map(Pairing::candidate).toList();
        encode(
                each,
                rules.toTry(chunk, height, strategy, candidates).stream()
                        .map(candidate -> Objects.requireNonNull(pairings.get(candidate.base())))
                        .toList());
        each.features.ifPresent(features -> plan.remembered.put(chunk, features));
    }

    private static void found(Map<Fingerprint, Integer> found, Fingerprint aligned) {
        found.putIfAbsent(aligned, 0);
    }

    private Optional<Pairing> pairing(Due each, int height, Fingerprint other, int shared) throws IOException {
        StoredRow stored = StoredRow.alive(view, other);
        Fingerprint chunk = each.leaf.chunk();
        if (stored == null || other.equals(chunk)) {
            return Optional.empty();
        }
        boolean free = !planned.containsKey(other) && !plannedBases.contains(other);
        Candidate<Fingerprint> asBase = new Candidate<>(chunk, 0, List.of());
        if (free && stored.row().whole() && rules.fit(other, standing.height(other), asBase) == ChainRules.Fit.FITS) {
            return Optional.of(new Pairing(stored, true, new Candidate<>(other, shared, List.of())));
        }
        return plannedBases.contains(chunk) ? Optional.empty() : onto(chunk, height, other, shared);
    }

    /** The other chunk as base, or what it stands on where it is too deep itself. */
    private Optional<Pairing> onto(Fingerprint chunk, int height, Fingerprint other, int shared) throws IOException {
        List<Fingerprint> chain = new ArrayList<>();
        chain.add(other);
        chain.addAll(chain(other));
        for (int i = 0; i < chain.size(); i++) {
            Candidate<Fingerprint> candidate =
                    new Candidate<>(chain.get(i), shared, chain.subList(i + 1, chain.size()));
            StoredRow base = StoredRow.alive(view, chain.get(i));
            if (base == null) {
                return Optional.empty();
            }
            if (rules.fit(chunk, height, candidate) == ChainRules.Fit.FITS) {
                return Optional.of(new Pairing(base, false, candidate));
            }
        }
        return Optional.empty();
    }

    /** What a chunk will be decoded through. */
    private List<Fingerprint> chain(Fingerprint chunk) throws IOException {
        List<Fingerprint> chain = new ArrayList<>();
        Fingerprint at = chunk;
        while (chain.size() <= StandingDeltas.CHAIN_MAX) {
            Fingerprint base = planned.get(at);
            if (base == null) {
                ChunkRow row = standing.row(at);
                base = row == null ? null : row.base().orElse(null);
            }
            if (base == null) {
                return chain;
            }
            chain.add(base);
            at = base;
        }
        return chain;
    }

    private void encode(Due each, List<Pairing> pairings) throws IOException {
        boolean isBase = plannedBases.contains(each.leaf.chunk());
        Optional<ByteBuffer> best = Optional.empty();
        @Nullable Pairing bestPairing = null;
        for (Pairing pairing : pairings) {
            byte[] other = read(pairing.other.chunk());
            if (other == null) {
                continue;
            }
            statistics.tried();
            if (pairing.otherIsTarget) {
                Optional<ByteBuffer> delta = DeltaWriter.encode(pairing.other, other, each.plain);
                if (delta.isPresent()) {
                    accept(pairing.other, other, each.leaf.chunk(), delta.get(), pairing.other.chunk());
                    isBase = true;
                }
            } else {
                Optional<ByteBuffer> delta = DeltaWriter.encode(each.stored, each.plain, other);
                if (delta.isPresent()
                        && best.map(b -> b.remaining() > delta.get().remaining())
                                .orElse(true)) {
                    best = delta;
                    bestPairing = pairing;
                }
            }
        }
        if (!isBase && best.isPresent() && bestPairing != null) {
            Fingerprint base = bestPairing.other.chunk();
            accept(each.stored, each.plain, base, best.get(), base);
        }
    }

    private void accept(StoredRow target, byte[] plain, Fingerprint base, ByteBuffer delta, Fingerprint superseded)
            throws IOException {
        ChunkRow row = writer.write(target, plain, base, delta);
        planned.put(target.chunk(), base);
        plannedBases.add(base);
        int depth = chain(target.chunk()).size();
        plan.deltas.add(new Delta(new ChunkSwap(target.chunk(), target.row(), row), depth, superseded));
    }

    /** A chunk's bytes; null if it cannot be read: checks and scrubs tell of it, and the others are encoded all the same. */
    private byte @Nullable [] read(Fingerprint chunk) throws IOException {
        try {
            byte[] plain = reader.read(chunk);
            statistics.read(plain.length);
            return plain.length > DeltaCodec.PLAIN_BYTES_MAX ? null : plain;
        } catch (CorruptionException e) {
            return null;
        }
    }
}
