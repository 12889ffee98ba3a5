package io.varve.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/**
 * Files on their way in or out, several at once: tells how far it is, names what could not be brought, and stops when going on
 * makes no sense. Closing waits for what is under way. Thread-safe.
 */
final class Transfer implements AutoCloseable {
    private static final int AT_ONCE = 8;
    private static final long TERMINAL_PAUSE_NANOS = 200_000_000;
    private static final long LINE_PAUSE_NANOS = 10_000_000_000L;
    private static final int BAR = 20;

    /** What refuses one file for these reasons refuses all: not admitted, taken back, read-only, full. */
    private static final Set<Integer> STOPPING = Set.of(401, 410, 503, 507);

    private final PrintWriter err;
    private final boolean terminal;
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final LongSupplier nanoTime;
    private final long begun;
    private long filesTotal;
    private long bytesTotal;
    private long files;
    private long bytes;
    private long skipped;
    private long problems;
    private long told;
    private String fatal = "";

    /** One file's way, or all of a directory's. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** Going on makes no sense. */
    static final class StoppedException extends IOException {
        private static final long serialVersionUID = 1L;

        StoppedException(String why) {
            super(why);
        }
    }

    /** @param terminal whether a line may be written over */
    Transfer(PrintWriter err, boolean terminal) {
        this(err, terminal, System::nanoTime);
    }

    Transfer(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
        this.told = begun;
    }

    synchronized void expect(long moreFiles, long moreBytes) {
        filesTotal += moreFiles;
        bytesTotal += moreBytes;
    }

    /** Has something done beside the others; waits while there are too many. */
    void submit(String name, Work work) throws StoppedException, InterruptedException {
        requireGoing();
        room.acquire();
        workers.execute(() -> {
            try {
                attempt(name, work);
            } catch (StoppedException e) {
                // Whoever submits or waits is told.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                problem(name, "was interrupted");
            } finally {
                room.release();
            }
        });
    }

    /**
     * Does something now; what goes wrong with it is told by its name.
     *
     * @return whether nothing went wrong
     * @throws StoppedException if going on makes no sense
     */
    boolean attempt(String name, Work work) throws StoppedException, InterruptedException {
        requireGoing();
        try {
            work.run();
            return true;
        } catch (StoppedException e) {
            throw e;
        } catch (ServerClient.RefusedException e) {
            if (STOPPING.contains(e.status())) {
                throw stop(VarveCommand.messageOf(e));
            }
            problem(name, VarveCommand.messageOf(e));
        } catch (ServerClient.GoneException e) {
            throw stop(VarveCommand.messageOf(e));
        } catch (AccessDeniedException e) {
            problem(name, "may not be read or written");
        } catch (NoSuchFileException e) {
            problem(name, "is not there, or has a name that cannot be written in this locale (set LC_ALL=C.UTF-8)");
        } catch (IOException | RuntimeException e) {
            problem(name, VarveCommand.messageOf(e));
        }
        return false;
    }

    /** Has all that is still to come not be begun. */
    synchronized StoppedException stop(String why) {
        fatal = fatal.isEmpty() ? why : fatal;
        return new StoppedException(fatal);
    }

    private synchronized void requireGoing() throws StoppedException {
        if (!fatal.isEmpty()) {
            throw new StoppedException(fatal);
        }
    }

    synchronized void problem(String name, String what) {
        problems++;
        note(name, what);
    }

    /** Something worth knowing that is no problem. */
    synchronized void note(String name, String what) {
        clearLine();
        err.println(name + ": " + what);
        err.flush();
    }

    synchronized void moved(long count) {
        bytes += count;
        tell();
    }

    synchronized void fileDone() {
        files++;
        tell();
    }

    synchronized void fileSkipped(long length) {
        files++;
        skipped++;
        bytes += length;
        tell();
    }

    synchronized long problems() {
        return problems;
    }

    /**
     * What became of it, in a sentence.
     *
     * @param done what was done: imported, exported
     * @param verified whether all of it was read back
     */
    synchronized String summary(String done, boolean verified) {
        return String.format(
                Locale.ROOT,
                "%s: %,d files are there, %,d of them since before%s. %,d problems.",
                problems == 0 ? Character.toUpperCase(done.charAt(0)) + done.substring(1) : "NOT ALL was " + done,
                files,
                skipped,
                verified ? ", all read back and the same" : "",
                problems);
    }

    private void tell() {
        long now = nanoTime.getAsLong();
        if (now - told < (terminal ? TERMINAL_PAUSE_NANOS : LINE_PAUSE_NANOS)) {
            return;
        }
        told = now;
        if (terminal) {
            err.print("\r" + line(now) + "\u001b[K");
        } else {
            err.println(line(now));
        }
        err.flush();
    }

    private String line(long now) {
        double part = bytesTotal > 0 ? (double) bytes / bytesTotal : filesTotal > 0 ? (double) files / filesTotal : 1;
        int full = (int) Math.min(BAR, Math.round(part * BAR));
        double seconds = Math.max(1e-3, (now - begun) / 1e9);
        return String.format(
                Locale.ROOT,
                "[%s%s] %3d %%  %,d of %,d files, %,.1f of %,.1f MiB, %,.1f MiB/s",
                "#".repeat(full),
                ".".repeat(BAR - full),
                Math.min(100, Math.round(part * 100)),
                files,
                filesTotal,
                bytes / 1048576.0,
                bytesTotal / 1048576.0,
                bytes / 1048576.0 / seconds);
    }

    private void clearLine() {
        if (terminal) {
            err.print("\r\u001b[K");
        }
    }

    /** Waits until all that was submitted has ended. */
    void await() throws StoppedException, InterruptedException {
        room.acquire(AT_ONCE);
        room.release(AT_ONCE);
        synchronized (this) {
            clearLine();
            err.flush();
        }
        requireGoing();
    }

    @Override
    public void close() {
        workers.close();
    }
}
