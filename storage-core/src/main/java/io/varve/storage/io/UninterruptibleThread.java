package io.varve.storage.io;

/**
 * A daemon platform thread on which nothing is interrupted, because it knows no interrupts. A sync that an interrupt broke off would lose
 * its error; on such a thread it needs no other one to run on, which spares the two changes of threads that take longer than
 * the sync itself where the disk is fast.
 */
public final class UninterruptibleThread extends Thread {

    /** A thread that is not started yet. */
    public UninterruptibleThread(String name, Runnable task) {
        super(task, name);
        setDaemon(true);
    }

    /** Does nothing. */
    @Override
    public void interrupt() {
        // Whoever wants such a thread to end tells its task so.
    }
}
