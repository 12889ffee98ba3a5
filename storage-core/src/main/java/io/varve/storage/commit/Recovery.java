package io.varve.storage.commit;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.journal.CheckpointReader;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.GroupVisitor;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalGroup;
import io.varve.storage.journal.JournalRecord;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.metadata.Staging;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the metadata up to the journal's end: the same steps after a clean stop, a crash, and the loss of all metadata.
 *
 * <p>Trusted: checkpoints and journal groups that verify. Rebuilt: metadata that is missing, damaged or behind. Dropped: a torn
 * group at the journal's end, and a last group whose chunks did not reach the disk; nobody was answered for either. Anything else
 * that does not verify stops the opening with a message that names the file.
 *
 * <p>The metadata store tells how far it is by a row of its own, written in the same atomic batch as every commit.
 */
public final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** SYSTEM row: the newest commit in the metadata, 8 bytes big-endian. */
    private static final byte[] APPLIED = "applied".getBytes(StandardCharsets.US_ASCII);

    private Recovery() {}

    /** How the metadata store is opened, and taken away when it has to be rebuilt. */
    public interface MetadataSource {
        /**
         * Opens the store, making an empty one if there is none.
         *
         * @throws CorruptionException if what is there is damaged
         */
        MetadataStore open() throws IOException;

        /** Removes the store, which is closed, with all it holds. */
        void erase() throws IOException;
    }

    /**
     * What recovery arrived at.
     *
     * @param metadata the store, up to date
     * @param lastSequence the newest commit in it, 0 in a new store
     * @param commitsReplayed commits taken from the journal
     * @param rebuilt whether the metadata was made anew
     */
    public record Result(MetadataStore metadata, long lastSequence, long commitsReplayed, boolean rebuilt) {}

    /** Told now and then how far a long recovery is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Commits are in the metadata.
         *
         * @param commits how many were replayed so far
         * @param sequence the newest of them, or of the checkpoint before them
         */
        void replayed(long commits, long sequence);
    }

    /**
     * What recovery from journal and checkpoints alone would do.
     *
     * @param checkpoint the newest commit in the checkpoint to begin with, 0 if there is none
     * @param passedOver what is wrong with newer checkpoints
     * @param commits how many commits follow in the journal
     * @param lastSequence the newest commit it would arrive at
     * @param dropsLastGroup whether the last group never reached the disk whole; nobody was answered for it
     */
    public record Plan(
            long checkpoint, List<String> passedOver, long commits, long lastSequence, boolean dropsLastGroup) {
        public Plan {
            passedOver = List.copyOf(passedOver);
        }
    }

    /**
     * Opens the metadata and replays what it lacks.
     *
     * @throws CorruptionException if answered commits cannot be read back
     */
    public static Result recover(Journal journal, Checkpoints checkpoints, MetadataSource source, TailCheck check)
            throws IOException {
        MetadataStore metadata = null;
        boolean rebuilt = false;
        try {
            metadata = source.open();
            if (appliedSequence(metadata) == 0 && !isEmpty(metadata)) {
                throw new CorruptionException("The metadata store does not tell how far it is.");
            }
            requireWithinJournal(appliedSequence(metadata), journal, checkpoints);
        } catch (CorruptionException e) {
            LOG.warn("The metadata cannot be used and is rebuilt from checkpoint and journal: {}", e.getMessage());
            if (metadata != null) {
                metadata.close();
            }
            requireAnything(journal, checkpoints, check);
            source.erase();
            metadata = source.open();
            rebuilt = true;
        }
        try {
            return bringUpToDate(journal, checkpoints, metadata, check, rebuilt);
        } catch (IOException | RuntimeException e) {
            metadata.close();
            throw e;
        }
    }

    /** Metadata that was left on another disk for long may lack what the journal has not any more, and a checkpoint has. */
    private static void requireWithinJournal(long applied, Journal journal, Checkpoints checkpoints)
            throws IOException {
        if (applied > 0 && applied < journal.startsAfter()) {
            Optional<CheckpointReader> newer = checkpoints.newest(journal.startsAfter());
            if (newer.isPresent()) {
                newer.get().close();
                throw new CorruptionException("It ends with commit " + applied + ", and the journal begins after "
                        + journal.startsAfter() + ".");
            }
        }
    }

    /**
     * Makes the metadata anew in an empty store.
     *
     * @param empty where to; none only reads all that would be read
     * @throws CorruptionException if answered commits cannot be read back
     */
    public static Plan rebuild(
            Journal journal, Checkpoints checkpoints, Optional<MetadataStore> empty, TailCheck check, Progress progress)
            throws IOException {
        requireAnything(journal, checkpoints, check);
        long checkpoint = 0;
        List<String> passedOver = List.of();
        Optional<CheckpointReader> newest = checkpoints.newest(journal.startsAfter());
        if (newest.isPresent()) {
            try (CheckpointReader reader = newest.get()) {
                checkpoint = reader.sequence();
                passedOver = reader.passedOver();
                if (empty.isPresent()) {
                    MetadataCheckpoints.load(reader, empty.get());
                }
            }
        }
        progress.replayed(0, checkpoint);
        Replay replay = new Replay(empty, check, checkpoint, progress);
        journal.replay(checkpoint, replay);
        return new Plan(checkpoint, passedOver, replay.commits, replay.applied, replay.discarded);
    }

    /** What was lost as a whole looks like a new store, in which every chunk is garbage. */
    private static void requireAnything(Journal journal, Checkpoints checkpoints, TailCheck check) throws IOException {
        if (journal.statistics().files() == 0 && checkpoints.sequences().isEmpty() && !check.isEmpty()) {
            throw new CorruptionException("There are segments with content, but neither a journal nor a checkpoint that"
                    + " says what is in them. Nothing was changed. Put the store's journal directory in its place: is"
                    + " its disk mounted?");
        }
    }

    /**
     * Without its segments the last commits would look as if they never reached the disk, and all content damaged.
     *
     * @param missingMax so many may be lost while there is no other: damage like any other
     */
    private static void requireSegments(MetadataView metadata, TailCheck check, int missingMax) throws IOException {
        if (!check.isEmpty()) {
            return;
        }
        int inUse = 0;
        try (Cursor segments = metadata.scan(Family.SEGMENTS, new byte[0], null)) {
            while (segments.next()) {
                inUse += metadata.counter(Family.SEGMENTS, segments.key()) > 0 ? 1 : 0;
            }
        }
        if (inUse > missingMax) {
            throw new CorruptionException("Content lies in " + inUse + " segments, and not a single one is there."
                    + " Nothing was dropped. Put the store's segments directory in its place: is its disk mounted?"
                    + " If it is lost, restore a backup.");
        }
    }

    private static Result bringUpToDate(
            Journal journal, Checkpoints checkpoints, MetadataStore metadata, TailCheck check, boolean rebuilt)
            throws IOException {
        Progress unseen = (commits, sequence) -> {};
        long applied = appliedSequence(metadata);
        long last;
        long commits;
        if (applied == 0) {
            Plan done = rebuild(journal, checkpoints, Optional.of(metadata), check, unseen);
            done.passedOver().forEach(damage -> LOG.warn("An older checkpoint was used: {}", damage));
            last = done.lastSequence();
            commits = done.commits();
        } else {
            Replay replay = new Replay(Optional.of(metadata), check, applied, unseen);
            journal.replay(applied, replay);
            last = replay.applied;
            commits = replay.commits;
        }
        requireSegments(metadata, check, 1);
        if (commits > 0) {
            LOG.info("Replayed {} commits from the journal.", commits);
        }
        return new Result(metadata, last, commits, rebuilt);
    }

    /** The newest commit that is in the metadata, 0 if none is. */
    public static long appliedSequence(MetadataView metadata) throws IOException {
        byte[] value = metadata.get(Family.SYSTEM, APPLIED);
        return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    }

    /** Stages the row that says how far the metadata is. */
    static void markApplied(Staging staging, long sequence) {
        staging.put(Family.SYSTEM, APPLIED, encode(sequence));
    }

    static Batch markApplied(Batch batch, long sequence) {
        return batch.put(Family.SYSTEM, APPLIED, encode(sequence));
    }

    static boolean isAppliedRow(Family family, byte[] key) {
        return family == Family.SYSTEM && Arrays.equals(key, APPLIED);
    }

    private static byte[] encode(long sequence) {
        return ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
    }

    private static boolean isEmpty(MetadataView metadata) throws IOException {
        for (Family family : Family.values()) {
            try (Cursor cursor = metadata.scan(family, new byte[0], null)) {
                if (cursor.next()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Applies the journal's groups in order; without a store it only reads them. */
    private static final class Replay implements GroupVisitor {
        private static final int COMMITS_PER_REPORT = 1000;

        private final Optional<MetadataStore> metadata;
        private final TailCheck check;
        private final Progress progress;
        private long applied;
        private long commits;
        private boolean discarded;

        Replay(Optional<MetadataStore> metadata, TailCheck check, long applied, Progress progress) {
            this.metadata = metadata;
            this.check = check;
            this.applied = applied;
            this.progress = progress;
        }

        @Override
        public Verdict visit(JournalGroup group, boolean inDoubt) throws IOException {
            if (inDoubt) {
                for (JournalRecord record : group.records()) {
                    if (!check.isWhole(Batch.decode(record.payload()))) {
                        if (metadata.isPresent()) {
                            requireSegments(metadata.get(), check, 0);
                        }
                        LOG.info(
                                "The last group of {} commits never reached the disk whole and is dropped.",
                                group.records().size());
                        discarded = true;
                        return Verdict.DISCARD;
                    }
                }
            }
            for (JournalRecord record : group.records()) {
                Batch batch = Batch.decode(record.payload());
                if (metadata.isPresent()) {
                    metadata.get().apply(markApplied(batch, record.sequence()));
                }
                applied = record.sequence();
                commits++;
                if (commits % COMMITS_PER_REPORT == 0) {
                    progress.replayed(commits, applied);
                }
            }
            return Verdict.KEEP;
        }
    }
}
