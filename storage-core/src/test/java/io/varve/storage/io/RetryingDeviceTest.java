package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device whose inner one fails in passing, as over a network. */
class RetryingDeviceTest {
    @TempDir
    private Path folder;

    private final List<Long> pauses = new ArrayList<>();
    private final AtomicInteger retries = new AtomicInteger();
    private Path file;
    private IOException failure = new IOException("Input/output error");
    private int failures;

    @BeforeEach
    void writeFile() throws IOException {
        file = Files.write(folder.resolve("file"), new byte[2 * BLOCK]);
    }

    @Test
    void whatPassesIsNotSeen() throws IOException {
        for (String text : List.of("Input/output error", "Stale file handle", "Connection timed out")) {
            failure = new IOException(text);
            try (RetryingDevice device = device()) {
                failures = 2;
                assertThat(device.read(AlignedBuffers.allocate(4 * BLOCK), BLOCK))
                        .isEqualTo(BLOCK);
                failures = 3;
                device.write(AlignedBuffers.allocate(BLOCK), 2 * BLOCK);
                failures = 1;
                assertThat(device.size()).isEqualTo(3 * BLOCK);
                device.truncate(2 * BLOCK);
            }
        }
        assertThat(retries).hasValue(18);
        assertThat(pauses.stream().mapToLong(Long::longValue).sum()).isPositive();
    }

    @Test
    void whatStaysPassesOnAfterAFewTries() throws IOException {
        try (RetryingDevice device = device()) {
            failures = Integer.MAX_VALUE;
            assertThatThrownBy(() -> device.read(AlignedBuffers.allocate(BLOCK), 0))
                    .isSameAs(failure);
        }
        assertThat(pauses)
                .containsExactlyElementsOf(
                        Arrays.stream(RetryingDevice.PAUSES_NANOS).boxed().toList());
    }

    @Test
    void aFullDiskAndAClosedDeviceAreNoCaseForPatience() throws IOException {
        RetryingDevice device = device();
        failure = new IOException("No space left on device");
        failures = 1;
        assertThatThrownBy(() -> device.write(AlignedBuffers.allocate(BLOCK), 0))
                .isSameAs(failure);
        device.close();
        assertThatThrownBy(() -> device.read(AlignedBuffers.allocate(BLOCK), 0))
                .isInstanceOf(ClosedChannelException.class);
        assertThat(retries).hasValue(0);
    }

    @Test
    void aSyncIsNeverRepeated() throws IOException {
        try (RetryingDevice device = device()) {
            failures = 1;
            assertThatThrownBy(device::sync).isSameAs(failure);
        }
        assertThat(retries).hasValue(0);
    }

    private RetryingDevice device() throws IOException {
        BlockDevice inner = new ChannelDevice(file, false, () -> {});
        return new RetryingDevice(new Failing(inner), retries::incrementAndGet, pauses::add);
    }

    /** Fails as often as is asked for, and then works. */
    private final class Failing implements RetryingDevice.Reopenable {
        private final BlockDevice inner;

        Failing(BlockDevice inner) {
            this.inner = inner;
        }

        private void fail() throws IOException {
            if (failures > 0) {
                failures--;
                throw failure;
            }
        }

        @Override
        public void reopen() throws IOException {
            ((ChannelDevice) inner).reopen();
        }

        @Override
        public int read(ByteBuffer dst, long position) throws IOException {
            fail();
            return inner.read(dst, position);
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            fail();
            inner.write(src, position);
        }

        @Override
        public void sync() throws IOException {
            fail();
            inner.sync();
        }

        @Override
        public long size() throws IOException {
            fail();
            return inner.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            inner.truncate(size);
        }

        @Override
        public void close() throws IOException {
            inner.close();
        }
    }
}
