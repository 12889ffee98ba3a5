package io.varve.storage.commit;

import io.varve.storage.io.CorruptionException;
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
        } catch (CorruptionException e) {
            LOG.warn("The metadata is damaged and is rebuilt from the journal: {}", e.getMessage());
            if (metadata != null) {
                metadata.close();
            }
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

    private static Result bringUpToDate(
            Journal journal, Checkpoints checkpoints, MetadataStore metadata, TailCheck check, boolean rebuilt)
            throws IOException {
        long applied = appliedSequence(metadata);
        if (applied == 0) {
            applied = MetadataCheckpoints.load(journal, checkpoints, metadata);
        }
        Replay replay = new Replay(metadata, check, applied);
        journal.replay(applied, replay);
        long last = replay.applied;
        if (replay.commits > 0) {
            LOG.info("Replayed {} commits from the journal.", replay.commits);
        }
        return new Result(metadata, last, replay.commits, rebuilt);
    }

    /** The newest commit that is in the metadata, 0 if none is. */
    static long appliedSequence(MetadataView metadata) throws IOException {
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

    /** Applies the journal's groups in order. */
    private static final class Replay implements GroupVisitor {
        private final MetadataStore metadata;
        private final TailCheck check;
        private long applied;
        private long commits;

        Replay(MetadataStore metadata, TailCheck check, long applied) {
            this.metadata = metadata;
            this.check = check;
            this.applied = applied;
        }

        @Override
        public Verdict visit(JournalGroup group, boolean inDoubt) throws IOException {
            if (inDoubt) {
                for (JournalRecord record : group.records()) {
                    if (!check.isWhole(Batch.decode(record.payload()))) {
                        LOG.info(
                                "The last group of {} commits never reached the disk whole and is dropped.",
                                group.records().size());
                        return Verdict.DISCARD;
                    }
                }
            }
            for (JournalRecord record : group.records()) {
                metadata.apply(markApplied(Batch.decode(record.payload()), record.sequence()));
                applied = record.sequence();
                commits++;
            }
            return Verdict.KEEP;
        }
    }
}
