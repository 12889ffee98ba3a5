package io.varve.storage.segment;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * The second copies of segments, where records are looked for that do not verify in the first. A record is bound to its place and its
 * chunk by checksums, so a mirror that missed something does no harm here: what it has and verifies is right. Thread-safe.
 */
final class MirrorSegments {
    /** Reads at once: they are rare, and their memory is nobody's budget. */
    private static final int READS_MAX = 4;

    private final DeviceDirectory directory;
    private final Semaphore reads = new Semaphore(READS_MAX);
    private final Set<Integer> damaged = ConcurrentHashMap.newKeySet();
    private final LongAdder rescued = new LongAdder();

    MirrorSegments(DeviceDirectory directory) {
        this.directory = directory;
    }

    DeviceDirectory directory() {
        return directory;
    }

    boolean isEmpty() throws IOException {
        return directory.list().stream()
                .allMatch(name -> SegmentNames.parse(name).isEmpty());
    }

    /** Segments whose first copy has something that the second had to stand in for. */
    Set<Integer> damaged() {
        return damaged;
    }

    long rescued() {
        return rescued.sum();
    }

    /**
     * The blocks of a record, if the mirror has them all.
     *
     * @return a buffer from the block on in which the record begins
     */
    Optional<ByteBuffer> read(SegmentAddress address) {
        String name = SegmentNames.name(address.segment());
        long start = address.offset() & -BlockDevice.BLOCK;
        reads.acquireUninterruptibly();
        try (BlockDevice device = directory.open(name)) {
            ByteBuffer blocks = AlignedBuffers.allocate((int) (AlignedBuffers.roundUp(address.end()) - start));
            device.read(blocks, start);
            return blocks.hasRemaining() && start + blocks.position() < address.end()
                    ? Optional.empty()
                    : Optional.of(blocks.clear());
        } catch (IOException e) {
            return Optional.empty();
        } finally {
            reads.release();
        }
    }

    void standIn(int segment) {
        damaged.add(segment);
        rescued.increment();
    }
}
