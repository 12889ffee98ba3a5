package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.commit.Committer;
import io.varve.storage.compression.CompressionAdvice;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which chunks are damaged, and mends them.
 *
 * <p>A mended chunk is stored anew at the end of the store, and its row is swapped by compare and set: nothing that was synced is ever
 * written over. Its bytes come from the memory cache if that has them, and are checked against the fingerprint like any other. What
 * cannot be mended is noted in {@link DamagedChunks} and waits for the next writer of the same bytes.
 *
 * <p>Readers that meet damage hand it in as {@link #suspect}; it is looked at in the background. Thread-safe.
 */
public final class ChunkRepair implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkRepair.class);

    /** Suspects that wait; more are found by the next reader or scrub. */
    private static final int SUSPECTS_MAX = 10_000;

    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final Committer committer;
    private final SegmentStore segments;
    private final ChunkPreparer preparer;
    private final ChunkPublisher publisher;
    private final MemoryCache cache;
    private final DamagedChunks damaged;
    private final ChunkVerifier verifier;
    private final RefusedContents refused;
    private final BlockingQueue<List<Fingerprint>> suspects = new LinkedBlockingQueue<>(SUSPECTS_MAX);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("varve-repair").unstarted(this::run);
    private volatile boolean stopped;

    /**
     * Starts the background work.
     *
     * @param verifying reads past every cache
     * @param bytesPerSecond how fast contents are verified that a read was refused of
     */
    ChunkRepair(
            Committer committer,
            SegmentStore segments,
            ChunkPreparer preparer,
            ChunkPublisher publisher,
            MemoryCache cache,
            DamagedChunks damaged,
            ChunkReader verifying,
            long bytesPerSecond) {
        this.committer = committer;
        this.segments = segments;
        this.preparer = preparer;
        this.publisher = publisher;
        this.cache = cache;
        this.damaged = damaged;
        this.verifier = new ChunkVerifier(committer.view(), verifying);
        this.refused = new RefusedContents(this, damaged, verifying, bytesPerSecond);
        thread.start();
    }

    /** Contents that a read was refused of, which are verified to their end. */
    public RefusedContents refused() {
        return refused;
    }

    /**
     * What looking at some chunks came to.
     *
     * @param damaged how many did not verify
     * @param repaired how many of them are whole again
     */
    public record Outcome(int damaged, int repaired) {}

    /** Hands in chunks of which at least one could not be read. Never waits. */
    void suspect(Collection<Fingerprint> chunks) {
        if (!suspects.offer(List.copyOf(chunks))) {
            LOG.debug("Too many damaged chunks at once; the next scrub finds them.");
        }
    }

    /**
     * Verifies chunks; mends and notes what is damaged, and strikes off the list what is not.
     *
     * @param act false only looks
     */
    public Outcome examine(List<Fingerprint> chunks, boolean act) throws IOException {
        List<ChunkVerifier.Damage> found = verifier.verify(chunks);
        int repaired = 0;
        if (act) {
            for (ChunkVerifier.Damage damage : found) {
                repaired += mend(damage.chunk()) ? 1 : 0;
            }
            Set<Fingerprint> bad =
                    Set.copyOf(found.stream().map(ChunkVerifier.Damage::chunk).toList());
            for (Fingerprint chunk : chunks) {
                if (damaged.contains(chunk) && !bad.contains(chunk)) {
                    committer.commit(commit -> {
                        damaged.strike(commit, chunk);
                        return true;
                    });
                }
            }
        }
        return new Outcome(found.size(), repaired);
    }

    /** Looks at a chunk again, as it is stored now: a writer may have healed it since it was found to be damaged. */
    private boolean mend(Fingerprint chunk) throws IOException {
        byte @Nullable [] row = committer.view().get(Family.CHUNKS, ChunkKeys.chunk(chunk));
        List<ChunkVerifier.Damage> still = verifier.verify(List.of(chunk));
        return still.isEmpty() || mend(still.getFirst(), row);
    }

    private boolean mend(ChunkVerifier.Damage damage, byte @Nullable [] row) throws IOException {
        byte[] plain = cache.peek(damage.chunk());
        if (plain != null && restore(damage.chunk(), plain)) {
            LOG.info("Chunk {} was damaged and is stored anew from memory: {}", damage.chunk(), damage.reason());
            return true;
        }
        if (!damaged.contains(damage.chunk())) {
            LOG.warn("Chunk {} is damaged and waits for the same bytes: {}", damage.chunk(), damage.reason());
        }
        damaged.mark(damage.chunk(), row, damage.reason());
        // What it stands on may be what is damaged.
        if (row != null) {
            ChunkRow.decode(row)
                    .base()
                    .filter(base -> !damaged.contains(base))
                    .ifPresent(base -> suspect(List.of(base)));
        }
        return false;
    }

    /**
     * Stores a chunk anew.
     *
     * @return false if these are not its bytes, or it was freed or mended by somebody else meanwhile
     */
    boolean restore(Fingerprint chunk, byte[] plain) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk);
        byte[] before = committer.view().get(Family.CHUNKS, key);
        if (before == null || !Fingerprint.of(plain, 0, plain.length).equals(chunk)) {
            return false;
        }
        boolean page = ChunkRow.decode(before).page();
        try (SegmentLease lease = segments.lease()) {
            ChunkRow fresh = preparer.store(lease, chunk, plain, 0, plain.length, CompressionAdvice.UNKNOWN, page);
            return committer.commit(commit -> {
                byte @Nullable [] row = commit.get(Family.CHUNKS, key);
                if (row == null || !Arrays.equals(row, before)) {
                    return false;
                }
                publisher.replace(commit, chunk, row, fresh);
                damaged.strike(commit, chunk);
                return true;
            });
        }
    }

    /** Ends the background work; what still waits is found again. */
    @Override
    public void close() {
        refused.close();
        stopped = true;
        suspects.clear();
        suspect(List.of());
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warn("The repair of chunks did not end within {} seconds.", CLOSE_MAX.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopped) {
                List<Fingerprint> next = suspects.take();
                try {
                    examine(next, true);
                } catch (IOException e) {
                    LOG.warn("Damaged chunks could not be looked at now: {}", e.getMessage());
                } catch (RuntimeException | Error e) {
                    LOG.error("Damaged chunks could not be looked at.", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
