package io.varve.storage.journal;

import static io.varve.storage.journal.Groups.STORE;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The bytes of {@code docs/format.md}, "Journal" and "Checkpoints". */
class JournalFormatTest {

    private static final String JOURNAL = "0000000000000001.log";
    private static final String CHECKPOINT = "0000000000000007.ckp";
    private static final String GOLDEN_JOURNAL = "journal-1.hex";
    private static final String GOLDEN_CHECKPOINT = "checkpoint-1.hex";

    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String golden(String name) {
        return DeviceFiles.golden(JournalFormatTest.class, name);
    }

    @Test
    void writesTheGoldenJournal() throws IOException {
        try (Journal journal = Groups.open(disk)) {
            journal.append(Groups.of(1, 3));
            journal.append(Groups.of(258));
        }
        assertThat(DeviceFiles.dump(DeviceFiles.read(disk, JOURNAL))).isEqualTo(golden(GOLDEN_JOURNAL));
    }

    @Test
    void readsTheGoldenJournal() throws IOException {
        DeviceFiles.write(disk, JOURNAL, DeviceFiles.parse(golden(GOLDEN_JOURNAL)));
        assertThat(Groups.replay(disk, 0).groups).containsExactly(Groups.of(1, 3), Groups.of(258));
    }

    @Test
    void writesTheGoldenCheckpoint() throws IOException {
        try (CheckpointWriter writer = Checkpoints.open(disk, STORE).begin(7)) {
            writer.write(text("A block of metadata."));
            writer.write(text("Another."));
            writer.commit();
        }
        assertThat(DeviceFiles.dump(DeviceFiles.read(disk, CHECKPOINT))).isEqualTo(golden(GOLDEN_CHECKPOINT));
    }

    @Test
    void readsTheGoldenCheckpoint() throws IOException {
        DeviceFiles.write(disk, CHECKPOINT, DeviceFiles.parse(golden(GOLDEN_CHECKPOINT)));
        try (CheckpointReader reader = Checkpoints.open(disk, STORE).newest(7).orElseThrow()) {
            assertThat(reader.sequence()).isEqualTo(7);
            assertThat(reader.next()).contains(text("A block of metadata."));
            assertThat(reader.next()).contains(text("Another."));
            assertThat(reader.next()).isEqualTo(Optional.empty());
        }
    }
}
