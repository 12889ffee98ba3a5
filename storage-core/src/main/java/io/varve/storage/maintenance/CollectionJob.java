package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkCollector;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.GarbageEstimate;
import java.io.IOException;

/** Garbage collection that somebody asked for. */
public final class CollectionJob {
    /** Rows a step touches: a commit of a few milliseconds. */
    private static final int STEP_ROWS = 1000;

    private final ChunkStore chunks;
    private final Upkeep upkeep;

    /**
     * What was freed, or would be.
     *
     * @param dryRun whether nothing was changed
     * @param candidates chunks that were looked at
     * @param chunks chunks that nobody referred to
     * @param bytes their bytes on disk
     * @param segmentsDeleted segment files in which nothing was left
     */
    public record Report(boolean dryRun, long candidates, long chunks, long bytes, long segmentsDeleted) {}

    public CollectionJob(ChunkStore chunks, Upkeep upkeep) {
        this.chunks = chunks;
        this.upkeep = upkeep;
    }

    /** Frees what nobody refers to, or only counts it. */
    public Report run(boolean dryRun, JobControl control) throws IOException {
        if (dryRun) {
            control.begin("counting what is free", 0);
            GarbageEstimate estimate = chunks.garbage();
            return new Report(true, estimate.candidates(), estimate.chunks(), estimate.bytes(), 0);
        }
        long candidates = chunks.candidates();
        control.begin("freeing chunks", candidates);
        return upkeep.exclusively(() -> collect(candidates, control));
    }

    private Report collect(long candidates, JobControl control) throws IOException {
        ChunkCollector collector = chunks.collector();
        long freed = 0;
        long bytes = 0;
        long freedInPass;
        do {
            freedInPass = 0;
            ChunkCollector.Step step;
            do {
                control.requireWanted();
                step = collector.step(STEP_ROWS);
                freedInPass += step.chunks();
                bytes += step.bytes();
                upkeep.collected(step);
                control.advance(STEP_ROWS);
            } while (!step.finished());
            freed += freedInPass;
            // A freed page's children became candidates: go round until a pass frees nothing.
        } while (freedInPass > 0);
        return new Report(false, candidates, freed, bytes, collector.deleteEmptySegments());
    }
}
