package io.varve.storage.commit;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.journal.CheckpointReader;
import io.varve.storage.journal.CheckpointWriter;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataSnapshot;
import io.varve.storage.metadata.MetadataStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Copies of all metadata in the journal's directory, so that older journal files may go.
 *
 * <p>A checkpoint is a run of metadata batches that make the state when applied to an empty store, Zstd-compressed one by one. The
 * row that says how far the metadata is comes last when a checkpoint is loaded, so a load that was interrupted is known to be
 * unfinished.
 */
public final class MetadataCheckpoints {
    /** Plain bytes in a block: large enough to compress well, small enough to hold a few in memory. */
    private static final long BLOCK_BYTES = 256 << 10;

    private MetadataCheckpoints() {}

    /**
     * Writes the published state and removes what it makes superfluous. Commits go on meanwhile.
     *
     * @return the newest commit in it, 0 if there is none yet
     */
    public static long write(Journal journal, Checkpoints checkpoints, MetadataStore metadata) throws IOException {
        long sequence;
        try (MetadataSnapshot snapshot = metadata.snapshot()) {
            sequence = Recovery.appliedSequence(snapshot);
            if (sequence == 0) {
                return 0;
            }
            try (CheckpointWriter writer = checkpoints.begin(sequence)) {
                Batch batch = new Batch();
                for (Family family : Family.values()) {
                    try (Cursor cursor = snapshot.scan(family, new byte[0], null)) {
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
        // The journal is the metadata's write-ahead log: it may go only as far as the metadata itself is durable.
        metadata.flush();
        journal.roll(sequence);
        requireReadable(checkpoints, journal, sequence);
        checkpoints.keepNewest(1);
        journal.trim(sequence);
        return sequence;
    }

    /** Reads the new checkpoint back before anything it replaces is removed. */
    private static void requireReadable(Checkpoints checkpoints, Journal journal, long sequence) throws IOException {
        try (CheckpointReader reader = checkpoints
                .newest(journal.startsAfter())
                .orElseThrow(() -> new CorruptionException("The checkpoint that was just written is not there."))) {
            if (reader.sequence() != sequence) {
                throw new CorruptionException(
                        "The checkpoint that was just written does not verify; the older one and the"
                                + " journal are kept.");
            }
        }
    }

    /**
     * Loads the newest checkpoint into an empty store.
     *
     * @return its sequence, 0 if there is none
     * @throws CorruptionException if the only checkpoints are damaged
     */
    static long load(Journal journal, Checkpoints checkpoints, MetadataStore metadata) throws IOException {
        Optional<CheckpointReader> newest = checkpoints.newest(journal.startsAfter());
        if (newest.isEmpty()) {
            return 0;
        }
        try (CheckpointReader reader = newest.get()) {
            for (Optional<ByteBuffer> block = reader.next(); block.isPresent(); block = reader.next()) {
                metadata.apply(Batch.decode(CheckpointBlocks.expand(block.get())));
            }
            metadata.apply(Recovery.markApplied(new Batch(), reader.sequence()));
            return reader.sequence();
        }
    }
}
