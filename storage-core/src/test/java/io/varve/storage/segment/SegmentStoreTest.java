package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.segment.Samples.Sample;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentStoreTest extends SegmentFixture {
    @Test
    void givesBackWhatWasAppended() throws IOException {
        try (SegmentStore store = open()) {
            List<Stored> stored = append(store, 0, 1, 63, 64, 4_032, 4_096, 16_320, 16_384, 60 << 10);
            store.flush();
            store.sync();
            for (Stored one : stored) {
                one.assertReadFrom(store);
            }
        }
    }

    @Test
    void givesBackWhatIsNotFlushedYet() throws IOException {
        try (SegmentStore store = open()) {
            append(store, 100).getFirst().assertReadFrom(store);
        }
    }

    @Test
    void aRestartReadsEverythingAndBeginsANewSegment() throws IOException {
        List<Stored> stored;
        try (SegmentStore store = open()) {
            stored = new ArrayList<>(append(store, 10_000, 50_000));
        }
        try (SegmentStore store = open()) {
            assertThat(store.ids()).containsExactly(0);
            stored.addAll(append(store, 20_000));
            assertThat(stored.getLast().address().segment()).isEqualTo(1);
            for (Stored one : stored) {
                one.assertReadFrom(store);
            }
        }
    }

    @Test
    void openingAndClosingWithoutAppendsLeavesNothing() throws IOException {
        open().close();
        assertThat(disk.list()).isEmpty();
    }

    @Test
    void aSegmentKeepsItsLimit() throws IOException {
        try (SegmentStore store = open()) {
            List<Stored> stored = append(store, 60 << 10, 60 << 10, 60 << 10);
            store.flush();
            assertThat(stored).extracting(one -> one.address().segment()).containsExactly(0, 0, 1);
            assertThat(store.ids()).containsExactly(0, 1);
            for (int id : store.ids()) {
                assertThat(store.sizeBytes(id))
                        .isLessThanOrEqualTo(SMALL.segmentBytes())
                        .isEqualTo(disk.size(SegmentNames.name(id)));
            }
        }
    }

    @Test
    void aFlushEndsWithAWholeBlockAndNothingIsWrittenTwice() throws IOException {
        try (SegmentStore store = open()) {
            SegmentAddress first = append(store, 1_000).getFirst().address();
            store.flush();
            SegmentAddress second = append(store, 1_000).getFirst().address();
            SegmentAddress third = append(store, 1_000).getFirst().address();
            store.flush();
            assertThat(first.offset()).isEqualTo(BlockDevice.BLOCK);
            assertThat(second.offset()).isEqualTo(2 * BlockDevice.BLOCK);
            assertThat(third.offset()).isEqualTo(second.end());
            assertThat(store.statistics().paddingBytes()).isEqualTo(4_096 - 1_064 + 4_096 - 2 * 1_064);
        }
    }

    @Test
    void flushAndSyncWithoutAppendsTouchNothing() throws IOException {
        try (SegmentStore store = open()) {
            append(store, 1_000);
            store.flush();
            store.sync();
            long mutations = disk.mutations();
            store.flush();
            store.sync();
            assertThat(disk.mutations()).isEqualTo(mutations);
        }
    }

    @Test
    void theFirstSyncMakesTheNameDurableTheNextOnesOnlyTheBytes() throws IOException {
        try (SegmentStore store = open()) {
            append(store, 1_000);
            store.flush();
            store.sync();
            assertThat(faults.directorySyncs()).isOne();
            append(store, 1_000);
            store.flush();
            store.sync();
            assertThat(faults.directorySyncs()).isOne();
            assertThat(faults.syncs()).isEqualTo(2);
        }
    }

    @Test
    void sizesOverTheLimitAreTheCallersMistake() throws IOException {
        try (SegmentStore store = open();
                SegmentLease lease = store.lease()) {
            Sample large = Samples.random(random, (60 << 10) + 1);
            assertThatThrownBy(() -> large.appendTo(lease)).isInstanceOf(IllegalArgumentException.class);
            List<ChunkLocation> many = new ArrayList<>();
            Stored stored = Samples.random(random, 10).appendTo(lease);
            for (int i = 0; i < 20; i++) {
                many.add(new ChunkLocation(
                        stored.sample().chunk().fingerprint(), new SegmentAddress(i, BlockDevice.BLOCK, 60 << 10)));
            }
            assertThatThrownBy(() -> store.readMany(many)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anInterruptedAppenderStillAppends() throws IOException {
        try (SegmentStore store = open()) {
            Thread.currentThread().interrupt();
            List<Stored> stored = append(store, 60 << 10, 60 << 10);
            store.flush();
            store.sync();
            assertThat(Thread.interrupted()).isTrue();
            for (Stored one : stored) {
                one.assertReadFrom(store);
            }
        }
    }

    @Test
    void deletesWhatNobodyHolds() throws IOException {
        try (SegmentStore store = open()) {
            SegmentLease lease = store.lease();
            Stored stored = Samples.random(random, 1_000).appendTo(lease);
            assertThatThrownBy(() -> store.delete(0)).isInstanceOf(IllegalStateException.class);
            store.seal();
            assertThat(store.isOpen(0)).isFalse();
            assertThat(store.isPinned(0)).isTrue();
            assertThatThrownBy(() -> store.delete(0)).isInstanceOf(IllegalStateException.class);
            lease.close();
            lease.close();
            assertThat(store.isPinned(0)).isFalse();
            stored.assertReadFrom(store);

            store.delete(0);

            assertThat(store.ids()).isEmpty();
            assertThat(disk.list()).isEmpty();
            assertThatThrownBy(() -> stored.assertReadFrom(store))
                    .isInstanceOfSatisfying(
                            SegmentMissingException.class,
                            missing -> assertThat(missing.segment()).isZero());
            assertThatThrownBy(() -> store.delete(0)).isInstanceOf(SegmentMissingException.class);
            assertThat(append(store, 10).getFirst().address().segment()).isEqualTo(1);
        }
    }

    @Test
    void aSegmentThatIsBeingScannedDisappearsWhenTheScanEnds() throws IOException {
        try (SegmentStore store = open()) {
            Stored stored = append(store, 1_000).getFirst();
            store.seal();
            try (SegmentScan scan = store.scan(0)) {
                store.delete(0);
                assertThatThrownBy(() -> stored.assertReadFrom(store)).isInstanceOf(SegmentMissingException.class);
                assertThat(scan.next())
                        .isEqualTo(new ScannedRecord.Intact(
                                stored.address(), stored.sample().chunk()));
                assertThat(disk.list()).containsExactly("00000000.seg");
            }
            assertThat(disk.list()).isEmpty();
            assertThat(store.statistics().failedDeletions()).isZero();
        }
    }

    @Test
    void aFileThatSomebodyElseTookAwayIsMissing() throws IOException {
        Stored stored;
        try (SegmentStore store = open()) {
            stored = append(store, 1_000).getFirst();
        }
        try (SegmentStore store = open()) {
            disk.delete("00000000.seg");
            assertThatThrownBy(() -> stored.assertReadFrom(store)).isInstanceOf(SegmentMissingException.class);
            store.delete(0);
            assertThat(store.ids()).isEmpty();
        }
    }

    @Test
    void foreignFilesAreLeftAlone() throws IOException {
        DeviceFiles.write(disk, "note.txt", new byte[BlockDevice.BLOCK]);
        DeviceFiles.write(disk, "ffffffff.seg", new byte[BlockDevice.BLOCK]);
        DeviceFiles.write(disk, "0000000a.seg.bak", new byte[BlockDevice.BLOCK]);
        try (SegmentStore store = open()) {
            assertThat(store.ids()).isEmpty();
            append(store, 10);
        }
        assertThat(disk.list()).containsExactly("00000000.seg", "0000000a.seg.bak", "ffffffff.seg", "note.txt");
    }

    @Test
    void refusesSegmentsOfAnotherStore() throws IOException {
        try (SegmentStore store = open()) {
            append(store, 10);
        }
        UUID other = UUID.fromString("00000000-0000-4000-8000-000000000000");
        assertThatThrownBy(() -> SegmentStore.open(directory, other, SMALL))
                .hasMessageContaining("00000000.seg belongs to the store " + STORE);
    }

    @Test
    void aClosedStoreAndAClosedLeaseRefuse() throws IOException {
        SegmentStore store = open();
        SegmentLease closedLease = store.lease();
        closedLease.close();
        SegmentLease lease = store.lease();
        Sample sample = Samples.random(random, 10);
        assertThatThrownBy(() -> sample.appendTo(closedLease)).isInstanceOf(IllegalStateException.class);
        Stored stored = sample.appendTo(lease);
        store.close();
        assertThatThrownBy(() -> sample.appendTo(lease)).hasMessageContaining("closed");
        assertThatThrownBy(() -> stored.assertReadFrom(store)).hasMessageContaining("closed");
        store.close();
    }

    @Test
    void impossibleOptionsAreNamed() {
        assertThatThrownBy(() -> SMALL.withSegmentBytes(100)).hasMessageContaining("segmentBytes: 100");
        assertThatThrownBy(() -> SMALL.withPayloadBytesMax(1 << 20)).hasMessageContaining("payloadBytesMax");
        assertThatThrownBy(() -> SMALL.withReadBufferBytes(4_096)).hasMessageContaining("readBufferBytes: 4096");
        assertThatThrownBy(() -> SMALL.withWriteBuffers(1, 4_096)).hasMessageContaining("writeBuffers: 1");
        assertThatThrownBy(() -> SMALL.withOpenFiles(0)).hasMessageContaining("openFiles: 0");
    }

    @Test
    void worksOnRealFiles(@TempDir Path temporary) throws IOException {
        FileDeviceDirectory files = FileDeviceDirectory.open(temporary.resolve("segments"));
        List<Stored> stored;
        try (SegmentStore store = SegmentStore.open(files, STORE, SegmentOptions.defaults())) {
            stored = append(store, 1 << 20, 100, 3 << 20, 5);
            store.flush();
            store.sync();
            Samples.assertReadTogether(store, stored);
        }
        try (SegmentStore store = SegmentStore.open(files, STORE, SegmentOptions.defaults())) {
            Samples.assertReadTogether(store, stored);
            store.delete(0);
            assertThat(files.list()).isEmpty();
        }
    }
}
