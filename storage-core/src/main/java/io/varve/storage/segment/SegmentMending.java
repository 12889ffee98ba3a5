package io.varve.storage.segment;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.sealing.FileStart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one good copy of a sealed segment out of two: every record that verifies in the mirror alone, and what is damaged only in the
 * first, is taken from the mirror; everything else is the first copy's. The result takes the first one's name when it is durable and has been
 * read back: a disk may fail between two reads, and then the first copy was the better one. Nothing is written over. A mirror that has another segment by the same name, of which records would lie in those of the first, gives nothing. One
 * thread.
 */
final class SegmentMending {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentMending.class);

    private static final String SUFFIX = ".mending";
    private static final int WINDOW_BYTES = 1 << 20;

    private final DeviceDirectory primary;
    private final DeviceDirectory mirror;
    private final String name;

    /** Where the mirror's bytes are taken. */
    private record Patch(long from, long to) {
        boolean overlaps(Patch other) {
            return from < other.to && other.from < to;
        }
    }

    SegmentMending(DeviceDirectory primary, DeviceDirectory mirror, int segment) {
        this.primary = primary;
        this.mirror = mirror;
        this.name = SegmentNames.name(segment);
    }

    /** How a scan of one copy begins. */
    @FunctionalInterface
    interface Scans {
        SegmentScan of(BlockDevice device) throws IOException;
    }

    /**
     * Writes the good copy beside the first.
     *
     * @return its name, to be given the segment's, and how many records it mends; empty if the mirror has nothing that the first lacks
     */
    Optional<Mended> write(Scans scans) throws IOException {
        if (!mirror.exists(name)) {
            return Optional.empty();
        }
        boolean there = primary.exists(name);
        Found mine = there ? find(primary, name, scans) : new Found(new TreeMap<>(), List.of());
        Found theirs = find(mirror, name, scans);
        List<Patch> patches = new ArrayList<>();
        theirs.intact.forEach((offset, patch) -> {
            if (!mine.intact.containsKey(offset)) {
                patches.add(patch);
            }
        });
        if (patches.stream().anyMatch(mine::holdsPartOf)) {
            LOG.warn("The mirror has another segment by the name {}: nothing is taken from it.", name);
            return Optional.empty();
        }
        int records = patches.size();
        if (!there) {
            // What a sealed segment has in its second block is part of its header; in clear it is some record's.
            patches.add(new Patch(0, Math.min(FileStart.endMax(), AlignedBuffers.roundUp(mirror.size(name)))));
        }
        // Headers of files, and the zeros between groups.
        mine.damaged.stream()
                .filter(patch -> theirs.damaged.stream().noneMatch(patch::overlaps))
                .forEach(patches::add);
        if (patches.isEmpty()) {
            return Optional.empty();
        }
        Set<Integer> wanted = new HashSet<>(mine.intact.keySet());
        patches.stream().limit(records).forEach(patch -> wanted.add((int) patch.from()));
        merge(patches);
        requireIntact(wanted, scans);
        return Optional.of(new Mended(name + SUFFIX, records));
    }

    /**
     * What lies in one copy.
     *
     * @param intact records that verify, by their offsets
     * @param damaged everything that does not
     */
    private record Found(NavigableMap<Integer, Patch> intact, List<Patch> damaged) {
        /** Whether an intact record lies where another one is to go. */
        boolean holdsPartOf(Patch patch) {
            Map.Entry<Integer, Patch> before = intact.lowerEntry((int) patch.to);
            return before != null && before.getValue().overlaps(patch);
        }
    }

    /**
     * A good copy.
     *
     * @param name of its file
     * @param records how many records came from the mirror
     */
    record Mended(String name, int records) {}

    private void requireIntact(Set<Integer> wanted, Scans scans) throws IOException {
        wanted.removeAll(find(primary, name + SUFFIX, scans).intact.keySet());
        if (!wanted.isEmpty()) {
            primary.delete(name + SUFFIX);
            throw new IOException("The segment " + name + " stays as it is: " + wanted.size()
                    + " records that were read from its copies did not arrive in a new one.");
        }
    }

    private static Found find(DeviceDirectory directory, String file, Scans scans) throws IOException {
        NavigableMap<Integer, Patch> intact = new TreeMap<>();
        List<Patch> damaged = new ArrayList<>();
        try (BlockDevice device = directory.open(file);
                SegmentScan scan = scans.of(device)) {
            while (scan.hasNext()) {
                switch (scan.next()) {
                    case ScannedRecord.Intact record ->
                        intact.put(
                                record.address().offset(),
                                new Patch(
                                        record.address().offset(),
                                        record.address().end()));
                    case ScannedRecord.BadPayload record ->
                        damaged.add(new Patch(
                                record.address().offset(), record.address().end()));
                    case ScannedRecord.Damaged range ->
                        damaged.add(new Patch(range.offset(), (long) range.offset() + range.length()));
                }
            }
        }
        return new Found(intact, damaged);
    }

    private void merge(List<Patch> patches) throws IOException {
        String unfinished = name + SUFFIX;
        if (primary.exists(unfinished)) {
            primary.delete(unfinished);
        }
        long size = Math.max(
                primary.exists(name) ? AlignedBuffers.roundUp(primary.size(name)) : 0,
                AlignedBuffers.roundUp(
                        patches.stream().mapToLong(Patch::to).max().orElseThrow()));
        ByteBuffer mine = AlignedBuffers.allocate(WINDOW_BYTES);
        ByteBuffer theirs = AlignedBuffers.allocate(WINDOW_BYTES);
        try (BlockDevice target = primary.create(unfinished)) {
            for (long at = 0; at < size; at += WINDOW_BYTES) {
                int length = (int) Math.min(WINDOW_BYTES, size - at);
                read(primary, at, mine, length);
                read(mirror, at, theirs, length);
                for (Patch patch : patches) {
                    int from = (int) Math.max(0, patch.from() - at);
                    int to = (int) Math.min(length, patch.to() - at);
                    if (from < to) {
                        mine.put(from, theirs, from, to - from);
                    }
                }
                target.write(mine.clear().limit(length), at);
            }
            target.sync();
        }
    }

    /** What cannot be read is zeros: if it is needed, the other copy has it. */
    private void read(DeviceDirectory directory, long at, ByteBuffer buffer, int length) throws IOException {
        buffer.clear().put(new byte[length]).clear();
        if (!directory.exists(name)) {
            return;
        }
        try (BlockDevice device = directory.open(name)) {
            try {
                device.read(buffer.limit(length), at);
            } catch (IOException e) {
                for (int block = 0; block < length; block += BlockDevice.BLOCK) {
                    readBlock(device, at, buffer, block);
                }
            }
        }
        buffer.clear();
    }

    private static void readBlock(BlockDevice device, long at, ByteBuffer buffer, int block) {
        try {
            device.read(buffer.clear().position(block).limit(block + BlockDevice.BLOCK), at + block);
        } catch (IOException ignored) {
            buffer.put(block, new byte[BlockDevice.BLOCK]);
        }
    }
}
