package io.varve.storage.io;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded set of {@link Ring}s, made when first needed and then kept. Each caller takes one for its batch, submits it and waits by
 * itself: there is no thread in between, and none when nothing is to be done.
 *
 * <p><b>Virtual threads.</b> Waiting in the kernel pins a carrier, of which there are as many as processors. So of all virtual threads
 * only as many wait there as leave one carrier free, and only for {@link #PINNED_NANOS}; what takes longer is waited for by a platform
 * thread, and the virtual one parks. The others have their requests under way all the same, and usually find them done when
 * their turn comes.
 *
 * <p>Interrupts change nothing but the status of the thread. Safe for any number of threads.
 */
final class RingPool {
    private static final Logger LOG = LoggerFactory.getLogger(RingPool.class);

    /** Enough for any disk; a longer batch keeps so many under way. */
    static final int DEPTH = 64;

    /** Callers at once; more wait for one of these. */
    private static final int RINGS_MAX = 64;

    /** Many times what a flash disk takes for a batch. */
    private static final long PINNED_NANOS = 1_000_000;

    private static final RingPool SHARED = new RingPool(DEPTH, RINGS_MAX, SystemCalls::ringEnter);

    private final int depth;
    private final Ring.Kernel kernel;
    private final Semaphore pinned = new Semaphore(Math.max(1, carriers() - 1));
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();

    /** Guarded by the lock, as are the numbers; the last one used is taken first. */
    private final Deque<Ring> idle = new ArrayDeque<>();

    private int made;
    private int limit;

    RingPool(int depth, int ringsMax, Ring.Kernel kernel) {
        this.depth = depth;
        this.limit = ringsMax;
        this.kernel = kernel;
    }

    /** The process's own. */
    static RingPool shared() {
        return SHARED;
    }

    /**
     * Performs transfers and returns when all have ended; how each did, it knows itself.
     *
     * @throws IOException if the kernel refuses even a single ring; then nothing was begun
     */
    void perform(List<Transfer> transfers) throws IOException {
        Ring ring = acquire();
        try {
            ring.begin(transfers);
            if (Thread.currentThread().isVirtual()) {
                awaitVirtually(ring);
            } else {
                ring.await();
            }
        } finally {
            release(ring);
        }
    }

    int rings() {
        lock.lock();
        try {
            return made;
        } finally {
            lock.unlock();
        }
    }

    /** Closes the rings that nobody uses. */
    void trim() throws IOException {
        lock.lock();
        try {
            while (!idle.isEmpty()) {
                made--;
                idle.removeFirst().close();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitVirtually(Ring ring) {
        if (pinned.tryAcquire()) {
            if (awaitPinned(ring)) {
                return;
            }
        } else if (ring.submit()) {
            return;
        } else if (takeTurn() && awaitPinned(ring)) {
            return;
        }
        awaitElsewhere(ring);
    }

    private boolean awaitPinned(Ring ring) {
        try {
            return ring.await(PINNED_NANOS);
        } finally {
            pinned.release();
        }
    }

    /** An interrupted thread does not queue. */
    private boolean takeTurn() {
        try {
            return pinned.tryAcquire(PINNED_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Where no other thread can be had, this one waits, pinned: the buffers are the kernel's until the end. */
    private static void awaitElsewhere(Ring ring) {
        try {
            SyncThreads.call(ring::await);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            LOG.warn("A batch of transfers is waited for on the thread that asked for it: {}", e.toString());
            ring.await();
        }
    }

    private Ring acquire() throws IOException {
        lock.lock();
        try {
            while (idle.isEmpty()) {
                if (made < limit) {
                    return make();
                }
                returned.awaitUninterruptibly();
            }
            return idle.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Where the system gives no more rings (descriptors, memory), those that there are have to do. */
    private Ring make() throws IOException {
        try {
            Ring ring = new Ring(depth, kernel);
            made++;
            return ring;
        } catch (IOException e) {
            if (made == 0) {
                throw e;
            }
            limit = made;
            LOG.warn("The kernel makes no more than {} rings for disk access: {}", made, e.getMessage());
            while (idle.isEmpty()) {
                returned.awaitUninterruptibly();
            }
            return idle.removeFirst();
        }
    }

    private void release(Ring ring) {
        lock.lock();
        try {
            if (ring.isBroken()) {
                made--;
                discard(ring);
            } else {
                idle.addFirst(ring);
            }
            returned.signal();
        } finally {
            lock.unlock();
        }
    }

    private static void discard(Ring ring) {
        try {
            ring.close();
        } catch (IOException e) {
            LOG.warn("A ring that does not work could not be closed: {}", e.getMessage());
        }
    }

    private static int carriers() {
        return Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    }
}
