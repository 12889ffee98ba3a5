package io.varve.app.console;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The audit log's two parts. What is done to the server, its users and buckets is written before the answer leaves. What is done to files
 * can be thousands of lines a second: they wait in a queue for a thread that writes them many at a time, and have files of their own, so
 * that they push nothing else out. When the queue is full, the one who asks waits; after {@link #WAIT_MAX} the line is given up
 * and counted, since a log must not stop the server, and the next line says how many are missing. Thread-safe.
 */
public final class AuditTrail implements Closeable {
    /** How long a request waits for room in the queue. */
    static final Duration WAIT_MAX = Duration.ofSeconds(1);

    /** Lines that wait; some megabytes. */
    static final int QUEUE_MAX = 16_384;

    /** How long lines are gathered before they are written: waking a thread for each would cost more than writing it. */
    private static final Duration GATHER = Duration.ofMillis(10);

    /** When lines have stopped coming for so long, and are so many bytes, they are put aside. */
    private static final Duration IDLE = Duration.ofMinutes(1);

    private static final long IDLE_BYTES_MIN = 64 << 10;

    private static final String LOST = "lines lost";

    private final AuditLog administration;
    private final AuditLog files;
    private final InstantSource clock;
    private final Duration waitMax;
    private final ReentrantLock queueLock = new ReentrantLock();
    private final Condition notEmpty = queueLock.newCondition();
    private final Condition halfFull = queueLock.newCondition();
    private final Condition notFull = queueLock.newCondition();
    private final Deque<AuditLog.Line> queue = new ArrayDeque<>();
    private final Object writing = new Object();
    private final LongAdder lost = new LongAdder();
    private final Thread writer;
    private long lostUntold;
    private boolean closed;

    /** Which part. */
    public enum Part {
        /** Users, settings, buckets, jobs, logins that failed. */
        ADMINISTRATION,
        /** Files and folders. */
        FILES
    }

    /** Begins to write. */
    public AuditTrail(AuditLog administration, AuditLog files, InstantSource clock, MeterRegistry meters) {
        this(administration, files, clock, meters, WAIT_MAX);
    }

    AuditTrail(AuditLog administration, AuditLog files, InstantSource clock, MeterRegistry meters, Duration waitMax) {
        this.administration = administration;
        this.files = files;
        this.clock = clock;
        this.waitMax = waitMax;
        FunctionCounter.builder("varve.audit.lines.lost", lost, LongAdder::doubleValue)
                .description("Lines that the audit log lacks, since it could not be written, or not fast enough")
                .register(meters);
        writer = Thread.ofPlatform().name("varve-audit").daemon().start(this::run);
    }

    /** Now, for lines. */
    public Instant now() {
        return clock.instant();
    }

    /**
     * Changes what lines about files may take on the disk.
     *
     * @param bytesMax in bytes, rounded to files of 8 MiB, of which there are two at least
     */
    public void limitFiles(long bytesMax) {
        files.limit(bytesMax);
    }

    /** Notes what was done to the server. */
    public void administration(AuditLog.Line line) {
        lost.add(1L - administration.append(List.of(line)));
    }

    /** Notes what was done to files, soon. */
    public void files(List<AuditLog.Line> lines) {
        queueLock.lock();
        try {
            long nanos = waitMax.toNanos();
            for (AuditLog.Line line : lines) {
                if (queue.isEmpty()) {
                    notEmpty.signal();
                }
                if (queue.size() == QUEUE_MAX / 2) {
                    halfFull.signal();
                }
                while (queue.size() >= QUEUE_MAX && nanos > 0 && !closed) {
                    nanos = notFull.awaitNanos(nanos);
                }
                if (queue.size() >= QUEUE_MAX || closed) {
                    lost.increment();
                    lostUntold++;
                } else {
                    queue.addLast(line);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            queueLock.unlock();
        }
    }

    private void run() {
        boolean grown = false;
        boolean more = true;
        while (more) {
            queueLock.lock();
            try {
                boolean idle = grown && isIdle();
                while (!idle && queue.isEmpty() && !closed) {
                    notEmpty.await();
                }
                long nanos = GATHER.toNanos();
                while (!idle && queue.size() <= QUEUE_MAX / 2 && nanos > 0 && !closed) {
                    nanos = halfFull.awaitNanos(nanos);
                }
                more = !closed;
                grown = !idle;
            } catch (InterruptedException e) {
                return;
            } finally {
                queueLock.unlock();
            }
            if (grown) {
                writeWaiting();
            } else {
                putAside(IDLE_BYTES_MIN);
            }
        }
    }

    /** Waits for lines; whether none came for a while. */
    private boolean isIdle() throws InterruptedException {
        long nanos = IDLE.toNanos();
        while (queue.isEmpty() && nanos > 0 && !closed) {
            nanos = notEmpty.awaitNanos(nanos);
        }
        return queue.isEmpty() && !closed;
    }

    /** Compresses all lines that there are. */
    public void putAside() {
        putAside(0);
    }

    private void putAside(long bytesMin) {
        writeWaiting();
        administration.putAside(bytesMin);
        files.putAside(bytesMin);
    }

    /** Writes what waits, in the order in which it came, whoever calls. */
    private void writeWaiting() {
        synchronized (writing) {
            List<AuditLog.Line> batch = take();
            if (!batch.isEmpty()) {
                lost.add((long) batch.size() - files.append(batch));
            }
        }
    }

    private List<AuditLog.Line> take() {
        queueLock.lock();
        try {
            List<AuditLog.Line> batch = new ArrayList<>(queue);
            queue.clear();
            if (lostUntold > 0) {
                batch.add(new AuditLog.Line(clock.instant(), "", "", "", LOST, Long.toString(lostUntold), 0));
                lostUntold = 0;
            }
            notFull.signalAll();
            return batch;
        } finally {
            queueLock.unlock();
        }
    }

    /**
     * Reads lines, the newest first, also those that were noted just now.
     *
     * @param skip how many of the newest to leave out
     * @param limit the most to tell
     */
    public AuditLog.Page read(Part part, long skip, int limit) throws IOException {
        return switch (part) {
            case ADMINISTRATION -> administration.read(skip, limit);
            case FILES -> {
                writeWaiting();
                yield files.read(skip, limit);
            }
        };
    }

    /** Writes what waits and closes the files; what comes later is lost. */
    @Override
    public void close() throws IOException {
        queueLock.lock();
        try {
            closed = true;
            notEmpty.signal();
            halfFull.signal();
            notFull.signalAll();
        } finally {
            queueLock.unlock();
        }
        try {
            writer.join(TimeUnit.SECONDS.toMillis(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writeWaiting();
        administration.close();
        files.close();
    }
}
