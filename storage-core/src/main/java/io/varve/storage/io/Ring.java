package io.varve.storage.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One pair of queues of io_uring ("Efficient IO with io_uring", Axboe 2019; {@code io_uring(7)}) for one batch of transfers at a time.
 *
 * <p><b>The kernel writes into buffers until a request has ended.</b> So nothing here returns to whoever owns the buffers before all
 * requests have, whatever happens; a batch can be left waiting only to be taken up again ({@link #await(long)}).
 *
 * <p>There are never more requests under way than the queue of submissions has places, and that of completions has twice as many; so it
 * cannot overflow. A ring without a batch costs no time, and some pages of memory. Used by one thread at a time, not always the same.
 */
final class Ring {

    /** The way into the kernel, as {@code io_uring_enter(2)}; tests put others in its place. */
    interface Kernel {
        long enter(MemorySegment errorSlot, int fd, int submit, int wait, int flags, long argument, long bytes);
    }

    private static final int SETUP_BYTES = 120;
    private static final int SUBMISSION_BYTES = 64;
    private static final int COMPLETION_BYTES = 16;
    private static final long SUBMISSIONS_AT = 0x1000_0000L;

    private static final int FEATURE_SINGLE_MMAP = 1;
    private static final int FEATURE_NODROP = 1 << 1;
    private static final int FEATURE_EXT_ARG = 1 << 8;
    private static final int FEATURES = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_EXT_ARG;

    /** Answers are taken when the thread enters the kernel the next time, not by interrupting it ({@code IORING_SETUP_COOP_TASKRUN}). */
    private static final int COOPERATIVE = 1 << 8;

    private static final int ENTER_GETEVENTS = 1;
    private static final int ENTER_EXT_ARG = 1 << 3;
    private static final int WAIT_BYTES = 24;
    private static final int WAIT_TIMESPEC = 16;
    private static final int TIMESPEC_BYTES = 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long FOREVER = Long.MAX_VALUE;

    /** {@code IORING_OP_READ} and {@code IORING_OP_WRITE}. */
    private static final int READ = 22;

    private static final int WRITE = 23;
    private static final int USER_DATA = 32;

    /** How long to wait when the kernel has no memory for a request, and how often. */
    private static final long REFUSED_NANOS = 100_000;

    private static final int REFUSALS_MAX = 10_000;

    /** While there is more to submit, this fraction of the requests under way is waited for: more saves calls, less keeps the disk busy. */
    private static final int WAIT_FRACTION = 32;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final Kernel kernel;
    private final int fd;
    private final int entries;
    private final MemorySegment queues;
    private final MemorySegment submissions;
    private final long submissionHead;
    private final long submissionTail;
    private final long completionHead;
    private final long completionTail;
    private final long completions;
    private final int completionMask;
    private final MemorySegment errorSlot;
    private final MemorySegment waitArgument;
    private final MemorySegment waitTime;

    private List<Transfer> batch = List.of();
    private int next;
    private int underWay;
    private int refusals;
    private boolean broken;

    /** Read and written by this side alone; the kernel sees the copy in the shared memory. */
    private int tail;

    private int reaped;

    /**
     * Makes a ring.
     *
     * @param entries how many requests may be under way at once: a power of two
     * @throws IOException if the kernel has none, refuses, or is older than 5.11; the message says which
     */
    Ring(int entries, Kernel kernel) throws IOException {
        this.kernel = kernel;
        this.entries = entries;
        Arena arena = Arena.ofAuto();
        this.errorSlot = SystemCalls.errorSlot(arena);
        this.waitArgument = arena.allocate(WAIT_BYTES, Long.BYTES);
        this.waitTime = arena.allocate(TIMESPEC_BYTES, Long.BYTES);
        waitArgument.set(LONG, WAIT_TIMESPEC, waitTime.address());
        MemorySegment setup = arena.allocate(SETUP_BYTES, Long.BYTES);
        setup.set(WORD, Setup.FLAGS, COOPERATIVE);
        long made = SystemCalls.ringSetup(entries, setup.address());
        if (made == -Errno.EINVAL) {
            // Before Linux 5.19.
            made = SystemCalls.ringSetup(entries, setup.fill((byte) 0).address());
        }
        if (made < 0) {
            throw new IOException("io_uring_setup: " + Errno.text((int) -made));
        }
        this.fd = (int) made;
        try {
            if ((setup.get(WORD, Setup.FEATURES) & FEATURES) != FEATURES) {
                throw new IOException("the kernel's io_uring is older than that of Linux 5.11");
            }
            this.completionMask = setup.get(WORD, Setup.COMPLETION_ENTRIES) - 1;
            this.completions = setup.get(WORD, Setup.COMPLETIONS);
            long submissionArray = setup.get(WORD, Setup.SUBMISSION_ARRAY);
            long bytes = Math.max(
                    submissionArray + (long) entries * Integer.BYTES,
                    completions + (completionMask + 1L) * COMPLETION_BYTES);
            this.queues = SystemCalls.map(fd, 0, bytes);
            this.submissions = SystemCalls.map(fd, SUBMISSIONS_AT, (long) entries * SUBMISSION_BYTES);
            this.submissionHead = setup.get(WORD, Setup.SUBMISSION_HEAD);
            this.submissionTail = setup.get(WORD, Setup.SUBMISSION_TAIL);
            this.completionHead = setup.get(WORD, Setup.COMPLETION_HEAD);
            this.completionTail = setup.get(WORD, Setup.COMPLETION_TAIL);
            // Requests are always submitted from the places they lie in, in order.
            for (int i = 0; i < entries; i++) {
                queues.set(WORD, submissionArray + (long) i * Integer.BYTES, i);
            }
        } catch (IOException | RuntimeException e) {
            SystemCalls.close(fd);
            throw e;
        }
    }

    /** Offsets in {@code struct io_uring_params}. */
    private static final class Setup {
        static final int COMPLETION_ENTRIES = 4;
        static final int FLAGS = 8;
        static final int FEATURES = 20;
        static final int SUBMISSION_HEAD = 40;
        static final int SUBMISSION_TAIL = 44;
        static final int SUBMISSION_ARRAY = 64;
        static final int COMPLETION_HEAD = 80;
        static final int COMPLETION_TAIL = 84;
        static final int COMPLETIONS = 100;

        private Setup() {}
    }

    /** Whether this ring refused to work once; it is good for nothing then but {@link #close}. */
    boolean isBroken() {
        return broken;
    }

    /** Takes a batch; one of the methods that follow brings it to its end. */
    void begin(List<Transfer> transfers) {
        batch = transfers;
        next = 0;
        underWay = 0;
    }

    /**
     * Submits what there is room for, without waiting for anything.
     *
     * @return whether all transfers have ended
     */
    boolean submit() {
        return drive(0);
    }

    /**
     * Works on the batch for some time at most.
     *
     * @return whether all transfers have ended
     */
    boolean await(long nanos) {
        return drive(nanos);
    }

    /** Works on the batch until all transfers have ended. */
    void await() {
        drive(FOREVER);
    }

    /** Gives the ring back to the kernel; not while a batch is under way. */
    void close() throws IOException {
        try {
            SystemCalls.unmap(submissions);
            SystemCalls.unmap(queues);
        } finally {
            SystemCalls.close(fd);
        }
    }

    private boolean drive(long nanos) {
        long begun = nanos == 0 || nanos == FOREVER ? 0 : System.nanoTime();
        while (true) {
            reap();
            fill();
            if (underWay == 0) {
                batch = List.of();
                return true;
            }
            int pending = tail - (int) INT.getAcquire(queues, submissionHead);
            long left = nanos == FOREVER ? FOREVER : nanos == 0 ? 0 : nanos - (System.nanoTime() - begun);
            if (left <= 0 && pending == 0) {
                return false;
            }
            long result = enter(pending, left);
            if (result >= 0) {
                refusals = 0;
            } else {
                refused((int) -result);
            }
        }
    }

    private long enter(int pending, long left) {
        if (left <= 0) {
            return kernel.enter(errorSlot, fd, pending, 0, ENTER_GETEVENTS, 0, 0);
        }
        int wait = next < batch.size() ? Math.max(1, underWay / WAIT_FRACTION) : underWay;
        if (left == FOREVER) {
            return kernel.enter(errorSlot, fd, pending, wait, ENTER_GETEVENTS, 0, 0);
        }
        waitTime.set(LONG, 0, left / NANOS_PER_SECOND);
        waitTime.set(LONG, Long.BYTES, left % NANOS_PER_SECOND);
        return kernel.enter(
                errorSlot, fd, pending, wait, ENTER_GETEVENTS | ENTER_EXT_ARG, waitArgument.address(), WAIT_BYTES);
    }

    /** Prepares requests as long as there are transfers and places. */
    private void fill() {
        boolean prepared = false;
        while (underWay < entries && next < batch.size()) {
            if (!batch.get(next).isEnded()) {
                prepare(next);
                underWay++;
                prepared = true;
            }
            next++;
        }
        if (prepared) {
            INT.setRelease(queues, submissionTail, tail);
        }
    }

    /** Writes one {@code struct io_uring_sqe}, eight words in the processor's order of bytes, which is little-endian. */
    private void prepare(int index) {
        Transfer transfer = batch.get(index);
        long at = (long) (tail & (entries - 1)) * SUBMISSION_BYTES;
        submissions.set(LONG, at, (long) transfer.fd() << Integer.SIZE | (transfer.isWrite() ? WRITE : READ));
        submissions.set(LONG, at + 8, transfer.position());
        submissions.set(LONG, at + 16, transfer.address());
        submissions.set(LONG, at + 24, transfer.rest());
        submissions.set(LONG, at + USER_DATA, index);
        submissions.set(LONG, at + 40, 0);
        submissions.set(LONG, at + 48, 0);
        submissions.set(LONG, at + 56, 0);
        tail++;
    }

    /** Takes the answers that are there; what was not done to its end is prepared again. */
    private void reap() {
        int until = (int) INT.getAcquire(queues, completionTail);
        boolean again = false;
        while (reaped != until) {
            long at = completions + (long) (reaped & completionMask) * COMPLETION_BYTES;
            int index = (int) queues.get(LONG, at);
            int result = queues.get(WORD, at + Long.BYTES);
            reaped++;
            if (batch.get(index).answered(result)) {
                underWay--;
            } else if (broken) {
                batch.get(index).fail(Errno.EIO);
                underWay--;
            } else {
                prepare(index);
                again = true;
            }
        }
        INT.setRelease(queues, completionHead, reaped);
        if (again) {
            INT.setRelease(queues, submissionTail, tail);
        }
    }

    /** Interrupted, out of time, out of memory for now: all of that passes. The rest does not. */
    private void refused(int errno) {
        switch (errno) {
            case Errno.EINTR, Errno.ETIME -> {}
            case Errno.EAGAIN, Errno.EBUSY -> {
                if (++refusals > REFUSALS_MAX) {
                    breakDown(errno);
                } else {
                    LockSupport.parkNanos(REFUSED_NANOS);
                }
            }
            default -> breakDown(errno);
        }
    }

    /** What the kernel has not taken fails; what it has is waited for, without its help if need be. */
    private void breakDown(int errno) {
        broken = true;
        int head = (int) INT.getAcquire(queues, submissionHead);
        for (int i = head; i != tail; i++) {
            long at = (long) (i & (entries - 1)) * SUBMISSION_BYTES;
            batch.get((int) submissions.get(LONG, at + USER_DATA)).fail(errno);
            underWay--;
        }
        tail = head;
        INT.setRelease(queues, submissionTail, tail);
        for (; next < batch.size(); next++) {
            if (!batch.get(next).isEnded()) {
                batch.get(next).fail(errno);
            }
        }
        reap();
        while (underWay > 0) {
            LockSupport.parkNanos(REFUSED_NANOS);
            reap();
        }
    }
}
