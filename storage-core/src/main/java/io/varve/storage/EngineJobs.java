package io.varve.storage;

import io.varve.storage.maintenance.Backup;
import io.varve.storage.maintenance.CollectionJob;
import io.varve.storage.maintenance.CompactionJob;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.maintenance.MirrorKeeper;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.maintenance.Upkeep;
import io.varve.storage.namespace.Import;
import io.varve.storage.namespace.Imports;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/** The maintenance that an operator may ask a running store for. Every method starts a job and returns at once. Thread-safe. */
public final class EngineJobs implements Closeable {
    private static final String BACKUP = "backup";
    private static final String ROTATION = "rotate-keys";

    private final Jobs jobs;
    private final Upkeep upkeep;
    private final CollectionJob collection;
    private final CompactionJob compaction;
    private final Backup backup;
    private final Scrubber scrubber;
    private final Optional<MirrorKeeper> mirror;
    private final LiveKeyRotation rotation;

    EngineJobs(
            Jobs jobs,
            Upkeep upkeep,
            CollectionJob collection,
            CompactionJob compaction,
            Backup backup,
            Scrubber scrubber,
            Optional<MirrorKeeper> mirror,
            LiveKeyRotation rotation) {
        this.jobs = jobs;
        this.upkeep = upkeep;
        this.collection = collection;
        this.compaction = compaction;
        this.backup = backup;
        this.scrubber = scrubber;
        this.mirror = mirror;
        this.rotation = rotation;
    }

    /** Frees what nobody refers to, or only counts it. */
    public Jobs.Job collect(boolean dryRun) throws IOException {
        return jobs.start("gc", control -> collection.run(dryRun, control));
    }

    /**
     * Empties segments of which too little is live.
     *
     * @param livePercentMax segments below this share, 0 to 100
     */
    public Jobs.Job compact(int livePercentMax, boolean dryRun) throws IOException {
        return jobs.start("compact", control -> compaction.run(livePercentMax, dryRun, control));
    }

    /** Does everything that is due; see {@link Upkeep#settle}. */
    public Jobs.Job settle(boolean expireNow) throws IOException {
        return jobs.start("settle", control -> {
            control.begin("doing all work that is due", 0);
            return upkeep.settle(expireNow);
        });
    }

    /** Moves chunks that are due between tiers; see {@link io.varve.storage.maintenance.TierMoves}. */
    public Jobs.Job moveTiers(boolean dryRun) throws IOException {
        return jobs.start("tiers", control -> upkeep.moveTiers(dryRun, control));
    }

    /**
     * Copies the store into a directory; see {@link Backup}.
     *
     * @param target on this machine
     */
    public Jobs.Job backup(Path target, boolean dryRun) throws IOException {
        return jobs.start(BACKUP, Set.of(ROTATION), control -> backup.run(target, dryRun, control));
    }

    /**
     * Makes a new master key and wraps the keys of all files by it. A backup must not have some files from before and the keys from
     * after, or the other way round, so that only one of both runs.
     */
    public Jobs.Job rotateKeys() throws IOException {
        return jobs.start(ROTATION, Set.of(BACKUP), rotation::run);
    }

    /** Reads and verifies every chunk; see {@link Scrubber#scrub}. */
    public Jobs.Job scrub(boolean dryRun, boolean correctCounts) throws IOException {
        return jobs.start("scrub", control -> scrubber.scrub(dryRun, correctCounts, control));
    }

    /**
     * Makes the mirror fresh if it is stale; see {@link MirrorKeeper#sync}.
     *
     * @throws IOException if there is none
     */
    public Jobs.Job mirror() throws IOException {
        MirrorKeeper keeper = mirror.orElseThrow(() ->
                new IOException("There is no mirror: set varve.mirror.dir, and see that the directory is there."));
        return jobs.start("mirror", keeper::sync);
    }

    /**
     * Brings a folder or bucket back; see {@link Restores}. Cancelled, it leaves everything as it was.
     *
     * @param restores what does it
     * @param past the moment
     */
    public Jobs.Job restore(Restores restores, PastView past, Restores.Request request, WriteOptions options)
            throws IOException {
        return jobs.start("restore", control -> {
            control.begin("entries brought back", 0);
            try {
                PutResult result = restores.restore(past, request, options, count -> {
                    control.advance(count - control.done());
                    if (control.isCancelled()) {
                        throw new StorageException.Busy("The restore was cancelled.", new CancellationException());
                    }
                });
                return new RestoreReport(result.entry().path().toString(), result.created(), control.done());
            } catch (StorageException e) {
                control.requireWanted();
                throw new IOException(e.getMessage(), e);
            }
        });
    }

    /** Takes an import back; see {@link Imports#rollback}. */
    public Jobs.Job rollback(Imports imports, Import which) throws IOException {
        return jobs.start("import-rollback", control -> {
            control.begin("files looked at", 0);
            try {
                return imports.rollback(which, WriteOptions.keys("operator"), count -> {
                    control.advance(count - control.done());
                    if (control.isCancelled()) {
                        throw new StorageException.Busy("The rollback was cancelled.", new CancellationException());
                    }
                });
            } catch (StorageException e) {
                control.requireWanted();
                throw new IOException(e.getMessage(), e);
            }
        });
    }

    /**
     * What a restore did.
     *
     * @param path what was restored
     * @param created whether nothing was there before
     * @param entries how many files and folders it holds
     */
    public record RestoreReport(String path, boolean created, long entries) {}

    /** All jobs that are remembered, the newest first. */
    public List<Jobs.Job> list() {
        return jobs.list();
    }

    /** A job, if it is remembered. */
    public Optional<Jobs.Job> find(long id) {
        return jobs.find(id);
    }

    /** Asks a job to stop at its next step; false if there is no such job that runs. */
    public boolean cancel(long id) {
        return jobs.cancel(id);
    }

    @Override
    public void close() {
        jobs.close();
    }
}
