package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.GoldenRows;
import io.varve.storage.segment.SegmentAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rows of chunks and manifest pages, against bytes that were made by another program from the description. */
class ChunkRowFormatTest {
    private static final Map<String, byte[]> GOLDEN = GoldenRows.read(ChunkRowFormatTest.class, "chunk-rows-1.txt");

    private static final Map<String, ChunkRow> ROWS = Map.of(
            "inline-raw",
            new ChunkRow.Inline(
                    0, false, 5, 0x0123456789abcdefL, ByteBuffer.wrap("varve".getBytes(StandardCharsets.US_ASCII))),
            "inline-zstd-page",
            new ChunkRow.Inline(2, true, 300, 1, ByteBuffer.wrap(HexFormat.of().parseHex("28b52ffd"))),
            "segment-lz4",
            new ChunkRow.Located(1, false, 65_536, new SegmentAddress(7, 4_200, 40)),
            "inline-delta",
            new ChunkRow.InlineDelta(
                    false,
                    65_536,
                    fingerprint(1),
                    42,
                    ByteBuffer.wrap(HexFormat.of().parseHex("2801"))),
            "segment-delta",
            new ChunkRow.LocatedDelta(true, 65_536, fingerprint(1), new SegmentAddress(7, 4_200, 300)),
            "framed",
            new ChunkRow.Framed(false, 1_000, new SegmentAddress(7, 4_200, 300), 3, 150));

    private static byte[] golden(String name) {
        byte[] row = GOLDEN.get(name);
        assertThat(row).as(name).isNotNull();
        return row == null ? new byte[0] : row;
    }

    private static Fingerprint fingerprint(int first) {
        byte[] bytes = new byte[Fingerprint.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return Fingerprint.read(ByteBuffer.wrap(bytes));
    }

    @Test
    void rowsAreReadAndWrittenBackAsTheyWere() throws IOException {
        for (Map.Entry<String, ChunkRow> row : ROWS.entrySet()) {
            byte[] bytes = golden(row.getKey());
            assertThat(ChunkRow.decode(bytes)).as(row.getKey()).isEqualTo(row.getValue());
            assertThat(ChunkRow.encode(row.getValue())).as(row.getKey()).isEqualTo(bytes);
        }
    }

    @Test
    void aManifestPageIsReadAndWrittenBackAsItWas() throws IOException {
        List<ManifestChild> children = List.of(
                new ManifestChild(fingerprint(0), 65_536, false), new ManifestChild(fingerprint(32), 1 << 30, true));
        byte[] bytes = golden("manifest-page");
        assertThat(ManifestPage.decode(ByteBuffer.wrap(bytes), ManifestPage.CHILDREN_MAX))
                .isEqualTo(children);
        assertThat(ManifestPage.encode(children)).isEqualTo(bytes);
    }
}
