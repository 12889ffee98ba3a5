package io.varve.storage.maintenance;

import io.varve.storage.namespace.LifecycleSweep;
import io.varve.storage.namespace.Namespace;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The round's part for buckets' lifecycle rules: walks their versions several times a day, and each time when somebody waits. One run at
 * a time.
 */
final class LifecycleRounds {
    private static final int ROUNDS_PER_DAY = 24;
    private static final Duration INTERVAL_MIN = Duration.ofSeconds(1);

    private final LifecycleSweep sweep;
    private final TierMoves tiers;
    private final Duration interval;
    private final InstantSource clock;
    private Instant next = Instant.MIN;

    /**
     * @param tiers where objects go that get another storage class
     * @param day the length of a day in rules
     */
    LifecycleRounds(Namespace namespace, TierMoves tiers, Duration day, InstantSource clock) {
        this.sweep = namespace.lifecycle(day);
        this.tiers = tiers;
        Duration share = day.dividedBy(ROUNDS_PER_DAY);
        this.interval = share.compareTo(INTERVAL_MIN) < 0 ? INTERVAL_MIN : share;
        this.clock = clock;
    }

    /** From one walk to the next. */
    Duration interval() {
        return interval;
    }

    /** Does what is due. */
    DueFiles.Deleted run(Pace pace) throws IOException {
        long files = 0;
        long bytes = 0;
        if (!pace.patient() || !clock.instant().isBefore(next)) {
            sweep.begin();
            LifecycleSweep.Step step;
            do {
                long begun = System.nanoTime();
                step = sweep.step((content, to) -> tiers.demote(content, to.tier(), (from, moved) -> {
                    pace.giveWay(from);
                    pace.keepRate(from, moved);
                    return !pace.isOver();
                }));
                files += step.versions();
                bytes += step.bytes();
                pace.giveWay(begun);
            } while (!step.finished() && !pace.isOver());
            next = clock.instant().plus(interval);
        }
        return new DueFiles.Deleted(files, bytes);
    }
}
