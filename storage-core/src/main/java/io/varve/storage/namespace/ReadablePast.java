package io.varve.storage.namespace;

import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** The tree at a moment, as far as retention lets it be seen: a bucket whose history has gaps there is refused by name. */
final class ReadablePast extends PastTree {
    private final InstantSource clock;

    ReadablePast(MetadataView view, long moment, InstantSource clock) {
        super(view, moment);
        this.clock = clock;
    }

    /** The same moment, seen with what a commit has staged. */
    ReadablePast over(MetadataView view) {
        return new ReadablePast(view, moment(), clock);
    }

    /**
     * The bucket as it was.
     *
     * @throws StorageException.OutOfHistory if not all of it is left
     */
    @Override
    Optional<BucketRow> bucket(String name) throws IOException {
        Optional<BucketRow> bucket = super.bucket(name);
        if (bucket.isPresent()) {
            long scope = bucket.get().scope();
            if (!HorizonRow.shows(view(), scope, moment(), EntryRow.micros(clock.instant()))) {
                throw new StorageException.OutOfHistory(refusal(name, HorizonRow.read(view(), scope)));
            }
        }
        return bucket;
    }

    private String refusal(String bucket, HorizonRow horizon) {
        Instant asked = EntryRow.instant(moment());
        if (horizon.applied().isNone()) {
            return "'" + bucket + "' keeps no history, so it cannot be shown as it was at " + asked + ".";
        }
        return "'" + bucket + "' cannot be shown as it was at " + asked + ": its history is whole since "
                + EntryRow.instant(horizon.whole()) + " (retention: " + horizon.applied() + ")"
                + (horizon.applied().isThinning()
                        ? ", and before that only the beginnings of the kept hours, days, weeks and months, UTC, can be shown."
                        : ".");
    }
}
