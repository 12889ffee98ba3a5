package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What an operator does with a cache: list, inspect, verify, pin, and evict what has a tag. Thread-safe; runs beside readers and writers. */
public final class CacheUpkeep {
    private final CacheParts parts;
    private final CacheWriter writer;
    private final EntryAppender appender;
    private final ValueReader reader;

    CacheUpkeep(CacheParts parts, CacheWriter writer, EntryAppender appender, ValueReader reader) {
        this.parts = parts;
        this.writer = writer;
        this.appender = appender;
        this.reader = reader;
    }

    /**
     * An entry, as its header has it.
     *
     * @param key its key in hexadecimal digits
     * @param segment where it lies
     * @param offset where in the segment, in bytes
     * @param plainBytes the value's length
     * @param storedBytes its length as stored
     * @param uses how often it was used, as far as the policy counts
     * @param pinned whether it stays
     * @param expiresMillis when it is no longer valid, in milliseconds since 1970; 0 for never
     * @param sequence its number among all that was set
     */
    public record EntryInfo(
            String key,
            int segment,
            int offset,
            int plainBytes,
            long storedBytes,
            int uses,
            boolean pinned,
            long expiresMillis,
            long sequence) {}

    /**
     * What a verification found.
     *
     * @param entries how many entries were read
     * @param bytes how many bytes they have
     * @param damaged how many did not verify, and were let go
     * @param segments in how many segments those were, which are out of use now
     */
    public record Verification(long entries, long bytes, long damaged, int segments) {}

    /** An entry and where it lies; the bytes are null if they cannot be read. */
    private record Visited(
            int segment,
            int offset,
            long hash,
            long word,
            @Nullable ByteBuffer bytes) {}

    /**
     * Lists entries, those of full segments.
     *
     * @param limit how many at most
     */
    public List<EntryInfo> list(int limit) throws IOException {
        List<EntryInfo> listed = new ArrayList<>();
        for (SegmentTable.View view : parts.table().sealed()) {
            if (listed.size() >= limit) {
                break;
            }
            visit(view.segment(), limit - listed.size(), false, (visited, ignored) -> {
                EntryInfo info = visited.bytes == null ? null : info(visited);
                if (info != null) {
                    listed.add(info);
                }
            });
        }
        return listed;
    }

    private @Nullable EntryInfo info(Visited visited) {
        try {
            ByteBuffer bytes = Objects.requireNonNull(visited.bytes);
            EntryHeader header = EntryHeader.read(bytes, 0);
            if (header.isPiece()) {
                return null;
            }
            long storedBytes =
                    header.isList() ? PieceList.read(header.data(bytes, 0)).storedBytes() : header.storedLength();
            return new EntryInfo(
                    HexFormat.of().formatHex(header.key(bytes, 0)),
                    visited.segment,
                    visited.offset,
                    header.plainLength(),
                    storedBytes,
                    Slot.uses(visited.word),
                    Slot.pinned(visited.word),
                    header.expiresMillis(),
                    header.sequence());
        } catch (CorruptionException e) {
            return null;
        }
    }

    /** What the cache has of a key. */
    public Optional<EntryInfo> inspect(byte[] key) throws IOException {
        long hash = EntryHeader.hash(key);
        long word = parts.index().get(hash);
        if (word == Slot.NONE) {
            return Optional.empty();
        }
        int segment = Slot.segment(word);
        int offset = Slot.offset(word);
        ByteBuffer bytes = parts.pending(segment, offset);
        if (bytes == null) {
            int start = offset & -BlockDevice.BLOCK;
            ByteBuffer blocks = AlignedBuffers.allocate(Slot.bytesToRead(word));
            parts.device().read(blocks, parts.position(segment, start));
            bytes = blocks.clear().slice(offset - start, blocks.capacity() - (offset - start));
        }
        return Optional.ofNullable(info(new Visited(segment, offset, hash, word, bytes)));
    }

    /** Reads and verifies the entries of full segments. What is damaged is let go: its next reader has it from where it came from. */
    public Verification verify() throws IOException {
        long[] counts = new long[3];
        int segments = 0;
        for (SegmentTable.View view : parts.table().sealed()) {
            long damagedBefore = counts[2];
            visit(view.segment(), Integer.MAX_VALUE, true, (visited, length) -> {
                counts[0]++;
                counts[1] += length;
                if (!verifies(visited) && parts.forget(visited.hash, visited.word)) {
                    parts.statistics().entryLeft(CacheStatistics.Cause.DAMAGED);
                    parts.doubt();
                    counts[2]++;
                }
            });
            if (counts[2] > damagedBefore) {
                segments++;
                writer.submit(new CacheWriter.Withdraw(view.segment()));
                writer.pump();
            }
        }
        return new Verification(counts[0], counts[1], counts[2], segments);
    }

    private boolean verifies(Visited visited) {
        // No buffer, or a failing device, says nothing about the entry; and it may have moved meanwhile.
        if (visited.bytes == null || !Slot.samePlace(parts.index().get(visited.hash), visited.word)) {
            return true;
        }
        try {
            EntryHeader header = EntryHeader.read(visited.bytes, 0);
            header.data(visited.bytes, 0);
            return header.fill() == parts.table().fill(visited.segment)
                    && header.hash(visited.bytes, 0) == visited.hash;
        } catch (CorruptionException e) {
            return false;
        }
    }

    /** Visits current entries of a segment with their lengths, with or without those that are pieces of a value. */
    private void visit(int segment, int limit, boolean pieces, BiConsumer<Visited, Integer> visitor)
            throws IOException {
        SegmentScan scan = new SegmentScan(parts);
        Optional<Directory> directory = scan.directory(segment);
        if (directory.isEmpty()) {
            return;
        }
        List<Visited> current = new ArrayList<>();
        List<long[]> places = new ArrayList<>();
        for (int row = 0; row < directory.get().count() && current.size() < limit; row++) {
            long hash = directory.get().hash(row);
            long word = parts.index().get(hash);
            int offset = directory.get().offset(row);
            int flags = directory.get().flags(row);
            boolean visible = (flags & EntryHeader.TOMBSTONE) == 0 && (pieces || !EntryHeader.isPiece(flags));
            if (visible && Slot.samePlace(word, directory.get().word(row, segment))) {
                current.add(new Visited(segment, offset, hash, word, null));
                places.add(new long[] {offset, directory.get().bytes(row)});
            }
        }
        try (SegmentScan.Entries entries = scan.entries(segment, places)) {
            for (int i = 0; i < current.size(); i++) {
                Visited found = current.get(i);
                visitor.accept(new Visited(segment, found.offset, found.hash, found.word, entries.next()), (int)
                        places.get(i)[1]);
            }
        }
    }

    /**
     * Evicts what has a tag.
     *
     * @return how many entries
     */
    public int evictTag(String tag) throws IOException {
        writer.finish();
        int wanted = EntryAppender.tagHash(tag);
        int evicted = 0;
        for (SegmentTable.View view : parts.table().sealed()) {
            Optional<Directory> directory = new SegmentScan(parts).directory(view.segment());
            for (int row = 0; row < directory.map(Directory::count).orElse(0); row++) {
                Directory rows = directory.orElseThrow();
                boolean current = rows.tag(row) == wanted
                        && Slot.samePlace(parts.index().get(rows.hash(row)), rows.word(row, view.segment()));
                if (current) {
                    reader.learnPieces(rows.hash(row));
                    appender.delete(rows.hash(row), CacheStatistics.Cause.DELETED);
                    evicted++;
                }
            }
        }
        return evicted;
    }

    /**
     * Keeps an entry from leaving for want of room, or lets it go again. Pins last until the cache is closed or the entry leaves for another
     * reason.
     *
     * @return false if it is not here, or pins hold as much as they may
     */
    public boolean pin(byte[] key, boolean pinned) {
        long hash = EntryHeader.hash(key);
        reader.learnPieces(hash);
        long word = parts.index().get(hash);
        PieceList list = Slot.isList(word) ? parts.pieces().get(hash).orElse(null) : null;
        boolean known = list != null || !Slot.isList(word);
        return known && parts.pins().pin(hash, word, list, pinned);
    }

    /** Whether an entry is kept from leaving. */
    public boolean isPinned(byte[] key) {
        return Slot.pinned(parts.index().get(EntryHeader.hash(key)));
    }

    /** What pins hold, in whole blocks. */
    public long pinnedBytes() {
        return parts.pins().bytes();
    }
}
