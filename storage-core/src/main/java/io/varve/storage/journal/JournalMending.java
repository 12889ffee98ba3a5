package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceWindow;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Mends journal files from second copies of them, whatever state those are in.
 *
 * <p>A file is put together anew, group by group: the first copy's where it is intact, else the second's. Each group's checksum covers its
 * store, file and place, and each must follow the one before by its own word, up to the sequence after which the next file goes on. A copy
 * that was left behind at some moment, or went another way, does not fit into that chain. The new file is durable before it takes the place of the
 * damaged one; nothing is written over. For files that nobody writes to.
 */
public final class JournalMending {
    private static final int WINDOW_BYTES = 1 << 20;

    private final DeviceDirectory directory;
    private final DeviceDirectory copies;
    private final FileStart.Kind kind;
    private final Sealing sealing;
    private final GroupFormat format;
    private final ByteBuffer buffer = AlignedBuffers.allocate(WINDOW_BYTES);
    private final ByteBuffer otherBuffer = AlignedBuffers.allocate(WINDOW_BYTES);

    /**
     * For the journal of one store.
     *
     * @param copies where second copies lie, under the same names
     * @param sealing what opens files that are sealed
     */
    public JournalMending(DeviceDirectory directory, DeviceDirectory copies, UUID storeId, Sealing sealing) {
        this.directory = directory;
        this.copies = copies;
        this.kind = new FileStart.Kind(GroupFormat.FILE_MAGIC, storeId);
        this.sealing = sealing;
        this.format = new GroupFormat(storeId);
    }

    /**
     * A part of a file that is good in one of the copies.
     *
     * @param first whether that is the first one
     */
    private record Piece(BlockDevice source, boolean first, long from, long to) {}

    /**
     * Mends all files.
     *
     * @return how many groups and headers came from the second copies; 0 if nothing was changed
     */
    public int mendAll() throws IOException {
        int taken = 0;
        for (String name : JournalFile.names(directory)) {
            taken += mend(name);
        }
        return taken;
    }

    /**
     * Mends a file, if all of it can be had.
     *
     * @return how many groups and headers came from the second copy; 0 if nothing was changed
     */
    public int mend(String name) throws IOException {
        List<String> names = JournalFile.names(directory);
        int next = names.indexOf(name) + 1;
        if (next == 0 || !copies.exists(name)) {
            return 0;
        }
        long until = next < names.size() ? JournalFile.continuesAfter(names.get(next)) : Long.MAX_VALUE;
        int taken;
        try (BlockDevice mine = directory.open(name);
                BlockDevice theirs = copies.open(name)) {
            List<Piece> pieces = new ArrayList<>();
            taken = assemble(name, until, mine, theirs, pieces);
            if (taken > 0) {
                write(name, pieces);
                requireIntact(name, pieces);
            }
        }
        if (taken > 0) {
            directory.rename(JournalFile.unfinished(name), name);
            directory.sync();
        }
        return taken;
    }

    private int assemble(String name, long until, BlockDevice mine, BlockDevice theirs, List<Piece> pieces)
            throws IOException {
        Optional<FileStart> own = start(name, mine);
        Optional<FileStart> other = start(name, theirs);
        boolean differ = own.isPresent()
                && other.isPresent()
                && !own.get().header().equals(other.get().header());
        Optional<FileStart> start = own.or(() -> other);
        if (start.isEmpty() || differ) {
            return 0;
        }
        pieces.add(new Piece(
                own.isPresent() ? mine : theirs, own.isPresent(), 0, start.get().end()));
        int taken = own.isPresent() ? 0 : 1;
        long last = JournalFile.continuesAfter(name);
        long offset = start.get().end();
        DeviceWindow window = new DeviceWindow(mine, buffer);
        DeviceWindow otherWindow = new DeviceWindow(theirs, otherBuffer);
        while (last < until) {
            Optional<GroupFormat.Found> found = group(window, mine, start.get(), offset, last);
            boolean first = found.isPresent();
            if (!first) {
                found = group(otherWindow, theirs, start.get(), offset, last);
                taken++;
            }
            if (found.isEmpty()) {
                // At the end of the last file there is no more to be had; elsewhere both copies are damaged.
                boolean ended = until == Long.MAX_VALUE && isAll(window, start.get(), mine, pieces);
                return ended ? taken - 1 : 0;
            }
            long end = AlignedBuffers.roundUp(found.get().end());
            pieces.add(new Piece(first ? mine : theirs, first, offset, end));
            offset = end;
            last = found.get().group().lastSequence();
        }
        return last == until ? taken : 0;
    }

    /**
     * Whether what was put together is the first copy's own history: no intact group of it is left out, and if its header is not known, at
     * least one shows that the other copy's is the same.
     */
    private boolean isAll(DeviceWindow window, FileStart start, BlockDevice mine, List<Piece> pieces)
            throws IOException {
        Set<Long> known = new HashSet<>();
        pieces.stream().filter(Piece::first).forEach(piece -> known.add(piece.from()));
        if (known.isEmpty() && mine.size() > start.end()) {
            return false;
        }
        for (long at = start.end(); at < mine.size(); at += BlockDevice.BLOCK) {
            if (!known.contains(at) && intact(window, mine, start, at).isPresent()) {
                return false;
            }
        }
        return true;
    }

    private Optional<FileStart> start(String name, BlockDevice device) {
        try {
            FileStart start = FileStart.read(device, kind, name, sealing);
            return Optional.of(start).filter(found -> found.header().origin() == JournalFile.continuesAfter(name));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The group at an offset, if it is intact and follows that sequence. */
    private Optional<GroupFormat.Found> group(
            DeviceWindow window, BlockDevice device, FileStart start, long offset, long last) {
        return intact(window, device, start, offset).filter(found -> found.previous() == last);
    }

    private Optional<GroupFormat.Found> intact(DeviceWindow window, BlockDevice device, FileStart start, long offset) {
        try {
            return format.read(window, start.header().number(), start.key(), offset, device.size());
        } catch (IOException e) {
            // A block that cannot be read is damage like any other.
            return Optional.empty();
        }
    }

    /** A disk may fail between two reads: what is put in the place of a file has all that was found before. */
    private void requireIntact(String name, List<Piece> pieces) throws IOException {
        String unfinished = JournalFile.unfinished(name);
        boolean intact;
        try (BlockDevice written = directory.open(unfinished)) {
            Optional<FileStart> start = start(name, written);
            DeviceWindow window = new DeviceWindow(written, buffer);
            intact = start.isPresent()
                    && pieces.stream()
                            .skip(1)
                            .allMatch(piece -> intact(window, written, start.get(), piece.from())
                                    .isPresent());
        }
        if (!intact) {
            directory.delete(unfinished);
            throw new IOException("The journal file " + name
                    + " stays as it is: what was read from its copies did not arrive in a new one.");
        }
    }

    private void write(String name, List<Piece> pieces) throws IOException {
        String unfinished = JournalFile.unfinished(name);
        if (directory.exists(unfinished)) {
            directory.delete(unfinished);
        }
        try (BlockDevice target = directory.create(unfinished)) {
            for (Piece piece : pieces) {
                for (long at = piece.from(); at < piece.to(); at += WINDOW_BYTES) {
                    int length = (int) Math.min(WINDOW_BYTES, piece.to() - at);
                    piece.source().read(buffer.clear().limit(length), at);
                    if (buffer.hasRemaining()) {
                        throw new IOException("The journal file " + name + " ended while it was mended.");
                    }
                    target.write(buffer.flip(), at);
                }
            }
            target.sync();
        }
    }
}
