package io.varve.storage.commit;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.journal.CheckpointReader;
import io.varve.storage.journal.CheckpointWriter;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataSnapshot;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of all metadata in the journal's directory, so that older journal files may go.
 *
 * <p>A checkpoint is a run of metadata batches that make the state when applied to an empty store, Zstd-compressed one by one. The
 * row that says how far the metadata is comes last when a checkpoint is loaded, so a load that was interrupted is known to be
 * unfinished.
 *
 * <p><b>What is kept.</b> A journal file goes only when two checkpoints that verify cover it, because one of them may rot before it is
 * needed: two generations here, or the newest one here and its copy in a second place. The older generation needs the journal behind
 * it. Where that is longer than a checkpoint, another checkpoint is cheaper, and is written at once: all this never takes more than
 * three times the space of a checkpoint.
 *
 * <p>Thread-safe; one checkpoint at a time.
 */
public final class MetadataCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataCheckpoints.class);

    /** Plain bytes in a block: large enough to compress well, small enough to hold a few in memory. */
    private static final long BLOCK_BYTES = 256 << 10;

    /** A journal that grew past this since the last checkpoint is worth another, unless the metadata is larger still. */
    private static final long JOURNAL_BYTES_MAX = 256L << 20;

    /** SYSTEM row: the checkpoint before the newest, 8 bytes big-endian. It is the commit that sets two generations apart. */
    private static final byte[] MARK = "checkpoint".getBytes(StandardCharsets.US_ASCII);

    private final Committer committer;
    private final Journal journal;
    private final Checkpoints checkpoints;
    private final MetadataStore metadata;

    public MetadataCheckpoints(Committer committer, Journal journal, Checkpoints checkpoints, MetadataStore metadata) {
        this.committer = committer;
        this.journal = journal;
        this.checkpoints = checkpoints;
        this.metadata = metadata;
    }

    /**
     * Whether there is reason for a checkpoint: the journal behind the last one has grown large, or something was committed since and
     * the last one is old; or journal and checkpoints are to be encrypted from now on, or not any more.
     *
     * @param interval how old the last one may become
     */
    public synchronized boolean isDue(Instant now, Duration interval) throws IOException {
        List<Long> sequences = checkpoints.sequences();
        long newest = sequences.isEmpty() ? 0 : sequences.getLast();
        if (committer.publishedSequence() > 0 && !isAsNew()) {
            return true;
        }
        if (committer.publishedSequence() <= newest) {
            return false;
        }
        long worth = Math.max(JOURNAL_BYTES_MAX, newest == 0 ? 0 : checkpoints.sizeBytes(newest));
        Instant last = Instant.EPOCH.plus(newest, ChronoUnit.MICROS);
        return journal.bytesAfter(newest) > worth
                || (newest > 0 && !last.plus(interval).isAfter(now));
    }

    /**
     * Writes the published state and removes what it makes superfluous. Commits go on meanwhile. Where older files are encrypted and new ones
     * are not, or the other way round, it is written twice: then none of the older ones is needed any more.
     *
     * @return the newest commit in it, 0 if there is none yet
     * @throws CorruptionException if what was written does not verify; then nothing was removed
     */
    public synchronized long write() throws IOException {
        long sequence = writeOnce();
        if (sequence > 0 && !isAsNew()) {
            mark(sequence);
            sequence = writeOnce();
        }
        return sequence;
    }

    /** Work on files of journal and checkpoints. */
    @FunctionalInterface
    public interface Work {
        void run() throws IOException;
    }

    /** Does something while no checkpoint is written or copied, and no file of the journal goes for one. */
    public synchronized void whileNoneIsWritten(Work work) throws IOException {
        work.run();
    }

    private boolean isAsNew() throws IOException {
        return journal.isAsNew() && checkpoints.isAsNew();
    }

    /** Sets the next generation apart from this one. */
    private void mark(long sequence) throws IOException {
        byte[] before = ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
        committer.commit(commit -> {
            commit.put(Family.SYSTEM, MARK, before);
            return true;
        });
    }

    private long writeOnce() throws IOException {
        long sequence = writeGeneration();
        if (sequence == 0) {
            return 0;
        }
        if (checkpoints.copy(sequence)) {
            checkpoints.keepNewest(1);
            journal.trim(sequence);
            return sequence;
        }
        Optional<Long> older = checkpoints.newestIntactBefore(sequence);
        if (older.isEmpty() || journal.bytesAfter(older.get()) > checkpoints.sizeBytes(sequence)) {
            older = Optional.of(sequence);
            try {
                mark(sequence);
                sequence = writeGeneration();
            } catch (NoSpaceException e) {
                LOG.warn("There is no room for a second checkpoint; the journal before it stays: {}", e.getMessage());
                return sequence;
            }
        }
        checkpoints.keepFrom(older.get());
        journal.trim(older.get());
        return sequence;
    }

    /** Writes one checkpoint, makes it safe to trim the journal through it, and reads it back. */
    private long writeGeneration() throws IOException {
        long sequence;
        try (MetadataSnapshot snapshot = metadata.snapshot()) {
            sequence = Recovery.appliedSequence(snapshot);
            if (sequence == 0) {
                return 0;
            }
            writeTo(checkpoints, snapshot, sequence);
        }
        // The journal is the metadata's write-ahead log: it may go only as far as the metadata itself is durable.
        metadata.flush();
        journal.roll(sequence);
        if (!checkpoints.isIntact(sequence)) {
            throw new CorruptionException("The checkpoint that was just written does not verify; the older one and the"
                    + " journal are kept.");
        }
        return sequence;
    }

    /** The newest commit in a state, 0 if there is none. */
    public static long sequenceOf(MetadataView state) throws IOException {
        return Recovery.appliedSequence(state);
    }

    /**
     * Writes a state to the checkpoints of any directory.
     *
     * @param sequence the newest commit in the state
     */
    public static void writeTo(Checkpoints target, MetadataView state, long sequence) throws IOException {
        try (CheckpointWriter writer = target.begin(sequence)) {
            Batch batch = new Batch();
            for (Family family : Family.values()) {
                try (Cursor cursor = state.scan(family, new byte[0], null)) {
                    while (cursor.next()) {
                        if (Recovery.isAppliedRow(family, cursor.key())) {
                            continue;
                        }
                        batch.put(family, cursor.key(), cursor.value());
                        if (batch.sizeBytes() >= BLOCK_BYTES) {
                            writer.write(CheckpointBlocks.compress(batch.encode()));
                            batch = new Batch();
                        }
                    }
                }
            }
            if (!batch.isEmpty()) {
                writer.write(CheckpointBlocks.compress(batch.encode()));
            }
            writer.commit();
        }
    }

    /** Loads a checkpoint into an empty store. */
    static void load(CheckpointReader reader, MetadataStore metadata) throws IOException {
        for (Optional<ByteBuffer> block = reader.next(); block.isPresent(); block = reader.next()) {
            metadata.apply(Batch.decode(CheckpointBlocks.expand(block.get())));
        }
        metadata.apply(Recovery.markApplied(new Batch(), reader.sequence()));
    }
}
