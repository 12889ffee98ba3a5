package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a recount found wrong in counters and indexes, and how to put it right.
 *
 * <p>Counters are corrected by a difference, never by a value: what a recount of a snapshot found too many or too few stays so whatever
 * is written meanwhile, so the correction is right beside writers, and at any later time. Indexes are looked at again in the commit that
 * changes them. All of it is one commit, or a few if there are very many. One thread.
 */
public final class RecountCorrections {
    /** In one commit: some megabytes. */
    private static final int STEP = 50_000;

    /** So many are gathered in one recount; the next one finds the rest. */
    private static final int CORRECTIONS_MAX = 500_000;

    private final List<Correction> safe = new ArrayList<>();

    /** Those of chunks that are counted too often. */
    private final List<Correction> lowering = new ArrayList<>();

    private boolean incomplete;

    /** A change that puts one thing right. */
    @FunctionalInterface
    private interface Correction {
        void stage(Commit commit) throws IOException;
    }

    private void add(List<Correction> to, Correction correction) {
        if (safe.size() + lowering.size() < CORRECTIONS_MAX) {
            to.add(correction);
        }
    }

    /**
     * What a manifest page lists could not be counted, because it cannot be read: then nothing is known to have too many references.
     */
    void countIsIncomplete() {
        incomplete = true;
    }

    /** A chunk's count is too low or, negative, too high by so many. */
    void count(byte[] chunk, long by) {
        add(by > 0 ? safe : lowering, commit -> {
            commit.add(Family.COUNTS, chunk, by);
            if (commit.counter(Family.COUNTS, chunk) <= 0) {
                // Nobody will take a reference away any more: the collector has to be told to look.
                byte[] sequence = ByteBuffer.allocate(Long.BYTES)
                        .putLong(commit.sequence())
                        .array();
                commit.put(Family.CANDIDATES, chunk, sequence);
            }
        });
    }

    /**
     * A segment has more live bytes than are counted or, negative, fewer.
     *
     * @param counted whether there is a counter at all; if it is gone later, so is the segment
     */
    void live(byte[] segment, long by, boolean counted) {
        add(safe, commit -> {
            if (!counted || commit.get(Family.SEGMENTS, segment) != null) {
                commit.add(Family.SEGMENTS, segment, by);
            }
        });
    }

    /**
     * A counter of the USAGE family is off.
     *
     * @param counted whether there is a counter at all; if it is gone later, so is the directory
     */
    public void usage(byte[] key, long by, boolean counted) {
        add(safe, commit -> {
            if (!counted || commit.get(Family.USAGE, key) != null) {
                commit.add(Family.USAGE, key, by);
            }
        });
    }

    /** A chunk stands on another one, and is not listed so. */
    void unlisted(Fingerprint base, Fingerprint chunk) {
        add(safe, commit -> {
            ChunkRow row = new StandingDeltas(commit).row(chunk);
            if (row != null && row.base().filter(base::equals).isPresent()) {
                commit.put(Family.DELTAS, ChunkKeys.delta(base, chunk), new byte[0]);
            }
        });
    }

    /** A delta is listed that no chunk is stored as. */
    void listedInVain(byte[] delta) {
        add(safe, commit -> {
            if (!isListedRightly(commit, delta)) {
                commit.delete(Family.DELTAS, delta);
            }
        });
    }

    /** By its beginning a delta is any chunk that begins so, and the base any that begins as the other half says. */
    private static boolean isListedRightly(Commit commit, byte[] delta) throws IOException {
        long base = ByteBuffer.wrap(delta).getLong();
        long chunk = ByteBuffer.wrap(delta).getLong(Long.BYTES);
        try (Cursor chunks = commit.scanPrefix(Family.CHUNKS, ChunkKeys.beginning(chunk))) {
            while (chunks.next()) {
                if (ChunkRow.decode(chunks.value())
                        .base()
                        .filter(found -> found.a() == base)
                        .isPresent()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A super-feature leads to a chunk that is not there. */
    void leadsNowhere(byte[] feature) {
        add(safe, commit -> {
            if (!SimilarityIndex.leadsToChunk(commit, feature)) {
                commit.delete(Family.FEATURES, feature);
            }
        });
    }

    /** How many things can be put right. */
    public long size() {
        return (long) safe.size() + (incomplete ? 0 : lowering.size());
    }

    /**
     * Puts right what can be. If the recount was incomplete, no chunk's count is lowered.
     *
     * @return how many corrections that were
     */
    public long apply(Committer committer) throws IOException {
        List<Correction> all = new ArrayList<>(safe);
        if (!incomplete) {
            all.addAll(lowering);
        }
        for (int from = 0; from < all.size(); from += STEP) {
            List<Correction> step = all.subList(from, Math.min(all.size(), from + STEP));
            committer.commit(commit -> {
                for (Correction correction : step) {
                    correction.stage(commit);
                }
                return true;
            });
        }
        return all.size();
    }
}
