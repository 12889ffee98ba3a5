package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What has to be read to have some chunks: their rows and those of all bases, in levels. Level 0 stands on nothing that is not at hand,
 * each further one on the levels before it.
 *
 * @param rows every chunk to be decoded
 * @param levels their fingerprints, level by level
 * @param atHand plain bytes of bases that were in a cache
 */
record ReadPlan(Map<Fingerprint, ChunkRow> rows, List<List<Fingerprint>> levels, Map<Fingerprint, byte[]> atHand) {

    /** A base is not there: it was freed since a delta on it was looked up, and the delta's row is another one by now. */
    static final class BaseMissingException extends IOException {
        private static final long serialVersionUID = 1L;

        BaseMissingException(Fingerprint base) {
            super("Chunk " + base.toHex() + ", on which others stand, is not in the store.");
        }
    }

    /**
     * Looks everything up.
     *
     * @throws BaseMissingException if a base is not there
     * @throws CorruptionException if another chunk is not there, or a chain has no end
     */
    static ReadPlan of(MetadataView view, Collection<Fingerprint> wanted, MemoryCache cache, DecodedChunks disk)
            throws IOException {
        Map<Fingerprint, ChunkRow> rows = new LinkedHashMap<>();
        Map<Fingerprint, byte[]> atHand = new HashMap<>();
        Collection<Fingerprint> next = wanted;
        for (int depth = 0; !next.isEmpty(); depth++) {
            if (depth > StandingDeltas.CHAIN_MAX) {
                throw new CorruptionException("A chain of deltas has more than " + StandingDeltas.CHAIN_MAX + ".");
            }
            lookUp(view, List.copyOf(next), depth > 0, rows);
            Set<Fingerprint> bases = new LinkedHashSet<>();
            for (Fingerprint chunk : next) {
                Fingerprint base =
                        Objects.requireNonNull(rows.get(chunk)).base().orElse(null);
                if (base != null && !rows.containsKey(base) && !atHand.containsKey(base)) {
                    byte[] plain = cache.get(base);
                    if (plain == null) {
                        bases.add(base);
                    } else {
                        atHand.put(base, plain);
                    }
                }
            }
            Map<Fingerprint, byte[]> found = disk.find(bases);
            atHand.putAll(found);
            bases.removeAll(found.keySet());
            next = bases;
        }
        return new ReadPlan(rows, levels(rows), atHand);
    }

    private static void lookUp(
            MetadataView view, List<Fingerprint> chunks, boolean bases, Map<Fingerprint, ChunkRow> rows)
            throws IOException {
        var values = view.multiGet(
                Family.CHUNKS, chunks.stream().map(ChunkKeys::chunk).toList());
        for (int i = 0; i < chunks.size(); i++) {
            byte[] value = values.get(i);
            if (value != null) {
                rows.put(chunks.get(i), ChunkRow.decode(value));
            } else if (bases) {
                throw new BaseMissingException(chunks.get(i));
            } else {
                throw new CorruptionException("Chunk " + chunks.get(i).toHex() + " is not in the store.");
            }
        }
    }

    private static List<List<Fingerprint>> levels(Map<Fingerprint, ChunkRow> rows) throws CorruptionException {
        List<List<Fingerprint>> levels = new ArrayList<>();
        for (Map.Entry<Fingerprint, ChunkRow> entry : rows.entrySet()) {
            int level = 0;
            ChunkRow row = entry.getValue();
            while (row.base().isPresent() && rows.containsKey(row.base().get())) {
                row = Objects.requireNonNull(rows.get(row.base().get()));
                if (++level > StandingDeltas.CHAIN_MAX) {
                    throw new CorruptionException("Chunk " + entry.getKey().toHex() + " stands on itself.");
                }
            }
            while (levels.size() <= level) {
                levels.add(new ArrayList<>());
            }
            levels.get(level).add(entry.getKey());
        }
        return levels;
    }

    /** How many chunks of the plan stand on each. */
    Map<Fingerprint, Integer> uses() {
        Map<Fingerprint, Integer> uses = new HashMap<>();
        for (ChunkRow row : rows.values()) {
            row.base().ifPresent(base -> uses.merge(base, 1, Integer::sum));
        }
        return uses;
    }
}
