package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The checkpoints of a store: each is all metadata as of one commit, so that the journal before it may go. They lie beside the
 * journal.
 *
 * <p>A checkpoint gets its name when it is durable as a whole, so one that a crash cut off is never seen. Keeping two, and trimming the
 * journal only through the older one, makes damage to the newest harmless.
 *
 * <p>For one thread at a time.
 */
public final class Checkpoints {

    /** The most bytes that one block may have. */
    public static final int BLOCK_BYTES_MAX = 16 << 20;

    static final String FILE_MAGIC = "VARVECKP";
    static final int VERSION = 1;
    static final int BLOCK_HEADER_BYTES = 8;
    static final int FOOTER_BYTES = 36;

    /** Stands where a block's length would. */
    static final int FOOTER_MARK = -1;

    private static final int BUFFER_BYTES = 1 << 20;
    private static final String SUFFIX = ".ckp";
    private static final Pattern NAME = Pattern.compile("[0-7][0-9a-f]{15}\\.ckp");
    private static final Pattern TEMPORARY_NAME = Pattern.compile("[0-7][0-9a-f]{15}\\.ckp\\.tmp");

    private final DeviceDirectory directory;
    private final UUID storeId;

    private Checkpoints(DeviceDirectory directory, UUID storeId) {
        this.directory = directory;
        this.storeId = storeId;
    }

    /** Opens the checkpoints of a directory, whose sole user this is. What a crash left of an unfinished one is removed. */
    public static Checkpoints open(DeviceDirectory directory, UUID storeId) throws IOException {
        for (String name : directory.list()) {
            if (TEMPORARY_NAME.matcher(name).matches()) {
                directory.delete(name);
            }
        }
        return new Checkpoints(directory, storeId);
    }

    /** The sequences of all checkpoints, in ascending order, whether they are intact or not. */
    public List<Long> sequences() throws IOException {
        return directory.list().stream()
                .filter(name -> NAME.matcher(name).matches())
                .map(name -> HexFormat.fromHexDigitsToLong(name, 0, name.length() - SUFFIX.length()))
                .toList();
    }

    /**
     * Begins a checkpoint.
     *
     * @param sequence the last commit whose effects it has, not negative
     * @throws io.varve.storage.io.NoSpaceException if the disk is full
     */
    public CheckpointWriter begin(long sequence) throws IOException {
        if (sequence < 0) {
            throw new IllegalArgumentException("Sequences are not negative: " + sequence + ".");
        }
        return new CheckpointWriter(directory, storeId, sequence, AlignedBuffers.allocate(BUFFER_BYTES));
    }

    /**
     * The newest checkpoint that is intact: its whole file has been read and verified. Damaged ones are passed over as long as the
     * journal has everything behind an older one.
     *
     * @param journalStartsAfter {@link Journal#startsAfter}
     * @return nothing if there is none at all
     * @throws CorruptionException if the ones that would do are damaged; names them all
     * @throws IOException if the disk fails, or a file is of another store or of a newer format
     */
    public Optional<CheckpointReader> newest(long journalStartsAfter) throws IOException {
        List<CorruptionException> damage = new ArrayList<>();
        for (long sequence : sequences().reversed()) {
            if (!damage.isEmpty() && sequence < journalStartsAfter) {
                break;
            }
            try {
                List<String> passedOver =
                        damage.stream().map(CorruptionException::getMessage).toList();
                CheckpointReader reader = new CheckpointReader(
                        directory, storeId, sequence, AlignedBuffers.allocate(BUFFER_BYTES), passedOver);
                return Optional.of(verified(reader));
            } catch (CorruptionException e) {
                damage.add(e);
            }
        }
        if (damage.isEmpty()) {
            return Optional.empty();
        }
        CorruptionException all =
                new CorruptionException("No usable checkpoint is intact, and the journal begins only after commit "
                        + journalStartsAfter + ": " + damage.getFirst().getMessage()
                        + " Restore the journal directory from a backup or mirror.");
        damage.forEach(all::addSuppressed);
        throw all;
    }

    /**
     * Deletes all but the newest checkpoints. Call it when the newest is durable.
     *
     * @param count how many to keep, at least 1
     * @return the sequence of the oldest one kept, through which the journal may be trimmed; 0 if there is none
     */
    public long keepNewest(int count) throws IOException {
        if (count < 1) {
            throw new IllegalArgumentException("At least one checkpoint is kept, not " + count + ".");
        }
        List<Long> all = sequences();
        int first = Math.max(0, all.size() - count);
        for (long sequence : all.subList(0, first)) {
            directory.delete(name(sequence));
        }
        return all.isEmpty() ? 0 : all.get(first);
    }

    static String name(long sequence) {
        return HexFormat.of().toHexDigits(sequence) + SUFFIX;
    }

    static String temporaryName(long sequence) {
        return name(sequence) + ".tmp";
    }

    private static CheckpointReader verified(CheckpointReader reader) throws IOException {
        try {
            reader.verify();
            return reader;
        } catch (IOException e) {
            try (reader) {
                throw e;
            }
        }
    }
}
