package io.varve.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals that are put together from two copies. */
class JournalMendingTest {
    private static final int COMMITS = 11;

    private final MemoryDeviceDirectory primary = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory copies = new MemoryDeviceDirectory();
    private final List<Long> all = new ArrayList<>();

    /** Several files of three groups each, and a clean end. */
    @BeforeEach
    void write() throws IOException {
        write(primary, 1, COMMITS);
        write(copies, 1, COMMITS);
        for (long sequence = 1; sequence <= COMMITS; sequence++) {
            all.add(sequence);
        }
    }

    private static void write(MemoryDeviceDirectory directory, long from, long to) throws IOException {
        try (Journal journal = Groups.open(directory)) {
            for (long sequence = from; sequence <= to; sequence++) {
                journal.write(Groups.of(sequence));
                journal.sync();
            }
            journal.roll(to);
        }
    }

    private static void flip(MemoryDeviceDirectory directory, String name, int block) throws IOException {
        DeviceFiles.flipBitInPlace(directory, name, Byte.SIZE * ((long) block * BlockDevice.BLOCK + 70));
    }

    private int mend() throws IOException {
        return new JournalMending(primary, copies, Groups.STORE, Sealing.NONE).mendAll();
    }

    private void requireAll() throws IOException {
        assertThat(Groups.replay(primary, 0).sequences()).isEqualTo(all);
    }

    @Test
    void everyPlaceCanBeMended() throws IOException {
        for (String name : JournalFile.names(primary)) {
            int blocks = (int) (primary.size(name) / BlockDevice.BLOCK);
            for (int block = 0; block < blocks; block++) {
                flip(primary, name, block);
                assertThatThrownBy(this::requireAll).isInstanceOf(CorruptionException.class);
                assertThat(mend()).as(name + " " + block).isEqualTo(1);
                requireAll();
                assertThat(mend()).isZero();
            }
        }
        assertThat(primary.list()).isEqualTo(copies.list());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void damageOnBothSidesIsMendedWhereItDoesNotMeet(long seed) throws IOException {
        Random random = new Random(seed);
        boolean hopeless = false;
        for (String name : JournalFile.names(primary)) {
            int blocks = (int) (primary.size(name) / BlockDevice.BLOCK);
            for (int block = 0; block < blocks; block++) {
                int side = random.nextInt(4);
                if (side == 0 || side == 2) {
                    flip(primary, name, block);
                }
                if (side == 1 || (side == 2 && random.nextInt(12) == 0)) {
                    flip(copies, name, block);
                    hopeless |= side == 2;
                }
            }
        }
        mend();
        if (hopeless) {
            assertThatThrownBy(() -> Groups.replay(primary, 0)).isInstanceOf(CorruptionException.class);
        } else {
            requireAll();
        }
    }

    /** What was read well once may be read wrong the next time: no group goes that was there. */
    @Test
    void aDiskThatFailsInBetweenCostsNothing() throws IOException {
        String first = JournalFile.names(primary).getFirst();
        flip(primary, first, 2);
        byte[] damaged = DeviceFiles.read(primary, first);
        int refused = 0;
        for (int read = 1; read < 16; read++) {
            DeviceFiles.write(primary, first, damaged);
            Faults faults = new Faults(read).flipBitInRead(read);
            try {
                new JournalMending(new FaultyDeviceDirectory(primary, faults), copies, Groups.STORE, Sealing.NONE)
                        .mend(first);
            } catch (IOException e) {
                refused++;
            }
            mend();
            requireAll();
        }
        assertThat(refused).isPositive();
    }

    @Test
    void whatTheCopyHasNotIsLeftAsItIs() throws IOException {
        String first = JournalFile.names(primary).getFirst();
        flip(primary, first, 2);
        flip(copies, first, 2);
        long size = primary.size(first);
        assertThat(mend()).isZero();
        assertThat(primary.size(first)).isEqualTo(size);
        copies.delete(first);
        assertThat(mend()).isZero();
        assertThatThrownBy(() -> Groups.replay(primary, 0))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("Restore the journal's files from a backup or mirror");
    }

    /** A copy that was left behind has groups at the same places which verify, and yet do not fit. */
    @ParameterizedTest(name = "in the last file: {0}")
    @ValueSource(booleans = {false, true})
    void anotherHistoryIsNotTaken(boolean last) throws IOException {
        MemoryDeviceDirectory mine = new MemoryDeviceDirectory();
        MemoryDeviceDirectory theirs = new MemoryDeviceDirectory();
        try (Journal journal = Groups.open(mine)) {
            for (long sequence : new long[] {1, 20, 30}) {
                journal.write(Groups.of(sequence));
                journal.sync();
            }
            if (!last) {
                journal.roll(30);
            }
        }
        write(theirs, 1, 3);
        String first = JournalFile.names(mine).getFirst();
        flip(mine, first, 2);
        byte[] before = DeviceFiles.read(mine, first);
        assertThat(new JournalMending(mine, theirs, Groups.STORE, Sealing.NONE).mendAll())
                .isZero();
        assertThat(DeviceFiles.read(mine, first)).isEqualTo(before);
        assertThatThrownBy(() -> Groups.replay(mine, 0)).isInstanceOf(CorruptionException.class);
    }

    /** Without its header, a last file can only be known by its groups. */
    @Test
    void aFileThatMayBeAnotherIsNotReplaced() throws IOException {
        MemoryDeviceDirectory mine = new MemoryDeviceDirectory();
        try (Journal journal = Groups.open(mine)) {
            journal.write(Groups.of(50));
            journal.sync();
        }
        MemoryDeviceDirectory theirs = new MemoryDeviceDirectory();
        write(theirs, 1, 2);
        String first = JournalFile.names(mine).getFirst();
        flip(mine, first, 0);
        flip(mine, first, 1);
        assertThat(new JournalMending(mine, theirs, Groups.STORE, Sealing.NONE).mendAll())
                .isZero();
        // With the group back it is clear that the header is its own.
        flip(mine, first, 1);
        assertThat(new JournalMending(mine, theirs, Groups.STORE, Sealing.NONE).mendAll())
                .isEqualTo(1);
        assertThat(Groups.replay(mine, 0).sequences()).containsExactly(50L);
    }

    /** What rot took from the end of the last file counts as never answered, unless the copy has it. */
    @Test
    void theEndOfTheLastFileComesFromTheCopy() throws IOException {
        MemoryDeviceDirectory mine = new MemoryDeviceDirectory();
        MemoryDeviceDirectory theirs = new MemoryDeviceDirectory();
        for (MemoryDeviceDirectory directory : List.of(mine, theirs)) {
            try (Journal journal = Groups.open(directory)) {
                for (long sequence = 1; sequence <= 3; sequence++) {
                    journal.write(Groups.of(sequence));
                    journal.sync();
                }
            }
        }
        flip(mine, JournalFile.names(mine).getFirst(), 3);
        assertThat(Groups.replay(mine, 0).sequences()).containsExactly(1L, 2L);
        assertThat(new JournalMending(mine, theirs, Groups.STORE, Sealing.NONE).mendAll())
                .isEqualTo(1);
        assertThat(Groups.replay(mine, 0).sequences()).containsExactly(1L, 2L, 3L);
    }
}
