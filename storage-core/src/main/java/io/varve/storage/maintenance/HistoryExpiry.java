package io.varve.storage.maintenance;

import io.varve.storage.namespace.Expiry;
import io.varve.storage.namespace.Retention;
import java.io.IOException;

/** The round's part for history: ends the versions that nothing keeps any more. One run at a time. */
final class HistoryExpiry {
    private final Retention retention;
    private final int stepRows;

    HistoryExpiry(Retention retention, int stepRows) {
        this.retention = retention;
        this.stepRows = stepRows;
    }

    /**
     * Does all that is due.
     *
     * @param everything whether to end also what is only kept for a while
     * @param pace how hard it may press
     * @return how many versions ended
     */
    long run(boolean everything, Pace pace) throws IOException {
        Expiry expiry = retention.expiry(everything);
        long versions = 0;
        Expiry.Step step;
        do {
            long begun = System.nanoTime();
            step = expiry.step(stepRows);
            versions += step.versions();
            pace.giveWay(begun);
        } while (!step.finished() && !pace.isOver());
        return versions;
    }
}
