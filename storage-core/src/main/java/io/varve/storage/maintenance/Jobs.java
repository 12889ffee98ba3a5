package io.varve.storage.maintenance;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintenance that somebody asked for: started, watched, cancelled. One job of a kind at a time; what ended is remembered until so many
 * others have. Thread-safe.
 */
public final class Jobs implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

    /** Ended jobs that are remembered. */
    private static final int REMEMBERED_MAX = 50;

    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    /** What a job can be in. */
    public enum State {
        RUNNING,
        DONE,
        FAILED,
        CANCELLED
    }

    /**
     * A job as it is now.
     *
     * @param id its number
     * @param kind what it does: gc, compact, …
     * @param state whether it runs
     * @param begun when it began
     * @param ended when it ended; null as long as it runs
     * @param phase what it does at the moment, or did last
     * @param done how much of that is done
     * @param total how much of that there is; 0 if nobody knows
     * @param result what it reports, once it is done
     * @param failure why it failed
     */
    public record Job(
            long id,
            String kind,
            State state,
            Instant begun,
            @Nullable Instant ended,
            String phase,
            long done,
            long total,
            @Nullable Object result,
            @Nullable String failure) {}

    /** What a job does. */
    @FunctionalInterface
    public interface Work {
        /**
         * Does it; reports and asks whether to stop through the control.
         *
         * @return what is to be told about it: a record
         */
        Object run(JobControl control) throws IOException;
    }

    /** A job of the same kind runs already. */
    public static final class AlreadyRunningException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        AlreadyRunningException(Job running) {
            super("A job '" + running.kind() + "' runs already: number " + running.id() + ".");
        }
    }

    private final InstantSource clock;
    private final NavigableMap<Long, Running> jobs = new ConcurrentSkipListMap<>();
    private long lastId;
    private boolean closed;

    public Jobs(InstantSource clock) {
        this.clock = clock;
    }

    /** Starts a job that minds none of another kind. */
    public Job start(String kind, Work work) throws IOException {
        return start(kind, Set.of(), work);
    }

    /**
     * Starts a job in the background.
     *
     * @param notBeside kinds of jobs none of which may run beside it; each of them has to name this kind, too
     * @throws AlreadyRunningException if one of this kind runs, or of one of those
     * @throws IOException if the store is closing
     */
    public synchronized Job start(String kind, Set<String> notBeside, Work work) throws IOException {
        for (Running other : jobs.values()) {
            Job snapshot = other.snapshot();
            boolean hinders = snapshot.kind().equals(kind) || notBeside.contains(snapshot.kind());
            if (hinders && snapshot.state() == State.RUNNING) {
                throw new AlreadyRunningException(snapshot);
            }
        }
        if (closed) {
            throw new IOException("The store is closing.");
        }
        Running running = new Running(++lastId, kind, clock.instant());
        jobs.put(running.id, running);
        forgetOldest();
        running.thread = Thread.ofPlatform().daemon().name("varve-job-" + kind).start(() -> running.run(work));
        return running.snapshot();
    }

    /** All jobs that are remembered, the newest first. */
    public List<Job> list() {
        return jobs.descendingMap().values().stream().map(Running::snapshot).toList();
    }

    /** A job, if it is remembered. */
    public Optional<Job> find(long id) {
        return Optional.ofNullable(jobs.get(id)).map(Running::snapshot);
    }

    /**
     * Asks a job to stop at its next step.
     *
     * @return false if there is no such job that runs
     */
    public boolean cancel(long id) {
        Running job = jobs.get(id);
        if (job == null || job.snapshot().state() != State.RUNNING) {
            return false;
        }
        job.control.cancel();
        return true;
    }

    /** Cancels all jobs and waits for their ends. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        jobs.values().forEach(job -> job.control.cancel());
        for (Running job : jobs.values()) {
            job.join();
        }
    }

    private void forgetOldest() {
        long ended = jobs.values().stream()
                .filter(job -> job.snapshot().state() != State.RUNNING)
                .count();
        if (ended > REMEMBERED_MAX) {
            jobs.values().stream()
                    .filter(job -> job.snapshot().state() != State.RUNNING)
                    .findFirst()
                    .ifPresent(job -> jobs.remove(job.id));
        }
    }

    /** A job with its thread. */
    private final class Running {
        private final long id;
        private final String kind;
        private final Instant begun;
        private final JobControl control = new JobControl();
        private volatile @Nullable Thread thread;
        private State state = State.RUNNING;
        private @Nullable Instant ended;
        private @Nullable Object result;
        private @Nullable String failure;

        Running(long id, String kind, Instant begun) {
            this.id = id;
            this.kind = kind;
            this.begun = begun;
        }

        void run(Work work) {
            try {
                end(State.DONE, work.run(control), null);
            } catch (JobControl.CancelledException e) {
                end(State.CANCELLED, null, null);
            } catch (IOException e) {
                LOG.warn("The job '{}' failed: {}", kind, e.getMessage());
                end(State.FAILED, null, e.getMessage());
            } catch (RuntimeException | Error e) {
                LOG.error("The job '{}' failed.", kind, e);
                end(State.FAILED, null, String.valueOf(e.getMessage()));
            }
        }

        private synchronized void end(State how, @Nullable Object what, @Nullable String why) {
            state = how;
            result = what;
            failure = why;
            ended = clock.instant();
        }

        synchronized Job snapshot() {
            return new Job(
                    id, kind, state, begun, ended, control.phase(), control.done(), control.total(), result, failure);
        }

        void join() {
            Thread own = thread;
            try {
                if (own != null && !own.join(CLOSE_MAX)) {
                    LOG.warn("The job '{}' did not end within {} seconds.", kind, CLOSE_MAX.toSeconds());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
