package io.varve.storage.journal;

import static io.varve.storage.journal.Groups.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CheckpointsTest {

    private final Faults faults = new Faults(4);
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final FaultyDeviceDirectory directory = new FaultyDeviceDirectory(disk, faults);

    /** Blocks that only a checkpoint of this sequence has. */
    private static List<ByteBuffer> blocks(long sequence, int count, int bytesMax) {
        Random random = new Random(sequence);
        List<ByteBuffer> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] block = new byte[1 + random.nextInt(bytesMax)];
            random.nextBytes(block);
            blocks.add(ByteBuffer.wrap(block));
        }
        return blocks;
    }

    private static void write(DeviceDirectory directory, long sequence, List<ByteBuffer> blocks) throws IOException {
        try (CheckpointWriter writer = Checkpoints.open(directory, STORE).begin(sequence)) {
            for (ByteBuffer block : blocks) {
                writer.write(block);
            }
            writer.commit();
        }
    }

    private static List<ByteBuffer> read(CheckpointReader reader) throws IOException {
        List<ByteBuffer> blocks = new ArrayList<>();
        for (Optional<ByteBuffer> block = reader.next(); block.isPresent(); block = reader.next()) {
            blocks.add(block.get());
        }
        assertThat(reader.next()).isEmpty();
        return blocks;
    }

    private static void damage(DeviceDirectory disk, long sequence) throws IOException {
        DeviceFiles.flipBit(disk, Checkpoints.name(sequence), 4_200 * Byte.SIZE);
    }

    @Test
    void givesBackTheNewest() throws IOException {
        assertThat(Checkpoints.open(directory, STORE).newest(0)).isEmpty();
        write(directory, 0, List.of());
        write(directory, 5, blocks(5, 3, 100));
        write(directory, 90, blocks(90, 40, 200_000));
        Checkpoints checkpoints = Checkpoints.open(directory, STORE);
        assertThat(checkpoints.sequences()).containsExactly(0L, 5L, 90L);
        try (CheckpointReader reader = checkpoints.newest(0).orElseThrow()) {
            assertThat(reader.sequence()).isEqualTo(90);
            assertThat(reader.passedOver()).isEmpty();
            assertThat(read(reader)).isEqualTo(blocks(90, 40, 200_000));
        }
        assertThat(checkpoints.keepNewest(2)).isEqualTo(5);
        assertThat(checkpoints.sequences()).containsExactly(5L, 90L);
    }

    @Test
    void anEmptyOneIsOneToo() throws IOException {
        write(directory, 3, List.of());
        try (CheckpointReader reader =
                Checkpoints.open(directory, STORE).newest(0).orElseThrow()) {
            assertThat(read(reader)).isEmpty();
        }
        assertThat(Checkpoints.open(directory, STORE).keepNewest(1)).isEqualTo(3);
    }

    @Test
    void aDamagedOneIsPassedOverWhileTheJournalReachesBack() throws IOException {
        write(directory, 5, blocks(5, 3, 100));
        write(directory, 9, blocks(9, 3, 100));
        damage(disk, 9);
        Checkpoints checkpoints = Checkpoints.open(directory, STORE);
        try (CheckpointReader reader = checkpoints.newest(5).orElseThrow()) {
            assertThat(reader.sequence()).isEqualTo(5);
            assertThat(reader.passedOver())
                    .singleElement()
                    .asString()
                    .contains(Checkpoints.name(9))
                    .contains("damaged");
            assertThat(read(reader)).isEqualTo(blocks(5, 3, 100));
        }
        assertThatThrownBy(() -> checkpoints.newest(6))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(Checkpoints.name(9))
                .hasMessageContaining("Restore");
        damage(disk, 5);
        assertThatThrownBy(() -> checkpoints.newest(0)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void oneThatIsNotCommittedNeverWas() throws IOException {
        try (CheckpointWriter writer = Checkpoints.open(directory, STORE).begin(5)) {
            writer.write(ByteBuffer.allocate(10));
            assertThat(disk.list()).hasSize(1);
        }
        assertThat(disk.list()).isEmpty();
        DeviceFiles.write(disk, Checkpoints.temporaryName(5), new byte[4_096]);
        assertThat(Checkpoints.open(directory, STORE).sequences()).isEmpty();
        assertThat(disk.list()).isEmpty();
    }

    @Test
    void aFullDiskLeavesNothing() throws IOException {
        faults.fullAfter(1 << 20);
        assertThatThrownBy(() -> write(directory, 5, blocks(5, 40, 200_000))).isInstanceOf(NoSpaceException.class);
        assertThat(disk.list()).isEmpty();
    }

    @Test
    void aFailedSyncIsTold() throws IOException {
        faults.failSync(1);
        assertThatThrownBy(() -> write(directory, 5, blocks(5, 1, 10))).isInstanceOf(SyncFailedException.class);
        assertThat(Checkpoints.open(directory, STORE).sequences()).isEmpty();
    }

    @Test
    void refusesOnesOfAnotherStoreOrName() throws IOException {
        write(directory, 5, List.of());
        assertThatThrownBy(() -> Checkpoints.open(directory, new UUID(1, 2)).newest(0))
                .hasMessageContaining("belongs to the store " + STORE);
        disk.rename(Checkpoints.name(5), Checkpoints.name(6));
        assertThatThrownBy(() -> Checkpoints.open(directory, STORE).newest(0))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("renamed");
    }

    @Test
    void blocksHaveASize() throws IOException {
        try (CheckpointWriter writer = Checkpoints.open(directory, STORE).begin(5)) {
            assertThatThrownBy(() -> writer.write(ByteBuffer.allocate(0))).isInstanceOf(IllegalArgumentException.class);
            ByteBuffer large = ByteBuffer.allocate(Checkpoints.BLOCK_BYTES_MAX + 1);
            assertThatThrownBy(() -> writer.write(large)).isInstanceOf(IllegalArgumentException.class);
            writer.commit();
            assertThatThrownBy(() -> writer.write(large)).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> Checkpoints.open(directory, STORE).begin(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyFlippedBitIsNoticedOrHarmless() throws IOException {
        List<ByteBuffer> blocks = blocks(5, 3, 1_000);
        write(directory, 5, blocks);
        byte[] original = DeviceFiles.read(disk, Checkpoints.name(5));
        long seed = 5;
        Random bits = new Random(seed);
        int noticed = 0;
        for (int i = 0; i < 200; i++) {
            byte[] damaged = original.clone();
            int bit = bits.nextInt(original.length * Byte.SIZE);
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            DeviceFiles.write(disk, Checkpoints.name(5), damaged);
            try (CheckpointReader reader =
                    Checkpoints.open(directory, STORE).newest(0).orElseThrow()) {
                assertThat(read(reader)).as("seed %d, bit %d", seed, bit).isEqualTo(blocks);
            } catch (CorruptionException e) {
                noticed++;
            }
        }
        assertThat(noticed).isPositive();
    }

    @Test
    void aCrashLeavesTheOldOneOrTheNewOne() throws IOException {
        MemoryDeviceDirectory whole = new MemoryDeviceDirectory();
        write(whole, 5, blocks(5, 4, 5_000));
        long untilFirst = whole.mutations();
        whole = new MemoryDeviceDirectory();
        twice(whole);
        for (long crash = 1; crash <= whole.mutations(); crash++) {
            MemoryDeviceDirectory crashing = new MemoryDeviceDirectory();
            crashing.crashAt(crash);
            try {
                twice(crashing);
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(CorruptionException.class);
            }
            for (long seed = 0; seed < 10; seed++) {
                Optional<CheckpointReader> newest =
                        Checkpoints.open(crashing.crash(seed), STORE).newest(0);
                assertThat(newest.isPresent() || crash <= untilFirst)
                        .as("crash at %d, seed %d", crash, seed)
                        .isTrue();
                if (newest.isPresent()) {
                    try (CheckpointReader reader = newest.get()) {
                        assertThat(read(reader)).isEqualTo(blocks(reader.sequence(), 4, 5_000));
                    }
                }
            }
        }
    }

    /** Two checkpoints, of which one is kept. */
    private static void twice(MemoryDeviceDirectory disk) throws IOException {
        write(disk, 5, blocks(5, 4, 5_000));
        write(disk, 9, blocks(9, 4, 5_000));
        assertThat(Checkpoints.open(disk, STORE).keepNewest(1)).isEqualTo(9);
    }
}
