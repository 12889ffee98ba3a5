package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.NAME;
import static io.varve.storage.cache.SmallCaches.key;
import static io.varve.storage.cache.SmallCaches.set;
import static io.varve.storage.cache.SmallCaches.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.compression.Codec;
import io.varve.storage.io.MemoryDeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every policy promises, and what each is for. */
class EvictionPolicyTest {
    private static final int SEGMENTS = 16;
    private static final int BYTES = 1500;

    private final TestClock clock = new TestClock();

    private RawCache open(EvictionPolicy.Kind kind) throws IOException {
        return RawCache.open(
                new MemoryDeviceDirectory(), NAME, SmallCaches.options(SEGMENTS, kind.label()), clock, false);
    }

    @ParameterizedTest
    @EnumSource(EvictionPolicy.Kind.class)
    void theCacheStaysFullAndWithinItsBoundsHoweverOftenEverythingIsUsed(EvictionPolicy.Kind kind) throws IOException {
        try (RawCache cache = open(kind)) {
            for (int step = 0; step < 1000; step++) {
                assertThat(set(cache, step, value(step, BYTES))).isTrue();
                for (int back = 0; back < 40; back += 7) {
                    byte[] found = cache.get(key(step - back));
                    if (found != null) {
                        assertThat(found).isEqualTo(value(step - back, BYTES));
                    }
                }
            }
            assertThat(cache.contents().entries()).isBetween(60L, (long) SEGMENTS * SmallCaches.SEGMENT / BYTES);
            assertThat(cache.statistics().left(CacheStatistics.Cause.ROOM)).isPositive();
            assertThat(cache.statistics().writeAmplification()).isLessThan(6);
        }
    }

    /** What is used all the time, beside a pass over much that is used once. */
    private int hotOnesLeft(EvictionPolicy.Kind kind) throws IOException {
        try (RawCache cache = open(kind)) {
            for (int key = 0; key < 40; key++) {
                set(cache, key, value(key, BYTES));
            }
            for (int step = 0; step < 700; step++) {
                set(cache, 1000 + step, value(step, BYTES));
                for (int key = 0; key < 40; key += 2) {
                    cache.get(key(key));
                }
            }
            int left = 0;
            for (int key = 0; key < 40; key += 2) {
                left += cache.get(key(key)) != null ? 1 : 0;
            }
            return left;
        }
    }

    @Test
    void aPassOverMuchDoesNotTakeThePlaceOfWhatIsUsed() throws IOException {
        assertThat(hotOnesLeft(EvictionPolicy.Kind.S3_FIFO)).isEqualTo(20);
        assertThat(hotOnesLeft(EvictionPolicy.Kind.LRU)).isEqualTo(20);
        assertThat(hotOnesLeft(EvictionPolicy.Kind.LFU)).isEqualTo(20);
        assertThat(hotOnesLeft(EvictionPolicy.Kind.COMBINED)).isEqualTo(20);
        assertThat(hotOnesLeft(EvictionPolicy.Kind.FIFO)).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = EvictionPolicy.Kind.class,
            names = {"TTL", "COMBINED"})
    void whatHasExpiredMakesRoomFirst(EvictionPolicy.Kind kind) throws IOException {
        try (RawCache cache = open(kind)) {
            var lasting = new RawCache.Keeping(Optional.of(Duration.ofDays(1)), "", Codec.RAW);
            var brief = new RawCache.Keeping(Optional.of(Duration.ofSeconds(10)), "", Codec.RAW);
            for (int key = 0; key < 40; key++) {
                cache.set(key(key), ByteBuffer.wrap(value(key, BYTES)), lasting);
                cache.get(key(key));
            }
            for (int key = 100; key < 220; key++) {
                cache.set(key(key), ByteBuffer.wrap(value(key, BYTES)), brief);
            }
            clock.advanceMillis(11_000);
            for (int key = 300; key < 400; key++) {
                cache.set(key(key), ByteBuffer.wrap(value(key, BYTES)), lasting);
            }
            int left = 0;
            for (int key = 0; key < 40; key++) {
                left += cache.get(key(key)) != null ? 1 : 0;
            }
            assertThat(left).isGreaterThan(35);
        }
    }

    @Test
    void whatComesBackSoonGoesToTheMainQueue() {
        EvictionPolicy policy = EvictionPolicy.Kind.S3_FIFO.policy();
        assertThat(policy.admitsToMain(GhostTable.Memory.LEFT_SMALL, 0.001)).isTrue();
        assertThat(policy.admitsToMain(GhostTable.Memory.JUST_LEFT_SMALL, 0.001))
                .isTrue();
        assertThat(policy.admitsToMain(GhostTable.Memory.JUST_LEFT_MAIN, 0.001)).isFalse();
        assertThat(policy.admitsToMain(GhostTable.Memory.NONE, 0.001)).isFalse();
        assertThat(policy.usesIfKept(0, false, Long.MAX_VALUE)).isNegative();
        assertThat(policy.usesIfKept(1, false, Long.MAX_VALUE)).isZero();
        assertThat(policy.usesIfKept(0, true, Long.MAX_VALUE)).isNegative();
        assertThat(policy.usesIfKept(3, true, Long.MAX_VALUE)).isEqualTo(2);
    }

    @Test
    void theSmallQueueGrowsByWhatHadJustLeftItAndShrinksByWhatHadLeftTheOther() {
        EvictionPolicy policy = EvictionPolicy.Kind.S3_FIFO.policy();
        List<SegmentTable.View> sealed = new ArrayList<>();
        for (int segment = 0; segment < 100; segment++) {
            sealed.add(new SegmentTable.View(segment, segment >= 20, 1, 1, Long.MAX_VALUE));
        }
        assertThat(policy.victim(sealed, 100, 0).main()).isFalse();
        assertThat(policy.belongsToMain(sealed, 100)).isTrue();
        assertThat(policy.admitsToMain(GhostTable.Memory.JUST_LEFT_SMALL, 0.15)).isTrue();
        assertThat(policy.victim(sealed, 100, 0).main()).isTrue();
        assertThat(policy.belongsToMain(sealed, 100)).isFalse();
        assertThat(policy.admitsToMain(GhostTable.Memory.JUST_LEFT_MAIN, 0.15)).isFalse();
        assertThat(policy.victim(sealed, 100, 0).main()).isFalse();
    }

    @Test
    void ghostsAreRememberedByQueueAndTime() {
        GhostTable ghosts = new GhostTable(100, 32_000);
        ghosts.add(0x1234567890ABCDEFL, false, 100);
        ghosts.add(0x7234567890ABCDEFL, true, 100);
        assertThat(ghosts.remove(0x1234567890ABCDEFL)).isEqualTo(GhostTable.Memory.JUST_LEFT_SMALL);
        assertThat(ghosts.remove(0x1234567890ABCDEFL)).isEqualTo(GhostTable.Memory.NONE);
        assertThat(ghosts.remove(0x7234567890ABCDEFL)).isEqualTo(GhostTable.Memory.JUST_LEFT_MAIN);
        ghosts.add(0x1234567890ABCDEFL, false, 100);
        ghosts.add(0x2234567890ABCDEFL, false, 5000);
        assertThat(ghosts.remove(0x1234567890ABCDEFL)).isEqualTo(GhostTable.Memory.LEFT_SMALL);
        long before = ghosts.bytes();
        ghosts.fit(100);
        assertThat(ghosts.bytes()).isEqualTo(before);
        ghosts.fit(1000);
        assertThat(ghosts.bytes()).isGreaterThan(2000);
        assertThat(ghosts.remove(0x2234567890ABCDEFL)).isEqualTo(GhostTable.Memory.NONE);
    }
}
