package io.varve.storage.segment;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.sealing.FileKey;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The data keys of sealed segments, each read from its file when it is needed first. A header whose both copies are damaged is looked for in the mirror,
 * which has the same. Thread-safe.
 */
final class SegmentKeys {
    private final Sealing sealing;
    private final FileStart.Kind kind;
    private final ReadHandles handles;
    private final Optional<MirrorSegments> mirror;

    /** What is known of segments: a key, or that the segment is in clear. */
    private final Map<Integer, Optional<FileKey>> known = new ConcurrentHashMap<>();

    SegmentKeys(Sealing sealing, UUID storeId, ReadHandles handles, Optional<MirrorSegments> mirror) {
        this.sealing = sealing;
        this.kind = new FileStart.Kind(RecordFormat.FILE_MAGIC, storeId);
        this.handles = handles;
        this.mirror = mirror;
    }

    Sealing sealing() {
        return sealing;
    }

    UUID storeId() {
        return kind.storeId();
    }

    /**
     * The header of a new segment, whose key is known from now on.
     *
     * @param sealer what seals it; null in clear
     */
    ByteBuffer begin(int segment, @Nullable FileSealer sealer) {
        Optional<FileSealer> key = Optional.ofNullable(sealer);
        known.put(segment, key.map(FileSealer::key));
        return kind.begin(segment, 0, sealing, key);
    }

    void forget(int segment) {
        known.remove(segment);
    }

    /**
     * The key of a segment in which sealed records lie.
     *
     * @throws CorruptionException if its header is damaged everywhere
     * @throws IOException if it cannot be read, or the master key is not there
     */
    FileKey of(int segment) throws IOException {
        return look(segment)
                .orElseThrow(() -> new CorruptionException("The segment " + SegmentNames.name(segment)
                        + " has sealed records, but its header says that it is in clear."));
    }

    /** Whether a segment is sealed if new ones are; one of which nobody can tell counts as such, since nothing can be done about it. */
    boolean isAsNew(int segment) throws IOException {
        // Without a key there is nothing that is sealed, and shall be nothing.
        if (sealing.keys().isEmpty()) {
            return true;
        }
        try {
            return look(segment).isPresent() == sealing.on();
        } catch (SegmentMissingException | CorruptionException e) {
            return true;
        }
    }

    /** The sizes of all sealed segments. */
    long sealedBytes(SegmentCatalog catalog) throws IOException {
        long bytes = 0;
        for (int segment : catalog.ids()) {
            try {
                bytes += look(segment).isPresent() ? catalog.bytes(segment) : 0;
            } catch (SegmentMissingException | CorruptionException e) {
                // Deleted since it was listed; or nobody can tell, and scrubs say so.
            }
        }
        return bytes;
    }

    private Optional<FileKey> look(int segment) throws IOException {
        Optional<FileKey> key = known.get(segment);
        if (key == null) {
            key = read(segment);
            known.put(segment, key);
        }
        return key;
    }

    private Optional<FileKey> read(int segment) throws IOException {
        String name = SegmentNames.name(segment);
        IOException failure;
        try (ReadHandles.Handle handle = handles.acquire(segment)) {
            return start(handle.device(), segment);
        } catch (IOException e) {
            failure = e;
        }
        if (mirror.isPresent()) {
            try (BlockDevice device = mirror.get().directory().open(name)) {
                return start(device, segment);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }

    private Optional<FileKey> start(BlockDevice device, int segment) throws IOException {
        FileStart start = FileStart.read(device, kind, SegmentNames.name(segment), sealing);
        if (start.header().number() != segment) {
            throw new CorruptionException("The header of " + SegmentNames.name(segment) + " is that of "
                    + SegmentNames.name((int) start.header().number()) + ".");
        }
        return start.key();
    }
}
