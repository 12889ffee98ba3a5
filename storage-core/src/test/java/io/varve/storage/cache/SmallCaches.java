package io.varve.storage.cache;

import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;

/** Caches of a few small segments, so that a test passes through all of them often, and what goes into them. */
final class SmallCaches {
    static final String NAME = "raw.cache";
    static final UUID OWNER = UUID.fromString("5d0b7a52-5f0e-4c1c-9d3f-0123456789ab");
    static final int SEGMENT = 32 << 10;

    private SmallCaches() {}

    /** A clock that a test sets. */
    static final class TestClock implements InstantSource {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        void advanceMillis(long millis) {
            now = now.plusMillis(millis);
        }
    }

    static RawCacheOptions options(int segments) {
        return options(segments, "s3-fifo");
    }

    static RawCacheOptions options(int segments, String policy) {
        return new RawCacheOptions(OWNER, (long) segments * SEGMENT, SEGMENT, 8 << 10, 4, 1 << 20, policy, 25, 0);
    }

    /** Without a thread of its own: everything happens in the order of the calls. */
    static RawCache open(DeviceDirectory directory, int segments, InstantSource clock) throws IOException {
        return RawCache.open(directory, NAME, options(segments), clock, false);
    }

    static byte[] key(int number) {
        return ("key " + number).getBytes(StandardCharsets.US_ASCII);
    }

    /** Bytes that follow from the seed; some compress, some do not. */
    static byte[] value(long seed, int length) {
        Random random = new Random(seed);
        byte[] bytes = new byte[length];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        } else {
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) ('a' + (seed + i / 7) % 20);
            }
        }
        return bytes;
    }

    static boolean set(RawCache cache, int key, byte[] value) {
        return cache.set(key(key), ByteBuffer.wrap(value), RawCache.Keeping.PLAIN);
    }
}
