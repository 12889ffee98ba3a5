package io.varve.storage.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BackupIndexTest {
    private static final Path HERE = Path.of("backup");

    private static String golden() throws IOException {
        try (InputStream file = Objects.requireNonNull(BackupIndexTest.class.getResourceAsStream("backup-1.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void theGoldenFileIsReadAndWrittenBackAsItWas() throws IOException {
        BackupIndex index = BackupIndex.decode(golden(), HERE);
        assertThat(index)
                .isEqualTo(new BackupIndex(
                        UUID.fromString("5d0b7a52-5f0e-4c1c-9d3f-0123456789ab"),
                        1_767_225_600_000_000L,
                        Map.of(
                                "FORMAT",
                                new BackupIndex.Item(70, 0, 0x1d0b7a52),
                                "journal/0006473f9b8c8001.log",
                                new BackupIndex.Item(4096, 0, 0x00c0ffee),
                                "segments/00000000.seg",
                                new BackupIndex.Item(268_435_456, 1_767_225_599_999_999L, 0x8ae1c936))));
        assertThat(index.encode()).isEqualTo(golden());
    }

    @Test
    void anyChangeIsNoticed() throws IOException {
        Random random = new Random(7);
        byte[] bytes = golden().getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < 500; round++) {
            byte[] changed = bytes.clone();
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(7));
            String text = new String(changed, StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> BackupIndex.decode(text, HERE)).isInstanceOf(CorruptionException.class);
        }
        for (int length = 0; length < bytes.length; length++) {
            String cut = golden().substring(0, length);
            assertThatThrownBy(() -> BackupIndex.decode(cut, HERE)).isInstanceOf(CorruptionException.class);
        }
    }

    @Test
    void filesOutsideTheBackupAreRefused() throws IOException {
        BackupIndex outside = new BackupIndex(
                UUID.randomUUID(), 1, Map.of("segments/../../etc/passwd", new BackupIndex.Item(1, 0, 0)));
        String text = outside.encode();
        assertThatThrownBy(() -> BackupIndex.decode(text, HERE)).isInstanceOf(CorruptionException.class);
    }
}
