package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does all writing to the device, in the order in which it was asked, and empties segments when free ones become few. One thread does
 * that, or, where a test wants it in a known order, whoever puts something in.
 */
final class CacheWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheWriter.class);

    private static final long WAIT_MILLIS = 20;

    /** Whoever waits without being told looks again soon by itself. */
    private static final int WAITING_LIKELY = 16;

    /** A sync costs as much as writing a megabyte or two; nothing but what a power failure takes depends on these. */
    private static final int SEALS_A_SYNC = 8;

    /** What is to be done. */
    sealed interface Work {}

    /** Write a batch. */
    record Write(WriteBatch batch) implements Work {}

    /** End a segment, all of whose batches were given before. */
    record Seal(int segment, long fill, Directory directory, int used, boolean main) implements Work {}

    /** Make durable what was given before. */
    record Sync(CompletableFuture<Void> done) implements Work {}

    /** Take a segment out of use in which an entry did not verify. */
    record Withdraw(int segment) implements Work {}

    private final CacheParts parts;
    private final SegmentLog small;
    private final SegmentLog main;
    private final Evictor evictor;
    private final Queue<Work> queue = new ConcurrentLinkedQueue<>();
    private final ReentrantLock working = new ReentrantLock();
    private final Semaphore signal = new Semaphore(0);
    private final Semaphore progress = new Semaphore(0);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final @Nullable Thread thread;
    private volatile boolean closed;

    private volatile boolean lost;

    /** Segments sealed since the last sync that was done for their sake. */
    private int unsyncedSeals;

    private ByteBuffer footer = AlignedBuffers.allocate(Directory.footerBytes(1));

    CacheWriter(CacheParts parts, boolean threaded) {
        this.parts = parts;
        this.small = new SegmentLog(false, parts, this);
        this.main = new SegmentLog(true, parts, this);
        this.evictor = new Evictor(parts, this);
        this.thread =
                threaded ? Thread.ofPlatform().daemon().name("varve-cache").unstarted(this::run) : null;
        if (thread != null) {
            thread.start();
        }
    }

    SegmentLog small() {
        return small;
    }

    SegmentLog main() {
        return main;
    }

    /** Adds work; called under a log's lock, so it is not done here. */
    void submit(Work work) {
        queue.add(work);
    }

    /** What waits to be done. */
    int depth() {
        return queue.size();
    }

    /** Has the work done, if there is any. */
    void pumpIfNeeded() {
        if (!queue.isEmpty()) {
            pump();
        }
    }

    /** Has the work done: by the thread soon, or now. */
    void pump() {
        if (thread == null) {
            work();
        } else {
            signal.release();
        }
    }

    /** How often it makes sense to wait for progress: where everything is done at once, what did not help twice never will. */
    int waits(int wished) {
        return thread == null ? Math.min(wished, 2) : wished;
    }

    /** Waits until something was done, a moment at most; whoever waits then looks again. */
    void awaitProgress() {
        if (thread == null) {
            work();
            return;
        }
        signal.release();
        boolean interrupted = Thread.interrupted();
        try {
            progress.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void tellProgress() {
        if (progress.availablePermits() == 0) {
            progress.release(WAITING_LIKELY);
        }
    }

    private void run() {
        while (!closed) {
            signal.acquireUninterruptibly();
            signal.drainPermits();
            try {
                work();
            } catch (RuntimeException e) {
                // A defect of this program: the store goes on without a cache that goes on.
                LOG.error("The disk cache's writer met something unexpected.", e);
                parts.bypass().failed("The cache could not go on", e);
            }
        }
        ended.complete(null);
    }

    private void work() {
        working.lock();
        try {
            drain();
            evictor.makeRoom();
            drain();
        } finally {
            working.unlock();
        }
        tellProgress();
    }

    /** Says that a deletion could not be recorded. */
    void lostTombstone() {
        lost = true;
    }

    /** Makes everything void and begins a new epoch. Nobody may append meanwhile. */
    void clear() throws IOException {
        working.lock();
        try {
            drain();
            small.abandon(small.segment());
            main.abandon(main.segment());
            drain();
            parts.index().clear();
            parts.pieces().clear();
            parts.ghosts().clear();
            parts.table().clear();
            Superblock next = parts.superblock().nextEpoch();
            parts.superblock(next);
            lost = true;
            parts.writeTwice(next);
            lost = false;
        } finally {
            working.unlock();
        }
    }

    /** After an opening, sees to it that there is a segment to write to. */
    void provideRoom() throws IOException {
        working.lock();
        try {
            if (parts.table().freeCount() == 0 && !evictor.dropOne()) {
                clear();
            }
        } finally {
            working.unlock();
        }
    }

    /** At an opening, gives back the segments from a number on, with what is in them. */
    void shrink(int segments) throws IOException {
        working.lock();
        try {
            boolean vacant = evictor.makeRoomBelow(segments);
            main.seal();
            drain();
            parts.table().limitTo(segments);
            if (!vacant || !evictor.vacate(segments)) {
                clear();
            }
            Superblock smaller = parts.superblock().withSegments(segments).next(Optional.empty());
            parts.writeTwice(smaller);
            parts.device().truncate(smaller.positionOf(segments));
        } finally {
            working.unlock();
        }
    }

    /** Seals what is open, as the last thing before the file is closed. */
    void finish() throws IOException {
        working.lock();
        try {
            small.seal();
            main.seal();
            drain();
            parts.device().sync();
        } finally {
            working.unlock();
        }
    }

    private void drain() {
        while (performOne()) {
            tellProgress();
        }
    }

    /** Does the next work there is. Only for whoever holds the work's lock. */
    boolean performOne() {
        Work work = queue.poll();
        if (work == null) {
            return false;
        }
        switch (work) {
            case Write write -> perform(write.batch());
            case Seal seal -> perform(seal);
            case Sync sync -> perform(sync);
            case Withdraw withdraw -> withdraw(withdraw.segment());
        }
        return true;
    }

    private void perform(WriteBatch batch) {
        int segment = batch.segment();
        boolean written = false;
        try {
            if (parts.table().state(segment) == SegmentTable.State.OPEN) {
                write(batch.blocks(), parts.position(segment, batch.start()));
                written = true;
            }
        } catch (IOException e) {
            failed(segment, batch.start() + batch.length(), e);
        }
        if (written) {
            parts.drop(batch);
        } else {
            lose(batch);
        }
    }

    /** Gives up a batch that was not written. */
    void lose(WriteBatch batch) {
        if (batch.isIndispensable()) {
            lost = true;
        }
        parts.drop(batch);
    }

    /** Whether something was not written without which older records come back at the next opening: only a clearing mends that. */
    boolean hasLost() {
        return lost;
    }

    private void write(ByteBuffer blocks, long position) throws IOException {
        if (parts.bypass().active()) {
            throw new IOException("The device is passed by.");
        }
        int bytes = blocks.remaining();
        long began = System.nanoTime();
        parts.device().write(blocks, position);
        parts.statistics().writes().record(System.nanoTime() - began);
        parts.statistics().wrote(bytes);
        parts.bypass().worked();
    }

    private void perform(Seal seal) {
        if (parts.table().state(seal.segment()) != SegmentTable.State.OPEN) {
            return;
        }
        try {
            writeFooter(seal);
            if (++unsyncedSeals >= SEALS_A_SYNC) {
                unsyncedSeals = 0;
                parts.device().sync();
            }
            parts.table().seal(seal.segment(), seal.main(), seal.directory().contents(seal.used()));
        } catch (IOException e) {
            failed(seal.segment(), parts.segmentBytes(), e);
        }
    }

    /** Writes a segment's footer; also for recovery. */
    void writeFooter(Seal seal) throws IOException {
        int bytes = Directory.footerBytes(seal.directory().count());
        if (footer.capacity() < bytes) {
            footer = AlignedBuffers.allocate(bytes);
        }
        ByteBuffer target = footer.clear().limit(bytes).slice();
        seal.directory().writeFooter(target, parts.superblock().epoch(), seal.fill());
        write(target, parts.position(seal.segment(), parts.segmentBytes() - bytes));
    }

    /** An open segment is left alone: what is in it is looked at again when it is full. */
    private void withdraw(int segment) {
        if (parts.table().state(segment) == SegmentTable.State.SEALED) {
            evictor.withdraw(segment);
        }
    }

    private void perform(Sync sync) {
        try {
            requireNothingLost();
            parts.device().sync();
            sync.done().complete(null);
        } catch (IOException e) {
            parts.bypass().failed("A sync of the cache file failed", e);
            sync.done().completeExceptionally(e);
        }
    }

    private void requireNothingLost() throws IOException {
        if (lost) {
            throw new IOException("What was deleted or replaced could not be recorded.");
        }
    }

    /** A segment that could not be written is out of use; where the disk is full, so are those that the file has no room for yet. */
    private void failed(int segment, int end, IOException failure) {
        parts.doubt();
        parts.statistics().deviceFailed();
        boolean growth = isBeyondEnd(parts.position(segment, end));
        parts.table().quarantine(segment);
        if (growth) {
            parts.table().limitTo(segment);
        } else {
            parts.bypass().failed("The cache file could not be written", failure);
        }
        small.abandon(segment);
        main.abandon(segment);
    }

    private boolean isBeyondEnd(long position) {
        try {
            return position > parts.device().size();
        } catch (IOException e) {
            return false;
        }
    }

    /** Has everything that was appended so far written, and makes it durable. Only for whoever holds the work's lock. */
    void settle() throws IOException {
        small.submit();
        main.submit();
        drain();
        requireNothingLost();
        parts.device().sync();
    }

    /** Overwrites a segment's header, so that nobody takes what is in it for entries. */
    void erase(int segment) throws IOException {
        write(AlignedBuffers.allocate(SegmentHeader.BYTES), parts.position(segment, 0));
    }

    /** Ends the thread; what waits is left undone. */
    @Override
    public void close() {
        closed = true;
        signal.release();
        if (thread != null) {
            ended.join();
        }
    }
}
