package io.varve.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.fingerprint.Fingerprint;
import org.junit.jupiter.api.Test;

class MemoryCacheTest {

    @Test
    void whatWasOfferedIsFound() {
        MemoryCache cache = new MemoryCache(1 << 20);
        byte[] plain = {1, 2, 3};
        assertThat(cache.get(name(1))).isNull();
        cache.offer(name(1), plain);
        assertThat(cache.get(name(1))).isSameAs(plain);
        assertThat(cache.hits()).isEqualTo(1);
        assertThat(cache.misses()).isEqualTo(1);
    }

    @Test
    void theMemoryIsBounded() {
        MemoryCache cache = new MemoryCache(1 << 20);
        for (int i = 0; i < 1000; i++) {
            cache.offer(name(i), new byte[10_000]);
        }
        assertThat(cache.bytes()).isBetween(900_000L, 1L << 20);
    }

    @Test
    void aCacheOfNothingKeepsNothing() {
        MemoryCache cache = new MemoryCache(0);
        cache.offer(name(1), new byte[10]);
        assertThat(cache.get(name(1))).isNull();
        assertThat(cache.bytes()).isZero();
    }

    private static Fingerprint name(int number) {
        return new Fingerprint(number, 0, 0, 0);
    }
}
