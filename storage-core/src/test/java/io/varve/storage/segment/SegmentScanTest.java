package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.segment.Samples.Sample;
import io.varve.storage.segment.Samples.Stored;
import io.varve.storage.segment.ScannedRecord.BadPayload;
import io.varve.storage.segment.ScannedRecord.Damaged;
import io.varve.storage.segment.ScannedRecord.Intact;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SegmentScanTest {

    private static final String FILE = "00000000.seg";

    private final Random random = new Random(3);
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();

    /** One segment with two sync groups of two records each. */
    private List<Stored> twoGroups() throws IOException {
        List<Stored> stored = new ArrayList<>();
        try (SegmentStore store = SegmentStore.open(disk, STORE, SMALL);
                SegmentLease lease = store.lease()) {
            for (int length : new int[] {5_000, 3_000, 6_000, 100}) {
                stored.add(Samples.random(random, length).appendTo(lease));
                if (stored.size() == 2) {
                    store.flush();
                }
            }
        }
        return stored;
    }

    private static List<ScannedRecord> scan(DeviceDirectory directory) throws IOException {
        try (SegmentStore store = SegmentStore.open(directory, STORE, SMALL)) {
            return scan(store, 0);
        }
    }

    private static List<ScannedRecord> scan(SegmentStore store, int segment) throws IOException {
        List<ScannedRecord> found = new ArrayList<>();
        try (SegmentScan scan = store.scan(segment)) {
            scan.forEachRemaining(found::add);
            assertThatThrownBy(scan::next).isInstanceOf(NoSuchElementException.class);
        }
        assertThat(store.statistics().readBufferBytes()).isZero();
        return found;
    }

    private static Intact intact(Stored stored) {
        return new Intact(stored.address(), stored.sample().chunk());
    }

    @Test
    void findsEveryRecordOfEverySyncGroup() throws IOException {
        List<Stored> stored = twoGroups();
        assertThat(scan(disk))
                .containsExactlyElementsOf(
                        stored.stream().map(SegmentScanTest::intact).toList());
    }

    @Test
    void seesWhatIsWrittenOfTheOpenSegment() throws IOException {
        try (SegmentStore store = SegmentStore.open(disk, STORE, SMALL);
                SegmentLease lease = store.lease()) {
            Stored first = Samples.random(random, 100).appendTo(lease);
            store.flush();
            Samples.random(random, 100).appendTo(lease);
            assertThat(scan(store, 0)).containsExactly(intact(first));
        }
    }

    @Test
    void aBadPayloadCostsItsRecordOnly() throws IOException {
        List<Stored> stored = twoGroups();
        DeviceFiles.flipBit(disk, FILE, (stored.getFirst().address().offset() + 2_000L) * Byte.SIZE);
        assertThat(scan(disk))
                .containsExactly(
                        new BadPayload(
                                stored.get(0).address(), stored.get(0).sample().chunk()),
                        intact(stored.get(1)),
                        intact(stored.get(2)),
                        intact(stored.get(3)));
    }

    @Test
    void aBadHeaderCostsItsRecordOnly() throws IOException {
        List<Stored> stored = twoGroups();
        SegmentAddress damaged = stored.getFirst().address();
        DeviceFiles.flipBit(disk, FILE, (damaged.offset() + 20L) * Byte.SIZE);
        List<ScannedRecord> found = scan(disk);
        assertThat(found.getFirst()).isInstanceOfSatisfying(Damaged.class, damage -> {
            assertThat(damage.offset()).isEqualTo(damaged.offset());
            assertThat(damage.offset() + damage.length()).isEqualTo(damaged.end());
        });
        assertThat(found.subList(1, found.size()))
                .containsExactly(intact(stored.get(1)), intact(stored.get(2)), intact(stored.get(3)));
    }

    @Test
    void aBadFileHeaderIsToldAndPassed() throws IOException {
        List<Stored> stored = twoGroups();
        DeviceFiles.flipBit(disk, FILE, 77);
        List<ScannedRecord> found = scan(disk);
        assertThat(found).hasSize(5);
        assertThat(found.getFirst())
                .isInstanceOfSatisfying(
                        Damaged.class, damage -> assertThat(damage.length()).isEqualTo(BlockDevice.BLOCK));
        assertThat(found.get(1)).isEqualTo(intact(stored.getFirst()));
    }

    @Test
    void dirtyPaddingIsDamage() throws IOException {
        List<Stored> stored = twoGroups();
        long padding = stored.get(1).address().end() + 10;
        DeviceFiles.flipBit(disk, FILE, padding * Byte.SIZE);
        assertThat(scan(disk))
                .filteredOn(Damaged.class::isInstance)
                .hasSize(1)
                .first()
                .isInstanceOfSatisfying(
                        Damaged.class,
                        damage -> assertThat(damage.offset())
                                .isEqualTo((int) stored.get(1).address().end()));
    }

    @Test
    void aCutOffRecordIsToldAndTheEndIsTheEnd() throws IOException {
        List<Stored> stored = twoGroups();
        byte[] bytes = DeviceFiles.read(disk, FILE);
        DeviceFiles.write(disk, FILE, Arrays.copyOf(bytes, 4 * BlockDevice.BLOCK));
        Stored cut = stored.get(2);
        assertThat(scan(disk))
                .containsExactly(
                        intact(stored.get(0)),
                        intact(stored.get(1)),
                        new BadPayload(cut.address(), cut.sample().chunk()));
    }

    @Test
    void anUnreadableBlockCostsOnlyWhatLiesInIt() throws IOException {
        List<Stored> stored = twoGroups();
        // The block behind the first record's header.
        Faults faults = new Faults(3).unreadable(2 * BlockDevice.BLOCK);
        assertThat(scan(new FaultyDeviceDirectory(disk, faults)))
                .contains(intact(stored.get(2)), intact(stored.get(3)))
                .hasSizeBetween(3, 5)
                .first()
                .isEqualTo(new BadPayload(
                        stored.get(0).address(), stored.get(0).sample().chunk()));
    }

    @Test
    void aSegmentInsideAPayloadIsOnlyAPayload() throws IOException {
        twoGroups();
        byte[] segment = DeviceFiles.read(disk, FILE);
        MemoryDeviceDirectory outer = new MemoryDeviceDirectory();
        Stored stored;
        try (SegmentStore store = SegmentStore.open(outer, STORE, SMALL);
                SegmentLease lease = store.lease()) {
            // Shifted by one header: the inner records cannot lie where they belong.
            stored = Sample.of(segment).appendTo(lease);
        }
        DeviceFiles.flipBit(outer, FILE, (stored.address().offset() + 10L) * Byte.SIZE);
        assertThat(scan(outer)).hasSize(1).first().isInstanceOf(Damaged.class);
    }

    @Test
    void aRecordOfAnotherPlaceIsNoRecord() throws IOException {
        twoGroups();
        byte[] bytes = DeviceFiles.read(disk, FILE);
        DeviceFiles.write(disk, "00000001.seg", bytes);
        try (SegmentStore store = SegmentStore.open(disk, STORE, SMALL)) {
            assertThat(scan(store, 1)).allMatch(Damaged.class::isInstance);
        }
    }

    /** Whatever happens to one bit, the others' records are found, nothing is invented, and every byte is accounted for. */
    @Test
    void everyFlippedBitIsNoticedOrHarmless() throws IOException {
        List<Stored> stored = twoGroups();
        List<ScannedRecord> intact =
                stored.stream().<ScannedRecord>map(SegmentScanTest::intact).toList();
        byte[] original = DeviceFiles.read(disk, FILE);
        long seed = 4;
        Random bits = new Random(seed);
        for (int i = 0; i < 400; i++) {
            int bit = bits.nextInt(original.length * Byte.SIZE);
            byte[] damaged = original.clone();
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            DeviceFiles.write(disk, FILE, damaged);
            List<ScannedRecord> found = scan(disk);
            assertThat(found).as("seed %d, bit %d", seed, bit).hasSizeBetween(4, 5);
            assertThat(found.stream().filter(Intact.class::isInstance).toList())
                    .as("seed %d, bit %d", seed, bit)
                    .hasSizeBetween(3, 4)
                    .isSubsetOf(intact);
            assertThat(found.stream().anyMatch(record -> !(record instanceof Intact)))
                    .as("seed %d, bit %d", seed, bit)
                    .isTrue();
        }
    }

    @Test
    void randomBytesAreOnlyDamage() throws IOException {
        for (int seed = 0; seed < 60; seed++) {
            Random noise = new Random(seed);
            byte[] bytes = new byte[BlockDevice.BLOCK * (1 + noise.nextInt(6))];
            if (noise.nextBoolean()) {
                noise.nextBytes(bytes);
            }
            // Header marks everywhere.
            for (int i = 0; i < 50; i++) {
                System.arraycopy(new byte[] {'V', 'C', 'H', 'R'}, 0, bytes, noise.nextInt(bytes.length - 4), 4);
            }
            DeviceFiles.write(disk, FILE, bytes);
            assertThat(scan(disk)).as("seed %d", seed).isNotEmpty().allMatch(Damaged.class::isInstance);
        }
    }
}
