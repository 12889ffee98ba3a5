package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    static final int BLOCK_HEADER_BYTES = 8;
    static final int FOOTER_BYTES = 36;

    /** Stands where a block's length would. */
    static final int FOOTER_MARK = -1;

    private static final int BUFFER_BYTES = 1 << 20;
    private static final String SUFFIX = ".ckp";
    private static final Pattern NAME = Pattern.compile("[0-7][0-9a-f]{15}\\.ckp");
    private static final Pattern TEMPORARY_NAME = Pattern.compile("[0-7][0-9a-f]{15}\\.ckp\\.tmp");

    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    private final DeviceDirectory directory;
    private final Optional<DeviceDirectory> secondPlace;
    private final UUID storeId;
    private final Sealing sealing;

    private Checkpoints(
            DeviceDirectory directory, Optional<DeviceDirectory> secondPlace, UUID storeId, Sealing sealing) {
        this.directory = directory;
        this.secondPlace = secondPlace;
        this.storeId = storeId;
        this.sealing = sealing;
    }

    /** Opens the checkpoints of a directory, whose sole user this is. What a crash left of an unfinished one is removed. */
    public static Checkpoints open(DeviceDirectory directory, UUID storeId) throws IOException {
        return open(directory, Optional.empty(), storeId, Sealing.NONE);
    }

    /**
     * Opens the checkpoints of a directory, whose sole user this is, with a second place for copies. What a crash left of an
     * unfinished one is removed.
     *
     * @param secondPlace a directory on another disk; what goes wrong there never stops anything
     * @param sealing whether new checkpoints are sealed, and what opens those that are
     */
    public static Checkpoints open(
            DeviceDirectory directory, Optional<DeviceDirectory> secondPlace, UUID storeId, Sealing sealing)
            throws IOException {
        JournalFile.removeUnfinished(directory, TEMPORARY_NAME);
        return new Checkpoints(directory, secondPlace, storeId, sealing);
    }

    /** The sequences of all checkpoints, in ascending order, whether they are intact or not. */
    public List<Long> sequences() throws IOException {
        return sequences(directory);
    }

    private static List<Long> sequences(DeviceDirectory directory) throws IOException {
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
        return new CheckpointWriter(directory, storeId, sealing, sequence, AlignedBuffers.allocate(BUFFER_BYTES));
    }

    /**
     * The newest checkpoint that is intact: its whole file has been read and verified. Damaged ones are passed over as long as the
     * journal has everything behind an older one, or the second place has one that is intact.
     *
     * @param journalStartsAfter {@link Journal#startsAfter}
     * @return nothing if there is none at all
     * @throws CorruptionException if the ones that would do are damaged; names them all
     * @throws IOException if the disk fails, or a file is of another store or of a newer format
     */
    public Optional<CheckpointReader> newest(long journalStartsAfter) throws IOException {
        List<CorruptionException> damage = new ArrayList<>();
        Optional<CheckpointReader> here = newestIn(directory, journalStartsAfter, damage);
        if (here.isPresent() || (damage.isEmpty() && journalStartsAfter == 0)) {
            return here;
        }
        if (secondPlace.isPresent()) {
            Optional<CheckpointReader> copy = newestIn(secondPlace.get(), journalStartsAfter, damage);
            if (copy.isPresent() && copy.get().sequence() >= journalStartsAfter) {
                return copy;
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

    private Optional<CheckpointReader> newestIn(
            DeviceDirectory place, long journalStartsAfter, List<CorruptionException> damage) throws IOException {
        for (long sequence : sequences(place).reversed()) {
            if (!damage.isEmpty() && sequence < journalStartsAfter) {
                break;
            }
            try {
                List<String> passedOver =
                        damage.stream().map(CorruptionException::getMessage).toList();
                return Optional.of(verified(new CheckpointReader(
                        place, storeId, sealing, sequence, AlignedBuffers.allocate(BUFFER_BYTES), passedOver)));
            } catch (CorruptionException e) {
                damage.add(e);
            }
        }
        return Optional.empty();
    }

    /** Reads a whole checkpoint and tells whether it verifies. */
    public boolean isIntact(long sequence) throws IOException {
        return isIntact(directory, sequence);
    }

    private boolean isIntact(DeviceDirectory place, long sequence) throws IOException {
        try {
            verified(new CheckpointReader(
                            place, storeId, sealing, sequence, AlignedBuffers.allocate(BUFFER_BYTES), List.of()))
                    .close();
            return true;
        } catch (CorruptionException e) {
            LOG.warn("A checkpoint is damaged: {}", e.getMessage());
            return false;
        }
    }

    /** The newest checkpoint before another that verifies now, after all of it was read. */
    public Optional<Long> newestIntactBefore(long sequence) throws IOException {
        for (long older : sequences().reversed()) {
            if (older < sequence && isIntact(older)) {
                return Optional.of(older);
            }
        }
        return Optional.empty();
    }

    /** Whether all checkpoints are sealed if new ones are, and in clear if they are. */
    public boolean isAsNew() throws IOException {
        if (sealing.keys().isEmpty()) {
            // Without a key there is nothing that is sealed.
            return true;
        }
        for (long sequence : sequences()) {
            if (JournalFiles.isSealed(directory, name(sequence)) != sealing.on()) {
                return false;
            }
        }
        return true;
    }

    /** The size of a checkpoint's file, in bytes. */
    public long sizeBytes(long sequence) throws IOException {
        return directory.size(name(sequence));
    }

    /**
     * Copies a checkpoint to the second place, reads it back there, and removes older copies but the last one.
     *
     * @return whether there is a second place, and the checkpoint lies there now and verifies
     */
    public boolean copy(long sequence) throws IOException {
        if (secondPlace.isEmpty()) {
            return false;
        }
        DeviceDirectory place = secondPlace.get();
        try {
            copy(place, sequence);
            if (!isIntact(place, sequence)) {
                return false;
            }
            List<Long> copies = sequences(place);
            for (long older : copies.subList(0, Math.max(0, copies.size() - 2))) {
                place.delete(name(older));
            }
            return true;
        } catch (IOException e) {
            LOG.warn("The checkpoint could not be copied to {}; two are kept here instead: {}", place, e.getMessage());
            return false;
        }
    }

    private void copy(DeviceDirectory place, long sequence) throws IOException {
        String temporary = temporaryName(sequence);
        if (place.exists(temporary)) {
            place.delete(temporary);
        }
        ByteBuffer buffer = AlignedBuffers.allocate(BUFFER_BYTES);
        try (BlockDevice from = directory.open(name(sequence));
                BlockDevice to = place.create(temporary)) {
            long at = 0;
            while (from.read(buffer.clear(), at) > 0) {
                int length = buffer.position();
                to.write(buffer.flip(), at);
                at += length;
            }
            to.sync();
        }
        place.rename(temporary, name(sequence));
        place.sync();
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

    /** Deletes what is older than a checkpoint, and what is damaged between it and the newest. */
    public void keepFrom(long oldest) throws IOException {
        List<Long> all = sequences();
        for (long sequence : all) {
            if (sequence != oldest && sequence != all.getLast()) {
                directory.delete(name(sequence));
            }
        }
    }

    /** The name of a checkpoint's file. */
    public static String fileName(long sequence) {
        return name(sequence);
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
