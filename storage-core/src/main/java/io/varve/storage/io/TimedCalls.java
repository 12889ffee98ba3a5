package io.varve.storage.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to a place that may stop answering without ever failing, as a network file system does whose server is gone. Each runs on a
 * thread that is not its caller's, for a bounded time; then it is given up: the caller gets an exception, and the thread is left
 * behind, because nothing can end it.
 *
 * <p>As long as anything that was given up has not come back, everything else is refused at once. So no more threads are left behind
 * than calls were under way together, {@value #CALLS_MAX} at most; and whoever gets through afterwards can rely on it that no late write
 * will follow: what was given up has ended by then, and what it opened is closed. Bytes are carried in buffers of the calls' own, so
 * that a late one neither reads nor changes memory that has another use by then. Thread-safe.
 */
public final class TimedCalls {
    private static final Logger LOG = LoggerFactory.getLogger(TimedCalls.class);

    /** How many run at once. */
    public static final int CALLS_MAX = 8;

    /** The most bytes that one call carries; longer reads and writes are several. */
    static final int BYTES_MAX = 1 << 20;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** Idle ones end after a minute; there are never more than calls under way. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(
            task -> new UninterruptibleThread("varve-timed-" + NUMBERS.getAndIncrement(), task));

    /** The place did not answer in time, or something that was given up is still under way. */
    public static final class NotAnsweringException extends IOException {
        private static final long serialVersionUID = 1L;

        /** Whether the call was begun. */
        private final boolean begun;

        NotAnsweringException(String message, boolean begun) {
            super(message);
            this.begun = begun;
        }
    }

    /** What may take for ever. */
    @FunctionalInterface
    public interface Call<T> {
        T run() throws IOException;
    }

    /** Undoes what a call brings that was given up before. */
    @FunctionalInterface
    public interface Undoing<T> {
        void undo(T result) throws IOException;
    }

    @FunctionalInterface
    private interface Waiting<T> {
        /** Null if it is not there in time. */
        @Nullable
        T await(long nanos) throws InterruptedException;
    }

    /** The right to a call, and its buffer. */
    private static final class Slot {
        private @Nullable ByteBuffer buffer;

        /** Cleared, made when first needed. */
        ByteBuffer buffer() {
            ByteBuffer bytes = buffer;
            if (bytes == null) {
                bytes = AlignedBuffers.allocate(BYTES_MAX);
                buffer = bytes;
            }
            return bytes.clear();
        }
    }

    private final String place;
    private final BlockingQueue<Slot> free = new ArrayBlockingQueue<>(CALLS_MAX);
    private volatile long timeoutNanos;

    /** Guarded by this, as is the next: how many that were given up have not come back. */
    private int late;

    /** To be closed when they have. */
    private final Deque<Closeable> left = new ArrayDeque<>();

    /**
     * Calls to one place.
     *
     * @param place what it is called where a sentence begins
     * @param timeout how long a call may take, and how long it may wait for its turn before
     */
    public TimedCalls(String place, Duration timeout) {
        this.place = place;
        this.timeoutNanos = timeout.toNanos();
        for (int i = 0; i < CALLS_MAX; i++) {
            free.add(new Slot());
        }
    }

    /** From now on calls may take so long. */
    public void setTimeout(Duration timeout) {
        timeoutNanos = timeout.toNanos();
    }

    /** How many calls that were given up have not come back. */
    public synchronized int late() {
        return late;
    }

    /**
     * Calls, and returns when the call has ended.
     *
     * @param undoing is run with what the call brings if it was given up and comes back after all
     * @throws NotAnsweringException if it takes too long, or an earlier one still does
     * @throws IOException what the call threw
     */
    public <T> T call(Call<T> call, Undoing<? super T> undoing) throws IOException {
        Slot slot = take();
        Running<T> running = begin(slot, call, undoing);
        free.add(slot);
        return running.result();
    }

    /** Calls as {@link #call}, where nothing has to be undone. */
    public <T> T call(Call<T> call) throws IOException {
        return call(call, nothing -> {});
    }

    /** Reads as {@link BlockDevice#read}, {@value #BYTES_MAX} bytes at most. */
    int read(BlockDevice device, ByteBuffer dst, long position) throws IOException {
        Slot slot = take();
        ByteBuffer bytes = slot.buffer().limit(Math.min(dst.remaining(), BYTES_MAX));
        Running<Integer> running = begin(slot, () -> device.read(bytes, position), nothing -> {});
        try {
            int length = running.result();
            dst.put(bytes.flip());
            return length;
        } finally {
            free.add(slot);
        }
    }

    /** Writes as {@link BlockDevice#write} or {@link BlockDevice#writeDurably}, {@value #BYTES_MAX} bytes at most. */
    void write(BlockDevice device, ByteBuffer src, long position, boolean durably) throws IOException {
        Slot slot = take();
        ByteBuffer bytes = slot.buffer().put(src).flip();
        Running<Boolean> running = begin(
                slot,
                () -> {
                    if (durably) {
                        device.writeDurably(bytes, position);
                    } else {
                        device.write(bytes, position);
                    }
                    return true;
                },
                nothing -> {});
        free.add(slot);
        running.result();
    }

    /** Closes something, or leaves that to what was given up. */
    public void close(Closeable open) throws IOException {
        if (leave(open)) {
            return;
        }
        try {
            call(() -> {
                open.close();
                return true;
            });
        } catch (NotAnsweringException e) {
            if (e.begun || !leave(open)) {
                throw e;
            }
        }
    }

    private synchronized boolean leave(Closeable open) {
        return late > 0 && left.add(open);
    }

    private Slot take() throws NotAnsweringException {
        requireAnswering();
        Slot slot = patiently(nanos -> free.poll(nanos, TimeUnit.NANOSECONDS));
        if (slot == null) {
            throw notAnswering(false);
        }
        try {
            requireAnswering();
            return slot;
        } catch (NotAnsweringException e) {
            free.add(slot);
            throw e;
        }
    }

    private synchronized void requireAnswering() throws NotAnsweringException {
        if (late > 0) {
            throw new NotAnsweringException(
                    place + " does not answer: " + late + " operations on it have been given up and still hang.",
                    false);
        }
    }

    private NotAnsweringException notAnswering(boolean begun) {
        return new NotAnsweringException(
                place + " has not answered for "
                        + Duration.ofNanos(timeoutNanos).toMillis() + " ms.",
                begun);
    }

    /** Returns when the call has ended; the slot is the caller's again then, and only then. */
    private <T> Running<T> begin(Slot slot, Call<T> call, Undoing<? super T> undoing) throws IOException {
        Running<T> running = new Running<>(slot, call, undoing);
        try {
            THREADS.execute(running);
        } catch (RuntimeException | Error e) {
            free.add(slot);
            throw new IOException("No thread can be had for " + place + ".", e);
        }
        if (!running.await()) {
            throw notAnswering(true);
        }
        return running;
    }

    /** Waits as long as a call may take, whatever interrupts the thread meanwhile. */
    private <T> @Nullable T patiently(Waiting<T> waiting) {
        long end = System.nanoTime() + timeoutNanos;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return waiting.await(end - System.nanoTime());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One that was given up has ended; the last of them closes what was left open, and until then counts as under way. */
    private void cameBack() {
        while (true) {
            Closeable open;
            synchronized (this) {
                if (late > 1 || left.isEmpty()) {
                    late--;
                    LOG.info("{}: an operation that was given up has ended, {} still hang.", place, late);
                    return;
                }
                open = left.removeFirst();
            }
            quietly(open);
        }
    }

    private void quietly(Closeable end) {
        try {
            end.close();
        } catch (IOException | RuntimeException e) {
            LOG.debug("{}: something that was given up could not be closed: {}", place, e.toString());
        }
    }

    /** A call under way. */
    private final class Running<T> implements Runnable {
        private final Slot slot;
        private final Call<T> call;
        private final Undoing<? super T> undoing;
        private final CountDownLatch ended = new CountDownLatch(1);

        /** Guarded by the calls. */
        private boolean givenUp;

        private volatile @Nullable T result;
        private volatile @Nullable Throwable failure;

        Running(Slot slot, Call<T> call, Undoing<? super T> undoing) {
            this.slot = slot;
            this.call = call;
            this.undoing = undoing;
        }

        @Override
        public void run() {
            try {
                result = call.run();
            } catch (Throwable e) {
                failure = e;
            }
            synchronized (TimedCalls.this) {
                if (!givenUp) {
                    ended.countDown();
                    return;
                }
            }
            T brought = result;
            if (brought != null) {
                quietly(() -> undoing.undo(brought));
            }
            free.add(slot);
            cameBack();
        }

        /** Whether it ended; if not, it is on its own from now on. */
        boolean await() {
            Boolean inTime = patiently(nanos -> ended.await(nanos, TimeUnit.NANOSECONDS));
            synchronized (TimedCalls.this) {
                givenUp = !Boolean.TRUE.equals(inTime) && ended.getCount() > 0;
                late += givenUp ? 1 : 0;
                return !givenUp;
            }
        }

        T result() throws IOException {
            Throwable cause = failure;
            T brought = result;
            if (brought != null) {
                return brought;
            }
            if (cause instanceof IOException e) {
                throw e;
            }
            if (cause instanceof Error e) {
                throw e;
            }
            throw cause instanceof RuntimeException e
                    ? e
                    : new IllegalStateException("A call brings something.", cause);
        }
    }
}
