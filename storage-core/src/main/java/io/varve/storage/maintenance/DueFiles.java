package io.varve.storage.maintenance;

import io.varve.storage.namespace.TtlSweep;
import java.io.IOException;

/** The round's part for files that go by themselves: deletes those whose time to live has ended. One run at a time. */
final class DueFiles {
    private final TtlSweep sweep;

    DueFiles(TtlSweep sweep) {
        this.sweep = sweep;
    }

    /**
     * What a run deleted.
     *
     * @param files how many files
     * @param bytes the sum of their lengths
     */
    record Deleted(long files, long bytes) {
        Deleted plus(Deleted more) {
            return new Deleted(files + more.files, bytes + more.bytes);
        }
    }

    /** Does what is due; patiently, only so much that the round's other parts get their turn. */
    Deleted run(Pace pace) throws IOException {
        sweep.begin(!pace.patient());
        long files = 0;
        long bytes = 0;
        TtlSweep.Step step;
        do {
            long begun = System.nanoTime();
            step = sweep.step();
            files += step.files();
            bytes += step.bytes();
            pace.giveWay(begun);
        } while (!step.finished() && !pace.isOver());
        return new Deleted(files, bytes);
    }
}
