package io.varve.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import java.io.IOException;
import java.io.SyncFailedException;
import org.junit.jupiter.api.Test;

class JournalFaultsTest {
    /** The file that begins with commit 1. */
    private static final String FIRST = "0000000000000001.log";

    private final Faults faults = new Faults(1);
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final FaultyDeviceDirectory directory = new FaultyDeviceDirectory(disk, faults);

    @Test
    void aDiskWithoutRoomToReserveTakesGroupsAllTheSame() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            faults.failWrite(2);
            journal.append(Groups.of(1));
            journal.append(Groups.of(2));
            assertThat(journal.statistics().storedBytes()).isEqualTo(3 * BlockDevice.BLOCK);
        }
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(1L, 2L);
    }

    @Test
    void aFailedWriteFailsItsGroupAlone() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            faults.failWrite(1);
            assertThatThrownBy(() -> journal.write(Groups.of(2)))
                    .hasMessageContaining(FIRST)
                    .hasMessageContaining("8192");
            assertThat(journal.lastSequence()).isEqualTo(1);
            journal.append(Groups.of(3));
        }
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(1L, 3L);
    }

    @Test
    void aFailedFirstWriteLeavesItsNameToTheNext() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            // The first write is that of the header, the second one reserves.
            faults.failWrite(3);
            assertThatThrownBy(() -> journal.write(Groups.of(1))).hasMessageContaining(FIRST);
            journal.append(Groups.of(2));
        }
        assertThat(disk.list()).containsExactly(FIRST);
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(2L);
    }

    @Test
    void aFullDiskIsToldAndFreedSpaceIsUsed() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            faults.fullAfter(0);
            // There is room in what was reserved.
            journal.append(Groups.of(2));
            journal.append(Groups.of(3));
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> journal.write(Groups.of(4))).isInstanceOf(NoSpaceException.class);
            }
            assertThatThrownBy(() -> journal.roll(3)).isInstanceOf(NoSpaceException.class);
            faults.heal();
            journal.append(Groups.of(4));
        }
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aFailedSyncOfAGroupThatIsAppendedIsFinal() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            faults.failSync(1);
            assertThatThrownBy(() -> journal.append(Groups.of(2))).isInstanceOf(SyncFailedException.class);
            faults.heal();
            assertThatThrownBy(() -> journal.append(Groups.of(3))).isInstanceOf(SyncFailedException.class);
            assertThat(journal.lastSequence()).isEqualTo(1);
        }
    }

    @Test
    void aFailedSyncIsFinal() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            journal.write(Groups.of(2));
            faults.failSync(1);
            assertThatThrownBy(journal::sync).isInstanceOf(SyncFailedException.class);
            faults.heal();
            assertThat(journal.lastSequence()).isEqualTo(1);
            assertRefusesEverything(journal);
        }
    }

    @Test
    void aFailedSyncOfAHeaderOrNameIsFinal() throws IOException {
        faults.failSync(1);
        try (Journal journal = Groups.open(directory)) {
            assertThatThrownBy(() -> journal.write(Groups.of(1))).isInstanceOf(SyncFailedException.class);
            assertRefusesEverything(journal);
        }
        FaultyDeviceDirectory other = new FaultyDeviceDirectory(new MemoryDeviceDirectory(), faults);
        faults.failDirectorySync(1);
        try (Journal journal = Groups.open(other)) {
            assertThatThrownBy(() -> journal.write(Groups.of(1))).isInstanceOf(SyncFailedException.class);
            assertRefusesEverything(journal);
        }
    }

    private static void assertRefusesEverything(Journal journal) {
        assertThatThrownBy(() -> journal.write(Groups.of(9))).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(journal::sync).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(() -> journal.roll(1)).isInstanceOf(SyncFailedException.class);
        assertThatThrownBy(() -> journal.trim(1)).isInstanceOf(SyncFailedException.class);
    }
}
