package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.TieredDirectory;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TierMoverTest {
    private static final Duration WEEK = Duration.ofDays(7);
    private static final Map<Tier, Long> ROOM = Map.of(Tier.HOT, 10L << 30, Tier.WARM, 10L << 30);

    private final MemoryDeviceDirectory journalFiles = new MemoryDeviceDirectory();
    private final List<MemoryDeviceDirectory> disks =
            List.of(new MemoryDeviceDirectory(), new MemoryDeviceDirectory(), new MemoryDeviceDirectory());
    private final Faults coldFaults = new Faults(3);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private StoreFixture store;
    private TierMoves tiers;

    @BeforeEach
    void begin() throws IOException {
        open();
        store.namespace().createBucket("bucket", "tester");
    }

    private void open() throws IOException {
        TieredDirectory files = TieredDirectory.of(
                List.of(disks.get(0), disks.get(1), new FaultyDeviceDirectory(disks.get(2), coldFaults)));
        store = new StoreFixture(
                journalFiles, SegmentPlaces.of(files, List.of(Tier.values()), view -> view), Optional.empty(), now);
        tiers = store.tiers(ROOM, WEEK, 100);
    }

    private void reopen() throws IOException {
        now = store.now();
        store.close();
        open();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    /** A round at once, and one after some days. */
    private TierMoves.Report moveAfterDays(int days) throws IOException {
        store.segments().seal();
        store.move(tiers);
        store.advance(Duration.ofDays(days));
        return store.move(tiers);
    }

    private long chunksIn(Tier tier) throws IOException {
        return place(tier).chunks();
    }

    private long bytesIn(Tier tier) throws IOException {
        return place(tier).chunkBytes();
    }

    private TierMoves.Place place(Tier tier) throws IOException {
        return tiers.places().stream()
                .filter(place -> place.tier().equals(tier.text()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatNobodyReadsGoesDownTierByTierAndComesBackWhenRead() throws IOException {
        byte[] bytes = words(1, 120_000);
        store.put(file(1), bytes);
        byte[] other = random(2, 120_000);
        store.put(file(2), other);
        long chunks = ChunkTotals.read(store.metadata()).chunks();
        assertThat(moveAfterDays(6).chunksDown()).isZero();
        assertThat(store.read(file(2))).isEqualTo(other);
        TierMoves.Report first = moveAfterDays(2);
        assertThat(first.chunksDown()).isPositive();
        assertThat(first.stopped()).isEmpty();
        assertThat(chunksIn(Tier.HOT)).as("what was read stays").isPositive();
        assertThat(chunksIn(Tier.WARM)).isPositive();
        assertThat(chunksIn(Tier.COLD)).isZero();
        store.requireClean();
        moveAfterDays(14);
        assertThat(chunksIn(Tier.HOT)).isZero();
        assertThat(chunksIn(Tier.COLD)).isPositive();
        assertThat(disks.get(0).list()).as("what is empty is deleted").isEmpty();
        assertThat(ChunkTotals.read(store.metadata()).chunks()).isEqualTo(chunks);
        store.requireClean();
        reopen();
        assertThat(chunksIn(Tier.COLD)).isPositive();
        assertThat(store.read(file(1))).isEqualTo(bytes);
        assertThat(tiers.wanted()).isPositive();
        long cold = chunksIn(Tier.COLD);
        TierMoves.Report back = store.move(tiers);
        assertThat(back.chunksUp()).isPositive();
        assertThat(back.chunksDown()).isZero();
        assertThat(chunksIn(Tier.COLD)).isEqualTo(cold - back.chunksUp());
        assertThat(chunksIn(Tier.HOT)).isEqualTo(back.chunksUp());
        assertThat(tiers.wanted()).isZero();
        assertThat(store.read(file(1))).isEqualTo(bytes);
        assertThat(store.read(file(2))).isEqualTo(other);
        store.requireClean();
    }

    @Test
    void aContentIsPutAwayAtOnceAndComesBackWhenRead() throws IOException {
        byte[] bytes = words(1, 120_000);
        store.put(file(1), bytes);
        store.put(file(2), random(2, 60_000));
        Content content = store.namespace().find(file(1)).orElseThrow().content();
        long hot = chunksIn(Tier.HOT);
        assertThat(tiers.demote(content, Tier.HOT, (begun, moved) -> true)).isTrue();
        assertThat(chunksIn(Tier.HOT)).isEqualTo(hot);
        assertThat(tiers.demote(content, Tier.COLD, (begun, moved) -> true)).isTrue();
        long cold = chunksIn(Tier.COLD);
        assertThat(cold).isPositive();
        assertThat(chunksIn(Tier.HOT)).as("the other file stays").isEqualTo(hot - cold);
        assertThat(tiers.demote(content, Tier.WARM, (begun, moved) -> true)).isTrue();
        assertThat(chunksIn(Tier.WARM)).as("what is in a slower tier stays").isZero();
        assertThat(store.move(tiers).chunksUp()).isZero();
        store.requireClean();
        reopen();
        assertThat(store.read(file(1))).isEqualTo(bytes);
        assertThat(store.move(tiers).chunksUp()).isPositive();
        store.requireClean();
    }

    @Test
    void whatIsPutAwayIsCompressedHarder() throws IOException {
        for (int i = 0; i < 10; i++) {
            store.put(file(i), words(i, 60_000));
        }
        long before = ChunkTotals.read(store.metadata()).storedBytes();
        assertThat(moveAfterDays(8).bytesSaved())
                .as("to the warm tier as it is")
                .isZero();
        TierMoves.Report report = moveAfterDays(8);
        assertThat(report.bytesSaved()).isPositive();
        assertThat(ChunkTotals.read(store.metadata()).storedBytes()).isEqualTo(before - report.bytesSaved());
        for (int i = 0; i < 10; i++) {
            assertThat(store.read(file(i))).isEqualTo(words(i, 60_000));
        }
        store.requireClean();
    }

    @Test
    void deltasAndFramesKeepTheirForm() throws IOException {
        byte[] bytes = words(3, 100_000);
        for (int version = 0; version < 4; version++) {
            bytes[version * 5_000] = 'x';
            store.put(file(1), bytes);
        }
        for (int i = 10; i < 40; i++) {
            store.put(file(i), words(i, 800));
        }
        store.reencode(1000);
        long deltas = count(ChunkRow.LocatedDelta.class);
        long framed = count(ChunkRow.Framed.class);
        assertThat(framed).isPositive();
        moveAfterDays(30);
        assertThat(chunksIn(Tier.HOT)).isZero();
        assertThat(count(ChunkRow.LocatedDelta.class)).isEqualTo(deltas);
        assertThat(count(ChunkRow.Framed.class)).isEqualTo(framed);
        assertThat(store.read(file(1))).isEqualTo(bytes);
        for (int i = 10; i < 40; i++) {
            assertThat(store.read(file(i))).isEqualTo(words(i, 800));
        }
        store.requireClean();
    }

    private long count(Class<? extends ChunkRow> form) throws IOException {
        long count = 0;
        try (var rows = store.metadata().scan(Family.CHUNKS, new byte[0], null)) {
            while (rows.next()) {
                count += form.isInstance(ChunkRow.decode(rows.value())) ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void aTierThatIsTooFullGivesWhatWasReadLongestAgo() throws IOException {
        byte[] old = random(1, 300_000);
        byte[] recent = random(2, 300_000);
        store.put(file(1), old);
        store.put(file(2), recent);
        TierMoves small = store.tiers(Map.of(Tier.HOT, 400_000L, Tier.WARM, 200_000L), Duration.ZERO, 7);
        store.segments().seal();
        tiers.run((begun, bytes) -> true);
        store.advance(Duration.ofHours(1));
        assertThat(store.read(file(2))).isEqualTo(recent);
        TierMoves.Report report = store.move(small);
        assertThat(report.bytesDown()).isPositive();
        assertThat(bytesIn(Tier.HOT)).isBetween(300_000L, 400_000L);
        assertThat(bytesIn(Tier.WARM)).isLessThanOrEqualTo(200_000L);
        assertThat(store.read(file(2))).isEqualTo(recent);
        assertThat(tiers.wanted()).as("all of it stayed hot").isZero();
        assertThat(store.move(small).chunksDown()).as("nothing more is due").isZero();
        assertThat(store.read(file(1))).isEqualTo(old);
        store.requireClean();
    }

    @Test
    void stepsAreSmallAndARoundCanBeStoppedAfterAny() throws IOException {
        store.put(file(1), random(1, 600_000));
        store.segments().seal();
        TierMoves small = store.tiers(Map.of(Tier.HOT, 0L), Duration.ZERO, 5);
        int[] steps = {0};
        TierMoves.Report report = small.run((begun, bytes) -> ++steps[0] < 3);
        assertThat(steps[0]).isEqualTo(3);
        assertThat(report.chunksDown()).isEqualTo(15);
        store.requireClean();
        assertThat(store.read(file(1))).isEqualTo(random(1, 600_000));
        assertThat(small.plan().bytesDown()).isPositive();
        store.move(small);
        assertThat(chunksIn(Tier.HOT)).isZero();
        assertThat(small.plan().bytesDown()).isZero();
        store.requireClean();
    }

    @Test
    void aFullDiskStopsTheMoveAndNothingElse() throws IOException {
        for (int i = 0; i < 5; i++) {
            store.put(file(i), random(i, 100_000));
        }
        moveAfterDays(8);
        coldFaults.fullAfter(150_000);
        TierMoves.Report report = moveAfterDays(8);
        assertThat(report.stopped()).hasSize(1);
        assertThat(report.stopped().getFirst()).contains("cold tier");
        assertThat(tiers.stopped()).isEqualTo(report.stopped());
        store.put(file(9), random(9, 100_000));
        for (int i = 0; i < 5; i++) {
            assertThat(store.read(file(i))).isEqualTo(random(i, 100_000));
        }
        store.requireClean();
        coldFaults.heal();
        reopen();
        assertThat(moveAfterDays(30).stopped()).isEmpty();
        assertThat(chunksIn(Tier.WARM)).isZero();
        for (int i = 0; i < 5; i++) {
            assertThat(store.read(file(i))).isEqualTo(random(i, 100_000));
        }
        store.requireClean();
    }

    @Test
    void aDiskThatDoesNotSyncStopsTheMoveAndTheStoreServesOn() throws IOException {
        store.put(file(1), random(1, 100_000));
        moveAfterDays(8);
        coldFaults.failSync(1);
        assertThat(moveAfterDays(8).stopped()).hasSize(1);
        store.put(file(2), random(2, 100_000));
        assertThat(store.committer().refusal()).isNull();
        assertThat(store.read(file(1))).isEqualTo(random(1, 100_000));
        store.requireClean();
        reopen();
        assertThat(store.read(file(1))).isEqualTo(random(1, 100_000));
        store.requireClean();
    }

    @Test
    void compactionKeepsChunksInTheirTier() throws IOException {
        for (int i = 0; i < 8; i++) {
            store.put(file(i), random(i, 60_000));
        }
        moveAfterDays(30);
        for (int i = 0; i < 8; i += 2) {
            store.namespace().delete(file(i), WriteOptions.keys("tester"));
        }
        store.settle();
        long chunks = chunksIn(Tier.COLD);
        assertThat(store.compact(90)).isPositive();
        assertThat(chunksIn(Tier.COLD)).isEqualTo(chunks);
        assertThat(chunksIn(Tier.HOT)).isZero();
        for (int i = 1; i < 8; i += 2) {
            assertThat(store.read(file(i))).isEqualTo(random(i, 60_000));
        }
        store.requireClean();
    }

    @Test
    void backgroundWorkIsNobodysReading() throws IOException {
        store.put(file(1), words(1, 200_000));
        store.put(file(2), words(1, 190_000));
        store.segments().seal();
        store.move(tiers);
        store.advance(Duration.ofDays(8));
        store.scrubber().scrub(false, new JobControl());
        store.requireClean();
        assertThat(store.move(tiers).chunksDown()).isPositive();
        store.reencode(1000);
        store.scrubber().scrub(false, new JobControl());
        assertThat(tiers.wanted()).isZero();
    }

    @Test
    void aCrashLosesTimesButInventsNone() throws IOException {
        store.put(file(1), random(1, 100_000));
        store.segments().seal();
        store.move(tiers);
        store.advance(Duration.ofDays(6));
        // Read, and not flushed: the store is opened again as a crash would leave it.
        assertThat(store.read(file(1))).hasSize(100_000);
        reopen();
        store.advance(Duration.ofDays(2));
        assertThat(store.move(tiers).chunksDown()).isPositive();
        assertThat(store.read(file(1))).isEqualTo(random(1, 100_000));
    }

    private static EntryPath file(int number) {
        return new EntryPath("bucket", "file " + number);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Text of few words, which compresses. */
    private static byte[] words(long seed, int length) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(length + 10);
        while (text.length() < length) {
            text.append("word").append(random.nextInt(2000)).append(random.nextInt(9) == 0 ? '\n' : ' ');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }
}
