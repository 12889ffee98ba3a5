package io.varve.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The power fails at every write and every sync in turn: what was synced is there, and nothing is there that was not appended. */
class SegmentCrashTest {

    private static final int OUTCOMES_PER_CRASH = 3;
    private static final int RECORD_BYTES_MAX = 30_000;

    /** What a run has appended, and how much of that was synced when the power failed. */
    private static final class Run {
        final List<Stored> appended = new ArrayList<>();
        int synced;
        private final Sealing sealing;

        Run(Sealing sealing) {
            this.sealing = sealing;
        }

        /** Groups of records with a sync after each, over several segments and two starts of the process. */
        void perform(MemoryDeviceDirectory disk) throws IOException {
            Random random = new Random(6);
            for (int start = 0; start < 2; start++) {
                try (SegmentStore store = Samples.open(disk, sealing);
                        SegmentLease lease = store.lease()) {
                    for (int group = 0; group < 8; group++) {
                        for (int i = random.nextInt(5); i >= 0; i--) {
                            appended.add(Samples.random(random, random.nextInt(RECORD_BYTES_MAX))
                                    .appendTo(lease));
                        }
                        store.flush();
                        store.sync();
                        synced = appended.size();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everySyncedRecordSurvivesACrashAnywhere(boolean sealed) throws IOException {
        Sealing sealing = sealed ? TestKeys.sealed() : Sealing.NONE;
        MemoryDeviceDirectory whole = new MemoryDeviceDirectory();
        new Run(sealing).perform(whole);
        long mutations = whole.mutations();
        assertThat(mutations).isGreaterThan(50);
        for (long crash = 1; crash <= mutations; crash++) {
            MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
            disk.crashAt(crash);
            Run run = new Run(sealing);
            try {
                run.perform(disk);
            } catch (IOException e) {
                assertThat(e).as("crash at %d", crash).isNotInstanceOf(CorruptionException.class);
            }
            for (long seed = 0; seed < OUTCOMES_PER_CRASH; seed++) {
                verify(run, disk.crash(seed), "crash at " + crash + ", seed " + seed);
            }
        }
    }

    private static void verify(Run run, MemoryDeviceDirectory disk, String when) throws IOException {
        Map<SegmentAddress, ChunkRecord> appended = new HashMap<>();
        run.appended.forEach(
                stored -> appended.put(stored.address(), stored.sample().chunk()));
        try (SegmentStore store = Samples.open(disk, run.sealing)) {
            for (Stored stored : run.appended.subList(0, run.synced)) {
                stored.assertReadFrom(store);
            }
            for (int id : store.ids()) {
                try (SegmentScan scan = store.scan(id)) {
                    while (scan.hasNext()) {
                        if (scan.next() instanceof ScannedRecord.Intact found) {
                            assertThat(found.chunk()).as(when).isEqualTo(appended.get(found.address()));
                        }
                    }
                }
            }
            // And the store goes on.
            try (SegmentLease lease = store.lease()) {
                Stored next = Samples.random(new Random(7), 100).appendTo(lease);
                store.flush();
                store.sync();
                next.assertReadFrom(store);
            }
        }
    }
}
