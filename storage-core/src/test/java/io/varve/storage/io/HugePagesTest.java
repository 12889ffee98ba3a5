package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HugePagesTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    @Test
    void buffersShareAPageAndNothingElse() throws IOException {
        IoEngine engine = IoEngine.probe(folder);
        assumeTrue(engine.kind() == IoEngine.Kind.IO_URING, engine.reason());
        List<ByteBuffer> buffers = HugePages.allocate(MIB / 4).orElseThrow();
        assertThat(buffers).hasSize(HugePages.count(MIB / 4));
        for (int i = 0; i < buffers.size(); i++) {
            ByteBuffer buffer = buffers.get(i);
            AlignedBuffers.requireAligned(buffer, 0);
            assertThat(buffer.capacity()).isEqualTo(MIB / 4);
            assertThat(buffer).isEqualTo(ByteBuffer.allocate(MIB / 4));
            while (buffer.hasRemaining()) {
                buffer.put((byte) (i + 1));
            }
        }
        try (BlockDevice device = FileDeviceDirectory.open(folder).create("file")) {
            for (ByteBuffer buffer : buffers) {
                device.write(buffer.flip(), device.size());
            }
            ByteBuffer all = AlignedBuffers.allocate(2 * MIB);
            device.read(all, 0);
            for (int i = 0; i < buffers.size(); i++) {
                assertThat(all.slice(i * MIB / 4, MIB / 4))
                        .isEqualTo(buffers.get(i).rewind());
            }
        }
    }

    @Test
    void onlyWhatDividesAPageIsGiven() throws IOException {
        IoEngine.probe(folder);
        for (int bytes : new int[] {1, 512, 3 * BlockDevice.BLOCK, 2 * MIB, 4 * MIB}) {
            assertThat(HugePages.allocate(bytes)).isEmpty();
        }
    }

    @Test
    void aPoolGivesNoMoreThanItsLimitAndNoBufferTwice() throws IOException {
        IoEngine.probe(folder);
        BufferPool pool = new BufferPool("test", 3 * MIB, MIB, Duration.ofMillis(1));
        List<BufferPool.Lease> leases = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            leases.add(pool.acquire());
            leases.getLast().buffer().put(0, (byte) (i + 1));
        }
        for (int i = 0; i < 3; i++) {
            assertThat(leases.get(i).buffer().get(0)).isEqualTo((byte) (i + 1));
        }
        assertThat(pool.leasedBytes()).isEqualTo(3 * MIB);
        leases.forEach(BufferPool.Lease::close);
        assertThat(pool.leasedBytes()).isZero();
    }
}
