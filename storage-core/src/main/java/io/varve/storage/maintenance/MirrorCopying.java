package io.varve.storage.maintenance;

import static io.varve.storage.io.BlockDevice.BLOCK;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.io.MirroredDirectory;
import io.varve.storage.io.TimedCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over both copies of a store: what differs is mended and copied.
 *
 * <p>A block that cannot be read is no reason to do without a mirror, least of all on a disk that begins to fail: the file is not the same, then. What the
 * mirror has of it has gone into the primary when that was mended; what neither has is zeros in the copy, as good as in the original, and
 * counted. For one thread.
 */
final class MirrorCopying {
    private static final Logger LOG = LoggerFactory.getLogger(MirrorCopying.class);

    private static final String COPYING = ".copying";
    private static final int WINDOW_BYTES = 1 << 20;

    /** How often a block is read before it counts as unreadable. */
    private static final int READS_MAX = 3;

    private final JobControl control;
    private final JobControl ownControl;
    private final ByteBuffer mine = AlignedBuffers.allocate(WINDOW_BYTES);
    private final ByteBuffer theirs = AlignedBuffers.allocate(WINDOW_BYTES);
    private int copied;
    private long bytes;
    private int same;
    private int removed;
    private long unreadable;

    /** Puts a file of the primary together from what is good in both copies. */
    @FunctionalInterface
    interface Mending {
        int mend(String name) throws IOException;
    }

    /** @param ownControl the store's end is the end of it, whoever asked for it */
    MirrorCopying(JobControl control, JobControl ownControl) {
        this.control = control;
        this.ownControl = ownControl;
    }

    private void requireWanted() throws JobControl.CancelledException {
        control.requireWanted();
        ownControl.requireWanted();
    }

    MirrorKeeper.Report report() {
        return new MirrorKeeper.Report(copied, bytes, same, removed, unreadable);
    }

    long total(MirroredDirectory directory) throws IOException {
        long total = 0;
        for (String name : names(directory)) {
            total += directory.size(name);
        }
        return total;
    }

    /** What was there before the mirror took changes again. */
    private static List<String> names(MirroredDirectory directory) throws IOException {
        return directory.list().stream()
                .filter(name -> !name.equals(Mirror.MARKER) && !directory.isBornMirrored(name))
                .toList();
    }

    void copy(MirroredDirectory directory, Mending mending) throws IOException {
        for (String name : names(directory)) {
            try {
                copy(directory, name, mending);
            } catch (NoSuchFileException e) {
                LOG.debug("The file {} was deleted while it was to be copied.", name);
            }
        }
    }

    void copyMissing(MirroredDirectory directory, Mending mending) throws IOException {
        for (String name : names(directory)) {
            try {
                if (!directory.secondary().exists(name) || directory.secondary().size(name) != directory.size(name)) {
                    copy(directory, name, mending);
                }
            } catch (NoSuchFileException e) {
                LOG.debug("The file {} was deleted while it was to be copied.", name);
            }
        }
    }

    private void copy(MirroredDirectory directory, String name, Mending mending) throws IOException {
        if (isSame(directory, name)) {
            same++;
            return;
        }
        mending.mend(name);
        if (directory.isBornMirrored(name) || isSame(directory, name)) {
            return;
        }
        DeviceDirectory to = directory.secondary();
        String unfinished = name + COPYING;
        if (to.exists(unfinished)) {
            to.delete(unfinished);
        }
        long size = AlignedBuffers.roundUp(directory.size(name));
        try (BlockDevice source = directory.open(name);
                BlockDevice target = to.create(unfinished)) {
            for (long at = 0; at < size; at += WINDOW_BYTES) {
                requireWanted();
                int length = (int) Math.min(WINDOW_BYTES, size - at);
                read(source, name, at, length);
                target.write(mine.clear().limit(length), at);
            }
            target.sync();
        }
        to.rename(unfinished, name);
        to.sync();
        directory.copied(name);
        copied++;
        bytes += size;
    }

    /** Fills the window with what can be read; the rest is zeros. */
    private void read(BlockDevice source, String name, long at, int length) throws IOException {
        try {
            if (source.read(mine.clear().limit(length), at) == length) {
                return;
            }
        } catch (IOException e) {
            LOG.warn("The file {} cannot be read in whole at {}: {}", name, at, e.getMessage());
        }
        for (int block = 0; block < length; block += BLOCK) {
            requireWanted();
            if (!readBlock(source, at, block)) {
                unreadable++;
            }
        }
    }

    private boolean readBlock(BlockDevice source, long at, int block) {
        for (int tries = 0; tries < READS_MAX; tries++) {
            mine.clear().put(block, new byte[BLOCK]);
            try {
                source.read(mine.limit(block + BLOCK).position(block), at + block);
                return true;
            } catch (IOException e) {
                LOG.debug("A block could not be read: {}", e.getMessage());
            }
        }
        return false;
    }

    private boolean isSame(MirroredDirectory directory, String name) throws IOException {
        DeviceDirectory to = directory.secondary();
        if (directory.isDoubtful(name) || !to.exists(name) || to.size(name) != directory.size(name)) {
            return false;
        }
        try (BlockDevice source = directory.open(name);
                BlockDevice target = to.open(name)) {
            for (long at = 0; source.read(mine.clear(), at) > 0; at += mine.limit()) {
                requireWanted();
                target.read(theirs.clear(), at);
                mine.flip();
                control.advance(mine.limit());
                if (mine.mismatch(theirs.flip()) >= 0) {
                    return false;
                }
            }
            return true;
        } catch (NoSuchFileException | JobControl.CancelledException | TimedCalls.NotAnsweringException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn("The file {} cannot be compared with its second copy, and is made anew: {}", name, e.getMessage());
            return false;
        }
    }

    /** Removes what the mirror has beyond the primary. */
    void removeOthers(MirroredDirectory directory, List<String> kept) throws IOException {
        Set<String> there = new HashSet<>(directory.list());
        there.addAll(kept);
        there.add(Mirror.UNFINISHED);
        DeviceDirectory to = directory.secondary();
        for (String name : to.list()) {
            if (!there.contains(name) && !directory.exists(name)) {
                to.delete(name);
                removed++;
            }
        }
    }
}
