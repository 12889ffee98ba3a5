package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.segment.SegmentAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkRowTest {
    private static final Fingerprint BASE =
            new Fingerprint(0x0102030405060708L, 0x1112131415161718L, 0x2122232425262728L, 0x3132333435363738L);
    private static final String BASE_HEX = "0102030405060708111213141516171821222324252627283132333435363738";
    private static final SegmentAddress PLACE = new SegmentAddress(7, 4200, 300);

    /** The examples of the format's page. */
    private static final Map<String, ChunkRow> GOLDEN = Map.of(
            "0003" + "000000000000002a" + "616263", new ChunkRow.Inline(0, false, 3, 42, bytes("616263")),
            "a1808004" + "07000000" + "68100000" + "2c010000", new ChunkRow.Located(2, true, 65536, PLACE),
            "22808004" + BASE_HEX + "00" + "000000000000002a" + "2801",
                    new ChunkRow.InlineDelta(false, 65536, BASE, 42, bytes("2801")),
            "22808004" + BASE_HEX + "01" + "07000000" + "68100000" + "2c010000",
                    new ChunkRow.LocatedDelta(false, 65536, BASE, PLACE),
            "23e807" + "07000000" + "68100000" + "2c010000" + "03" + "9601",
                    new ChunkRow.Framed(false, 1000, PLACE, 3, 150));

    @Test
    void rowsHaveTheFormOfThePage() throws CorruptionException {
        for (Map.Entry<String, ChunkRow> each : GOLDEN.entrySet()) {
            assertThat(HexFormat.of().formatHex(ChunkRow.encode(each.getValue())))
                    .isEqualTo(each.getKey());
            assertThat(ChunkRow.decode(HexFormat.of().parseHex(each.getKey()))).isEqualTo(each.getValue());
        }
    }

    @Test
    void whatIsCutShortOrOfAnUnknownKindIsRefused() {
        for (String hex : GOLDEN.keySet()) {
            int fixed = hex.length() / 2 - (hex.endsWith("616263") ? 4 : hex.endsWith("2801") ? 3 : 1);
            byte[] whole = HexFormat.of().parseHex(hex);
            for (int length = 0; length <= fixed; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> ChunkRow.decode(cut)).isInstanceOf(CorruptionException.class);
            }
        }
        assertThatThrownBy(() -> ChunkRow.decode(HexFormat.of().parseHex("0403")))
                .isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> ChunkRow.decode(HexFormat.of().parseHex("2203" + BASE_HEX + "02")))
                .isInstanceOf(CorruptionException.class);
    }

    @Test
    void anyBytesAreARowOrRefused() {
        Random random = new Random(1);
        int rows = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(70)];
            random.nextBytes(bytes);
            try {
                ChunkRow row = ChunkRow.decode(bytes);
                assertThat(row.plainLength()).isNotNegative();
                rows++;
            } catch (CorruptionException e) {
                assertThat(e).hasMessageContaining(" ");
            }
        }
        assertThat(rows).isPositive();
    }

    @Test
    void aRecordTellsTheBaseOfItsDelta() throws CorruptionException {
        ByteBuffer payload = DeltaPayload.of(BASE, bytes("28b52ffd"));
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(BASE_HEX + "28b52ffd");
        assertThat(DeltaPayload.delta(payload, BASE)).isEqualTo(bytes("28b52ffd"));
        assertThatThrownBy(() -> DeltaPayload.delta(payload, new Fingerprint(1, 2, 3, 4)))
                .isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> DeltaPayload.delta(bytes("00"), BASE)).isInstanceOf(CorruptionException.class);
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).asReadOnlyBuffer();
    }
}
