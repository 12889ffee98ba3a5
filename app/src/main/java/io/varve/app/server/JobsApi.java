package io.varve.app.server;

import io.varve.storage.EngineJobs;
import io.varve.storage.StorageEngine;
import io.varve.storage.maintenance.DamageList;
import io.varve.storage.maintenance.Jobs;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/jobs}: maintenance that is started, watched and cancelled; {@code /api/v1/damage}. For administrators only. */
@RestController
@RequestMapping("/api/v1")
class JobsApi extends AdministratorApi {
    /** What a compaction empties that names no share. */
    private static final int LIVE_PERCENT_MAX = 60;

    private static final String KINDS = "gc, compact, settle, scrub, tiers, mirror, rotate-keys or backup";

    private final StorageEngine engine;
    private final EngineJobs jobs;

    /**
     * A job to be started.
     *
     * @param kind {@value #KINDS}
     * @param dryRun whether only to say what would be done
     * @param expireNow for settle: whether to drop all history first that may go
     * @param below for compact: segments of which less is live, in percent
     * @param target for backup: an absolute path on the server's machine
     * @param correctCounts for scrub: whether wrong counts are put right
     */
    record NewJob(
            String kind,
            @Nullable Boolean dryRun,
            @Nullable Boolean expireNow,
            @Nullable Integer below,
            @Nullable String target,
            @Nullable Boolean correctCounts) {}

    JobsApi(StorageEngine engine) {
        super(engine.access());
        this.engine = engine;
        this.jobs = engine.jobs();
    }

    @GetMapping("/jobs")
    List<Jobs.Job> list() {
        return jobs.list();
    }

    @GetMapping("/jobs/{id}")
    ResponseEntity<?> find(@PathVariable long id) {
        Optional<Jobs.Job> job = jobs.find(id);
        return job.isPresent()
                ? ResponseEntity.ok(job.get())
                : problem(HttpStatus.NOT_FOUND, "There is no job " + id + ".");
    }

    /** Files that hold chunks that are damaged and could not be mended. */
    @GetMapping("/damage")
    DamageList damage() throws IOException {
        return engine.damage();
    }

    @PostMapping("/jobs")
    ResponseEntity<?> start(@RequestBody NewJob wanted) throws IOException {
        caller().note("job " + wanted.kind()
                + (Boolean.TRUE.equals(wanted.dryRun()) ? ", dry run" : "")
                + (wanted.target() == null ? "" : ", to " + wanted.target()));
        Optional<Jobs.Job> started = begin(wanted);
        return started.isPresent()
                ? ResponseEntity.accepted().body(started.get())
                : problem(
                        HttpStatus.BAD_REQUEST,
                        "There is no job '" + wanted.kind() + "' with these words: it is " + KINDS
                                + ", and a backup needs an absolute path as target.");
    }

    private Optional<Jobs.Job> begin(NewJob wanted) throws IOException {
        boolean dryRun = Boolean.TRUE.equals(wanted.dryRun());
        int below = wanted.below() == null ? LIVE_PERCENT_MAX : Math.clamp(wanted.below(), 0, 100);
        return switch (wanted.kind()) {
            case "gc" -> Optional.of(jobs.collect(dryRun));
            case "compact" -> Optional.of(jobs.compact(below, dryRun));
            case "scrub" -> Optional.of(jobs.scrub(dryRun, Boolean.TRUE.equals(wanted.correctCounts())));
            case "tiers" -> Optional.of(jobs.moveTiers(dryRun));
            case "mirror" -> Optional.of(jobs.mirror());
            case "rotate-keys" -> Optional.of(jobs.rotateKeys());
            case "settle" -> Optional.of(jobs.settle(Boolean.TRUE.equals(wanted.expireNow())));
            case "backup" -> {
                Optional<Path> target = absolute(wanted.target());
                yield target.isPresent() ? Optional.of(jobs.backup(target.get(), dryRun)) : Optional.empty();
            }
            default -> Optional.empty();
        };
    }

    private static Optional<Path> absolute(@Nullable String target) {
        try {
            return target == null
                    ? Optional.empty()
                    : Optional.of(Path.of(target)).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    @DeleteMapping("/jobs/{id}")
    ResponseEntity<?> cancel(@PathVariable long id) {
        return jobs.cancel(id)
                ? ResponseEntity.accepted().build()
                : problem(HttpStatus.NOT_FOUND, "There is no job " + id + " that runs.");
    }
}
