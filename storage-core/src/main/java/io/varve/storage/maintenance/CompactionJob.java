package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkCollector;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.Compactor;
import io.varve.storage.chunkstore.SegmentUse;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.List;

/** Compaction that somebody asked for. */
public final class CompactionJob {
    private final ChunkStore chunks;
    private final SegmentStore segments;
    private final Upkeep upkeep;

    /**
     * What was done, or would be.
     *
     * @param dryRun whether nothing was changed
     * @param segments the segments that were emptied, or would be, with their live share
     * @param bytesMoved live bytes that were written again
     * @param bytesFreed what the files that were deleted took, or would give back
     */
    public record Report(boolean dryRun, List<SegmentUse> segments, long bytesMoved, long bytesFreed) {
        public Report {
            segments = List.copyOf(segments);
        }
    }

    public CompactionJob(ChunkStore chunks, SegmentStore segments, Upkeep upkeep) {
        this.chunks = chunks;
        this.segments = segments;
        this.upkeep = upkeep;
    }

    /**
     * Empties segments of which too little is live.
     *
     * @param livePercentMax segments below this share are emptied, 0 to 100
     */
    public Report run(int livePercentMax, boolean dryRun, JobControl control) throws IOException {
        Compactor compactor = chunks.compactor();
        control.begin("waiting for background work to pause", 0);
        return upkeep.exclusively(() -> {
            if (!dryRun) {
                segments.seal();
            }
            List<SegmentUse> plan = compactor.plan(livePercentMax);
            long live = plan.stream().mapToLong(SegmentUse::liveBytes).sum();
            long files = plan.stream().mapToLong(SegmentUse::fileBytes).sum();
            if (dryRun) {
                return new Report(true, plan, live, files - live);
            }
            control.begin("moving live bytes", live);
            long before = segments.statistics().storedBytes();
            ChunkCollector collector = chunks.collector();
            long moved = 0;
            for (SegmentUse victim : plan) {
                moved += SegmentEmptying.run(compactor, victim, (begun, bytes) -> {
                    control.requireWanted();
                    control.advance(bytes);
                    return true;
                });
                collector.deleteEmptySegments();
            }
            return new Report(
                    false,
                    plan,
                    moved,
                    Math.max(0, before + moved - segments.statistics().storedBytes()));
        });
    }
}
