package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadBatchTest {
    @TempDir
    private Path folder;

    @Test
    void readsFromDevicesOfEveryKind() throws IOException {
        FileDeviceDirectory best = FileDeviceDirectory.open(folder.resolve("best"));
        FileDeviceDirectory buffered =
                FileDeviceDirectory.open(folder.resolve("buffered"), Optional.of(IoEngine.Kind.BUFFERED));
        MirroredDirectory mirrored = new MirroredDirectory(
                FileDeviceDirectory.open(folder.resolve("first")),
                TimedDirectory.open(new TimedCalls("It", Duration.ofMinutes(1)), MemoryDeviceDirectory::new),
                new Mirror(Mirror.State.FRESH));
        List<DeviceDirectory> places = List.of(best, buffered, mirrored, new MemoryDeviceDirectory(), best);
        List<BlockDevice> devices = new ArrayList<>();
        List<ReadRequest> requests = new ArrayList<>();
        ReadBatch batch = new ReadBatch();
        for (int i = 0; i < places.size(); i++) {
            BlockDevice device = places.get(i).create("file" + i);
            devices.add(device);
            device.write(block(i), 0);
            device.write(block(10 + i), BLOCK);
            List<ReadRequest> ofDevice = List.of(request(BLOCK), request(0), request(2 * BLOCK));
            requests.addAll(ofDevice);
            batch.add(device, ofDevice);
        }

        batch.perform();

        for (int i = 0; i < places.size(); i++) {
            assertThat(requests.get(3 * i).bytesRead()).isEqualTo(BLOCK);
            assertThat(requests.get(3 * i).dst().get(0)).isEqualTo((byte) (10 + i));
            assertThat(requests.get(3 * i + 1).dst().get(0)).isEqualTo((byte) i);
            assertThat(requests.get(3 * i + 2).bytesRead()).isZero();
        }
        for (BlockDevice device : devices) {
            device.close();
        }
    }

    @Test
    void aClosedDeviceDisturbsNoOther() throws IOException {
        FileDeviceDirectory files = FileDeviceDirectory.open(folder);
        BlockDevice closed = files.create("closed");
        ReadRequest refused = request(0);
        ReadRequest read = request(0);
        try (BlockDevice open = files.create("open")) {
            open.write(block(1), 0);
            ReadBatch batch = new ReadBatch();
            batch.add(closed, List.of(refused));
            batch.add(open, List.of(read));
            closed.close();

            batch.perform();
        }

        assertThatThrownBy(refused::bytesRead).isInstanceOf(ClosedChannelException.class);
        assertThat(read.bytesRead()).isEqualTo(BLOCK);
    }

    @Test
    void severalFilesAreOneCall() throws IOException {
        IoEngine engine = IoEngine.probe(folder);
        assumeTrue(engine.kind() == IoEngine.Kind.IO_URING, engine.reason());
        FileDeviceDirectory files = FileDeviceDirectory.open(folder);
        for (String name : List.of("a", "b")) {
            try (BlockDevice device = files.create(name)) {
                device.write(block(1), 0);
            }
        }
        AtomicInteger calls = new AtomicInteger();
        RingPool rings = new RingPool(8, 1, (slot, fd, submit, wait, flags, argument, bytes) -> {
            calls.addAndGet(submit);
            return SystemCalls.ringEnter(slot, fd, submit, wait, flags, argument, bytes);
        });
        try (RingDevice a = new RingDevice(folder.resolve("a"), rings, () -> {});
                RingDevice b = new RingDevice(folder.resolve("b"), rings, () -> {})) {
            ReadBatch batch = new ReadBatch();
            batch.add(a, List.of(request(0), request(0)));
            batch.add(b, List.of(request(0)));
            batch.perform();
        }
        assertThat(calls.get()).as("requests submitted").isEqualTo(3);
        assertThat(rings.rings()).isOne();
        rings.trim();
    }

    private static ReadRequest request(long position) {
        return new ReadRequest(AlignedBuffers.allocate(BLOCK), position);
    }

    private static ByteBuffer block(int value) {
        ByteBuffer block = AlignedBuffers.allocate(BLOCK);
        while (block.hasRemaining()) {
            block.put((byte) value);
        }
        return block.flip();
    }
}
