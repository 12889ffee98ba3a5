package io.varve.storage.segment;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.ReadBatch;
import io.varve.storage.io.ReadRequest;
import io.varve.storage.sealing.LentBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads and verifies records. Of a batch, records that lie close together are read in one piece, which on sequential reads saves
 * most of the calls; and all pieces, of whatever files, go out as one batch.
 */
final class SegmentReader {

    /** Up to here, reading what lies between two records is cheaper than another call. */
    private static final int GAP_BYTES_MAX = 16 << 10;

    private static final int PIECE_BYTES_MAX = 1 << 20;

    /** Records that are read in one piece: from the first one's first block to the last one's last. */
    private static final class Piece {
        final int segment;
        final long start;
        long end;
        final List<Integer> members = new ArrayList<>();

        Piece(SegmentAddress first) {
            segment = first.segment();
            start = first.offset() & -BlockDevice.BLOCK;
            end = start;
        }

        int bytes() {
            return (int) (end - start);
        }

        boolean takes(SegmentAddress next) {
            return next.segment() == segment
                    && next.offset() - end <= GAP_BYTES_MAX
                    && AlignedBuffers.roundUp(next.end()) - start <= PIECE_BYTES_MAX;
        }
    }

    private final RecordFormat format;
    private final ReadHandles handles;
    private final ReadBuffers buffers;
    private final SegmentCounters counters;
    private final Optional<MirrorSegments> mirror;
    private final SegmentKeys keys;

    SegmentReader(
            RecordFormat format,
            ReadHandles handles,
            ReadBuffers buffers,
            SegmentCounters counters,
            Optional<MirrorSegments> mirror,
            SegmentKeys keys) {
        this.format = format;
        this.handles = handles;
        this.buffers = buffers;
        this.counters = counters;
        this.mirror = mirror;
        this.keys = keys;
    }

    /** Outcomes in the order of the locations. Throws only where nothing was read: no memory, or an interrupt. */
    List<ChunkRead> read(List<ChunkLocation> locations) throws IOException {
        List<Piece> pieces = pieces(locations);
        List<ByteBuffer> memory =
                buffers.acquire(pieces.stream().map(Piece::bytes).toList());
        List<SharedBuffer> shared =
                memory.stream().map(buffer -> new SharedBuffer(buffer, buffers)).toList();
        ChunkRead[] outcomes = new ChunkRead[locations.size()];
        Map<Integer, ReadHandles.Handle> open = new HashMap<>();
        try {
            ReadBatch batch = new ReadBatch();
            @Nullable ReadRequest[] requests = new ReadRequest[pieces.size()];
            for (int i = 0; i < pieces.size(); i++) {
                Piece piece = pieces.get(i);
                try {
                    ReadHandles.Handle handle = open.get(piece.segment);
                    if (handle == null) {
                        handle = handles.acquire(piece.segment);
                        open.put(piece.segment, handle);
                    }
                    ReadRequest request = new ReadRequest(memory.get(i).clear().limit(piece.bytes()), piece.start);
                    batch.add(handle.device(), List.of(request));
                    requests[i] = request;
                } catch (IOException e) {
                    piece.members.forEach(member -> outcomes[member] = elsewhere(locations.get(member), e));
                }
            }
            batch.perform();
            for (int i = 0; i < pieces.size(); i++) {
                ReadRequest request = requests[i];
                ReadHandles.Handle handle = open.get(pieces.get(i).segment);
                if (request != null && handle != null) {
                    take(pieces.get(i), request, handle.device(), shared.get(i), locations, outcomes);
                }
            }
        } finally {
            open.values().forEach(ReadHandles.Handle::close);
            shared.forEach(SharedBuffer::release);
        }
        return Arrays.asList(outcomes);
    }

    private static List<Piece> pieces(List<ChunkLocation> locations) {
        List<Piece> pieces = new ArrayList<>();
        int[] order = IntStream.range(0, locations.size())
                .boxed()
                .sorted(Comparator.comparing(i -> locations.get(i).address()))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i : order) {
            SegmentAddress address = locations.get(i).address();
            if (pieces.isEmpty() || !pieces.getLast().takes(address)) {
                pieces.add(new Piece(address));
            }
            Piece piece = pieces.getLast();
            piece.members.add(i);
            piece.end = Math.max(piece.end, AlignedBuffers.roundUp(address.end()));
        }
        return pieces;
    }

    private void take(
            Piece piece,
            ReadRequest request,
            BlockDevice device,
            SharedBuffer shared,
            List<ChunkLocation> locations,
            ChunkRead[] outcomes) {
        counters.reads.increment();
        int available = 0;
        boolean failed = false;
        try {
            available = request.bytesRead();
            counters.bytesRead.add(available);
        } catch (IOException ignored) {
            failed = true;
        }
        int[] lengths = new int[piece.members.size()];
        Arrays.fill(lengths, available);
        if (failed) {
            // All are read before the first is opened: neighbours share blocks, and what is opened must not be read
            // over.
            for (int i = 0; i < lengths.length; i++) {
                ChunkLocation location = locations.get(piece.members.get(i));
                try {
                    lengths[i] = readAlone(location.address(), piece, device, shared);
                } catch (IOException e) {
                    outcomes[piece.members.get(i)] = elsewhere(location, e);
                }
            }
        }
        int last = -1;
        for (int i = 0; i < lengths.length; i++) {
            int member = piece.members.get(i);
            ChunkLocation location = locations.get(member);
            if (outcomes[member] != null) {
                continue;
            }
            if (last >= 0 && locations.get(last).equals(location) && outcomes[last] instanceof StoredChunk same) {
                // Members are in the order of the disk. What is opened already cannot be opened again.
                outcomes[member] = same.again();
                continue;
            }
            last = member;
            try {
                outcomes[member] = verified(location, shared, piece.start, lengths[i]);
                counters.recordsRead.increment();
            } catch (IOException e) {
                outcomes[member] = elsewhere(location, e);
            }
        }
    }

    /** One bad block must not take the whole piece with it. Returns how far the piece's buffer is filled for this record. */
    private int readAlone(SegmentAddress address, Piece piece, BlockDevice device, SharedBuffer shared)
            throws IOException {
        long start = address.offset() & -BlockDevice.BLOCK;
        int from = (int) (start - piece.start);
        ByteBuffer blocks = shared.bytes()
                .duplicate()
                .limit((int) (AlignedBuffers.roundUp(address.end()) - piece.start))
                .position(from);
        counters.reads.increment();
        try {
            int length = device.read(blocks, start);
            counters.bytesRead.add(length);
            return from + length;
        } catch (IOException e) {
            throw new IOException("The record " + address + " could not be read: " + e.getMessage(), e);
        }
    }

    private StoredChunk verified(ChunkLocation location, SharedBuffer shared, long start, int available)
            throws IOException {
        SegmentAddress address = location.address();
        int from = (int) (address.offset() - start);
        int payloadFrom = from + RecordFormat.HEADER_BYTES;
        if (payloadFrom + address.storedLength() > available) {
            throw new CorruptionException("The record " + address + " is cut off: the file ends before it does.");
        }
        ByteBuffer headerBytes = shared.bytes().slice(from, RecordFormat.HEADER_BYTES);
        if (RecordFormat.looksSealed(headerBytes)) {
            return opened(location, shared, payloadFrom, headerBytes);
        }
        RecordHeader header =
                format.decode(address.segment(), address.offset(), headerBytes).orElseThrow(() -> noHeader(address));
        requireAsked(location, header.chunk(), header.storedLength());
        ByteBuffer payload =
                shared.bytes().slice(payloadFrom, address.storedLength()).asReadOnlyBuffer();
        if (Checksums.crc32c(payload) != header.storedCrc32c()) {
            throw new CorruptionException("The payload of the record " + address + " is damaged (chunk "
                    + location.fingerprint() + ": its checksum does not match).");
        }
        return new StoredChunk(address, header.chunk(), payload, shared.share());
    }

    /** Opens a sealed record, whose payload then lies in clear where it was read to. */
    private StoredChunk opened(ChunkLocation location, SharedBuffer shared, int payloadFrom, ByteBuffer headerBytes)
            throws IOException {
        SegmentAddress address = location.address();
        RecordFormat.SealedHeader header = format.decodeSealed(address.segment(), address.offset(), headerBytes)
                .orElseThrow(() -> noHeader(address));
        if (header.storedLength() != address.storedLength()) {
            throw new CorruptionException("The record " + address + " has " + header.storedLength() + " bytes.");
        }
        ByteBuffer payload = shared.bytes().slice(payloadFrom, address.storedLength());
        ChunkRecord chunk;
        try (LentBytes plain = keys.of(address.segment()).open(header.number(), header.secret(), payload)) {
            ByteBuffer bytes = plain.bytes();
            chunk = RecordFormat.fields(bytes);
            requireAsked(location, chunk, header.storedLength());
            payload.put(bytes).flip();
        } catch (CorruptionException e) {
            throw new CorruptionException(
                    "The record " + address + " cannot be opened (chunk " + location.fingerprint() + "): "
                            + e.getMessage(),
                    e);
        }
        return new StoredChunk(address, chunk, payload.asReadOnlyBuffer(), shared.share());
    }

    private static CorruptionException noHeader(SegmentAddress address) {
        return new CorruptionException("There is no intact record header " + address + ".");
    }

    private static void requireAsked(ChunkLocation location, ChunkRecord chunk, int storedLength)
            throws CorruptionException {
        SegmentAddress address = location.address();
        if (storedLength != address.storedLength() || !chunk.fingerprint().equals(location.fingerprint())) {
            throw new CorruptionException("The record " + address + " is of chunk " + chunk.fingerprint() + " with "
                    + storedLength + " bytes, not of " + location.fingerprint() + ".");
        }
    }

    /** A record that cannot be had here is looked for in the mirror, where it has to verify like any other. */
    private ChunkRead elsewhere(ChunkLocation location, IOException cause) {
        if (mirror.isPresent()) {
            SegmentAddress address = location.address();
            Optional<ByteBuffer> blocks = mirror.get().read(address);
            if (blocks.isPresent()) {
                try {
                    long start = address.offset() & -BlockDevice.BLOCK;
                    SharedBuffer shared = new SharedBuffer(blocks.get(), null);
                    StoredChunk found =
                            verified(location, shared, start, blocks.get().capacity());
                    mirror.get().standIn(address.segment());
                    return found;
                } catch (IOException e) {
                    cause.addSuppressed(e);
                }
            }
        }
        return unreadable(location.address(), cause);
    }

    private UnreadableChunk unreadable(SegmentAddress address, IOException cause) {
        counters.unreadableRecords.increment();
        return new UnreadableChunk(address, cause);
    }
}
