package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codec;
import io.varve.storage.delta.Frame;
import io.varve.storage.delta.FrameBuilder;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Collects neighbouring chunks, writes them as one frame, and says what their rows become. One thread. */
final class FramePacker {
    /** What a record takes beside its payload, in bytes. */
    static final int RECORD_BYTES = 64;

    private final FrameBuilder builder;
    private final int plainBytesMax;
    private final List<Member> members = new ArrayList<>();
    private int plainBytes;
    private long storedBytes;

    /** A chunk that was added. */
    private record Member(Fingerprint chunk, ChunkRow before) {}

    FramePacker(SegmentStore segments) {
        this.builder = new FrameBuilder();
        // What does not compress, with the directory, must still fit a record.
        this.plainBytesMax = Math.min(Frame.PLAIN_BYTES_MAX, segments.payloadBytesMax() / 2);
    }

    /** Whether a chunk of so many bytes still fits. */
    boolean fits(int length) {
        return builder.fits(length) && length <= plainBytesMax - plainBytes;
    }

    /**
     * Adds a chunk.
     *
     * @param row its row in the store
     */
    void add(Fingerprint chunk, ChunkRow row, byte[] plain) {
        ByteBuffer fingerprint = ByteBuffer.wrap(ChunkKeys.chunk(chunk));
        builder.add(fingerprint, Checksums.xxh3(plain, 0, plain.length), plain);
        members.add(new Member(chunk, row));
        plainBytes += plain.length;
        storedBytes += row.storedBytes();
    }

    int members() {
        return members.size();
    }

    int plainBytes() {
        return plainBytes;
    }

    /**
     * Ends the frame and begins the next one.
     *
     * @param sharePercentMax what the frame may take of the bytes that its members take now; else nothing is written
     * @return the members' new rows; none if the frame does not save that much
     */
    List<ChunkSwap> write(SegmentLease lease, int sharePercentMax) throws IOException {
        List<ChunkSwap> swaps = new ArrayList<>(members.size());
        if (!members.isEmpty()) {
            ByteBuffer frame = builder.encode();
            long recordBytes = (long) frame.remaining() + RECORD_BYTES;
            if (recordBytes * 100 <= storedBytes * sharePercentMax) {
                ChunkRecord record =
                        new ChunkRecord(ChunkRecord.NO_CHUNK, plainBytes, Codec.ZSTD.id(), ChunkRecord.FRAME, 0);
                place(lease.append(record, frame), recordBytes, swaps);
            }
        }
        members.clear();
        plainBytes = 0;
        storedBytes = 0;
        return swaps;
    }

    /**
     * Shares are cut at the members' ends, so that they add up to the record whatever is rounded. None is 0, or a segment with one
     * live member would count as empty.
     */
    private void place(SegmentAddress address, long recordBytes, List<ChunkSwap> swaps) {
        long spare = recordBytes - members.size();
        long end = 0;
        long given = 0;
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            end += member.before.plainLength();
            long until = spare * end / plainBytes;
            int share = Math.toIntExact(1 + until - given);
            ChunkRow row = new ChunkRow.Framed(member.before.page(), member.before.plainLength(), address, i, share);
            swaps.add(new ChunkSwap(member.chunk, member.before, row));
            given = until;
        }
    }
}
