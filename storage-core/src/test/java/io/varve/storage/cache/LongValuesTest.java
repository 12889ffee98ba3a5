package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.NAME;
import static io.varve.storage.cache.SmallCaches.SEGMENT;
import static io.varve.storage.cache.SmallCaches.key;
import static io.varve.storage.cache.SmallCaches.set;
import static io.varve.storage.cache.SmallCaches.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.compression.Codec;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Values that are longer than an entry can be, and so lie in pieces: whole or not there, whatever happens to one of the pieces. */
class LongValuesTest {
    private static final int SEGMENTS = 32;
    private static final int LENGTH = 50_000;

    /** A list, and pieces of a block each less their headers. */
    private static final int ENTRIES = 1 + Math.ceilDiv(LENGTH, 4096 - EntryHeader.BYTES - PieceList.KEY_BYTES);

    private final TestClock clock = new TestClock();
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final Faults faults = new Faults(5);
    private RawCache cache;

    @BeforeEach
    void open() throws IOException {
        cache = SmallCaches.open(new FaultyDeviceDirectory(disk, faults), SEGMENTS, clock);
    }

    @AfterEach
    void close() throws IOException {
        cache.close();
    }

    private void reopen() throws IOException {
        cache.close();
        open();
    }

    /** An entry that does not compress. */
    private static byte[] noise(int seed) {
        byte[] noise = new byte[LENGTH];
        new Random(seed).nextBytes(noise);
        return noise;
    }

    @Test
    void comeBackWholeFromMemoryFromTheDeviceAndAfterReopening() throws IOException {
        assertThat(set(cache, 1, noise(1))).isTrue();
        assertThat(set(cache, 2, value(2, 100))).isTrue();
        for (int round = 0; round < 3; round++) {
            List<byte[]> found = cache.getMany(List.of(key(1), key(2), key(3), key(1)));
            assertThat(found.get(0)).isEqualTo(noise(1));
            assertThat(found.get(1)).isEqualTo(value(2, 100));
            assertThat(found.get(2)).isNull();
            assertThat(found.get(3)).isEqualTo(noise(1));
            assertThat(cache.contents().entries()).isEqualTo(ENTRIES + 1);
            reopen();
        }
        assertThat(cache.upkeep().verify().damaged()).isZero();
    }

    @Test
    void goToAnArrayOfTheReaders() throws IOException {
        set(cache, 1, noise(1));
        set(cache, 2, value(2, 100));
        byte[] target = new byte[LENGTH + 1];
        for (int round = 0; round < 2; round++) {
            assertThat(cache.get(key(1), target)).hasValue(LENGTH);
            assertThat(Arrays.copyOf(target, LENGTH)).isEqualTo(noise(1));
            assertThat(cache.get(key(2), target)).hasValue(100);
            assertThat(Arrays.copyOf(target, 100)).isEqualTo(value(2, 100));
            assertThat(cache.get(key(1), new byte[LENGTH - 1])).isEmpty();
            assertThat(cache.get(key(2), new byte[99])).isEmpty();
            assertThat(cache.get(key(3), target)).isEmpty();
            reopen();
        }
    }

    @Test
    void theirPiecesAreReadAtOnce() throws IOException {
        set(cache, 1, noise(1));
        reopen();
        long before = faults.reads();
        assertThat(cache.get(key(1))).isEqualTo(noise(1));
        assertThat(faults.reads() - before).isEqualTo(ENTRIES);
    }

    @Test
    void whatTakesTheirPlaceOrDeletesThemLetsGoOfTheirPieces() throws IOException {
        set(cache, 1, noise(1));
        set(cache, 1, noise(2));
        assertThat(cache.contents().entries()).isEqualTo(ENTRIES);
        assertThat(cache.get(key(1))).isEqualTo(noise(2));
        reopen();
        assertThat(cache.get(key(1))).isEqualTo(noise(2));
        reopen();
        set(cache, 1, value(3, 10));
        assertThat(cache.get(key(1))).isEqualTo(value(3, 10));
        // What lies in the file of the first value is named by nobody.
        assertThat(cache.contents().entries()).isLessThanOrEqualTo(ENTRIES);
        set(cache, 4, noise(4));
        long before = cache.contents().entries();
        cache.delete(key(4));
        assertThat(cache.get(key(4))).isNull();
        assertThat(cache.contents().entries()).isEqualTo(before - ENTRIES);
        reopen();
        assertThat(cache.get(key(4))).isNull();
        assertThat(cache.get(key(1))).isEqualTo(value(3, 10));
    }

    @Test
    void anOfferIsTakenAtOnceOrNotAtAll() throws IOException {
        assertThat(cache.offer(key(1), ByteBuffer.wrap(noise(1)), RawCache.Keeping.PLAIN))
                .isFalse();
        assertThat(cache.contents().entries()).isZero();
        assertThat(cache.statistics().droppedPuts(CacheStatistics.Drop.LONG)).isEqualTo(1);
        byte[] shorter = value(2, 3 * 4096);
        var compressed = new RawCache.Keeping(Optional.empty(), "", Codec.ZSTD);
        assertThat(cache.offer(key(2), ByteBuffer.wrap(shorter), compressed)).isTrue();
        assertThat(cache.offer(key(2), ByteBuffer.wrap(noise(3)), RawCache.Keeping.PLAIN))
                .isFalse();
        assertThat(cache.get(key(2))).isEqualTo(shorter);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void piecesAreCompressedEachByItself(Codec codec) throws IOException {
        byte[] text = "all work and no play ".repeat(LENGTH / 21).getBytes(StandardCharsets.US_ASCII);
        cache.set(
                key(1), ByteBuffer.wrap(text, 21, text.length - 21), new RawCache.Keeping(Optional.empty(), "", codec));
        reopen();
        assertThat(cache.get(key(1))).isEqualTo(Arrays.copyOfRange(text, 21, text.length));
        CacheUpkeep.EntryInfo info = cache.upkeep().inspect(key(1)).orElseThrow();
        assertThat(info.plainBytes()).isEqualTo(text.length - 21);
        assertThat(info.storedBytes()).isLessThanOrEqualTo(codec == Codec.RAW ? text.length - 21 : text.length / 10);
        assertThat(cache.upkeep().list(10)).containsExactly(info);
    }

    @Test
    void theirTimeEndsForAllPieces() throws IOException {
        var minute = new RawCache.Keeping(Optional.of(Duration.ofMinutes(1)), "", Codec.RAW);
        cache.set(key(1), ByteBuffer.wrap(noise(1)), minute);
        cache.set(key(2), ByteBuffer.wrap(noise(2)), minute);
        clock.advanceMillis(59_999);
        assertThat(cache.get(key(1))).isEqualTo(noise(1));
        clock.advanceMillis(1);
        assertThat(cache.get(key(1))).isNull();
        assertThat(cache.contents().entries()).isEqualTo(ENTRIES);
        reopen();
        assertThat(cache.get(key(2))).isNull();
        assertThat(cache.contents().entries()).isZero();
    }

    @Test
    void aTagEvictsThem() throws IOException {
        cache.set(key(1), ByteBuffer.wrap(noise(1)), new RawCache.Keeping(Optional.empty(), "red", Codec.RAW));
        reopen();
        assertThat(cache.upkeep().evictTag("red")).isEqualTo(1);
        assertThat(cache.contents().entries()).isZero();
        reopen();
        assertThat(cache.get(key(1))).isNull();
    }

    @Test
    void pinnedTheyStayWhatever() throws IOException {
        set(cache, 1, noise(1));
        assertThat(cache.upkeep().pin(key(1), true)).isTrue();
        assertThat(cache.upkeep().pinnedBytes()).isGreaterThan(LENGTH);
        set(cache, 1, noise(2));
        for (int i = 100; i < 1500; i++) {
            set(cache, i, value(i, 1500));
        }
        assertThat(cache.get(key(1))).isEqualTo(noise(2));
        assertThat(cache.upkeep().isPinned(key(1))).isTrue();
        int pinned = 0;
        for (int i = 10; i < 20; i++) {
            set(cache, i, noise(i));
            pinned += cache.upkeep().pin(key(i), true) ? 1 : 0;
        }
        assertThat(pinned).isBetween(1, 5);
        assertThat(cache.upkeep().pinnedBytes()).isLessThanOrEqualTo((long) SEGMENTS * SEGMENT / 4);
        long before = cache.upkeep().pinnedBytes();
        assertThat(cache.upkeep().pin(key(1), false)).isTrue();
        assertThat(cache.upkeep().pinnedBytes()).isLessThan(before - LENGTH);
    }

    @Test
    void whatIsUsedStaysWithAllPiecesBesideMuchThatIsNot() throws IOException {
        for (int key = 0; key < 4; key++) {
            set(cache, key, noise(key));
        }
        for (int step = 0; step < 1500; step++) {
            set(cache, 1000 + step, value(step, 1500));
            cache.get(key(0));
            cache.touch(key(2));
        }
        assertThat(cache.get(key(0))).isEqualTo(noise(0));
        assertThat(cache.get(key(2))).isEqualTo(noise(2));
        assertThat(cache.statistics().left(CacheStatistics.Cause.ROOM)).isPositive();
    }

    @Test
    void aMissingPieceIsAMissAndTheOthersGo() throws IOException {
        set(cache, 1, noise(1));
        set(cache, 2, noise(2));
        cache.flush();
        // In the middle of the first value.
        DeviceFiles.flipBitInPlace(disk, NAME, 8L * (Superblock.SEGMENTS_AT + 4096 + 5 * 4096 + 500));
        assertThat(cache.get(key(1))).isNull();
        assertThat(cache.get(key(1))).isNull();
        assertThat(cache.get(key(2))).isEqualTo(noise(2));
        assertThat(cache.contents().entries()).isLessThanOrEqualTo(ENTRIES);
        assertThat(set(cache, 1, noise(3))).isTrue();
        assertThat(cache.get(key(1))).isEqualTo(noise(3));
    }

    @Test
    void aFailedReadIsAMissForOnce() throws IOException {
        set(cache, 1, noise(1));
        reopen();
        faults.failRead(5);
        assertThat(cache.get(key(1))).isNull();
        faults.heal();
        assertThat(cache.get(key(1))).isEqualTo(noise(1));
    }
}
