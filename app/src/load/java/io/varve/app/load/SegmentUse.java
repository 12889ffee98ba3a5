package io.varve.app.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How the records in Varve's segment files are encoded, read from the files as {@code docs/format.md} describes them. Records that nobody
 * needs any more are counted with the others.
 *
 * @param byEncoding records by how they are encoded
 * @param filling file headers and zeros that fill blocks
 */
record SegmentUse(Map<String, Records> byEncoding, long filling) {
    private static final int BLOCK = 4096;
    private static final int HEADER = 64;

    /** {@code VCHR}. */
    private static final int MAGIC = 0x52484356;

    private static final int PAGE = 1;
    private static final int DELTA = 2;
    private static final int FRAME = 4;
    private static final String[] CODECS = {"raw", "lz4", "zstd"};

    /**
     * Records of one encoding.
     *
     * @param count how many
     * @param stored their bytes with headers
     * @param plain what they decode to
     */
    record Records(long count, long stored, long plain) {
        Records plus(Records other) {
            return new Records(count + other.count, stored + other.stored, plain + other.plain);
        }
    }

    /** Reads all segments of a data directory, which nobody writes to meanwhile. */
    static SegmentUse of(Path data) throws IOException {
        Map<String, Records> byEncoding = new TreeMap<>();
        long filling = 0;
        try (Stream<Path> files = Files.list(data.resolve("segments"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".seg")).toList()) {
                filling += read(file, byEncoding);
            }
        }
        return new SegmentUse(byEncoding, filling);
    }

    private static long read(Path file, Map<String, Records> byEncoding) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            long records = 0;
            ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
            for (long at = BLOCK; at + HEADER <= size; ) {
                header.clear();
                while (header.hasRemaining() && channel.read(header, at + header.position()) > 0) {
                    // A read may give a part.
                }
                if (header.getInt(0) == MAGIC) {
                    long length = HEADER + Integer.toUnsignedLong(header.getInt(40));
                    byEncoding.merge(
                            encoding(header.get(48), header.get(49)),
                            new Records(1, length, Integer.toUnsignedLong(header.getInt(44))),
                            Records::plus);
                    records += length;
                    at += length;
                } else if (header.get(0) == 0 && at % BLOCK != 0) {
                    at += BLOCK - at % BLOCK;
                } else {
                    // What a segment was given beforehand and has not used.
                    break;
                }
            }
            return size - records;
        }
    }

    private static String encoding(int codec, int flags) {
        String kind = (flags & FRAME) != 0 ? "frame" : (flags & DELTA) != 0 ? "delta" : CODECS[codec];
        return (flags & PAGE) != 0 ? "page-" + kind : kind;
    }
}
