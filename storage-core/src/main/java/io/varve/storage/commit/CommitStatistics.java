package io.varve.storage.commit;

import java.util.concurrent.atomic.LongAdder;

/** Running totals of a committer since it was started. Thread-safe. */
public final class CommitStatistics {
    private final LongAdder commits = new LongAdder();
    private final LongAdder groups = new LongAdder();
    private final LongAdder failures = new LongAdder();

    CommitStatistics() {}

    void committed(int count) {
        commits.add(count);
        groups.increment();
    }

    void failed(int count) {
        failures.add(count);
    }

    /** Commits that were made durable. */
    public long commits() {
        return commits.sum();
    }

    /** Groups they were made durable in: one sync of the journal each. */
    public long groups() {
        return groups.sum();
    }

    /** Commits that could not be written. */
    public long failures() {
        return failures.sum();
    }
}
