package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault happens when it should, and a failed sync is final as {@link BlockDevice#sync} says. */
class FaultsTest {

    private final Faults faults = new Faults(42);
    private final DeviceDirectory directory = new FaultyDeviceDirectory(new MemoryDeviceDirectory(), faults);
    private BlockDevice device;

    @BeforeEach
    void createDevice() throws IOException {
        device = directory.create("a");
        device.write(AlignedBuffers.allocate(4 * BLOCK), 0);
    }

    @Test
    void theNthReadFailsAloneInItsBatch() throws IOException {
        faults.failRead(2);
        List<ReadRequest> batch = List.of(request(0), request(1), request(2));

        device.readMany(batch);

        assertThat(batch.get(0).bytesRead()).isEqualTo(BLOCK);
        assertThatThrownBy(() -> batch.get(1).bytesRead()).hasMessageContaining("READ");
        assertThat(batch.get(2).bytesRead()).isEqualTo(BLOCK);
        assertThat(faults.reads()).isEqualTo(3);
    }

    @Test
    void theNthWriteFailsInTheMiddle() throws IOException {
        faults.failWrite(2);
        device.write(AlignedBuffers.allocate(BLOCK), 0);

        assertThatThrownBy(() -> device.write(ones(4), 0)).hasMessageContaining("WRITE");

        device.write(ones(1), 0);
        assertThat(faults.writes()).isEqualTo(4);
    }

    @Test
    void aFailedSyncIsFinal() throws IOException {
        faults.failSync(1);
        assertThatThrownBy(device::sync).isInstanceOf(SyncFailedException.class).hasMessageContaining("SYNC");
        faults.heal();

        assertThatThrownBy(device::sync).isInstanceOf(SyncFailedException.class).hasMessageContaining("SYNC");
        assertThatThrownBy(() -> device.write(ones(1), 0)).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(() -> device.truncate(0)).isInstanceOf(SyncFailedException.class);
        assertThat(device.read(AlignedBuffers.allocate(BLOCK), 0)).isEqualTo(BLOCK);
        assertThat(faults.syncs()).as("never tried again").isEqualTo(1);
    }

    @Test
    void aFailedDirectorySyncIsFinal() throws IOException {
        device.close();
        faults.failDirectorySync(1);
        assertThatThrownBy(directory::sync).isInstanceOf(SyncFailedException.class);
        faults.heal();

        assertThatThrownBy(directory::sync).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(() -> directory.create("b")).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(() -> directory.rename("a", "b")).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(() -> directory.delete("a")).isInstanceOf(SyncFailedException.class);
        assertThat(directory.list()).containsExactly("a");
        assertThat(faults.directorySyncs()).isEqualTo(1);
    }

    @Test
    void aFullDiskTakesWhatFitsAndStillOverwrites() throws IOException {
        faults.fullAfter(3 * BLOCK);
        assertThat(directory.usableBytes()).isEqualTo(3 * BLOCK);
        device.write(ones(2), 4 * BLOCK);

        assertThatThrownBy(() -> device.write(ones(2), 6 * BLOCK)).hasMessageContaining("No space left");

        assertThat(device.size()).isEqualTo(7 * BLOCK);
        device.write(ones(4), 0);
        assertThatThrownBy(() -> device.write(ones(1), 7 * BLOCK)).hasMessageContaining("No space left");
        faults.heal();
        device.write(ones(1), 7 * BLOCK);
    }

    @Test
    void readsBringAFlippedBitOnce() throws IOException {
        faults.flipBitInRead(2);

        assertThat(flippedBits(device)).isZero();
        assertThat(flippedBits(device)).isEqualTo(1);
        assertThat(flippedBits(device)).isZero();
        faults.flipBits(1);
        assertThat(flippedBits(device)).isEqualTo(1);
    }

    @Test
    void delaysChangeNothingElse() throws IOException {
        faults.delayUpTo(Duration.ofNanos(100_000));

        device.write(ones(1), 0);
        device.sync();

        assertThat(flippedBits(device)).isEqualTo(BLOCK);
    }

    private static ReadRequest request(int block) {
        return new ReadRequest(AlignedBuffers.allocate(BLOCK), (long) block * BLOCK);
    }

    private static int flippedBits(BlockDevice device) throws IOException {
        ByteBuffer dst = AlignedBuffers.allocate(4 * BLOCK);
        device.read(dst, 0);
        int bits = 0;
        for (int i = 0; i < dst.limit(); i++) {
            bits += Integer.bitCount(dst.get(i) & 0xff);
        }
        return bits;
    }

    private static ByteBuffer ones(int blocks) {
        ByteBuffer buffer = AlignedBuffers.allocate(blocks * BLOCK);
        for (int i = 0; i < buffer.limit(); i++) {
            buffer.put(i, (byte) 1);
        }
        return buffer;
    }
}
