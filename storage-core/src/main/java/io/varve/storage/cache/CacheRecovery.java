package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.ReadRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a cache file holds: from the footers of its sealed segments, and from the headers of the entries in the few that were
 * open. Of several records of a key the one of the highest sequence number holds. Data is not read: whoever asks for an entry verifies it.
 *
 * <p>A segment whose header and footer are both damaged may have held newer values of what others have, or its deletion; then nothing is
 * taken from the file.
 */
final class CacheRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(CacheRecovery.class);

    private static final int SEGMENTS_AT_ONCE = 32;

    /** The end of a segment that is read at first: room for the rows of a thousand entries. */
    private static final int TAIL_BYTES = 32 << 10;

    /** What is made room for at once, at most: 128 MiB of slots. */
    private static final long RECORDS_EXPECTED_MAX = 8 << 20;

    private final CacheParts parts;
    private final CacheWriter writer;
    private final SegmentScan scan;
    private final List<Known> known = new ArrayList<>();
    private long sequence;
    private boolean uncertain;

    /** A segment that holds something. */
    private record Known(int segment, long fill, boolean main, SegmentTable.Contents contents) {}

    CacheRecovery(CacheParts parts, CacheWriter writer) {
        this.parts = parts;
        this.writer = writer;
        this.scan = new SegmentScan(parts);
    }

    /**
     * Fills index and table.
     *
     * @param segments how many the file reaches to
     * @return false if nothing of it can be trusted
     */
    boolean recover(int segments) throws IOException {
        int tailBytes = Math.min(TAIL_BYTES, parts.segmentBytes() / 2 & -BlockDevice.BLOCK);
        ByteBuffer headers = AlignedBuffers.allocate(SEGMENTS_AT_ONCE * SegmentHeader.BYTES);
        ByteBuffer tails = AlignedBuffers.allocate(SEGMENTS_AT_ONCE * tailBytes);
        for (int first = 0; first < segments; first += SEGMENTS_AT_ONCE) {
            int count = Math.min(SEGMENTS_AT_ONCE, segments - first);
            List<ReadRequest> requests = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                requests.add(new ReadRequest(
                        headers.slice(i * SegmentHeader.BYTES, SegmentHeader.BYTES), parts.position(first + i, 0)));
                requests.add(new ReadRequest(
                        tails.slice(i * tailBytes, tailBytes),
                        parts.position(first + i, parts.segmentBytes() - tailBytes)));
            }
            parts.device().readMany(requests);
            if (first == 0) {
                expect(requests, segments);
            }
            for (int i = 0; i < count; i++) {
                look(first + i, requests.get(2 * i), requests.get(2 * i + 1));
            }
        }
        if (uncertain) {
            parts.index().clear();
            return false;
        }
        finish();
        return true;
    }

    /** Takes the first segments for an example of all. */
    private void expect(List<ReadRequest> requests, int segments) {
        long rows = 0;
        for (int i = 1; i < requests.size(); i += 2) {
            rows += came(requests.get(i))
                    ? Directory.trailer(
                                    requests.get(i).dst().clear(),
                                    parts.superblock().epoch(),
                                    parts.segmentBytes())
                            .map(Directory.Trailer::rows)
                            .orElse(0)
                    : 0;
        }
        parts.index().expect(Math.min(rows * 2 * segments / requests.size(), RECORDS_EXPECTED_MAX));
    }

    private void look(int segment, ReadRequest headRead, ReadRequest tailRead) throws IOException {
        boolean headerCame = came(headRead);
        ByteBuffer head = headRead.dst().clear();
        Optional<SegmentHeader> header =
                headerCame ? SegmentHeader.read(head, parts.superblock(), segment) : Optional.empty();
        if (header.isEmpty() && headerCame && (isZero(head) || SegmentHeader.isOfOther(head, parts.superblock()))) {
            return;
        }
        ByteBuffer tail = tailRead.dst().clear();
        Optional<Directory.Trailer> trailer = came(tailRead)
                ? Directory.trailer(tail, parts.superblock().epoch(), parts.segmentBytes())
                : Optional.empty();
        Optional<Directory> directory = trailer.isPresent()
                        && header.map(SegmentHeader::fill).orElse(trailer.get().fill())
                                == trailer.get().fill()
                ? scan.directory(segment, tail, trailer.get())
                : Optional.empty();
        if (directory.isPresent()) {
            boolean main = header.map(SegmentHeader::main).orElse(true);
            int used = used(directory.get());
            take(segment, trailer.orElseThrow().fill(), main, directory.get(), used);
        } else if (header.isPresent()) {
            lookInto(segment, header.get());
        } else {
            LOG.warn("Segment {} of the disk cache is damaged at both ends.", segment);
            uncertain = true;
        }
    }

    private static int used(Directory directory) {
        int used = SegmentHeader.BYTES;
        for (int row = 0; row < directory.count(); row++) {
            used = Math.max(used, directory.offset(row) + directory.bytes(row));
        }
        return used;
    }

    /** A segment that was open, or whose footer is damaged, gets a footer of what is intact in it. */
    private void lookInto(int segment, SegmentHeader header) throws IOException {
        SegmentScan.Found found = scan.scan(segment, header.fill());
        take(segment, header.fill(), header.main(), found.directory(), found.used());
        try {
            writer.writeFooter(
                    new CacheWriter.Seal(segment, header.fill(), found.directory(), found.used(), header.main()));
        } catch (IOException e) {
            LOG.info("Segment {} of the disk cache stays without a footer: {}", segment, e.getMessage());
        }
    }

    /** At or beyond the file's end nothing comes, which is as good as zeros; an error is not. */
    private static boolean came(ReadRequest request) {
        try {
            int bytes = request.bytesRead();
            ByteBuffer dst = request.dst();
            for (int at = bytes; at < dst.capacity(); at++) {
                dst.put(at, (byte) 0);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isZero(ByteBuffer block) {
        for (int at = 0; at < block.capacity(); at += Long.BYTES) {
            if (block.getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private void take(int segment, long fill, boolean main, Directory directory, int used) {
        long now = parts.nowMillis() / 1000;
        for (int row = 0; row < directory.count(); row++) {
            long expires = directory.expiresSeconds(row);
            boolean over = expires != 0 && expires <= now;
            parts.index()
                    .recover(
                            directory.hash(row),
                            over ? Slot.tombstone() : directory.word(row, segment),
                            directory.sequence(row));
        }
        sequence = Math.max(sequence, Math.max(directory.sequenceMax(), fill));
        known.add(new Known(segment, fill, main, directory.contents(used)));
    }

    private void finish() {
        known.sort(Comparator.comparingLong(Known::fill));
        for (Known segment : known) {
            parts.table().fill(segment.segment(), segment.fill());
            parts.table().seal(segment.segment(), segment.main(), segment.contents());
        }
        parts.index().recovered();
        parts.index().forEach((hash, word) -> parts.table().addLive(Slot.segment(word), 1));
        parts.sequence().set(sequence);
    }
}
