package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.ReadRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what segments say about themselves, and their entries one after the other. For one thread. */
final class SegmentScan {
    /** Entries that are read as one batch. */
    private static final int ENTRIES_AT_ONCE = 32;

    private final CacheParts parts;

    SegmentScan(CacheParts parts) {
        this.parts = parts;
    }

    /** The directory that a sealed segment's footer has; empty if it does not verify. */
    Optional<Directory> directory(int segment) throws IOException {
        ByteBuffer tail = tail(segment, BlockDevice.BLOCK);
        Optional<Directory.Trailer> trailer =
                Directory.trailer(tail, parts.superblock().epoch(), parts.segmentBytes());
        return trailer.isPresent() && trailer.get().fill() == parts.table().fill(segment)
                ? directory(segment, tail, trailer.get())
                : Optional.empty();
    }

    /**
     * The directory that a trailer announces.
     *
     * @param tail the segment's last bytes, as many as were read
     */
    Optional<Directory> directory(int segment, ByteBuffer tail, Directory.Trailer trailer) throws IOException {
        int bytes = Directory.footerBytes(trailer.rows());
        ByteBuffer all = bytes <= tail.limit() ? tail : tail(segment, bytes);
        try {
            return Optional.of(Directory.read(all, trailer.rows(), parts.segmentBytes()));
        } catch (CorruptionException e) {
            return Optional.empty();
        }
    }

    private ByteBuffer tail(int segment, int bytes) throws IOException {
        ByteBuffer tail = AlignedBuffers.allocate(bytes);
        parts.device().read(tail, parts.position(segment, parts.segmentBytes() - bytes));
        return tail.clear();
    }

    /**
     * Finds the entries of a segment without a footer by their headers. Behind one that is not intact, it looks on at the next block.
     *
     * @return the directory as it was, and where the entries end
     */
    Found scan(int segment, long fill) throws IOException {
        ByteBuffer all = AlignedBuffers.allocate(parts.segmentBytes());
        parts.device().read(all, parts.position(segment, 0));
        all.clear();
        Directory directory = new Directory();
        int used = SegmentHeader.BYTES;
        for (int at = SegmentHeader.BYTES; at < all.limit(); ) {
            int next = (int) Math.min(AlignedBuffers.roundUp(at + 1L), all.limit());
            try {
                EntryHeader header = EntryHeader.read(all, at);
                if (header.fill() == fill && isWhole(header, all, at) && fits(directory, at + header.entryBytes())) {
                    directory.add(header.hash(all, at), header.sequence(), at, header);
                    next = at + header.entryBytes();
                    used = next;
                }
            } catch (CorruptionException e) {
                // Nothing was written here, or not all of it: what follows begins with a block.
            }
            at = next;
        }
        return new Found(directory, used);
    }

    /** What a scan found. */
    record Found(Directory directory, int used) {}

    private static boolean isWhole(EntryHeader header, ByteBuffer all, int at) throws CorruptionException {
        return header.isTombstone() || header.data(all, at).length == header.storedLength();
    }

    private boolean fits(Directory directory, int end) {
        return end <= parts.segmentBytes() - Directory.footerBytes(directory.count() + 1);
    }

    /** Entries of a segment in the order given, each as offset and length. */
    Entries entries(int segment, List<long[]> places) {
        return new Entries(segment, places);
    }

    /** Reads ahead by batches. */
    final class Entries implements AutoCloseable {
        private final int segment;
        private final List<long[]> places;
        private final List<@Nullable ReadRequest> read = new ArrayList<>();
        private int next;

        private Entries(int segment, List<long[]> places) {
            this.segment = segment;
            this.places = places;
        }

        /** The next entry's bytes, valid until the next call; null if it cannot be read. */
        @Nullable
        ByteBuffer next() {
            int within = next % ENTRIES_AT_ONCE;
            if (within == 0) {
                readMore();
            }
            ReadRequest request = read.get(within);
            int offset = (int) places.get(next)[0];
            int length = (int) places.get(next)[1];
            next++;
            if (request == null) {
                return null;
            }
            int at = offset % BlockDevice.BLOCK;
            try {
                return request.bytesRead() < at + length
                        ? null
                        : request.dst().clear().slice(at, length);
            } catch (IOException e) {
                parts.statistics().deviceFailed();
                parts.bypass().failed("The cache file could not be read", e);
                return null;
            }
        }

        private void readMore() {
            close();
            List<ReadRequest> requests = new ArrayList<>();
            for (int i = next; i < Math.min(next + ENTRIES_AT_ONCE, places.size()); i++) {
                int offset = (int) places.get(i)[0];
                int start = offset & -BlockDevice.BLOCK;
                int bytes = (int) AlignedBuffers.roundUp(offset + places.get(i)[1]) - start;
                ByteBuffer buffer = parts.memory().take(bytes);
                ReadRequest request = buffer == null ? null : new ReadRequest(buffer, parts.position(segment, start));
                read.add(request);
                if (request != null) {
                    requests.add(request);
                }
            }
            parts.device().readMany(requests);
        }

        @Override
        public void close() {
            for (ReadRequest request : read) {
                if (request != null) {
                    parts.memory().give(request.dst());
                }
            }
            read.clear();
        }
    }
}
