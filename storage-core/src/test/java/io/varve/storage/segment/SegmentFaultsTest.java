package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.io.SimulatedCrash;
import io.varve.storage.segment.Samples.Sample;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.io.SyncFailedException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Full disks, failing writes and failing syncs: what was durable stays, what is lost is told, and nothing else happens. */
class SegmentFaultsTest {

    private final Random random = new Random(2);
    private final Faults faults = new Faults(2);
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final FaultyDeviceDirectory directory = new FaultyDeviceDirectory(disk, faults);
    private SegmentStore store;
    private SegmentLease lease;

    @BeforeEach
    void open() throws IOException {
        store = SegmentStore.open(directory, STORE, SMALL);
        lease = store.lease();
    }

    /** After a crash or a failed sync there is nothing left that could be saved. */
    @AfterEach
    void close() {
        lease.close();
        try {
            store.close();
        } catch (IOException e) {
            assertThat(e).isInstanceOfAny(SimulatedCrash.class, SyncFailedException.class);
        }
    }

    private Stored append(int length) throws IOException {
        return Samples.random(random, length).appendTo(lease);
    }

    @Test
    void aFailedWriteLosesOnlyWhatWasNotFlushed() throws IOException {
        Stored durable = append(1_000);
        store.flush();
        store.sync();
        Stored flushed = append(1_000);
        store.flush();
        Stored lost = append(1_000);
        faults.failWrite(1);

        assertThatThrownBy(store::flush).hasMessageContaining("00000000.seg from 12288");

        assertThat(store.isIntact(durable.address())).isTrue();
        assertThat(store.isIntact(flushed.address())).isTrue();
        assertThat(store.isIntact(lost.address())).isFalse();
        store.flush();
        Stored next = append(1_000);
        assertThat(next.address().segment()).isEqualTo(1);
        store.flush();
        store.sync();
        assertThat(disk.size("00000000.seg")).isEqualTo(12_288);
        assertReadAfterRestart(durable, flushed, next);
    }

    @Test
    void aWriteThatEndsWithAnErrorIsAFailedOne() throws IOException {
        Stored lost = append(1_000);
        faults.breakWrite(1);
        assertThatThrownBy(store::flush).isInstanceOf(IOException.class).hasMessageContaining("Injected error");
        assertThat(store.isIntact(lost.address())).isFalse();
        Stored next = append(1_000);
        store.flush();
        store.sync();
        assertReadAfterRestart(next);
    }

    @Test
    void whatIsAppendedAfterAFailureButBeforeItIsKnownIsLostToo() throws IOException {
        Stored before = append(100);
        store.flush();
        faults.failWrite(1);
        Stored first = append(20_000);
        Stored second = append(40_000);
        assertThatThrownBy(store::flush).hasMessageContaining("00000000.seg");
        assertThat(store.isIntact(before.address())).isTrue();
        assertThat(store.isIntact(first.address())).isFalse();
        if (second.address().segment() == 0) {
            assertThat(store.isIntact(second.address())).isFalse();
        } else {
            second.assertReadFrom(store);
        }
        store.sync();
        before.assertReadFrom(store);
    }

    @Test
    void aFullDiskIsToldAndFreedSpaceIsUsed() throws IOException {
        Stored durable = append(1_000);
        store.flush();
        store.sync();
        faults.fullAfter(20 << 10);
        Stored lost = append(40_000);

        assertThatThrownBy(store::flush).isInstanceOf(NoSpaceException.class).hasMessageContaining("00000000.seg");

        assertThat(store.isIntact(lost.address())).isFalse();
        assertThatThrownBy(() -> append(10)).isInstanceOf(NoSpaceException.class);
        assertThatThrownBy(() -> append(10)).isInstanceOf(NoSpaceException.class);
        assertThat(store.ids()).containsExactly(0);
        durable.assertReadFrom(store);
        faults.heal();
        Stored next = append(1_000);
        store.flush();
        store.sync();
        assertReadAfterRestart(durable, next);
    }

    @Test
    void aSegmentThatNeverGotAnythingLeavesNoFile() throws IOException {
        faults.failWrite(1);
        Stored lost = append(100);
        assertThatThrownBy(store::flush).isInstanceOf(IOException.class);
        Stored next = append(100);
        store.flush();
        store.sync();
        assertThat(store.isIntact(lost.address())).isFalse();
        assertThat(store.ids()).containsExactly(1);
        assertThat(disk.list()).containsExactly("00000001.seg");
        assertReadAfterRestart(next);
    }

    @Test
    void severalFailuresAreToldTogether() throws IOException {
        faults.failWrite(1);
        append(100);
        store.seal();
        faults.failWrite(1);
        append(100);
        store.seal();
        assertThatThrownBy(store::flush)
                .hasMessageContaining("00000000.seg")
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
        store.flush();
    }

    @Test
    void aFailedSyncIsFinal() throws IOException {
        Stored written = append(1_000);
        store.flush();
        faults.failSync(1);
        assertThatThrownBy(store::sync).isInstanceOf(SyncFailedException.class);
        faults.heal();
        assertRefusesEverything(written);
    }

    @Test
    void aFailedSyncOfTheDirectoryIsFinal() throws IOException {
        Stored written = append(1_000);
        store.flush();
        faults.failDirectorySync(1);
        assertThatThrownBy(store::sync).isInstanceOf(SyncFailedException.class);
        faults.heal();
        assertRefusesEverything(written);
    }

    @Test
    void damagedReadsAreNeverReturned() throws IOException {
        Stored stored = append(5_000);
        store.flush();
        faults.flipBits(1);
        int verified = 0;
        for (int i = 0; i < 200; i++) {
            try {
                // A flipped bit in the padding or in a neighbour does no harm.
                stored.assertReadFrom(store);
                verified++;
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("00000000.seg at 4096");
            }
        }
        assertThat(verified).isBetween(1, 199);
    }

    private void assertRefusesEverything(Stored written) throws IOException {
        Sample sample = Samples.random(random, 10);
        assertThatThrownBy(() -> sample.appendTo(lease)).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(store::flush).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(store::sync).isInstanceOf(SyncFailedException.class);
        written.assertReadFrom(store);
    }

    private void assertReadAfterRestart(Stored... stored) throws IOException {
        try (SegmentStore restarted = SegmentStore.open(disk.crash(3), STORE, SMALL)) {
            for (Stored one : stored) {
                one.assertReadFrom(restarted);
            }
            for (int id : restarted.ids()) {
                assertThat(restarted.sizeBytes(id) % BlockDevice.BLOCK).isZero();
            }
        }
    }
}
