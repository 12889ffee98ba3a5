package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.NAME;
import static io.varve.storage.cache.SmallCaches.SEGMENT;
import static io.varve.storage.cache.SmallCaches.key;
import static io.varve.storage.cache.SmallCaches.set;
import static io.varve.storage.cache.SmallCaches.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.compression.Codec;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that lies, fills up, or goes away: never a wrong byte, and never an exception where none is announced. */
class RawCacheFaultsTest {
    private static final int KEYS = 40;
    private static final int SEGMENTS = 12;
    private static final int LONG = 20_000;

    private final TestClock clock = new TestClock();
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final Faults faults = new Faults(3);
    private final DeviceDirectory faulty = new FaultyDeviceDirectory(disk, faults);

    private RawCache open() throws IOException {
        return SmallCaches.open(faulty, SEGMENTS, clock);
    }

    /** Some keys have two values one after the other, the newer in another segment; some are deleted, some are long. */
    private void fill() throws IOException {
        try (RawCache cache = open()) {
            for (int key = 0; key < KEYS; key++) {
                set(cache, key, value(key, length(key)));
            }
            for (int key = 0; key < KEYS; key += 4) {
                set(cache, key, expected(key));
            }
            for (int key = 1; key < KEYS; key += 4) {
                cache.delete(key(key));
            }
        }
    }

    /** One in ten is kept in pieces. */
    private static int length(int key) {
        return key % 10 == 2 ? LONG : 1500;
    }

    private static byte[] expected(int key) {
        return value(key % 4 == 0 ? 1000 + key : key, length(key));
    }

    /** How many keys have their value; none may have another one. */
    private static int check(RawCache cache, String when) {
        int found = 0;
        for (int key = 0; key < KEYS; key++) {
            byte[] value = cache.get(key(key));
            if (value != null) {
                assertThat(key % 4).as("key %d was deleted, %s", key, when).isNotEqualTo(1);
                assertThat(Arrays.equals(value, expected(key)))
                        .as("key %d has its value, %s", key, when)
                        .isTrue();
                found++;
            }
        }
        return found;
    }

    /** Superblocks, segment headers, entry headers, keys, data, directory rows and trailers, wherever in them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 64, 4096, 64 << 10, (64 << 10) + 30, (64 << 10) + 4096, (64 << 10) + 4096 + 70})
    void aFlippedBitInAnyStructureIsAMiss(int from) throws IOException {
        fill();
        byte[] whole = DeviceFiles.read(disk, NAME);
        for (int bit = 0; bit < 8; bit++) {
            flip(whole, from + bit, bit);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 40, 63, 64, 80, 100, 300})
    void aFlippedBitInAFooterIsAMiss(int fromEnd) throws IOException {
        fill();
        byte[] whole = DeviceFiles.read(disk, NAME);
        for (int segment = 0; (segment + 1) * SEGMENT + (64 << 10) <= whole.length; segment++) {
            flip(whole, (64 << 10) + (segment + 1) * SEGMENT - fromEnd, segment);
        }
    }

    @Test
    void flippedBitsAnywhereAreMisses() throws IOException {
        fill();
        byte[] whole = DeviceFiles.read(disk, NAME);
        Random random = new Random(8);
        int found = 0;
        for (int round = 0; round < 60; round++) {
            found += flip(whole, random.nextInt(whole.length), random.nextInt());
        }
        // One bit does little harm.
        assertThat(found).isGreaterThan(60 * KEYS / 2);
    }

    private int flip(byte[] whole, int at, int bit) throws IOException {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << (bit & 7));
        DeviceFiles.write(disk, NAME, damaged);
        String when = "bit " + (bit & 7) + " of byte " + at + " flipped";
        try (RawCache cache = open()) {
            int found = check(cache, when);
            // It goes on working.
            assertThat(set(cache, KEYS + 1, value(7, 100))).as(when).isTrue();
            assertThat(cache.get(key(KEYS + 1))).as(when).isEqualTo(value(7, 100));
            return found;
        } catch (Superblock.ForeignException e) {
            // Both superblocks cannot be damaged by one bit.
            throw new AssertionError(when, e);
        }
    }

    @Test
    void whatComesWrongFromTheDeviceIsAMissAndItsSegmentIsOutOfUse() throws IOException {
        fill();
        try (RawCache cache = open()) {
            faults.flipBits(1);
            check(cache, "all reads wrong");
            faults.heal();
            assertThat(cache.statistics().left(CacheStatistics.Cause.DAMAGED)).isPositive();
            check(cache, "healed");
            set(cache, KEYS + 2, value(1, 10));
            assertThat(cache.contents().quarantinedSegments()).isPositive();
        }
    }

    @Test
    void verifyFindsWhatIsDamaged() throws IOException {
        fill();
        try (RawCache cache = open()) {
            assertThat(cache.upkeep().verify().damaged()).isZero();
            DeviceFiles.flipBitInPlace(disk, NAME, 8L * ((64 << 10) + 8192 + 500));
            CacheUpkeep.Verification found = cache.upkeep().verify();
            assertThat(found.damaged()).isEqualTo(1);
            assertThat(found.entries()).isBetween(25L, (long) KEYS + 4 * (1 + LONG / 4000));
            assertThat(cache.upkeep().verify().damaged()).isZero();
            check(cache, "verified");
        }
    }

    @Test
    void aFullDiskMakesTheCacheSmaller() throws IOException {
        faults.fullAfter((64 << 10) + 4L * SEGMENT + 5000);
        try (RawCache cache = open()) {
            for (int round = 0; round < 4; round++) {
                for (int key = 0; key < KEYS; key++) {
                    set(cache, key, value(key + round, 1500));
                    byte[] found = cache.get(key(key));
                    if (found != null) {
                        assertThat(found).isEqualTo(value(key + round, 1500));
                    }
                }
            }
            assertThat(cache.trouble()).isEmpty();
            assertThat(cache.contents().entries()).isPositive();
            assertThat(cache.statistics().deviceFailures()).isLessThan(4);
        }
    }

    @Test
    void theDisksReserveIsLeftAlone() throws IOException {
        faults.fullAfter((64 << 10) + 9L * SEGMENT);
        RawCacheOptions options = SmallCaches.options(SEGMENTS).withReserve(2L * SEGMENT);
        try (RawCache cache = RawCache.open(faulty, NAME, options, clock, false)) {
            for (int key = 0; key < 10 * KEYS; key++) {
                set(cache, key, value(key, 1500));
            }
            assertThat(faulty.usableBytes()).isGreaterThanOrEqualTo(2L * SEGMENT);
            assertThat(cache.contents().entries()).isPositive();
            assertThat(cache.statistics().deviceFailures()).isZero();
        }
    }

    @Test
    void aDeviceThatIsGoneIsPassedByUntilItIsBack() throws IOException {
        fill();
        try (RawCache cache = open()) {
            faults.unreadable((64 << 10) + 4096);
            for (int i = 0; i < 20 && cache.trouble().isEmpty(); i++) {
                failReads(cache);
            }
            assertThat(cache.trouble()).isPresent();
            long reads = faults.reads();
            assertThat(check(cache, "passed by")).isZero();
            assertThat(set(cache, 2, value(2, 10))).isFalse();
            assertThat(cache.statistics().droppedPuts(CacheStatistics.Drop.FAILING))
                    .isPositive();
            assertThat(faults.reads()).isEqualTo(reads);
            faults.heal();
            clock.advanceMillis(Bypass.PAUSE_MILLIS + 1);
            check(cache, "back");
            assertThat(cache.trouble()).isEmpty();
        }
    }

    private void failReads(RawCache cache) {
        for (int key = 0; key < KEYS; key++) {
            faults.failRead(1);
            cache.get(key(key));
        }
    }

    @Test
    void aFileOfSomethingElseIsRefusedAndLeftAsItIs() throws IOException {
        byte[] other = value(5, 8192);
        other[0] = 1;
        DeviceFiles.write(disk, NAME, other);
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("no cache file");
        assertThat(DeviceFiles.read(disk, NAME)).isEqualTo(other);
    }

    @Test
    void aSecondUserOfAFileIsRefused(@TempDir Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        RawCacheOptions options = SmallCaches.options(SEGMENTS);
        try (RawCache first = RawCache.open(file, options, InstantSource.system())) {
            set(first, 1, value(1, 10));
            assertThatThrownBy(() -> RawCache.open(file, options, InstantSource.system()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
            assertThat(first.get(key(1))).isEqualTo(value(1, 10));
        }
        try (RawCache second = RawCache.open(file, options, InstantSource.system())) {
            assertThat(second.get(key(1))).isEqualTo(value(1, 10));
        }
    }

    @Test
    void tagsAndPinsDoWhatTheySay() throws IOException {
        try (RawCache cache = open()) {
            var tagged = new RawCache.Keeping(Optional.empty(), "red", Codec.RAW);
            cache.set(key(1), ByteBuffer.wrap(value(1, 500)), tagged);
            set(cache, 2, value(2, 500));
            cache.set(key(3), ByteBuffer.wrap(value(3, 500)), tagged);
            assertThat(cache.upkeep().inspect(key(2)).orElseThrow().plainBytes())
                    .isEqualTo(500);
            assertThat(cache.upkeep().pin(key(2), true)).isTrue();
            assertThat(cache.upkeep().evictTag("red")).isEqualTo(2);
            assertThat(cache.get(key(1))).isNull();
            assertThat(cache.get(key(3))).isNull();
            for (int i = 100; i < 700; i++) {
                set(cache, i, value(i, 1500));
            }
            assertThat(cache.get(key(2))).isEqualTo(value(2, 500));
            assertThat(cache.upkeep().pinnedBytes()).isPositive();
            int pinned = 0;
            for (int i = 100; i < 700; i++) {
                pinned += cache.upkeep().pin(key(i), true) ? 1 : 0;
            }
            assertThat(pinned).isPositive();
            assertThat(cache.upkeep().pinnedBytes()).isLessThanOrEqualTo((long) SEGMENTS * SEGMENT / 4);
            assertThat(cache.upkeep().list(5)).hasSize(5);
        }
    }
}
