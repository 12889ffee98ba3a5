package io.varve.storage.cache;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a cache file: reads its superblock or makes one, fits it to the size that is wanted, and recovers what is in it. */
final class CacheOpening {
    private static final Logger LOG = LoggerFactory.getLogger(CacheOpening.class);

    /**
     * Each opening gives out numbers that none before has, also not for what a crash has lost the beginning of: its rest may lie where
     * something else is written now.
     */
    private static final int GENERATION_SHIFT = 32;

    private final BlockDevice device;
    private final DeviceDirectory directory;
    private final RawCacheOptions options;
    private final InstantSource clock;

    CacheOpening(BlockDevice device, DeviceDirectory directory, RawCacheOptions options, InstantSource clock) {
        this.device = device;
        this.directory = directory;
        this.options = options;
        this.clock = clock;
    }

    RawCache open(boolean threaded) throws IOException {
        Optional<Superblock> found = Superblock.read(device, options.owner());
        // The time tells this file's epochs and generations from those of one that lay here before and lost its
        // superblocks.
        Superblock superblock = found.orElseGet(() -> new Superblock(
                options.owner(),
                clock.millis() / 1000,
                clock.millis(),
                options.segmentBytes(),
                segments(options.segmentBytes()),
                Optional.empty()));
        int wanted = segments(superblock.segmentBytes());
        // One that becomes smaller is opened as it was, and emptied from behind.
        superblock = superblock.withSegments(Math.max(wanted, superblock.segmentCount()));
        cutTo(superblock);
        int inFile = segmentsInFile(superblock);
        SegmentTable table = new SegmentTable(superblock.segmentCount(), inFile, this::mayGrow);
        CacheParts parts = new CacheParts(device, options, clock, superblock, table);
        CacheWriter writer = new CacheWriter(parts, threaded);
        try {
            parts.writeTwice(superblock.next(Optional.empty()));
            if (found.isPresent() && !new CacheRecovery(parts, writer).recover(inFile)) {
                LOG.warn("The disk cache starts empty, because it is damaged.");
                writer.clear();
            }
            parts.sequence().accumulateAndGet(parts.superblock().generation() << GENERATION_SHIFT, Math::max);
            if (wanted < superblock.segmentCount()) {
                writer.shrink(wanted);
            }
            writer.provideRoom();
            return RawCache.of(parts, writer);
        } catch (IOException | RuntimeException | Error e) {
            writer.close();
            throw e;
        }
    }

    private int segments(int segmentBytes) {
        return Math.clamp(options.bytes() / segmentBytes, 1, Slot.SEGMENTS_MAX);
    }

    /** Gives back what a smaller cache does not need any more. */
    private void cutTo(Superblock superblock) throws IOException {
        long end = superblock.positionOf(superblock.segmentCount());
        if (device.size() > end) {
            device.truncate(end);
        }
    }

    private int segmentsInFile(Superblock superblock) throws IOException {
        long bytes = Math.max(0, device.size() - Superblock.SEGMENTS_AT);
        long segments = (bytes + superblock.segmentBytes() - 1) / superblock.segmentBytes();
        return (int) Math.min(segments, superblock.segmentCount());
    }

    private boolean mayGrow() {
        try {
            // Two segments may be open, of which the file has only a part yet.
            return directory.usableBytes() - 3L * options.segmentBytes() >= options.reservedBytes();
        } catch (IOException e) {
            return false;
        }
    }
}
