package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.Compaction;
import io.varve.storage.chunkstore.Compactor;
import io.varve.storage.chunkstore.SegmentUse;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves what lives in a segment elsewhere, step by step; whoever wants it empty deletes it then. */
final class SegmentEmptying {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentEmptying.class);

    private SegmentEmptying() {}

    /**
     * Empties a segment.
     *
     * @param between asked after each step
     * @return how many bytes were moved
     */
    static long run(Compactor compactor, SegmentUse victim, TierMoves.Between between) throws IOException {
        Optional<Compaction> begun = compactor.begin(victim);
        if (begun.isEmpty()) {
            return 0;
        }
        LOG.info(
                "Compacting segment {}: {} of {} bytes are live.",
                victim.segment(),
                victim.liveBytes(),
                victim.fileBytes());
        long moved = 0;
        try (Compaction compaction = begun.get()) {
            Compaction.Step step;
            boolean more;
            do {
                long stepBegun = System.nanoTime();
                step = compaction.step();
                moved += step.bytes();
                more = between.goOn(stepBegun, step.bytes());
            } while (!step.finished() && more);
            if (step.finished() && !compactor.end(victim)) {
                LOG.warn("Segment {} holds chunks that cannot be read, and stays: run ./varve fsck.", victim.segment());
            }
        }
        return moved;
    }
}
