package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import io.varve.storage.segment.Samples.Sample;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted segments: their golden bytes, what damage does to them, and what they tell without their key. */
class SealedSegmentTest {
    private static final String FILE = "00000000.seg";
    private static final String GOLDEN = "segment-2.hex";

    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final Sealing sealing = TestKeys.sealed();
    private final Random random = new Random(11);

    private static Sample sample(String text) {
        ByteBuffer payload = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        ChunkRecord chunk = new ChunkRecord(
                Fingerprint.of(payload), payload.remaining(), 2, ChunkRecord.MANIFEST_PAGE, Checksums.xxh3(payload));
        return new Sample(chunk, payload.asReadOnlyBuffer());
    }

    private List<Stored> fill(Sealing how, int records) throws IOException {
        List<Stored> stored = new ArrayList<>();
        try (SegmentStore store = Samples.open(disk, how);
                SegmentLease lease = store.lease()) {
            for (int i = 0; i < records; i++) {
                stored.add(Samples.random(random, random.nextInt(30_000)).appendTo(lease));
                if (i % 5 == 0) {
                    stored.getLast().assertReadFrom(store);
                }
            }
        }
        return stored;
    }

    /** Written once with a master key of 32 bytes 0x11; a data key is random, so that nothing writes the same again. */
    @Test
    void readsTheGoldenSegment(@TempDir Path keys) throws IOException {
        DeviceFiles.write(disk, FILE, DeviceFiles.parse(DeviceFiles.golden(SealedSegmentTest.class, GOLDEN)));
        Sealing known = new Sealing(TestKeys.known(keys, 1, 0x11), false);
        try (SegmentStore store = Samples.open(disk, known)) {
            new Stored(sample("A varve is one year's layer of sediment."), new SegmentAddress(0, 8_192, 56))
                    .assertReadFrom(store);
            new Stored(sample(""), new SegmentAddress(0, 8_312, 16)).assertReadFrom(store);
            new Stored(sample("Next group."), new SegmentAddress(0, 12_288, 27)).assertReadFrom(store);
            assertThat(scan(store, 0)).hasSize(3).allMatch(found -> found instanceof ScannedRecord.Intact);
        }
    }

    private static List<ScannedRecord> scan(SegmentStore store, int segment) throws IOException {
        List<ScannedRecord> found = new ArrayList<>();
        try (SegmentScan scan = store.scan(segment)) {
            scan.forEachRemaining(found::add);
        }
        return found;
    }

    @Test
    void segmentsOfBothKindsAreReadByEveryRun() throws IOException {
        List<Stored> stored = fill(sealing, 30);
        stored.addAll(fill(new Sealing(sealing.keys(), false), 30));
        stored.addAll(fill(sealing, 30));
        try (SegmentStore store = Samples.open(disk, new Sealing(sealing.keys(), false))) {
            List<ChunkLocation> locations =
                    stored.stream().map(Stored::location).toList();
            for (int i = 0; i < locations.size(); i += 3) {
                // The same one twice, as members of a frame ask for it.
                List<ChunkRead> reads =
                        store.readMany(List.of(locations.get(i), locations.get(i + 1), locations.get(i)));
                stored.get(i).assertIs((StoredChunk) reads.get(0));
                stored.get(i + 1).assertIs((StoredChunk) reads.get(1));
                stored.get(i).assertIs((StoredChunk) reads.get(2));
                reads.forEach(read -> ((StoredChunk) read).close());
            }
            assertThat(store.statistics().readBufferBytes()).isZero();
            Set<SegmentAddress> found = new HashSet<>();
            long sealed = 0;
            for (int id : store.ids()) {
                boolean clear = store.isAsNew(id);
                sealed += clear ? 0 : store.sizeBytes(id);
                for (ScannedRecord record : scan(store, id)) {
                    found.add(((ScannedRecord.Intact) record).address());
                }
            }
            assertThat(found)
                    .isEqualTo(
                            new HashSet<>(stored.stream().map(Stored::address).toList()));
            assertThat(store.sealedBytes())
                    .isEqualTo(sealed)
                    .isBetween(1L, store.statistics().storedBytes());
        }
    }

    @Test
    void nothingOfTheContentCanBeSeen() throws IOException {
        Sample sample = sample("All that is known of this file. ".repeat(200));
        try (SegmentStore store = Samples.open(disk, sealing);
                SegmentLease lease = store.lease()) {
            sample.appendTo(lease);
            sample.appendTo(lease);
        }
        String bytes = new String(DeviceFiles.read(disk, FILE), StandardCharsets.ISO_8859_1);
        ByteBuffer fingerprint = ByteBuffer.allocate(Fingerprint.BYTES);
        sample.chunk().fingerprint().write(fingerprint);
        assertThat(bytes)
                .doesNotContain("known of this")
                .doesNotContain(new String(fingerprint.array(), 0, 8, StandardCharsets.ISO_8859_1));
    }

    @Test
    void noNumberIsUsedTwiceInASegment() throws IOException {
        fill(sealing, 200);
        for (String name : disk.list()) {
            ByteBuffer file = ByteBuffer.wrap(DeviceFiles.read(disk, name)).order(ByteOrder.LITTLE_ENDIAN);
            Set<Integer> numbers = new HashSet<>();
            int records = 0;
            for (int at = 8_192; at + RecordFormat.HEADER_BYTES <= file.limit(); at++) {
                if (new RecordFormat(STORE)
                        .decodeSealed(Integer.parseInt(name.substring(0, 8), 16), at, file.position(at))
                        .isPresent()) {
                    numbers.add(file.getInt(at + 8));
                    records++;
                }
            }
            assertThat(numbers).hasSize(records).isNotEmpty();
        }
    }

    @Test
    void aFlippedBitIsMet() throws IOException {
        Stored stored;
        try (SegmentStore store = Samples.open(disk, sealing);
                SegmentLease lease = store.lease()) {
            stored = sample("Bits that matter.").appendTo(lease);
        }
        byte[] whole = DeviceFiles.read(disk, FILE);
        for (int at = 8_192; at < stored.address().end(); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % Byte.SIZE);
            DeviceFiles.write(disk, FILE, damaged);
            try (SegmentStore store = Samples.open(disk, sealing)) {
                assertThatThrownBy(() -> stored.assertReadFrom(store)).isInstanceOf(CorruptionException.class);
                assertThat(scan(store, 0)).noneMatch(found -> found instanceof ScannedRecord.Intact);
            }
        }
    }

    @Test
    void recordsThatShareABlockAreReadOneByOneWhenTheirPieceFails() throws IOException {
        List<Stored> stored = new ArrayList<>();
        try (SegmentStore store = Samples.open(disk, sealing);
                SegmentLease lease = store.lease()) {
            for (int i = 0; i < 4; i++) {
                stored.add(Samples.random(random, 5_000).appendTo(lease));
            }
        }
        Faults faults = new Faults(1);
        try (SegmentStore store = Samples.open(new FaultyDeviceDirectory(disk, faults), sealing)) {
            stored.getFirst().assertReadFrom(store); // and with it the segment's key
            faults.failRead(1);
            List<ChunkRead> reads =
                    store.readMany(stored.stream().map(Stored::location).toList());
            for (int i = 0; i < reads.size(); i++) {
                assertThat(reads.get(i)).isInstanceOf(StoredChunk.class);
                try (StoredChunk read = (StoredChunk) reads.get(i)) {
                    stored.get(i).assertIs(read);
                }
            }
            assertThat(store.statistics().reads())
                    .as("one alone, a piece, and its four")
                    .isEqualTo(6);
        }
    }

    @Test
    void aHeaderMayBeLostAndBothMayNot() throws IOException {
        List<Stored> stored = fill(sealing, 3);
        byte[] whole = DeviceFiles.read(disk, FILE);
        for (int lost = 0; lost < 3; lost++) {
            byte[] damaged = whole.clone();
            for (int block = 0; block < 2; block++) {
                if (lost == block || lost == 2) {
                    damaged[block * BlockDevice.BLOCK + 60] ^= 1;
                }
            }
            DeviceFiles.write(disk, FILE, damaged);
            try (SegmentStore store = Samples.open(disk, sealing)) {
                List<ScannedRecord> found = scan(store, 0);
                assertThat(found.getFirst()).isInstanceOf(ScannedRecord.Damaged.class);
                if (lost < 2) {
                    stored.getFirst().assertReadFrom(store);
                    assertThat(found.subList(1, found.size()))
                            .hasSize(3)
                            .allMatch(record -> record instanceof ScannedRecord.Intact);
                    assertThat(((ScannedRecord.Damaged) found.getFirst()).offset())
                            .isEqualTo(lost * BlockDevice.BLOCK);
                } else {
                    assertThatThrownBy(() -> stored.getFirst().assertReadFrom(store))
                            .isInstanceOf(CorruptionException.class)
                            .hasMessageContaining("header");
                    assertThat(found).noneMatch(record -> record instanceof ScannedRecord.Intact);
                }
            }
        }
    }

    /** What is damaged in each copy is whole in the other. */
    @Test
    void aMirrorMendsWhatIsSealed() throws IOException {
        List<Stored> stored = fill(sealing, 4);
        MemoryDeviceDirectory mirror = new MemoryDeviceDirectory();
        byte[] whole = DeviceFiles.read(disk, FILE);
        byte[] mine = whole.clone();
        mine[10] ^= 1;
        mine[BlockDevice.BLOCK + 10] ^= 1;
        mine[stored.get(1).address().offset() + 80] ^= 1;
        byte[] theirs = whole.clone();
        theirs[stored.get(2).address().offset() + 80] ^= 1;
        DeviceFiles.write(disk, FILE, mine);
        DeviceFiles.write(mirror, FILE, theirs);
        try (SegmentStore store =
                SegmentStore.open(SegmentPlaces.of(disk), STORE, SMALL, Optional.of(mirror), sealing)) {
            for (Stored each : stored) {
                each.assertReadFrom(store);
            }
            assertThat(store.toBeMended()).containsExactly(0);
            assertThat(store.mend(0)).isEqualTo(1);
        }
        assertThat(DeviceFiles.read(disk, FILE)).isEqualTo(whole);
        disk.delete(FILE);
        try (SegmentStore store =
                SegmentStore.open(SegmentPlaces.of(disk), STORE, SMALL, Optional.of(mirror), sealing)) {
            assertThat(store.mend(0)).isEqualTo(3);
            stored.getFirst().assertReadFrom(store);
        }
    }

    @Test
    void aStoreThatSealsNeedsRoomForTheHeader() {
        SegmentOptions tiny = SMALL.withWriteBuffers(2, BlockDevice.BLOCK);
        assertThatThrownBy(() -> SegmentStore.open(SegmentPlaces.of(disk), STORE, tiny, Optional.empty(), sealing))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
