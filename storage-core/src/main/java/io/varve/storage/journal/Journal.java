package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The log of commits. A group of commits is one aligned write and one sync; it holds when the sync has returned.
 *
 * <p><b>Use.</b> {@link #open}, then {@link #replay} once, then {@link #write} and {@link #sync} in turns. The next group may be written only
 * when all of the group before, chunks included, is durable: therefore only the last group can ever be in doubt.
 *
 * <p><b>What recovery does</b>, group by group from the oldest file that is needed:
 *
 * <ul>
 *   <li>Every file says in its header which sequence it <em>continues after</em>. Groups behind that sequence in earlier files are
 *       void: they failed, or were discarded. Groups up to it must all be there.
 *   <li>A group that is torn at the very end of the last file was never answered and is dropped.
 *   <li>The last group may be whole although the chunks it names were not synced yet. Unless a later file confirms it, the
 *       visitor is told that it is in doubt and may discard it. The next file's header makes that durable.
 *   <li>A bad group before a good one in the last file, or before the sequence that the next file continues after, is damage to
 *       commits that were answered. It is never skipped: {@link io.varve.storage.io.CorruptionException} names file and offset.
 * </ul>
 *
 * <p>Every run writes to a new file, begun with its first group, so whatever a crash left at the end of the old one is never written over.
 * Files get their name when their header is durable. {@link #roll} begins one early, which confirms the last group: do that
 * before {@link #close} when all is well, so that the next start has no doubts.
 *
 * <p><b>Failures.</b> A failed write fails its group alone: the next one goes to a new file that does not continue after it. A failed
 * sync is final: everything but reading throws {@link SyncFailedException} until a restart.
 *
 * <p>Safe for any number of threads; one at a time gets in.
 */
public final class Journal implements Closeable {

    private static final int BUFFER_BYTES = 1 << 20;

    private final DeviceDirectory directory;
    private final UUID storeId;
    private final Sealing sealing;
    private final JournalOptions options;
    private final GroupFormat format;
    private final ByteBuffer buffer;
    private final ReservedSpace reserved;

    /** In their order; the last one is being written if {@code device} is not null. */
    private final List<JournalFile> files;

    private final LongAdder groups = new LongAdder();
    private final LongAdder records = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder syncs = new LongAdder();

    private volatile boolean replayed;
    private volatile long lastSequence;
    private @Nullable BlockDevice device;

    /** What seals the groups of the file that is being written; null in clear. */
    private @Nullable FileSealer sealer;

    private long offset;
    private @Nullable JournalGroup unsynced;
    private long unsyncedEnd;

    /** Whether writing it has made it durable. */
    private boolean durable;

    /** Whether the next group begins a new file: by then, all before it is durable. */
    private boolean rollsNext;

    private boolean closed;
    private @Nullable IOException failedSync;

    private Journal(
            DeviceDirectory directory,
            UUID storeId,
            Sealing sealing,
            JournalOptions options,
            ByteBuffer buffer,
            List<JournalFile> files) {
        this.directory = directory;
        this.storeId = storeId;
        this.sealing = sealing;
        this.options = options;
        this.format = new GroupFormat(storeId);
        this.buffer = buffer;
        this.reserved = new ReservedSpace(options.fileBytes());
        this.files = files;
    }

    /**
     * Opens the journal of a directory, whose sole user this is, and looks at the headers of its files.
     *
     * @param sealing whether new files are sealed, and what opens those that are
     * @throws io.varve.storage.io.CorruptionException if a header is damaged
     * @throws io.varve.storage.sealing.KeyMissingException if a file is sealed under a master key that is not there
     * @throws IOException if the directory cannot be read, or holds files of another store or of a newer format
     */
    public static Journal open(DeviceDirectory directory, UUID storeId, JournalOptions options, Sealing sealing)
            throws IOException {
        ByteBuffer buffer = AlignedBuffers.allocate(BUFFER_BYTES);
        List<JournalFile> files = new ArrayList<>(JournalFile.list(directory, storeId, sealing, buffer));
        return new Journal(directory, storeId, sealing, options, buffer, files);
    }

    /** The sequence behind which the journal has everything; 0 if it has everything from the first commit on. */
    public synchronized long startsAfter() {
        return files.isEmpty() ? 0 : files.getFirst().continuesAfter();
    }

    /**
     * Shows every commit behind a sequence, by the rules of this class. Called once, before anything else is done.
     *
     * @param afterSequence the last commit whose effects the caller has already; 0 for none
     * @throws io.varve.storage.io.CorruptionException if commits that were answered are missing or damaged, or the caller has
     *     effects of commits that the journal does not know
     * @throws IOException if the disk fails, or the visitor throws
     * @throws IllegalStateException if the visitor discards a group that is not in doubt
     */
    public synchronized void replay(long afterSequence, GroupVisitor visitor) throws IOException {
        if (replayed) {
            throw new IllegalStateException("The journal was replayed already.");
        }
        lastSequence = new Replay(directory, format, files, buffer).run(afterSequence, visitor);
        replayed = true;
    }

    /**
     * Writes and syncs a group.
     *
     * @throws IOException as {@link #write} and {@link #sync}
     */
    public synchronized void append(JournalGroup group) throws IOException {
        write(group, true);
        sync();
    }

    /**
     * Writes a group behind the last one, without making it durable.
     *
     * @throws NoSpaceException if the disk is full: the group failed, and the journal is as before
     * @throws SyncFailedException if a sync has failed
     * @throws IOException if the disk fails otherwise: the group failed, and the journal is as before
     * @throws IllegalArgumentException if the group's first sequence is not behind {@link #lastSequence}
     * @throws IllegalStateException before {@link #replay}, or while a written group is not synced
     */
    public synchronized void write(JournalGroup group) throws IOException {
        write(group, false);
    }

    private void write(JournalGroup group, boolean durably) throws IOException {
        requireReady();
        if (unsynced != null) {
            throw new IllegalStateException("The group before this one was not synced.");
        }
        if (group.firstSequence() <= lastSequence) {
            throw new IllegalArgumentException("The group begins with sequence " + group.firstSequence()
                    + ", which is not behind the last one, " + lastSequence + ".");
        }
        int sealed = sealing.on() ? GroupFormat.OVERHEAD : 0;
        long length = AlignedBuffers.roundUp((long) GroupFormat.HEADER_BYTES + group.bytes() + sealed);
        BlockDevice target = device;
        boolean full =
                target != null && offset > files.getLast().firstOffset() && offset + length > options.fileBytes();
        if (target == null || full || rollsNext) {
            target = begin();
        }
        reserved.ensure(target, offset, offset + length);
        PaddedWriter writer = new PaddedWriter(target, buffer, offset);
        try {
            FileSealer seals = sealer;
            long number = files.getLast().number();
            if (seals == null) {
                format.write(group, lastSequence, number, writer);
            } else {
                format.write(group, lastSequence, number, seals, writer);
            }
            // Where the file has to grow, an error would not tell whether the disk is full or has lost something.
            durable = durably && reserved.covers(offset + length) && writer.finishDurably();
            writer.finish();
        } catch (SyncFailedException e) {
            throw failed(e);
        } catch (IOException e) {
            abandon(target);
            throw NoSpaceException.explain(
                    "The journal file " + files.getLast().name() + " from " + offset, length, directory, e);
        }
        unsynced = group;
        unsyncedEnd = writer.position();
    }

    /**
     * Makes the written group durable; does nothing if there is none.
     *
     * @throws SyncFailedException if that failed, now or before
     */
    public synchronized void sync() throws IOException {
        requireReady();
        JournalGroup group = unsynced;
        if (group == null || device == null) {
            return;
        }
        try {
            if (!durable) {
                device.sync();
            }
        } catch (IOException e) {
            throw failed(e);
        }
        durable = false;
        syncs.increment();
        groups.increment();
        records.add(group.records().size());
        bytes.add(unsyncedEnd - offset);
        offset = unsyncedEnd;
        lastSequence = group.lastSequence();
        unsynced = null;
    }

    /**
     * The last sequence that holds.
     *
     * @throws IllegalStateException before {@link #replay}
     */
    public long lastSequence() {
        if (!replayed) {
            throw new IllegalStateException("The journal was not replayed.");
        }
        return lastSequence;
    }

    /**
     * Begins a new file, which confirms the last group and lets {@link #trim} delete the files before; does nothing if the last
     * file is empty still. May be called while groups are being written: if the last group is not known to be durable yet, the next
     * group begins the new file instead.
     *
     * @param durableSequence up to here everything is durable, chunks included
     * @throws IOException as {@link #write}
     */
    public synchronized void roll(long durableSequence) throws IOException {
        requireReady();
        boolean empty = files.isEmpty() || files.getLast().continuesAfter() == lastSequence;
        if (unsynced != null || lastSequence > durableSequence) {
            rollsNext = true;
        } else if (!empty) {
            begin();
        }
    }

    /**
     * Deletes files that hold nothing behind a sequence, the oldest first and durably, so that no gap can come to be. The newest
     * file always stays: it tells where the journal stands.
     *
     * @param throughSequence a durable checkpoint covers everything up to here
     * @return how many files were deleted
     * @throws SyncFailedException if a sync failed, now or before
     * @throws IOException if a file could not be deleted
     */
    public synchronized int trim(long throughSequence) throws IOException {
        requireReady();
        int deleted = 0;
        while (files.size() > 1 && files.get(1).continuesAfter() <= throughSequence) {
            directory.delete(files.getFirst().name());
            files.removeFirst();
            try {
                directory.sync();
            } catch (IOException e) {
                throw failed(e);
            }
            deleted++;
        }
        return deleted;
    }

    /**
     * The size of the files that hold what lies behind a sequence, in bytes.
     *
     * @param sequence one that a file continues after, a checkpoint's; others count the files that begin behind them
     */
    public synchronized long bytesAfter(long sequence) throws IOException {
        long bytes = 0;
        for (JournalFile file : files) {
            if (file.continuesAfter() >= sequence) {
                bytes += directory.size(file.name());
            }
        }
        return bytes;
    }

    /** Whether all files are sealed if new ones are, and in clear if they are. */
    public synchronized boolean isAsNew() {
        return files.stream().allMatch(file -> file.key().isPresent() == sealing.on());
    }

    /**
     * Mends a file that is not written to any more from a second copy; see {@link JournalMending#mend}.
     *
     * @param copies where the second copy lies
     * @return how many groups and headers came from there
     */
    public int mend(String name, DeviceDirectory copies) throws IOException {
        return new JournalMending(directory, copies, storeId, sealing).mend(name);
    }

    public synchronized JournalStatistics statistics() throws IOException {
        long stored = 0;
        for (JournalFile file : files) {
            stored += directory.size(file.name());
        }
        return new JournalStatistics(files.size(), stored, groups.sum(), records.sum(), bytes.sum(), syncs.sum());
    }

    /** Closes the file, and changes no group. One that was not synced is given up. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        leave();
    }

    /** Closes the file that is written, as long as its groups. */
    private void leave() throws IOException {
        BlockDevice left = device;
        device = null;
        if (left != null) {
            try (left) {
                if (unsynced == null && failedSync == null) {
                    reserved.release(left, offset);
                }
            }
        }
    }

    private void requireReady() throws IOException {
        if (closed) {
            throw new IOException("The journal is closed.");
        }
        if (failedSync != null) {
            throw failed(failedSync);
        }
        if (!replayed) {
            throw new IllegalStateException("The journal must be replayed first.");
        }
    }

    /** Begins a new file behind the last group that holds, and leaves the one before. */
    private BlockDevice begin() throws IOException {
        leave();
        long number = files.isEmpty() ? 1 : files.getLast().number() + 1;
        Optional<FileSealer> key = sealing.newKey();
        JournalFile file = new JournalFile(number, lastSequence, key.map(FileSealer::key));
        try {
            file.create(directory, storeId, sealing, key, buffer);
            files.removeIf(earlier -> earlier.continuesAfter() == file.continuesAfter());
            files.add(file);
            BlockDevice opened = directory.open(file.name());
            device = opened;
            sealer = key.orElse(null);
            offset = file.firstOffset();
            reserved.begin(offset);
            rollsNext = false;
            return opened;
        } catch (SyncFailedException e) {
            throw failed(e);
        } catch (IOException e) {
            throw NoSpaceException.explain("The journal file " + file.name(), BlockDevice.BLOCK, directory, e);
        }
    }

    /** Nothing is written to this file any more. Cutting off what the failed write left only tidies up. */
    private void abandon(BlockDevice target) {
        device = null;
        try (target) {
            target.truncate(offset);
        } catch (IOException ignored) {
            // The next file's header makes it void.
        }
    }

    private SyncFailedException failed(IOException cause) {
        failedSync = cause;
        SyncFailedException refusal = new SyncFailedException(
                "The journal takes no more commits since a sync failed, until a restart: " + cause.getMessage());
        refusal.initCause(cause);
        return refusal;
    }
}
