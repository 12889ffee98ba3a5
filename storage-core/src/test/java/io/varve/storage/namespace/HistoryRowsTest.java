package io.varve.storage.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.namespace.PastRow.Cause;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rows of history as {@code docs/format.md} shows them. */
class HistoryRowsTest {
    private static final HexFormat HEX = HexFormat.of();

    private static final BucketRow BUCKET =
            new BucketRow(7, 1000, "al", Attributes.NONE.with(BucketRow.RETENTION, "30d"), 2000, 5);

    private static final HorizonRow HORIZON = new HorizonRow(
            1000, 500, true, RetentionPolicy.parse("1d,daily=7").orElseThrow(), List.of(new HorizonRow.Link(9, 2000)));

    @Test
    void aBucketsRow() throws CorruptionException {
        String golden = "0000000000000007" + "00000000000003e8" + "02616c" + "01" + "0b723a726574656e74696f6e"
                + "03333064" + "00000000000007d0" + "0000000000000005";
        assertThat(HEX.formatHex(BUCKET.encode())).isEqualTo(golden);
        assertThat(BucketRow.decode(HEX.parseHex(golden))).isEqualTo(BUCKET);
        // As it was before a bucket could change its root.
        BucketRow old = BucketRow.decode(HEX.parseHex(golden.substring(0, golden.length() - 32)));
        assertThat(old.since()).isEqualTo(1000);
        assertThat(old.scope()).isEqualTo(7);
    }

    @Test
    void aFormerRootsRow() throws CorruptionException {
        PastRow past = BUCKET.ended(3000, Cause.DETACHED);
        String golden = "0000000000000bb8" + "02" + "21" + "00000000000007d0" + "0000000000000007" + "04"
                + "09623a63726561746564" + "0431303030" + "07623a6f776e6572" + "02616c" + "07623a73636f7065" + "0135"
                + "0b723a726574656e74696f6e" + "03333064";
        assertThat(HEX.formatHex(past.encode())).isEqualTo(golden);
        assertThat(BucketRow.former(PastRow.decode(HEX.parseHex(golden)))).isEqualTo(BUCKET);
        assertThat(HEX.formatHex(NameKeys.past(0, NameKeys.formerBucket("abc"), 2000)))
                .isEqualTo("0000000000000000" + "2f6162632f" + "0000" + "fffffffffffff82f");
    }

    @Test
    void aHorizonsRow() throws CorruptionException {
        String golden = "00000000000003e8" + "00000000000001f4" + "01" + "0a31642c6461696c793d37" + "01"
                + "0000000000000009" + "00000000000007d0";
        assertThat(HEX.formatHex(HORIZON.encode())).isEqualTo(golden);
        assertThat(HorizonRow.decode(HEX.parseHex(golden))).isEqualTo(HORIZON);
        assertThat(HEX.formatHex(HorizonRow.key(5))).isEqualTo("686973746f727900" + "0000000000000005");
    }

    @Test
    void aDeleteMarkersRow() throws CorruptionException {
        PastRow marker = new PastRow(2000, Cause.MARKER, EntryRow.marker(2000, true));
        String golden = "00000000000007d0" + "06" + "20" + "00000000000007d0" + "01" + "04763a6964" + "00";
        assertThat(HEX.formatHex(marker.encode())).isEqualTo(golden);
        PastRow read = PastRow.decode(HEX.parseHex(golden));
        assertThat(read).isEqualTo(marker);
        assertThat(read.row().version()).isEqualTo(2000);
        assertThat(read.row().broughtBack(3000).version()).isEqualTo(2000);
        assertThat(HEX.formatHex(NameKeys.kept(5))).isEqualTo("02" + "0000000000000005");
    }

    @Test
    void aFoldersDeleteMarkersRow() throws CorruptionException {
        PastRow marker = new PastRow(
                2500, Cause.MARKER, EntryRow.implicitDirectory(2000, 7).asVersion(true));
        String golden =
                "00000000000009c4" + "06" + "23" + "00000000000007d0" + "0000000000000007" + "01" + "04763a6964" + "00";
        assertThat(HEX.formatHex(marker.encode())).isEqualTo(golden);
        assertThat(PastRow.decode(HEX.parseHex(golden))).isEqualTo(marker);
        assertThat(marker.released()).isEqualTo(new PastRow(2500, Cause.VANISHED, EntryRow.implicitDirectory(2000, 7)));
    }

    @Test
    void theIndexOfWhatEnds() {
        byte[] past = NameKeys.past(7, NameKeys.fileName("a"), 2000);
        assertThat(HEX.formatHex(NameKeys.ended(5, 3000, past)))
                .isEqualTo("0000000000000005" + "0000000000000bb8" + "0000000000000007" + "61" + "0000"
                        + "fffffffffffff82f");
    }

    @Test
    void damageIsNoticed() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = HORIZON.encode();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            try {
                HorizonRow.decode(cut);
            } catch (CorruptionException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThatThrownBy(() -> BucketRow.former(new PastRow(1, Cause.VANISHED, EntryRow.implicitDirectory(1, 1))))
                .isInstanceOf(CorruptionException.class);
    }
}
