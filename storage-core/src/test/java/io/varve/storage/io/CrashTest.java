package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a crash does to a {@link MemoryDeviceDirectory}: everything that real disks may do, nothing that they may not. */
class CrashTest {

    private static final int SEEDS = 200;

    private enum Fate {
        OLD,
        NEW,
        TORN
    }

    @Test
    void whatWasSyncedSurvives() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        BlockDevice device = disk.create("a");
        device.write(uniform(1, 4), 0);
        device.truncate(2 * BLOCK);
        device.sync();
        disk.sync();

        for (int seed = 0; seed < SEEDS; seed++) {
            MemoryDeviceDirectory restarted = disk.crash(seed);
            assertThat(restarted.list()).containsExactly("a");
            assertThat(contents(restarted, "a")).isEqualTo(uniform(1, 2));
        }
    }

    @Test
    void unsyncedWritesAreLostKeptOrTornBySectors() throws IOException {
        Set<Fate> fates = EnumSet.noneOf(Fate.class);
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        BlockDevice device = disk.create("a");
        device.write(uniform(1, 4), 0);
        device.sync();
        disk.sync();
        device.write(uniform(2, 4), 0);

        for (int seed = 0; seed < SEEDS; seed++) {
            ByteBuffer left = contents(disk.crash(seed), "a");
            for (int at = 0; at < left.limit(); at++) {
                assertThat(left.get(at))
                        .isEqualTo(left.get(at - at % MemoryFile.SECTOR))
                        .isIn((byte) 1, (byte) 2);
            }
            fates.add(left.equals(uniform(1, 4)) ? Fate.OLD : left.equals(uniform(2, 4)) ? Fate.NEW : Fate.TORN);
        }
        assertThat(fates).containsExactlyInAnyOrder(Fate.values());
    }

    @Test
    void unsyncedGrowthEndsAnywhere() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        BlockDevice device = disk.create("a");
        disk.sync();
        device.write(uniform(1, 1), 0);
        device.write(uniform(2, 1), BLOCK);

        Set<Integer> sizes = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            sizes.add(contents(disk.crash(seed), "a").limit());
        }
        assertThat(sizes).containsExactly(0, BLOCK, 2 * BLOCK);
    }

    @Test
    void unsyncedNamesMayOrMayNotBeThere() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        disk.create("old").close();
        disk.create("gone").close();
        disk.sync();
        disk.rename("old", "new");
        disk.delete("gone");
        disk.create("born").close();

        Set<List<String>> outcomes = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            outcomes.add(disk.crash(seed).list());
        }
        assertThat(outcomes)
                .contains(List.of("gone", "old"), List.of("born", "new"))
                .allMatch(names -> names.contains("old") != names.contains("new"));
    }

    @Test
    void replacementByRenameIsAtomic() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        replace(disk, 1);
        disk.crashAt(4);
        assertThatThrownBy(() -> replace(disk, 2)).isInstanceOf(SimulatedCrash.class);

        for (int seed = 0; seed < SEEDS; seed++) {
            assertThat(contents(disk.crash(seed), "a")).isIn(uniform(1, 1), uniform(2, 1));
        }
    }

    @Test
    void crashesInEveryOperationAndThenRefusesAll() throws IOException {
        MemoryDeviceDirectory whole = new MemoryDeviceDirectory();
        replace(whole, 1);
        assertThat(whole.mutations()).isEqualTo(5);

        for (int nth = 1; nth <= 5; nth++) {
            MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
            BlockDevice other = disk.create("other");
            disk.crashAt(nth);
            assertThatThrownBy(() -> replace(disk, 1)).isInstanceOf(SimulatedCrash.class);
            assertThatThrownBy(disk::list).isInstanceOf(SimulatedCrash.class);
            assertThatThrownBy(disk::sync).isInstanceOf(SimulatedCrash.class);
            assertThatThrownBy(other::sync).isInstanceOf(SimulatedCrash.class);
            assertThatThrownBy(() -> other.read(uniform(0, 1), 0)).isInstanceOf(SimulatedCrash.class);

            MemoryDeviceDirectory restarted = disk.crash(nth);
            assertThat(restarted.list()).as("works again").isSubsetOf("a", "b", "other");
        }
    }

    @Test
    void theSameSeedGivesTheSameDisk() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        disk.sync();
        BlockDevice device = disk.create("a");
        disk.sync();
        device.write(uniform(1, 8), 0);

        for (int seed = 0; seed < 20; seed++) {
            assertThat(contents(disk.crash(seed), "a")).isEqualTo(contents(disk.crash(seed), "a"));
        }
    }

    /** Five operations: create, write, sync, rename, sync of the directory. */
    private static void replace(DeviceDirectory disk, int value) throws IOException {
        try (BlockDevice device = disk.create("b")) {
            device.write(uniform(value, 1), 0);
            device.sync();
        }
        disk.rename("b", "a");
        disk.sync();
    }

    private static ByteBuffer contents(DeviceDirectory disk, String name) throws IOException {
        try (BlockDevice device = disk.open(name)) {
            ByteBuffer dst = AlignedBuffers.allocate(16 * BLOCK);
            device.read(dst, 0);
            return dst.flip();
        }
    }

    private static ByteBuffer uniform(int value, int blocks) {
        byte[] bytes = new byte[blocks * BLOCK];
        Arrays.fill(bytes, (byte) value);
        return AlignedBuffers.allocate(bytes.length).put(bytes).flip();
    }
}
