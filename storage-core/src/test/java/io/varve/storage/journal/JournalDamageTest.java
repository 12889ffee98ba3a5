package io.varve.storage.journal;

import static io.varve.storage.journal.Groups.SMALL;
import static io.varve.storage.journal.Groups.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.journal.Groups.Notes;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damaged and missing files: answered commits are never skipped in silence, and what is told says where. */
class JournalDamageTest {

    private static final String FIRST = "0000000000000001.log";
    private static final String SECOND = "0000000000000004.log";
    private static final int BLOCK_BITS = BlockDevice.BLOCK * Byte.SIZE;

    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();

    /** Two files with three groups of one record each; the second file's last group is in doubt. */
    @BeforeEach
    void write() throws IOException {
        try (Journal journal = Groups.open(disk)) {
            for (long i = 1; i <= 6; i++) {
                journal.append(Groups.of(i));
            }
        }
        assertThat(disk.list()).containsExactly(FIRST, SECOND);
    }

    private void damage(String file, int block) throws IOException {
        DeviceFiles.flipBit(disk, file, (long) block * BLOCK_BITS + 500);
    }

    private void cut(String file, int blocks) throws IOException {
        DeviceFiles.write(disk, file, Arrays.copyOf(DeviceFiles.read(disk, file), blocks * BlockDevice.BLOCK));
    }

    private void assertCorrupt(String... partsOfMessage) {
        assertThatThrownBy(() -> Groups.replay(disk, 0))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContainingAll(partsOfMessage)
                .hasMessageContaining("Restore");
    }

    @Test
    void aTornLastGroupIsDropped() throws IOException {
        damage(SECOND, 3);
        assertThat(Groups.replay(disk, 0).sequences()).containsExactly(1L, 2L, 3L, 4L, 5L);
        cut(SECOND, 3);
        assertThat(Groups.replay(disk, 0).sequences()).containsExactly(1L, 2L, 3L, 4L, 5L);
        cut(SECOND, 1);
        assertThat(Groups.replay(disk, 0).sequences()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void theGroupBeforeATornOneIsInDoubtAgain() throws IOException {
        damage(SECOND, 3);
        Notes notes = Groups.discarding();
        try (Journal journal = Groups.open(disk, notes)) {
            // Nothing proves that the torn group was ever begun, so nothing proves that this one was answered.
            assertThat(notes.lastInDoubt).isTrue();
            assertThat(journal.lastSequence()).isEqualTo(4);
        }
    }

    @Test
    void aBadGroupBeforeAGoodOneIsDamage() throws IOException {
        damage(SECOND, 1);
        assertCorrupt(SECOND, "offset 4096", "from 4 to 4");
    }

    @Test
    void aBadGroupInAnEarlierFileIsDamage() throws IOException {
        damage(FIRST, 3);
        assertCorrupt(FIRST, "offset 12288", "from 3 to 3");
        cut(FIRST, 2);
        assertCorrupt(FIRST, "offset 8192", "from 2 to 3");
    }

    @Test
    void whatIsBeforeTheCallersStateDoesNotMatter() throws IOException {
        damage(FIRST, 3);
        assertThat(Groups.replay(disk, 3).sequences()).containsExactly(4L, 5L, 6L);
    }

    @Test
    void aBadHeaderIsDamage() throws IOException {
        damage(SECOND, 0);
        assertThatThrownBy(() -> Journal.open(disk, STORE, SMALL, Sealing.NONE))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(SECOND);
    }

    @Test
    void aMissingFileIsDamage() throws IOException {
        try (Journal journal = Groups.open(disk)) {
            journal.append(Groups.of(7));
        }
        disk.delete(SECOND);
        assertCorrupt(FIRST, "from 4 to 6");
    }

    @Test
    void aMissingFirstFileIsDamage() throws IOException {
        disk.delete(FIRST);
        assertThatThrownBy(() -> Groups.replay(disk, 0))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("begins after commit 3");
    }

    @Test
    void aMissingEndIsDamageForWhoKnowsMore() throws IOException {
        disk.delete(SECOND);
        assertThatThrownBy(() -> Groups.replay(disk, 6))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("ends with commit 3")
                .hasMessageContaining("up to 6");
        disk.delete(FIRST);
        assertThatThrownBy(() -> Groups.replay(disk, 6)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void aFileInTheWrongPlaceIsNoticed() throws IOException {
        byte[] second = DeviceFiles.read(disk, SECOND);
        System.arraycopy(
                DeviceFiles.read(disk, FIRST), BlockDevice.BLOCK, second, BlockDevice.BLOCK, BlockDevice.BLOCK);
        DeviceFiles.write(disk, SECOND, second);
        assertCorrupt(SECOND, "offset 4096");
    }

    @Test
    void aJournalInsideAPayloadIsOnlyAPayload() throws IOException {
        MemoryDeviceDirectory outer = new MemoryDeviceDirectory();
        byte[] inner = DeviceFiles.read(disk, SECOND);
        // Such that the inner groups lie at block boundaries.
        ByteBuffer payload = ByteBuffer.allocate(inner.length + BlockDevice.BLOCK);
        payload.position(BlockDevice.BLOCK - GroupFormat.HEADER_BYTES - GroupFormat.RECORD_HEADER_BYTES);
        payload.put(inner).clear();
        try (Journal journal = Groups.open(outer)) {
            journal.append(new JournalGroup(List.of(new JournalRecord(1, payload))));
        }
        DeviceFiles.flipBit(outer, FIRST, BLOCK_BITS + 500L);
        assertThat(Groups.replay(outer, 0).groups).isEmpty();
    }

    @Test
    void aReadThatFailsOnceIsTriedAgain() throws IOException {
        Faults faults = new Faults(1);
        // Two headers, then the first file's groups.
        faults.failRead(3);
        assertThat(Groups.replay(new FaultyDeviceDirectory(disk, faults), 0).sequences())
                .hasSize(6);
    }

    @Test
    void anUnreadableBlockIsNotTakenForTheEnd() {
        FaultyDeviceDirectory directory =
                new FaultyDeviceDirectory(disk, new Faults(1).unreadable(3 * BlockDevice.BLOCK));
        assertThatThrownBy(() -> Groups.replay(directory, 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Input/output error");
    }

    /** Whatever bit is wrong: all commits, or all but those of the last group, or an exception. */
    @Test
    void everyFlippedBitIsNoticedOrHarmless() throws IOException {
        long seed = 2;
        Random bits = new Random(seed);
        byte[][] original = {DeviceFiles.read(disk, FIRST), DeviceFiles.read(disk, SECOND)};
        for (int i = 0; i < 200; i++) {
            int file = bits.nextInt(2);
            int bit = bits.nextInt(original[file].length * Byte.SIZE);
            byte[] damaged = original[file].clone();
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            DeviceFiles.write(disk, file == 0 ? FIRST : SECOND, damaged);
            try {
                List<JournalGroup> groups = Groups.replay(disk, 0).groups;
                assertThat(groups).as("seed %d, bit %d", seed, bit).hasSizeBetween(5, 6);
                for (int g = 0; g < groups.size(); g++) {
                    assertThat(groups.get(g)).isEqualTo(Groups.of(g + 1));
                }
            } catch (CorruptionException e) {
                assertThat(e).hasMessageContaining(file == 0 ? FIRST : SECOND);
            }
            DeviceFiles.write(disk, file == 0 ? FIRST : SECOND, original[file]);
        }
    }

    @Test
    void randomBytesAreNoGroups() throws IOException {
        for (int seed = 0; seed < 30; seed++) {
            Random noise = new Random(seed);
            byte[] bytes = DeviceFiles.read(disk, FIRST);
            byte[] tail = new byte[bytes.length - BlockDevice.BLOCK];
            noise.nextBytes(tail);
            for (int at = 0; at < tail.length; at += BlockDevice.BLOCK) {
                ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).putInt(at, GroupFormat.MAGIC);
            }
            System.arraycopy(tail, 0, bytes, BlockDevice.BLOCK, tail.length);
            MemoryDeviceDirectory noisy = new MemoryDeviceDirectory();
            DeviceFiles.write(noisy, FIRST, bytes);
            assertThat(Groups.replay(noisy, 0).groups).as("seed %d", seed).isEmpty();
        }
    }
}
