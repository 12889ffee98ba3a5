package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the collector away from chunks that somebody is about to refer to.
 *
 * <p>A chunk is unknown here, leased by so many writers, or condemned: the collector is about to remove it. The two never meet: a
 * writer that finds a chunk condemned stores the bytes again, and the collector leaves a leased chunk alone. In memory only,
 * because after a restart there are no writers. Thread-safe; bounded by the chunks in flight.
 */
final class ChunkLeases {
    private static final int CONDEMNED = -1;

    private final ConcurrentHashMap<Fingerprint, Integer> states = new ConcurrentHashMap<>();

    /**
     * Takes a lease.
     *
     * @return false if the chunk is condemned: no lease was taken
     */
    boolean acquire(Fingerprint chunk) {
        return states.merge(chunk, 1, (state, one) -> state == CONDEMNED ? CONDEMNED : state + one) != CONDEMNED;
    }

    /** Gives a lease back. */
    void release(Fingerprint chunk) {
        states.computeIfPresent(chunk, (ignored, state) -> {
            assert state > 0 : "released without a lease: " + chunk;
            return state == 1 ? null : Integer.valueOf(state - 1);
        });
    }

    /**
     * Marks a chunk for removal.
     *
     * @return false if it is leased
     */
    boolean condemn(Fingerprint chunk) {
        return states.putIfAbsent(chunk, CONDEMNED) == null;
    }

    /** Ends what {@link #condemn} began: the chunk is gone, or stays. */
    void acquit(Fingerprint chunk) {
        states.remove(chunk, CONDEMNED);
    }

    /** Chunks that are leased or condemned now. */
    int size() {
        return states.size();
    }
}
