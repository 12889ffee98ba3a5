package io.varve.storage.chunkstore;

import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Remembers how old a state open readers may still be reading. A chunk that lost its last reference at some commit is freed only
 * when every reader that began before that commit has ended. Thread-safe.
 */
final class ReadLeases {
    private final ConcurrentSkipListMap<Long, Integer> readers = new ConcurrentSkipListMap<>();

    /** A reader begins on the state as of a commit. */
    void open(long sequence) {
        readers.merge(sequence, 1, Integer::sum);
    }

    /** A reader that began on that state ends. */
    void close(long sequence) {
        readers.computeIfPresent(sequence, (ignored, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    /** The oldest state that is being read, {@link Long#MAX_VALUE} if none is. */
    long oldest() {
        var first = readers.firstEntry();
        return first == null ? Long.MAX_VALUE : first.getKey();
    }

    /** How many readers are open. */
    int size() {
        return readers.values().stream().mapToInt(Integer::intValue).sum();
    }
}
