package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.key;
import static io.varve.storage.cache.SmallCaches.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.Power;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The machine crashes in the middle of random work, with any part of what was not synced left, down to sectors; then every key has a value
 * that it had at the last flush or since, or none.
 */
class RawCacheCrashTest {
    private static final int KEYS = 60;
    private static final int SEGMENTS = 10;
    private static final int STEPS_MAX = 400;

    private static final int CRASHES = Integer.getInteger("varve.cache.crashes", 50);
    private static final long SEED = Long.getLong("varve.cache.seed", 1);

    /** What keys may have after a crash; null among the values for absence. */
    private final Map<Integer, List<byte @Nullable []>> allowed = new HashMap<>();

    private final TestClock clock = new TestClock();
    private int survived;
    private int evicted;

    @Test
    void noWrongByteAfterAnyCrash() throws IOException {
        for (int crash = 0; crash < CRASHES; crash++) {
            long seed = SEED * 1_000_003 + crash;
            Random random = new Random(seed);
            allowed.clear();
            Power power = new Power();
            MemoryDeviceDirectory disk = new MemoryDeviceDirectory(power);
            // Several lives one after the other: what a crash left is what the next life works on.
            for (int life = 0; life < 2; life++) {
                live(disk, power, random, seed);
                power = new Power();
                disk = disk.crash(random.nextLong(), power);
            }
            verify(disk, "seed " + seed);
        }
        assertThat(survived).isGreaterThan(CRASHES);
        assertThat(evicted).isGreaterThan(CRASHES);
    }

    private void live(MemoryDeviceDirectory disk, Power power, Random random, long seed) throws IOException {
        RawCache cache = SmallCaches.open(disk, SEGMENTS, clock);
        check(cache, "at the beginning, seed " + seed);
        disk.crashAt(1 + random.nextInt(120));
        for (int step = 0; step < STEPS_MAX && !power.hasFailed(); step++) {
            int key = random.nextInt(KEYS);
            int what = random.nextInt(100);
            clock.advanceMillis(1);
            if (what < 55) {
                byte[] value = value(random.nextLong(), random.nextInt(key % 8 == 0 ? 30_000 : 3500));
                boolean taken = cache.set(key(key), ByteBuffer.wrap(value), RawCache.Keeping.PLAIN);
                now(key, taken ? value : null);
                if (!taken) {
                    // The value may have been appended when the machine crashed.
                    allow(key, value);
                }
            } else if (what < 65) {
                cache.delete(key(key));
                now(key, null);
            } else if (what < 97) {
                byte[] found = cache.get(key(key));
                if (found != null) {
                    assertThat(Arrays.equals(found, current(key)))
                            .as("a read of key %d, seed %d", key, seed)
                            .isTrue();
                }
            } else if (what < 99) {
                flush(cache);
            } else if (random.nextInt(8) == 0) {
                clear(cache);
            }
        }
        evicted += (int) cache.statistics().left(CacheStatistics.Cause.ROOM);
    }

    private void flush(RawCache cache) {
        try {
            cache.flush();
            // Absence is always possible: what there was may have left for want of room.
            allowed.replaceAll((key, values) -> {
                List<byte @Nullable []> kept = new ArrayList<>();
                kept.add(values.getLast());
                kept.addFirst(null);
                return kept;
            });
        } catch (IOException e) {
            // Nothing is promised then.
        }
    }

    private void clear(RawCache cache) {
        for (int key = 0; key < KEYS; key++) {
            now(key, null);
        }
        try {
            cache.clear();
            allowed.clear();
        } catch (IOException e) {
            // The machine crashed: it may have been done or not.
        }
    }

    private byte @Nullable [] current(int key) {
        List<byte @Nullable []> values = allowed.get(key);
        return values == null ? null : values.getLast();
    }

    private void now(int key, byte @Nullable [] value) {
        allow(key, value);
    }

    private void allow(int key, byte @Nullable [] value) {
        allowed.computeIfAbsent(key, ignored -> {
                    List<byte @Nullable []> none = new ArrayList<>();
                    none.add(null);
                    return none;
                })
                .add(value);
    }

    private void verify(MemoryDeviceDirectory disk, String when) throws IOException {
        try (RawCache cache = SmallCaches.open(disk, SEGMENTS, clock)) {
            check(cache, when);
        }
        // What recovery wrote is as good as what it found.
        try (RawCache cache = SmallCaches.open(disk, SEGMENTS, clock)) {
            check(cache, "opened again, " + when);
        }
    }

    /** After a check the present value is the only one that is current. */
    private void check(RawCache cache, String when) {
        for (int key = 0; key < KEYS; key++) {
            byte[] found = cache.get(key(key));
            List<byte @Nullable []> values = allowed.get(key);
            if (found != null) {
                assertThat(values != null && values.stream().anyMatch(value -> Arrays.equals(value, found)))
                        .as("key %d has a value that it may have, %s", key, when)
                        .isTrue();
                survived++;
            }
            // What may still be on the disk stays allowed after the next crash, and is no longer current.
            if (values != null && !Arrays.equals(found, values.getLast())) {
                values.add(found);
            }
        }
    }
}
