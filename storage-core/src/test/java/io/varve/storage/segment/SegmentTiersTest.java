package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.io.TieredDirectory;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.io.SyncFailedException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Segments in several directories: found wherever they lie, and no tier hurts another. */
class SegmentTiersTest {
    private final Random random = new Random(7);
    private final MemoryDeviceDirectory hot = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory cold = new MemoryDeviceDirectory();
    private final Faults faults = new Faults(7);

    private SegmentStore open(DeviceDirectory coldFiles) throws IOException {
        SegmentPlaces places = SegmentPlaces.of(
                TieredDirectory.of(List.of(hot, coldFiles)), List.of(Tier.HOT, Tier.COLD), view -> view);
        return SegmentStore.open(places, STORE, SMALL, Optional.empty(), Sealing.NONE);
    }

    private Stored append(SegmentLease lease, int length) throws IOException {
        return Samples.random(random, length).appendTo(lease);
    }

    @Test
    void aTierIsTheDirectoryThatHasTheFile() throws IOException {
        Stored near;
        Stored far;
        Stored again;
        try (SegmentStore store = open(cold);
                SegmentLease hotLease = store.lease();
                SegmentLease coldLease = store.lease(Tier.COLD)) {
            near = append(hotLease, 3_000);
            far = append(coldLease, 5_000);
            again = append(hotLease, 100);
            store.flush();
            store.sync();
            store.persist(Tier.COLD);
            assertThat(far.address().segment()).isNotEqualTo(near.address().segment());
            assertThat(store.tier(near.address().segment())).isEqualTo(Tier.HOT);
            assertThat(store.tier(far.address().segment())).isEqualTo(Tier.COLD);
            far.assertReadFrom(store);
        }
        assertThat(hot.list()).containsExactly(SegmentNames.name(near.address().segment()));
        assertThat(cold.list()).containsExactly(SegmentNames.name(far.address().segment()));
        try (SegmentStore store = open(cold)) {
            assertThat(store.tier(far.address().segment())).isEqualTo(Tier.COLD);
            assertThat(store.statistics().segments()).isEqualTo(2);
            near.assertReadFrom(store);
            far.assertReadFrom(store);
            again.assertReadFrom(store);
            store.delete(far.address().segment());
            assertThat(cold.list()).isEmpty();
        }
    }

    @Test
    void aColdDiskThatDoesNotSyncStopsColdWritesAlone() throws IOException {
        try (SegmentStore store = open(new FaultyDeviceDirectory(cold, faults));
                SegmentLease coldLease = store.lease(Tier.COLD);
                SegmentLease hotLease = store.lease()) {
            append(coldLease, 1_000);
            faults.failSync(1);
            assertThatThrownBy(() -> store.persist(Tier.COLD)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> append(coldLease, 10)).isInstanceOf(SyncFailedException.class);
            Stored near = append(hotLease, 1_000);
            store.flush();
            store.sync();
            near.assertReadFrom(store);
            store.seal();
            near.assertReadFrom(store);
        }
    }

    @Test
    void aFullColdDiskIsToldToWhoWritesThere() throws IOException {
        try (SegmentStore store = open(new FaultyDeviceDirectory(cold, faults));
                SegmentLease coldLease = store.lease(Tier.COLD);
                SegmentLease hotLease = store.lease()) {
            append(coldLease, 1_000);
            store.persist(Tier.COLD);
            Stored lost = append(coldLease, 1_000);
            faults.fullAfter(0);
            assertThatThrownBy(() -> store.persist(Tier.COLD)).isInstanceOf(NoSpaceException.class);
            assertThat(store.isIntact(lost.address())).isFalse();
            Stored near = append(hotLease, 1_000);
            store.flush();
            store.sync();
            near.assertReadFrom(store);
            faults.heal();
            Stored later = append(coldLease, 1_000);
            store.persist(Tier.COLD);
            later.assertReadFrom(store);
        }
    }

    @Test
    void aScanGoesOnAtTheFirstRecordBehindAnOffset() throws IOException {
        try (SegmentStore store = open(cold);
                SegmentLease lease = store.lease()) {
            for (int i = 0; i < 10; i++) {
                append(lease, 2_000);
            }
            Stored wanted = append(lease, 50);
            append(lease, 2_000);
            store.flush();
            store.sync();
            store.seal();
            int segment = wanted.address().segment();
            for (int offset : new int[] {
                wanted.address().offset() - 1_000, wanted.address().offset()
            }) {
                try (SegmentScan scan = store.scan(segment)) {
                    scan.next();
                    scan.skipTo(offset);
                    assertThat(((ScannedRecord.Intact) scan.next()).address()).isEqualTo(wanted.address());
                }
            }
            try (SegmentScan scan = store.scan(segment)) {
                scan.skipTo(1 << 20);
                assertThat(scan.hasNext()).isFalse();
            }
        }
    }
}
