package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong on the devices of a {@link FaultyDeviceDirectory}, and how often each operation happened. Numbers count from the
 * moment the fault is set, 1 being the next operation of its kind on any device; a fault happens once. Everything random follows the
 * seed. Safe for any number of threads.
 */
public final class Faults {

    private enum Operation {
        READ,
        WRITE,
        SYNC,
        DIRECTORY_SYNC
    }

    private static final long NEVER = Long.MAX_VALUE;

    private final Random random;
    private final Map<Operation, Long> counts = new EnumMap<>(Operation.class);
    private final Map<Operation, Long> failAt = new EnumMap<>(Operation.class);
    private boolean breaks;
    private long flipAt = NEVER;
    private double flipProbability;
    private long unreadableAt = NEVER;
    private long growthLeft = NEVER;
    private Duration delay = Duration.ZERO;
    private long operations;
    private long hangAt = NEVER;

    /** What hangs waits for it. */
    private @Nullable CountDownLatch answering;

    public Faults(long seed) {
        this.random = new Random(seed);
    }

    /** The n-th read fails. */
    public synchronized Faults failRead(long nth) {
        return failAt(Operation.READ, nth);
    }

    /** Every read fails that covers the byte at this position, on whatever device. */
    public synchronized Faults unreadable(long position) {
        unreadableAt = position;
        return this;
    }

    /** The n-th write fails, after some of its blocks were written. */
    public synchronized Faults failWrite(long nth) {
        return failAt(Operation.WRITE, nth);
    }

    /** The n-th write ends with an error of the platform, as a disk does that is mapped into memory and goes away. */
    public synchronized Faults breakWrite(long nth) {
        breaks = true;
        return failAt(Operation.WRITE, nth);
    }

    /** The n-th sync of a device fails, and with it all that follows on that device. */
    public synchronized Faults failSync(long nth) {
        return failAt(Operation.SYNC, nth);
    }

    /** The n-th sync of the directory fails, and with it all later changes of names. */
    public synchronized Faults failDirectorySync(long nth) {
        return failAt(Operation.DIRECTORY_SYNC, nth);
    }

    /** The n-th read that brings anything brings one bit wrong. */
    public synchronized Faults flipBitInRead(long nth) {
        flipAt = count(Operation.READ) + nth;
        return this;
    }

    /** Each read brings one bit wrong with the given probability. */
    public synchronized Faults flipBits(double probability) {
        flipProbability = probability;
        return this;
    }

    /** The disk is full after devices have grown by so many bytes more; writing inside their present size still works. */
    public synchronized Faults fullAfter(long bytes) {
        growthLeft = bytes;
        return this;
    }

    /** Every read, write and sync takes between nothing and this much longer. */
    public synchronized Faults delayUpTo(Duration most) {
        delay = most;
        return this;
    }

    /** The n-th operation of whatever kind, and all that follow, do not return before {@link #answer}. */
    public synchronized Faults hang(long nth) {
        answering = new CountDownLatch(1);
        hangAt = operations + nth;
        return this;
    }

    /** What hangs goes on. */
    public synchronized void answer() {
        hangAt = NEVER;
        if (answering != null) {
            answering.countDown();
        }
    }

    /** From now on everything works again, except where a sync has failed. */
    public synchronized void heal() {
        failAt.clear();
        breaks = false;
        flipAt = NEVER;
        flipProbability = 0;
        unreadableAt = NEVER;
        growthLeft = NEVER;
        delay = Duration.ZERO;
    }

    public synchronized long reads() {
        return count(Operation.READ);
    }

    public synchronized long writes() {
        return count(Operation.WRITE);
    }

    /** Syncs of devices. */
    public synchronized long syncs() {
        return count(Operation.SYNC);
    }

    public synchronized long directorySyncs() {
        return count(Operation.DIRECTORY_SYNC);
    }

    synchronized long growthLeft() {
        return growthLeft;
    }

    void beforeRead(long position, int length) throws IOException {
        before(Operation.READ);
        synchronized (this) {
            if (position <= unreadableAt && unreadableAt < position + length) {
                throw new IOException("Input/output error");
            }
        }
    }

    void beforeWrite() throws IOException {
        before(Operation.WRITE);
    }

    void beforeSync() throws IOException {
        before(Operation.SYNC);
    }

    void beforeDirectorySync() throws IOException {
        before(Operation.DIRECTORY_SYNC);
    }

    /** Damages the bytes from {@code from} up to the buffer's position, if it is their turn. */
    synchronized void afterRead(ByteBuffer dst, int from) {
        int length = dst.position() - from;
        boolean turn = count(Operation.READ) >= flipAt;
        if (length > 0 && (turn || random.nextDouble() < flipProbability)) {
            int at = from + random.nextInt(length);
            dst.put(at, (byte) (dst.get(at) ^ 1 << random.nextInt(8)));
            flipAt = turn ? NEVER : flipAt;
        }
    }

    /** How many of the bytes, in whole blocks, reach the disk in a write that fails. */
    synchronized int partOf(int bytes) {
        return random.nextInt(bytes / BlockDevice.BLOCK + 1) * BlockDevice.BLOCK;
    }

    /** Takes room for growth, and returns how much of it there was, in whole blocks. */
    synchronized long grow(long bytes) {
        long granted = Math.min(bytes, growthLeft & -BlockDevice.BLOCK);
        if (growthLeft != NEVER) {
            growthLeft -= granted;
        }
        return granted;
    }

    private synchronized Faults failAt(Operation operation, long nth) {
        failAt.put(operation, count(operation) + nth);
        return this;
    }

    private long count(Operation operation) {
        return counts.getOrDefault(operation, 0L);
    }

    /** An operation begins, and may not go on for a while. */
    void begin() {
        CountDownLatch answer;
        synchronized (this) {
            operations++;
            if (operations < hangAt || answering == null) {
                return;
            }
            answer = answering;
        }
        try {
            answer.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("Nothing interrupts what hangs.", e);
        }
    }

    private void before(Operation operation) throws IOException {
        begin();
        long nanos;
        boolean fails;
        boolean broken;
        synchronized (this) {
            long count = counts.merge(operation, 1L, Long::sum);
            fails = count == failAt.getOrDefault(operation, NEVER);
            broken = fails && breaks;
            nanos = delay.isZero() ? 0 : random.nextLong(delay.toNanos() + 1);
        }
        if (nanos > 0) {
            LockSupport.parkNanos(nanos);
        }
        if (broken) {
            throw new InternalError("Injected error: " + operation);
        }
        if (fails) {
            throw new IOException("Injected fault: " + operation);
        }
    }
}
