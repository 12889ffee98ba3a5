package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceWindow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One walk through the journal by the rules that {@link Journal} states. A group is shown when it is known whether one follows. */
final class Replay {

    private static final String ADVICE =
            " Nothing was changed. Restore the journal's files from a backup or mirror; what lies before this place is intact.";

    private final DeviceDirectory directory;
    private final GroupFormat format;
    private final List<JournalFile> files;
    private final ByteBuffer buffer;

    /** The last sequence read, the one before its group, and the group if it has not been shown yet. */
    private long last;

    private long beforeLast;
    private @Nullable JournalGroup pending;

    Replay(DeviceDirectory directory, GroupFormat format, List<JournalFile> files, ByteBuffer buffer) {
        this.directory = directory;
        this.format = format;
        this.files = files;
        this.buffer = buffer;
    }

    /** Returns the last sequence that holds. */
    long run(long after, GroupVisitor visitor) throws IOException {
        if (files.isEmpty()) {
            return requireKnown(after, 0);
        }
        int first = firstNeeded(after);
        last = files.get(first).continuesAfter();
        boolean confirmed = true;
        for (int i = first; i < files.size(); i++) {
            long before = last;
            boolean isLast = i + 1 == files.size();
            long until = isLast ? Long.MAX_VALUE : files.get(i + 1).continuesAfter();
            readFile(files.get(i), until, after, visitor);
            confirmed = !isLast || last == before;
        }
        requireKnown(after, last);
        boolean discarded = show(after, visitor, !confirmed);
        return discarded ? beforeLast : last;
    }

    private int firstNeeded(long after) throws CorruptionException {
        if (after < files.getFirst().continuesAfter()) {
            throw new CorruptionException("The journal in " + directory + " begins after commit "
                    + files.getFirst().continuesAfter() + ", but the commits from " + (after + 1)
                    + " on are needed: older files, or a checkpoint, are missing." + ADVICE);
        }
        int first = 0;
        while (first + 1 < files.size() && files.get(first + 1).continuesAfter() <= after) {
            first++;
        }
        return first;
    }

    /** Reads the groups of a file up to a sequence that the next file says must be there. */
    private void readFile(JournalFile file, long until, long after, GroupVisitor visitor) throws IOException {
        try (BlockDevice device = directory.open(file.name())) {
            long size = device.size();
            DeviceWindow window = new DeviceWindow(device, buffer);
            long offset = file.firstOffset();
            while (last < until) {
                Optional<GroupFormat.Found> found = format.read(window, file, offset, size);
                if (found.isEmpty()) {
                    requireEnd(file, window, offset, size, until);
                    return;
                }
                take(file, offset, found.get(), until, after, visitor);
                offset = AlignedBuffers.roundUp(found.get().end());
            }
        }
    }

    private void take(
            JournalFile file, long offset, GroupFormat.Found found, long until, long after, GroupVisitor visitor)
            throws IOException {
        JournalGroup group = found.group();
        if (found.previous() != last || (until != Long.MAX_VALUE && group.lastSequence() > until)) {
            throw new CorruptionException(at(file, offset) + " a group of the commits " + group.firstSequence() + " to "
                    + group.lastSequence() + " says that it follows " + found.previous() + ", but it follows " + last
                    + (until == Long.MAX_VALUE ? "." : ", and the next file continues after " + until + ".") + ADVICE);
        }
        show(after, visitor, false);
        pending = group;
        beforeLast = last;
        last = group.lastSequence();
    }

    /** No group follows: is that how the file may end? */
    private void requireEnd(JournalFile file, DeviceWindow window, long offset, long size, long until)
            throws IOException {
        if (until != Long.MAX_VALUE) {
            throw new CorruptionException(at(file, offset) + " the commits from " + (last + 1) + " to " + until
                    + " should follow, but there is no intact group." + ADVICE);
        }
        for (long later = offset + BlockDevice.BLOCK; later < size; later += BlockDevice.BLOCK) {
            Optional<GroupFormat.Found> found = format.read(window, file, later, size);
            if (found.isPresent()) {
                throw new CorruptionException(at(file, offset) + " a group is damaged: the commits from " + (last + 1)
                        + " to " + found.get().previous() + " were answered, for others follow at " + later + "."
                        + ADVICE);
            }
        }
    }

    /** Returns whether the pending group was discarded. */
    private boolean show(long after, GroupVisitor visitor, boolean inDoubt) throws IOException {
        JournalGroup group = pending;
        pending = null;
        if (group == null || group.lastSequence() <= after) {
            return false;
        }
        List<JournalRecord> records = group.records().stream()
                .filter(record -> record.sequence() > after)
                .toList();
        // What the caller has effects of was answered.
        boolean mayGo = inDoubt && group.firstSequence() > after;
        return switch (visitor.visit(new JournalGroup(records), mayGo)) {
            case KEEP -> false;
            case DISCARD -> {
                if (!mayGo) {
                    throw new IllegalStateException(
                            "The group of the commits from " + group.firstSequence() + " on is not in doubt.");
                }
                yield true;
            }
        };
    }

    private long requireKnown(long after, long known) throws CorruptionException {
        if (after > known) {
            throw new CorruptionException("The journal in " + directory + " ends with commit " + known
                    + ", but the metadata knows commits up to " + after + ": journal files are missing." + ADVICE);
        }
        return known;
    }

    private String at(JournalFile file, long offset) {
        return "In the journal file " + file.name() + " in " + directory + " at offset " + offset;
    }
}
