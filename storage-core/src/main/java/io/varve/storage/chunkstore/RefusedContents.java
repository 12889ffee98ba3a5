package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies contents that a read was refused of. A read ends at the first damage, and the same bytes, stored again, mend what is known to be
 * damaged: with the rest of the content known too, one upload mends all of it.
 *
 * <p>One content at a time, no faster than a scrub reads. A few contents wait; what comes on top is dropped, and found by the next read
 * or scrub. A content is looked at again only when something was healed since: until then, reads of it are refused for what is known. What
 * lies below a manifest page that is damaged itself cannot be found, and is left to the read after that page is healed. Thread-safe.
 */
public final class RefusedContents implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedContents.class);

    static final int WAITING_MAX = 64;
    private static final int REMEMBERED_MAX = 256;
    private static final int BATCH_CHUNKS_MAX = 64;
    private static final int BATCH_BYTES_MAX = 4 << 20;

    /** As for readers: a guard against damaged, cyclic pages. */
    private static final int DEPTH_MAX = 12;

    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final ChunkRepair repair;
    private final DamagedChunks damaged;
    private final ChunkReader reader;
    private final long bytesPerSecond;
    private final BlockingQueue<Content> waiting = new ArrayBlockingQueue<>(WAITING_MAX);

    /** Contents that were handed in, and how many chunks had been healed by then. */
    private final SequencedMap<Content, Long> handedIn = new LinkedHashMap<>();

    private final LongAdder verified = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("varve-refused").unstarted(this::run);

    /** @param reader without a cache */
    RefusedContents(ChunkRepair repair, DamagedChunks damaged, ChunkReader reader, long bytesPerSecond) {
        this.repair = repair;
        this.damaged = damaged;
        this.reader = reader;
        this.bytesPerSecond = bytesPerSecond;
        thread.start();
    }

    /** Hands in content of which a chunk or page could not be read. Never waits. */
    synchronized void offer(Content content) {
        Long healed = damaged.healed();
        if (healed.equals(handedIn.get(content))) {
            return;
        }
        if (waiting.offer(content)) {
            handedIn.put(content, healed);
            if (handedIn.size() > REMEMBERED_MAX) {
                handedIn.pollFirstEntry();
            }
        } else {
            dropped.increment();
        }
    }

    /** How many contents were verified to their end since the store was opened. */
    public long verified() {
        return verified.sum();
    }

    /** How many were not, because too many waited. */
    public long dropped() {
        return dropped.sum();
    }

    private boolean isEnded() {
        return end.getCount() == 0;
    }

    private void run() {
        try {
            while (!isEnded()) {
                Content content = waiting.take();
                try {
                    if (new Walk().verify(content)) {
                        verified.increment();
                    }
                } catch (IOException e) {
                    LOG.warn("The rest of a damaged file could not be verified now: {}", e.getMessage());
                } catch (RuntimeException | Error e) {
                    LOG.error("The rest of a damaged file could not be verified.", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Once through a content. */
    private final class Walk {
        private final long begun = System.nanoTime();
        private final List<Fingerprint> batch = new ArrayList<>();
        private long batchBytes;
        private long bytes;

        /** Returns false if it was ended before its time. */
        boolean verify(Content content) throws IOException, InterruptedException {
            walk(content.children(), 0);
            examine();
            return !isEnded();
        }

        private void walk(List<ManifestChild> children, int depth) throws IOException, InterruptedException {
            for (ManifestChild child : children) {
                if (isEnded()) {
                    return;
                }
                batch.add(child.fingerprint());
                batchBytes += child.page() ? 0 : child.length();
                if (batch.size() == BATCH_CHUNKS_MAX || batchBytes >= BATCH_BYTES_MAX) {
                    examine();
                }
                if (child.page() && depth < DEPTH_MAX) {
                    walk(page(child.fingerprint()), depth + 1);
                }
            }
        }

        /** What a page lists; nothing if it cannot be read, which is noted like damage of any chunk. */
        private List<ManifestChild> page(Fingerprint page) throws IOException {
            try {
                return ManifestPage.decode(ByteBuffer.wrap(reader.read(page)), ManifestPage.CHILDREN_MAX);
            } catch (CorruptionException e) {
                LOG.debug("What lies below manifest page {} cannot be verified.", page, e);
                return List.of();
            }
        }

        private void examine() throws IOException, InterruptedException {
            if (batch.isEmpty()) {
                return;
            }
            repair.examine(List.copyOf(batch), true);
            bytes += batchBytes;
            batch.clear();
            batchBytes = 0;
            long due = begun + (long) (1e9 * bytes / bytesPerSecond);
            end.await(due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }

    /** Ends the verification at its next step; what is left is found by the next read or scrub. */
    @Override
    public void close() {
        end.countDown();
        waiting.clear();
        waiting.offer(Content.EMPTY);
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warn("Verifying damaged files did not end within {} seconds.", CLOSE_MAX.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
