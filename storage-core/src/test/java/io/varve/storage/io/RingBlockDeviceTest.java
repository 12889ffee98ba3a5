package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingBlockDeviceTest extends BlockDeviceContract {

    @TempDir
    private Path folder;

    @Override
    DeviceDirectory directory() throws IOException {
        IoEngine engine = IoEngine.probe(folder);
        assumeTrue(engine.kind() == IoEngine.Kind.IO_URING, engine.reason());
        return FileDeviceDirectory.open(folder, engine);
    }

    /** A virtual thread reads by a descriptor of its own: of the same file, whatever has its name now, and closed with the device. */
    @Test
    void whatVirtualThreadsReadIsTheOpenFile() throws Exception {
        DeviceDirectory directory = directory();
        ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK).put(0, (byte) 7);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            BlockDevice device = directory.create("named");
            device.write(block, 0);
            Files.delete(folder.resolve("named"));
            Files.write(folder.resolve("named"), new byte[BlockDevice.BLOCK]);
            assertThat(threads.submit(() -> first(device)).get()).isEqualTo((byte) 7);
            assertThat(opened()).isEqualTo(2);
            device.close();
            assertThat(opened()).isZero();
            assertThatThrownBy(() -> threads.submit(() -> first(device)).get())
                    .hasCauseInstanceOf(ClosedChannelException.class);
        }
    }

    private static byte first(BlockDevice device) throws IOException {
        ByteBuffer read = AlignedBuffers.allocate(BlockDevice.BLOCK);
        assertThat(device.read(read, 0)).isEqualTo(BlockDevice.BLOCK);
        return read.get(0);
    }

    /** How many descriptors of the deleted file the process has. */
    private long opened() throws IOException {
        long count = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            Path deleted = folder.toRealPath().resolve("named");
            for (Path descriptor : descriptors.toList()) {
                count += target(descriptor).equals(deleted + " (deleted)") ? 1 : 0;
            }
        }
        return count;
    }

    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            // Another thread's, just closed.
            return "";
        }
    }
}
