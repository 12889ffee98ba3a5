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
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.journal.Groups.Notes;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

    private static final String FIRST = "0000000000000001.log";

    private final Faults faults = new Faults(1);
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final FaultyDeviceDirectory directory = new FaultyDeviceDirectory(disk, faults);

    @Test
    void anEmptyJournalIsNothing() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            assertThat(journal.lastSequence()).isZero();
            assertThat(journal.startsAfter()).isZero();
            journal.roll(0);
        }
        assertThat(disk.list()).isEmpty();
    }

    @Test
    void replaysWhatWasAppended() throws IOException {
        List<JournalGroup> groups = List.of(Groups.of(1), Groups.of(5, 6, 90), Groups.of(1L << 60));
        try (Journal journal = Groups.open(directory)) {
            for (JournalGroup group : groups) {
                journal.append(group);
                assertThat(journal.lastSequence()).isEqualTo(group.lastSequence());
            }
        }
        Notes notes = Groups.replay(directory, 0);
        assertThat(notes.groups).isEqualTo(groups);
        assertThat(notes.lastInDoubt).isTrue();
    }

    @Test
    void aGroupIsOneWriteAndOneSync() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            long writes = faults.writes();
            long syncs = faults.syncs();
            journal.append(Groups.of(2, 3, 4));
            assertThat(faults.writes() - writes).isOne();
            assertThat(faults.syncs() - syncs).isOne();
            // The rest of the small file is reserved.
            assertThat(journal.statistics())
                    .isEqualTo(new JournalStatistics(1, 4 * BlockDevice.BLOCK, 2, 4, 2 * BlockDevice.BLOCK, 2));
        }
    }

    /** A file that grows with each group would have its new size synced with each. */
    @Test
    void filesGrowAheadOfTheirGroupsAndEndWithThem() throws IOException {
        MemoryDeviceDirectory grown = new MemoryDeviceDirectory();
        try (Journal journal = Journal.open(grown, STORE, JournalOptions.defaults(), Sealing.NONE)) {
            journal.replay(0, (group, inDoubt) -> GroupVisitor.Verdict.KEEP);
            journal.append(Groups.of(1));
            String file = grown.list().getFirst();
            long before = grown.size(file);
            assertThat(before).isEqualTo(BlockDevice.BLOCK + (32 << 10));
            for (int group = 2; group <= 8; group++) {
                journal.append(Groups.of(group));
            }
            assertThat(grown.size(file)).isEqualTo(before);
            journal.append(Groups.of(9));
            assertThat(grown.size(file)).isEqualTo(before + (32 << 10));
        }
        assertThat(grown.size(grown.list().getFirst())).isEqualTo(10L * BlockDevice.BLOCK);
        assertThat(Groups.replay(grown, 0).sequences()).hasSize(9);
    }

    @Test
    void groupsOfAnySizeComeBack() throws IOException {
        Random random = new Random(1);
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.large(1, 0, random));
            journal.append(Groups.large(2, 4_096 - 76, random));
            journal.append(Groups.large(3, 4_096 - 75, random));
            journal.append(Groups.large(4, 100_000, random));
            journal.append(Groups.large(5, 3 << 20, random));
            journal.append(Groups.of(6));
        }
        assertThat(disk.list())
                .containsExactly(
                        FIRST,
                        "0000000000000003.log",
                        "0000000000000004.log",
                        "0000000000000005.log",
                        "0000000000000006.log");
        assertThat(disk.size("0000000000000004.log")).isGreaterThan(SMALL.fileBytes());
        Random again = new Random(1);
        assertThat(Groups.replay(directory, 0).groups)
                .containsExactly(
                        Groups.large(1, 0, again),
                        Groups.large(2, 4_096 - 76, again),
                        Groups.large(3, 4_096 - 75, again),
                        Groups.large(4, 100_000, again),
                        Groups.large(5, 3 << 20, again),
                        Groups.of(6));
    }

    @Test
    void replaysOnlyWhatIsNeeded() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1, 2));
            journal.append(Groups.of(3, 4));
            journal.roll(4);
            journal.append(Groups.of(5, 6));
        }
        assertThat(Groups.replay(directory, 1).sequences()).containsExactly(2L, 3L, 4L, 5L, 6L);
        long reads = faults.reads();
        Notes notes = Groups.replay(directory, 5);
        assertThat(notes.sequences()).containsExactly(6L);
        assertThat(notes.lastInDoubt)
                .as("its effects are known, so it was answered")
                .isFalse();
        assertThat(faults.reads() - reads)
                .as("two headers, and the groups of the second file")
                .isEqualTo(3);
        assertThat(Groups.replay(directory, 6).groups).isEmpty();
    }

    @Test
    void everyRunWritesToItsOwnFile() throws IOException {
        for (long i = 1; i <= 3; i++) {
            try (Journal journal = Groups.open(directory)) {
                journal.append(Groups.of(i));
            }
        }
        assertThat(disk.list()).containsExactly(FIRST, "0000000000000002.log", "0000000000000003.log");
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void rollingConfirmsTheLastGroup() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            journal.roll(1);
            journal.roll(1);
            assertThat(disk.list()).hasSize(2);
        }
        assertThat(Groups.replay(directory, 0).lastInDoubt).isFalse();
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(2));
        }
        assertThat(disk.list()).hasSize(2);
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(1L, 2L);
    }

    /** A checkpoint is taken while commits go on: it must not confirm a group whose chunks are still on their way. */
    @Test
    void aGroupThatMayNotBeDurableIsConfirmedByTheNextOneOnly() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            journal.write(Groups.of(2));
            journal.roll(1);
            journal.sync();
            journal.roll(1);
            assertThat(disk.list()).containsExactly(FIRST);
        }
        assertThat(Groups.replay(disk.crash(1), 0).lastInDoubt).isTrue();
    }

    @Test
    void aRollThatWasPutOffComesWithTheNextGroup() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            journal.roll(0);
            assertThat(disk.list()).containsExactly(FIRST);
            journal.append(Groups.of(2));
            assertThat(disk.list()).containsExactly(FIRST, "0000000000000002.log");
            journal.append(Groups.of(3));
            assertThat(disk.list()).hasSize(2);
        }
        assertThat(Groups.replay(directory, 0).sequences()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aDiscardedGroupStaysDiscarded() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            journal.append(Groups.of(2, 3));
        }
        Notes notes = Groups.discarding();
        try (Journal journal = Groups.open(directory, notes)) {
            assertThat(notes.sequences()).containsExactly(1L, 2L, 3L);
            assertThat(journal.lastSequence()).isEqualTo(1);
            journal.append(Groups.of(2));
            journal.append(Groups.of(7));
        }
        assertThat(Groups.replay(directory, 0).groups).containsExactly(Groups.of(1), Groups.of(2), Groups.of(7));
    }

    @Test
    void aDiscardedFirstGroupLeavesItsNameToTheNext() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
        }
        try (Journal journal = Groups.open(directory, Groups.discarding())) {
            assertThat(journal.lastSequence()).isZero();
            journal.append(Groups.of(4));
        }
        assertThat(disk.list()).containsExactly(FIRST);
        assertThat(Groups.replay(directory, 0).groups).containsExactly(Groups.of(4));
    }

    @Test
    void onlyAGroupInDoubtMayBeDiscarded() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
            journal.append(Groups.of(2));
        }
        try (Journal journal = Journal.open(directory, STORE, SMALL, Sealing.NONE)) {
            assertThatThrownBy(() -> journal.replay(0, (group, inDoubt) -> GroupVisitor.Verdict.DISCARD))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void trimsWhatACheckpointCovers() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            for (long i = 1; i <= 4; i++) {
                journal.append(Groups.of(10 * i, 10 * i + 1));
                journal.roll(Long.MAX_VALUE);
            }
            assertThat(journal.trim(20)).isOne();
            assertThat(journal.startsAfter()).isEqualTo(11);
            assertThat(journal.trim(20)).isZero();
            assertThat(journal.trim(31)).isEqualTo(2);
            assertThat(journal.trim(Long.MAX_VALUE)).isOne();
            assertThat(journal.startsAfter()).isEqualTo(41);
        }
        assertThatThrownBy(() -> Groups.replay(directory, 40))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("begins after commit 41");
        Notes notes = Groups.keeping();
        try (Journal journal = Groups.open(directory, notes)) {
            assertThat(journal.lastSequence()).isEqualTo(41);
            assertThat(notes.groups).isEmpty();
            journal.append(Groups.of(50));
        }
        assertThat(Groups.replay(directory, 41).sequences()).containsExactly(50L);
    }

    @Test
    void theOrderOfCallsIsKept() throws IOException {
        try (Journal journal = Journal.open(directory, STORE, SMALL, Sealing.NONE)) {
            assertThatThrownBy(() -> journal.write(Groups.of(1))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(journal::lastSequence).isInstanceOf(IllegalStateException.class);
            journal.replay(0, Groups.keeping());
            assertThatThrownBy(() -> journal.replay(0, Groups.keeping())).isInstanceOf(IllegalStateException.class);
            journal.sync();
            journal.write(Groups.of(5));
            assertThatThrownBy(() -> journal.write(Groups.of(6))).isInstanceOf(IllegalStateException.class);
            journal.sync();
            assertThatThrownBy(() -> journal.write(Groups.of(5))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aClosedJournalRefuses() throws IOException {
        Journal journal = Groups.open(directory);
        journal.close();
        assertThatThrownBy(() -> journal.write(Groups.of(1))).hasMessageContaining("closed");
        journal.close();
    }

    @Test
    void groupsAreInOrderAndNotEmpty() {
        assertThatThrownBy(() -> Groups.of()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Groups.of(2, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Groups.of(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new JournalOptions(4_096)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesFilesOfAnotherStoreOrName() throws IOException {
        try (Journal journal = Groups.open(directory)) {
            journal.append(Groups.of(1));
        }
        assertThatThrownBy(() -> Journal.open(directory, new UUID(1, 2), SMALL, Sealing.NONE))
                .hasMessageContaining(FIRST)
                .hasMessageContaining("belongs to the store " + STORE);
        disk.rename(FIRST, "0000000000000002.log");
        assertThatThrownBy(() -> Groups.open(directory))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("it is " + FIRST);
    }

    @Test
    void foreignFilesAreLeftAloneAndUnfinishedOnesRemoved() throws IOException {
        DeviceFiles.write(disk, "0000000000000007.log.tmp", new byte[0]);
        DeviceFiles.write(disk, "0000000000000007.logs", new byte[0]);
        DeviceFiles.write(disk, "0000000000000007.ckp", new byte[0]);
        Groups.open(directory).close();
        assertThat(disk.list()).containsExactly("0000000000000007.ckp", "0000000000000007.logs");
    }

    @Test
    void worksOnRealFiles(@TempDir Path temporary) throws IOException {
        FileDeviceDirectory files = FileDeviceDirectory.open(temporary.resolve("journal"));
        for (long run = 0; run < 3; run++) {
            try (Journal journal = Groups.open(files, Groups.discarding())) {
                journal.append(Groups.of(10 * run + 1, 10 * run + 2));
                journal.append(Groups.of(10 * run + 3));
            }
        }
        assertThat(Groups.replay(files, 1).sequences()).containsExactly(2L, 11L, 12L, 21L, 22L, 23L);
    }
}
