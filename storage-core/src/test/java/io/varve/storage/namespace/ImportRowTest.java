package io.varve.storage.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.CorruptionException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The row of an import as {@code docs/format.md} shows it. */
class ImportRowTest {
    private static final HexFormat HEX = HexFormat.of();

    private static final Import IMPORT =
            new Import("n3k", "here", new EntryPath("abc", "a/"), EntryRow.instant(1000), Import.State.FINISHED, false);

    @Test
    void theRowIsAsDescribed() throws CorruptionException {
        String golden = "00000000000003e8" + "01" + "066162632f612f" + "0468657265";
        assertThat(HEX.formatHex(IMPORT.encode())).isEqualTo(golden);
        assertThat(Import.decode("n3k", HEX.parseHex(golden))).isEqualTo(IMPORT);
        for (Import.State state : Import.State.values()) {
            Import made = new Import("n3k", "", EntryPath.root("abc"), IMPORT.started(), state, true);
            assertThat(Import.decode("n3k", made.encode())).isEqualTo(made);
        }
    }

    @Test
    void damageIsNoticed() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = IMPORT.encode();
            bytes[8 + random.nextInt(bytes.length - 8)] ^= (byte) (1 << random.nextInt(8));
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            try {
                assertThat(Import.decode("n3k", cut).target().bucket()).isNotEmpty();
            } catch (CorruptionException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }
}
