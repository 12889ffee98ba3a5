package io.varve.storage.commit;

import io.varve.storage.io.IoFutures;
import io.varve.storage.io.UninterruptibleThread;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalGroup;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.SyncFailedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes changes durable, one after the other, many at a time.
 *
 * <p>One thread takes whatever transactions wait, stages each over the ones before it, and then does the slow part once for the
 * whole group: it writes out the segments, syncs them and the journal side by side, publishes all changes as one atomic batch of
 * metadata, and answers. Since nothing else changes the store, what a transaction reads is what holds when it is published; that
 * is what makes conditional writes atomic.
 *
 * <p>What can fail, and what it means: a transaction that throws is abandoned alone, and told so with its group: its reason may be a
 * change that is not published before. If segments cannot be written (disk full),
 * the group is staged again, and the transactions whose chunks are lost refuse for themselves. If the journal cannot be written,
 * the group fails and the next one is tried. If a sync fails, or a write that is one with it, or the publishing, nobody knows what the disk holds: the store goes
 * read-only until it is opened again, as PostgreSQL does since its 2018 fsync findings.
 */
public final class Committer implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

    /** Bounds a group so that one answer does not wait for thousands of others. */
    private static final int GROUP_TRANSACTIONS_MAX = 512;

    /** How long closing waits for the transactions that are still queued. */
    private static final Duration CLOSE_MAX = Duration.ofSeconds(60);

    private final Journal journal;
    private final SegmentStore segments;
    private final MetadataStore metadata;
    private final InstantSource clock;
    private final BlockingQueue<CommitRequest<?>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;

    /**
     * Syncs segments beside the journal, on a thread of its own: virtual threads that hash and compress can keep every carrier, and each
     * commit would wait for one. It ends with the committer's thread, which alone hands it work.
     */
    private final ExecutorService syncs =
            Executors.newSingleThreadExecutor(task -> new UninterruptibleThread("varve-segment-sync", task));

    private final AtomicLong published;
    private final CommitStatistics statistics = new CommitStatistics();
    private volatile @Nullable ReadOnlyException refusal;
    private volatile Duration closeMax = CLOSE_MAX;

    /** Queued last, it ends the committer. */
    private final CommitRequest<?> end = new CommitRequest<>(ignored -> true);

    /** Belongs to the committer's thread. */
    private long lastSequence;

    private Committer(
            Journal journal, SegmentStore segments, MetadataStore metadata, InstantSource clock, long lastSequence) {
        this.journal = journal;
        this.segments = segments;
        this.metadata = metadata;
        this.clock = clock;
        this.lastSequence = lastSequence;
        this.published = new AtomicLong(lastSequence);
        this.thread = new UninterruptibleThread("varve-committer", this::run);
    }

    /**
     * Starts committing on a store that {@link Recovery} brought up to date.
     *
     * @param lastSequence the newest commit in the metadata
     */
    public static Committer start(
            Journal journal, SegmentStore segments, MetadataStore metadata, InstantSource clock, long lastSequence) {
        Committer committer = new Committer(journal, segments, metadata, clock, lastSequence);
        committer.thread.start();
        return committer;
    }

    /**
     * Runs a transaction and returns once it is durable and published. Not interruptible: it ends by itself.
     *
     * @throws ReadOnlyException if the store takes no changes
     * @throws IOException what the transaction threw, or why it could not be made durable
     */
    public <R> R commit(Transaction<R> transaction) throws IOException {
        CommitRequest<R> request = new CommitRequest<>(transaction);
        submit(request);
        return IoFutures.join(request.answer());
    }

    /** The published metadata: everything that was answered, and nothing that was not. */
    public MetadataView view() {
        return metadata;
    }

    /** The clock that commits are numbered by. */
    public InstantSource clock() {
        return clock;
    }

    /** The newest commit that is published. */
    public long publishedSequence() {
        return published.get();
    }

    /** Why the store takes no changes, or null if it does. */
    public @Nullable ReadOnlyException refusal() {
        return refusal;
    }

    /** Whether it was closed without a failure before: what the disk holds is certain. */
    public boolean endedCleanly() {
        ReadOnlyException reason = refusal;
        return reason != null && reason.getCause() == null && !thread.isAlive();
    }

    /** Whether it was closed, or failed, and nothing of it is at work any more. */
    public boolean hasEnded() {
        return !thread.isAlive();
    }

    /** How long {@link #close} waits; a minute, unless told otherwise. */
    public void setCloseTimeout(Duration timeout) {
        closeMax = timeout;
    }

    /** Running totals, for metrics. */
    public CommitStatistics statistics() {
        return statistics;
    }

    /**
     * Ends every queued transaction, then takes no more. If all went well, the journal's last group is confirmed, so that the next
     * start has no doubts about it.
     *
     * @throws IOException if it is still at work after a minute: then nothing that it uses may be closed, nor opened by another process
     */
    @Override
    public void close() throws IOException {
        refuse(new ReadOnlyException("The store is closed."));
        queue.add(end);
        try {
            if (!thread.join(closeMax)) {
                LOG.error("The committer is still at work: a disk does not answer. The store's files and its data"
                        + " directory stay in use until this process has exited.");
                throw new IOException("The committer did not end within " + closeMax.toSeconds() + " seconds.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the committer was ending.", e);
        }
    }

    private void submit(CommitRequest<?> request) throws ReadOnlyException {
        ReadOnlyException refused = refusal;
        if (refused != null) {
            throw refused;
        }
        queue.add(request);
        // The committer may have ended between the check and the queue: then nobody else would answer.
        if (!thread.isAlive()) {
            refuseQueued();
        }
    }

    private synchronized void refuse(ReadOnlyException reason) {
        if (refusal == null) {
            refusal = reason;
        }
    }

    private void refuseQueued() {
        ReadOnlyException reason = refusal == null ? new ReadOnlyException("The store is closed.") : refusal;
        for (CommitRequest<?> left = queue.poll(); left != null; left = queue.poll()) {
            left.fail(reason);
        }
    }

    private void run() {
        List<CommitRequest<?>> group = new ArrayList<>();
        try {
            do {
                group.clear();
                group.add(queue.take());
                queue.drainTo(group, GROUP_TRANSACTIONS_MAX - 1);
            } while (commit(group));
            confirm();
        } catch (Throwable e) {
            LOG.error("The committer failed; the store is read-only until it is opened again.", e);
            refuse(new ReadOnlyException("The store is read-only after a failure: " + e.getMessage(), e));
            ReadOnlyException reason = refusal;
            if (reason != null) {
                group.forEach(r -> r.fail(reason));
            }
        } finally {
            syncs.shutdown();
            refuseQueued();
        }
    }

    /**
     * Commits requests, in as many groups as they need.
     *
     * @return false if one of them was the request to end
     * @throws IOException if it is not known what is durable
     */
    private boolean commit(List<CommitRequest<?>> requests) throws IOException {
        List<CommitRequest<?>> open = requests.stream().filter(r -> r != end).toList();
        while (!open.isEmpty()) {
            CommitGroup group = commitSome(open);
            open = open.subList(group.taken(), open.size());
        }
        return !requests.contains(end);
    }

    /** Commits as many requests as a group takes, the first one at least. */
    private CommitGroup commitSome(List<CommitRequest<?>> requests) throws IOException {
        CommitGroup group = stage(requests);
        if (!group.isEmpty() && !written(group)) {
            group = stage(requests);
            if (!group.isEmpty() && !written(group)) {
                group.fail(new IOException("The group could not be written twice in a row."));
                return group;
            }
        }
        if (group.isEmpty()) {
            group.succeed();
        } else if (journalled(group)) {
            publish(group);
        }
        return group;
    }

    /**
     * Makes a group durable.
     *
     * @return false if it failed, and was told so
     * @throws IOException if it is not known whether it is durable
     */
    private boolean journalled(CommitGroup group) throws IOException {
        JournalGroup records = new JournalGroup(group.records());
        // Most small commits have all they bring in the journal.
        boolean alone = !segments.needsSync();
        try {
            if (alone) {
                journal.append(records);
            } else {
                journal.write(records);
            }
        } catch (SyncFailedException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn("A group of {} commits could not be journalled: {}", group.size(), e.getMessage());
            statistics.failed(group.size());
            group.fail(e);
            return false;
        }
        if (!alone) {
            sync();
        }
        return true;
    }

    /** The last group is whole, chunks included; without this note the next start would have to look. */
    private void confirm() {
        try {
            journal.roll(published.get());
        } catch (IOException e) {
            LOG.info("The next start will look whether the last commits are whole: {}", e.getMessage());
        }
    }

    /** Stages requests one over the other, as many as a group takes; those that throw drop out. */
    private CommitGroup stage(List<CommitRequest<?>> requests) throws IOException {
        CommitGroup group = new CommitGroup(metadata);
        for (CommitRequest<?> request : requests) {
            if (!group.stage(request, nextSequence())) {
                break;
            }
        }
        return group;
    }

    private long nextSequence() {
        Instant now = clock.instant();
        lastSequence = Math.max(lastSequence + 1, now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000);
        return lastSequence;
    }

    /** Writes out the segments; on failure the segment store knows what is lost, and staging again finds who lost it. */
    private boolean written(CommitGroup group) {
        try {
            segments.flush();
            return true;
        } catch (IOException e) {
            LOG.warn("Segments could not be written, {} commits are staged again: {}", group.size(), e.getMessage());
            return false;
        }
    }

    /** The segments' sync runs beside the journal's; the group counts only when both are done. */
    private void sync() throws IOException {
        CompletableFuture<Void> segmentsSynced = new CompletableFuture<>();
        syncs.execute(() -> {
            try {
                segments.sync();
                segmentsSynced.complete(null);
            } catch (Throwable e) {
                segmentsSynced.completeExceptionally(e);
            }
        });
        IOException failure = null;
        try {
            journal.sync();
        } catch (IOException e) {
            failure = e;
        }
        // Waited for in any case: nothing may still be running when the committer goes on or gives up.
        IoFutures.join(segmentsSynced);
        if (failure != null) {
            throw failure;
        }
    }

    private void publish(CommitGroup group) throws IOException {
        metadata.apply(group.toBatch());
        published.set(group.lastSequence());
        statistics.committed(group.size());
        group.succeed();
    }
}
