package io.varve.storage.chunkstore;

import io.varve.storage.cache.Pin;
import io.varve.storage.fingerprint.Fingerprint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Notices who reads a content one range after the other, each where the last one ended, as players and mounted shares do, and has the next
 * range in memory before it is asked for. Within one range its {@link ContentReader} reads ahead by itself.
 *
 * <p>It never goes further than {@link #AHEAD_BYTES_MAX} beyond what was asked for, takes its memory from the budget of all that is read ahead, does
 * without where there is none left, and ends when the reader gives up a range before its end. It holds no lease: what is freed meanwhile is not
 * brought. Thread-safe.
 */
final class RangePrefetch {
    /** So many ranges in a row are no chance. */
    private static final int IN_A_ROW_MIN = 2;

    /** How far beyond a range at most. */
    static final int AHEAD_BYTES_MAX = 4 << 20;

    /** What is worth reading ahead. */
    private static final int AHEAD_BYTES_MIN = 256 << 10;

    /** Between two looks at whether the reader is still there. */
    private static final int BATCH_BYTES = 512 << 10;

    /** Readers that are remembered between two of their requests. */
    private static final int READERS_MAX = 256;

    /** For how many readers it works at once. */
    private static final int TASKS_MAX = 4;

    private final ChunkReader chunks;
    private final Semaphore budget;
    private final Semaphore tasks = new Semaphore(TASKS_MAX);
    private final LongAdder bytes = new LongAdder();

    /** Where somebody is likely to go on. */
    private record Place(Content content, long offset) {}

    /** Guarded by itself; the ones that were not continued for longest leave first. */
    private final Map<Place, Run> runs = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Run> eldest) {
            return size() > READERS_MAX;
        }
    };

    /** One reader's ranges in a row. */
    static final class Run {
        private volatile boolean left;

        /** Used by one request at a time. */
        private int inARow;

        private long broughtTo;
    }

    /**
     * For one store.
     *
     * @param chunks brings chunks to memory
     * @param budget bytes that may be read ahead for all readers
     */
    RangePrefetch(ChunkReader chunks, Semaphore budget) {
        this.chunks = chunks;
        this.budget = budget;
    }

    /** Somebody begins to read at an offset. */
    Run begin(Content content, long offset) {
        @Nullable Run known;
        synchronized (runs) {
            known = runs.remove(new Place(content, offset));
        }
        Run run = known == null ? new Run() : known;
        run.inARow++;
        return run;
    }

    /**
     * A range was read, or given up.
     *
     * @param run what its beginning gave
     * @param from where it began
     * @param to where it ends
     * @param whole whether it was read to there
     */
    void ended(Run run, Content content, long from, long to, boolean whole) {
        long length = content.length();
        if (!whole || to == length) {
            run.left = true;
            return;
        }
        synchronized (runs) {
            runs.put(new Place(content, to), run);
        }
        long wished = Math.clamp(2 * (to - from), AHEAD_BYTES_MIN, AHEAD_BYTES_MAX);
        long begin = Math.max(to, run.broughtTo);
        long end = Math.min(to + wished, length);
        boolean due = run.inARow >= IN_A_ROW_MIN && (end - begin > wished / 2 || (end == length && begin < end));
        if (due && tasks.tryAcquire()) {
            int permits = (int) (end - begin);
            if (budget.tryAcquire(permits)) {
                run.broughtTo = end;
                Thread.startVirtualThread(() -> bring(run, content, begin, end, permits));
            } else {
                tasks.release();
            }
        }
    }

    private void bring(Run run, Content content, long from, long to, int permits) {
        try {
            LeafWalker walker = new LeafWalker(chunks, content, from);
            long at = from;
            while (at < to && !run.left) {
                long begin = at;
                List<Fingerprint> batch = new ArrayList<>();
                long end = Math.min(at + BATCH_BYTES, to);
                while (at < end && walker.advance()) {
                    long before = walker.bytesToSkip();
                    ManifestChild child = walker.next();
                    batch.add(child.fingerprint());
                    at += child.length() - before;
                }
                if (batch.isEmpty()) {
                    return;
                }
                if (!chunks.atHand(batch)) {
                    chunks.pin(batch).forEach(Pin::close);
                    bytes.add(at - begin);
                }
            }
        } catch (IOException | RuntimeException e) {
            // Freed, damaged, or the store is just closing: whoever asks for it is told.
        } finally {
            budget.release(permits);
            tasks.release();
        }
    }

    /** How many bytes were brought to memory before they were asked for. */
    long bytes() {
        return bytes.sum();
    }
}
