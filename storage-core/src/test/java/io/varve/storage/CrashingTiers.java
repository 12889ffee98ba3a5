package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.Power;
import io.varve.storage.io.TieredDirectory;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * The power fails at the first write of a run that does little but move chunks between three tiers, then at its second, its third …, so that
 * no write, sync or deletion of a move is left out. After each failure the store is opened again: all that was answered is there, and the
 * full recount finds nothing wrong.
 */
final class CrashingTiers {
    private static final int CRASH_POINTS = 150;

    private final SimulationRun simulation;
    private final Random random;
    private final Map<String, byte[]> model = new TreeMap<>();
    private Power power = new Power();
    private MemoryDeviceDirectory journal = new MemoryDeviceDirectory(power);
    private List<MemoryDeviceDirectory> disks = List.of(
            new MemoryDeviceDirectory(power), new MemoryDeviceDirectory(power), new MemoryDeviceDirectory(power));
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    /** The change that nobody was answered for, and the content before it. */
    private Map<String, byte[]> unanswered = Map.of();

    CrashingTiers(SimulationRun simulation) {
        this.simulation = simulation;
        this.random = new Random(simulation.seed());
    }

    void run() throws IOException {
        try (StoreFixture store = open()) {
            store.namespace().createBucket("bucket", "tester");
            for (int i = 0; i < 8; i++) {
                put(store, "file " + i);
            }
        }
        int survived = 0;
        long moved = 0;
        for (int crash = 0; crash < simulation.crashes(); crash++) {
            simulation.beginCrash(crash);
            power.failAt(1 + crash % CRASH_POINTS);
            try (StoreFixture store = open()) {
                moved += live(store);
                survived++;
            } catch (IOException | StorageException e) {
                assertThat(power.hasFailed()).as(simulation + ": " + e).isTrue();
                simulation.crashed("during moves", power);
            }
            power = new Power();
            journal = journal.crash(random.nextLong(), power);
            disks = disks.stream()
                    .map(disk -> disk.crash(random.nextLong(), power))
                    .toList();
            verify();
        }
        assertThat(survived).as(simulation.toString()).isLessThan(simulation.crashes() / 2);
        assertThat(moved).as(simulation.toString()).isPositive();
    }

    private StoreFixture open() throws IOException {
        now = now.plusSeconds(100);
        SegmentPlaces places = SegmentPlaces.of(TieredDirectory.of(List.copyOf(disks)), List.of(Tier.values()), v -> v);
        return new StoreFixture(journal, places, Optional.empty(), now);
    }

    /** Moves with limits of chance, reads and changes a file now and then; says how many chunks moved. */
    private long live(StoreFixture store) throws IOException {
        long moved = 0;
        for (int round = 0; round < 3; round++) {
            Map<Tier, Long> room = Map.of(Tier.HOT, random.nextLong(400_000), Tier.WARM, random.nextLong(300_000));
            TierMoves tiers = store.tiers(room, Duration.ZERO, 1 + random.nextInt(20));
            store.segments().seal();
            TierMoves.Report report = store.move(tiers);
            moved += report.chunksUp() + report.chunksDown();
            simulation.count("round of moves");
            String name = "file " + random.nextInt(8);
            assertThat(store.read(new EntryPath("bucket", name)))
                    .as(simulation.toString())
                    .isEqualTo(model.get(name));
            store.advance(Duration.ofMinutes(1));
            switch (random.nextInt(5)) {
                case 0 -> put(store, name);
                case 1 -> store.compact(80);
                case 2 -> store.reencode(5);
                case 3 -> store.checkpoint();
                default -> store.settle();
            }
        }
        return moved;
    }

    private void put(StoreFixture store, String name) throws IOException {
        byte[] content = new byte[60_000 + random.nextInt(20_000)];
        random.nextBytes(content);
        byte[] before = model.put(name, content);
        unanswered = before == null ? Map.of() : Map.of(name, before);
        store.put(new EntryPath("bucket", name), content, WriteOptions.keys("tester"));
        if (!power.hasFailed()) {
            unanswered = Map.of();
        }
    }

    private void verify() throws IOException {
        long begin = System.nanoTime();
        try (StoreFixture store = open()) {
            simulation.recovered(System.nanoTime() - begin);
            for (Map.Entry<String, byte[]> file : model.entrySet()) {
                byte[] found = store.read(new EntryPath("bucket", file.getKey()));
                if (Arrays.equals(found, unanswered.get(file.getKey()))) {
                    file.setValue(found);
                }
                assertThat(found).as(simulation.toString()).isEqualTo(file.getValue());
            }
            unanswered = Map.of();
            simulation.compared(model.values());
            simulation.recount(store);
        }
    }
}
