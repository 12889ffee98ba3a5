package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.NAME;
import static io.varve.storage.cache.SmallCaches.key;
import static io.varve.storage.cache.SmallCaches.set;
import static io.varve.storage.cache.SmallCaches.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.compression.Codec;
import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link RawCache} promises, on every kind of device. */
abstract class RawCacheContract {
    private static final int SEGMENTS = 16;

    private final TestClock clock = new TestClock();
    private DeviceDirectory directory;
    private RawCache cache;

    abstract DeviceDirectory directory() throws IOException;

    @BeforeEach
    void open() throws IOException {
        directory = directory();
        cache = RawCache.open(directory, NAME, SmallCaches.options(SEGMENTS), clock);
    }

    @AfterEach
    void close() throws IOException {
        cache.close();
    }

    private void reopen() throws IOException {
        cache.close();
        cache = RawCache.open(directory, NAME, SmallCaches.options(SEGMENTS), clock);
    }

    @Test
    void givesWhatWasSetAndNothingElse() {
        assertThat(cache.get(key(1))).isNull();
        assertThat(set(cache, 1, value(1, 3000))).isTrue();
        assertThat(set(cache, 2, new byte[0])).isTrue();
        assertThat(cache.get(key(1))).isEqualTo(value(1, 3000));
        assertThat(cache.get(key(2))).isEmpty();
        assertThat(cache.get(key(3))).isNull();
        assertThat(cache.statistics().hits()).isEqualTo(2);
        assertThat(cache.statistics().misses()).isEqualTo(2);
    }

    @Test
    void setReplacesAndDeleteRemovesAlsoAfterReopening() throws IOException {
        set(cache, 1, value(1, 100));
        set(cache, 2, value(2, 100));
        set(cache, 1, value(3, 200));
        cache.delete(key(2));
        for (int round = 0; round < 3; round++) {
            assertThat(cache.get(key(1))).isEqualTo(value(3, 200));
            assertThat(cache.get(key(2))).isNull();
            reopen();
        }
    }

    @Test
    void offersOfWhatIsHereChangeNothing() {
        assertThat(cache.offer(key(1), ByteBuffer.wrap(value(1, 50)), RawCache.Keeping.PLAIN))
                .isTrue();
        assertThat(cache.offer(key(1), ByteBuffer.wrap(value(2, 50)), RawCache.Keeping.PLAIN))
                .isFalse();
        assertThat(cache.get(key(1))).isEqualTo(value(1, 50));
    }

    @Test
    void whatIsOfferedFasterThanItIsWrittenIsDroppedAndCounted() throws IOException {
        int taken = 0;
        int offered = 400;
        for (int key = 0; key < offered; key++) {
            taken += cache.offer(key(key), ByteBuffer.wrap(value(key, 1500)), RawCache.Keeping.PLAIN) ? 1 : 0;
        }
        assertThat(cache.statistics().puts()).isEqualTo(taken);
        assertThat(cache.statistics().droppedPuts(CacheStatistics.Drop.BUSY)).isEqualTo(offered - taken);
        assertThat(cache.statistics().droppedPuts()).isEqualTo(offered - taken);
    }

    @Test
    void clearedStaysClearedAndTakesInAgain() throws IOException {
        for (int i = 0; i < 50; i++) {
            set(cache, i, value(i, 1000));
        }
        cache.flush();
        cache.clear();
        assertThat(cache.get(key(1))).isNull();
        assertThat(cache.contents().entries()).isZero();
        set(cache, 60, value(60, 1000));
        reopen();
        assertThat(cache.get(key(1))).isNull();
        assertThat(cache.get(key(60))).isEqualTo(value(60, 1000));
        assertThat(cache.contents().entries()).isEqualTo(1);
    }

    @Test
    void whatIsKeptForATimeEndsThen() throws IOException {
        var minute = new RawCache.Keeping(Optional.of(Duration.ofMinutes(1)), "", Codec.RAW);
        cache.set(key(1), ByteBuffer.wrap(value(1, 100)), minute);
        cache.set(key(2), ByteBuffer.wrap(value(2, 100)), minute);
        clock.advanceMillis(59_999);
        assertThat(cache.get(key(1))).isNotNull();
        clock.advanceMillis(1);
        assertThat(cache.get(key(1))).isNull();
        assertThat(cache.statistics().left(CacheStatistics.Cause.EXPIRED)).isEqualTo(1);
        reopen();
        assertThat(cache.get(key(2))).isNull();
    }

    @Test
    void whatCompressesTakesLessAndComesBackWhole() throws IOException {
        byte[] text = "all work and no play ".repeat(200).getBytes(StandardCharsets.US_ASCII);
        for (Codec codec : Codec.values()) {
            cache.set(key(codec.id()), ByteBuffer.wrap(text), new RawCache.Keeping(Optional.empty(), "", codec));
            assertThat(cache.get(key(codec.id()))).isEqualTo(text);
        }
        // Once as it is, and twice as next to nothing.
        assertThat(cache.statistics().compressionRatio()).isBetween(2.5, 3.0);
        reopen();
        assertThat(cache.statistics().compressionRatio()).isEqualTo(1);
        for (Codec codec : Codec.values()) {
            assertThat(cache.get(key(codec.id()))).isEqualTo(text);
        }
    }

    @Test
    void severalComeAtOnceInTheOrderAskedFor() throws IOException {
        List<byte[]> keys = new ArrayList<>();
        List<ByteBuffer> values = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            keys.add(key(i));
            values.add(ByteBuffer.wrap(value(i, 2000)));
        }
        assertThat(cache.setAll(keys, values, RawCache.Keeping.PLAIN)).isEqualTo(40);
        cache.flush();
        List<byte[]> found = cache.getMany(List.of(key(7), key(99), key(39), key(7)));
        assertThat(found.get(0)).isEqualTo(value(7, 2000));
        assertThat(found.get(1)).isNull();
        assertThat(found.get(2)).isEqualTo(value(39, 2000));
        assertThat(found.get(3)).isEqualTo(value(7, 2000));
    }

    @Test
    void whatIsTooLargeIsNotTakenAndWhatJustFitsIs() throws IOException {
        int largest = SEGMENTS * SmallCaches.SEGMENT / 8;
        set(cache, 1, value(1, 10));
        assertThat(set(cache, 1, value(2, largest + 1))).isFalse();
        assertThat(cache.get(key(1))).isNull();
        assertThat(set(cache, 2, value(3, largest))).isTrue();
        cache.flush();
        assertThat(cache.get(key(2))).isEqualTo(value(3, largest));
    }

    @Test
    void agreesWithAModelWhileEverythingIsReplacedManyTimes() throws IOException {
        Random random = new Random(11);
        Map<Integer, byte[]> model = new HashMap<>();
        int found = 0;
        for (int step = 0; step < 3000; step++) {
            int key = random.nextInt(300);
            if (random.nextInt(100) < 40) {
                byte[] value = value(step, random.nextInt(random.nextInt(20) == 0 ? 40_000 : 4000));
                // On a busy machine one may be given up; then nothing is left of the key.
                if (set(cache, key, value)) {
                    model.put(key, value);
                } else {
                    model.remove(key);
                }
            } else if (random.nextInt(100) < 5) {
                cache.delete(key(key));
                model.remove(key);
            } else {
                byte[] value = cache.get(key(key));
                if (value != null) {
                    assertThat(value).isEqualTo(model.get(key));
                    found++;
                }
            }
            if (step % 1000 == 0) {
                reopen();
            }
        }
        assertThat(found).isGreaterThan(200);
        assertThat(cache.statistics().left(CacheStatistics.Cause.ROOM)).isPositive();
    }

    @Test
    void clientsThatUseTheSameKeysGetWholeValues() throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> ends = new ArrayList<>();
            for (int client = 0; client < 4; client++) {
                int seed = client;
                ends.add(clients.submit(() -> work(seed)));
            }
            int found = 0;
            for (Future<Integer> end : ends) {
                found += end.get();
            }
            assertThat(found).isPositive();
        }
        assertThat(cache.statistics().left(CacheStatistics.Cause.DAMAGED)).isZero();
    }

    /** Every value says whose it is, and that it is whole. */
    private int work(int seed) {
        Random random = new Random(seed);
        int found = 0;
        for (int step = 0; step < 1000; step++) {
            int key = random.nextInt(200);
            byte[] value = cache.get(key(key));
            if (value != null) {
                assertThat(value[0]).isEqualTo((byte) key);
                assertThat(value).containsOnly(value[0], value[1]);
                found++;
            } else {
                byte[] made = new byte[100 + random.nextInt(key % 16 == 0 ? 30_000 : 3000)];
                Arrays.fill(made, (byte) random.nextInt());
                made[0] = (byte) key;
                set(cache, key, made);
            }
        }
        return found;
    }

    @Test
    void anotherOwnersFileIsRefusedAndLeftAsItIs() throws IOException {
        set(cache, 1, value(1, 100));
        cache.close();
        var other = new RawCacheOptions(
                new UUID(1, 2), 16L * SmallCaches.SEGMENT, SmallCaches.SEGMENT, 8 << 10, 4, 1 << 20, "lru", 0, 0);
        assertThatThrownBy(() -> RawCache.open(directory, NAME, other, clock))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(SmallCaches.OWNER.toString());
        cache = RawCache.open(directory, NAME, SmallCaches.options(SEGMENTS), clock);
        assertThat(cache.get(key(1))).isEqualTo(value(1, 100));
    }

    @Test
    void aLargerCacheKeepsWhatItHasAndASmallerOneWhatLiesInFront() throws IOException {
        Random random = new Random(5);
        Map<Integer, byte[]> model = new HashMap<>();
        int found = 0;
        for (int segments : new int[] {2 * SEGMENTS, SEGMENTS, SEGMENTS + 3, 8, 30, 12}) {
            cache.close();
            cache = RawCache.open(directory, NAME, SmallCaches.options(segments), clock);
            assertThat(cache.contents().segments()).isEqualTo(segments);
            assertThat(directory.size(NAME))
                    .isLessThanOrEqualTo(Superblock.SEGMENTS_AT + (long) segments * SmallCaches.SEGMENT);
            for (int key = 0; key < 300; key++) {
                byte[] value = cache.get(key(key));
                if (value != null) {
                    assertThat(value)
                            .as("key %d with %d segments", key, segments)
                            .isEqualTo(model.get(key));
                    found++;
                }
            }
            for (int step = 0; step < 300; step++) {
                int key = random.nextInt(300);
                if (random.nextInt(5) == 0) {
                    cache.delete(key(key));
                    model.remove(key);
                } else {
                    byte[] value = value(random.nextLong(), random.nextInt(3500));
                    assertThat(set(cache, key, value)).isTrue();
                    model.put(key, value);
                }
            }
        }
        assertThat(found).isGreaterThan(150);
    }
}
