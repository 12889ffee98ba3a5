package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A directory like any other, as long as it answers; and what becomes of calls that it does not answer. */
class TimedDirectoryTest extends DeviceDirectoryContract {
    private final TimedCalls calls = new TimedCalls("The place", Duration.ofMinutes(1));
    private final MemoryDeviceDirectory files = new MemoryDeviceDirectory();
    private final Faults faults = new Faults(1);

    @Override
    DeviceDirectory directory() throws IOException {
        return timed();
    }

    private TimedDirectory timed() throws IOException {
        return TimedDirectory.open(calls, () -> new FaultyDeviceDirectory(files, faults));
    }

    private void hang() {
        calls.setTimeout(Duration.ofMillis(20));
        faults.hang(1);
    }

    private void answer() {
        calls.setTimeout(Duration.ofMinutes(1));
        faults.answer();
        while (calls.late() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    @Timeout(60)
    void aLateWriteWritesWhatItWasGiven() throws IOException {
        TimedDirectory directory = timed();
        ByteBuffer bytes = AlignedBuffers.allocate(BLOCK);
        try (BlockDevice device = directory.create("a")) {
            hang();
            assertThatThrownBy(() -> device.write(bytes.put(0, (byte) 1), 0))
                    .isInstanceOf(TimedCalls.NotAnsweringException.class)
                    .hasMessageContaining("The place has not answered");
            bytes.put(0, (byte) 2);
            assertThatThrownBy(() -> device.write(bytes.clear(), BLOCK))
                    .as("not begun while something hangs")
                    .isInstanceOf(TimedCalls.NotAnsweringException.class);
            answer();
        }
        assertThat(DeviceFiles.read(files, "a")).hasSize(BLOCK).startsWith(1);
    }

    @Test
    @Timeout(60)
    void aLateReadChangesNothing() throws IOException {
        TimedDirectory directory = timed();
        ByteBuffer bytes = AlignedBuffers.allocate(BLOCK);
        try (BlockDevice device = directory.create("a")) {
            device.write(bytes.put(0, (byte) 1), 0);
            hang();
            assertThatThrownBy(() -> device.read(bytes.clear().put(0, (byte) 7), 0))
                    .isInstanceOf(TimedCalls.NotAnsweringException.class);
            answer();
            assertThat(bytes.position()).isZero();
            assertThat(bytes.get(0)).isEqualTo((byte) 7);
            assertThat(device.read(bytes.clear(), 0)).isEqualTo(BLOCK);
            assertThat(bytes.get(0)).isEqualTo((byte) 1);
        }
    }

    /** A device that is open could neither be deleted nor replaced. */
    @Test
    @Timeout(60)
    void whatOpensOrIsClosedTooLateIsClosed() throws IOException {
        TimedDirectory directory = timed();
        BlockDevice open = directory.create("a");
        hang();
        assertThatThrownBy(() -> directory.create("b")).isInstanceOf(TimedCalls.NotAnsweringException.class);
        open.close();
        answer();
        assertThat(directory.list()).containsExactly("a", "b");
        directory.delete("a");
        directory.rename("b", "c");
    }

    @Test
    @Timeout(60)
    void noMoreThreadsAreLeftBehindThanCallsWereUnderWay() throws Exception {
        TimedDirectory directory = timed();
        hang();
        Thread[] callers = new Thread[4 * TimedCalls.CALLS_MAX];
        for (int i = 0; i < callers.length; i++) {
            callers[i] = Thread.startVirtualThread(() -> assertThatThrownBy(directory::list));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(calls.late()).isBetween(1, TimedCalls.CALLS_MAX);
        answer();
        assertThat(directory.list()).isEmpty();
    }

    @Test
    void aFailedSyncStandsInTheWayUntilTheDirectoryIsOpenedAnew() throws IOException {
        TimedDirectory directory = timed();
        directory.create("a").close();
        faults.failDirectorySync(1);
        assertThatThrownBy(directory::sync).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> directory.create("b")).isInstanceOf(IOException.class);
        directory.reopen();
        directory.create("b").close();
        directory.sync();
        assertThat(directory.list()).containsExactly("a", "b");
    }
}
