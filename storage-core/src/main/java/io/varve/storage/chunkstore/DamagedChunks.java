package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The chunks that are known to be damaged, durably, so that whoever brings the same bytes again stores them anew. A chunk is struck off
 * by the commit that gives it another place, or frees it. Thread-safe.
 */
public final class DamagedChunks {
    private static final int REASON_BYTES_MAX = 500;

    private final Committer committer;
    private final Set<Fingerprint> known = ConcurrentHashMap.newKeySet();
    private final LongAdder healed = new LongAdder();

    private DamagedChunks(Committer committer) {
        this.committer = committer;
    }

    static DamagedChunks load(Committer committer) throws IOException {
        DamagedChunks damaged = new DamagedChunks(committer);
        try (Cursor cursor = committer.view().scan(Family.DAMAGED, new byte[0], null)) {
            while (cursor.next()) {
                damaged.known.add(ChunkKeys.fingerprint(cursor.key()));
            }
        }
        return damaged;
    }

    /** Whether a chunk is known to be damaged. */
    boolean contains(Fingerprint chunk) {
        return !known.isEmpty() && known.contains(chunk);
    }

    /** All of them, now. */
    public Set<Fingerprint> all() {
        return Set.copyOf(known);
    }

    /** How many there are. */
    public int count() {
        return known.size();
    }

    /** How many were stored anew, or found whole again, since the store was opened. */
    public long healed() {
        return healed.sum();
    }

    /**
     * Notes that a chunk is damaged. From now on a writer of the same bytes heals it; after the return that holds over restarts, too.
     *
     * @param row how it was stored when it did not verify, null for not at all; if it is stored anew since then, nothing is noted
     * @param reason what is wrong, for a person
     */
    void mark(Fingerprint chunk, byte @Nullable [] row, String reason) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk);
        if (!Arrays.equals(row, committer.view().get(Family.CHUNKS, key)) || !known.add(chunk)) {
            return;
        }
        byte[] words = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(words.length, REASON_BYTES_MAX);
        boolean marked = false;
        try {
            marked = committer.commit(commit -> {
                byte @Nullable [] now = commit.get(Family.CHUNKS, key);
                if (!Arrays.equals(row, now) || (now == null && commit.counter(Family.COUNTS, key) <= 0)) {
                    return false;
                }
                ByteBuffer value = ByteBuffer.allocate(Long.BYTES + length)
                        .putLong(commit.sequence())
                        .put(words, 0, length);
                commit.put(Family.DAMAGED, key, value.array());
                return true;
            });
        } finally {
            // Where that failed, the next one who meets the damage tries again.
            if (!marked) {
                known.remove(chunk);
            }
        }
    }

    /** Stages that a chunk is whole, or gone. */
    void strike(Commit commit, Fingerprint chunk) {
        if (contains(chunk)) {
            commit.delete(Family.DAMAGED, ChunkKeys.chunk(chunk));
            commit.afterPublish(() -> {
                if (known.remove(chunk)) {
                    healed.increment();
                }
            });
        }
    }
}
