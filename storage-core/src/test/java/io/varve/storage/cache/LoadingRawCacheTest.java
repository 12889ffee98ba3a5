package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.key;
import static io.varve.storage.cache.SmallCaches.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.compression.Codec;
import io.varve.storage.io.MemoryDeviceDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadingRawCacheTest {
    private static final LoadingRawCache.Rules RULES =
            new LoadingRawCache.Rules(Duration.ofMinutes(10), Duration.ofMinutes(1), 20, Codec.LZ4);

    private final TestClock clock = new TestClock();
    private RawCache cache;

    @BeforeEach
    void open() throws IOException {
        cache = SmallCaches.open(new MemoryDeviceDirectory(), 16, clock);
    }

    @AfterEach
    void close() throws IOException {
        cache.close();
    }

    @Test
    void manyWhoMissTheSameKeyAskTheSourceOnce() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        LoadingRawCache loading = new LoadingRawCache(
                cache,
                key -> {
                    asked.countDown();
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    return Optional.of(value(1, 500));
                },
                RULES,
                new Random(1));
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Future<Optional<byte[]>>> values = new ArrayList<>();
            values.add(clients.submit(() -> loading.get(key(1))));
            asked.await();
            for (int i = 0; i < 7; i++) {
                values.add(clients.submit(() -> loading.get(key(1))));
            }
            answer.countDown();
            for (Future<Optional<byte[]>> found : values) {
                assertThat(found.get())
                        .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(value(1, 500)));
            }
        }
        assertThat(loading.loads()).isEqualTo(1);
    }

    @Test
    void thatThereIsNoneIsRememberedForAWhile() throws IOException {
        LoadingRawCache loading = new LoadingRawCache(cache, key -> Optional.empty(), RULES, new Random(1));
        for (int i = 0; i < 5; i++) {
            assertThat(loading.get(key(1))).isEmpty();
        }
        assertThat(loading.loads()).isEqualTo(1);
        clock.advanceMillis(60_001);
        assertThat(loading.get(key(1))).isEmpty();
        assertThat(loading.loads()).isEqualTo(2);
    }

    @Test
    void whatWasLoadedTogetherDoesNotExpireTogether() throws IOException {
        LoadingRawCache loading = new LoadingRawCache(cache, key -> Optional.of(key), RULES, new Random(1));
        for (int i = 0; i < 100; i++) {
            loading.get(key(i));
        }
        clock.advanceMillis(Duration.ofMinutes(8).toMillis() - 1);
        for (int i = 0; i < 100; i++) {
            loading.get(key(i));
        }
        assertThat(loading.loads()).isEqualTo(100);
        clock.advanceMillis(Duration.ofMinutes(1).toMillis());
        for (int i = 0; i < 100; i++) {
            loading.get(key(i));
        }
        assertThat(loading.loads()).isBetween(120L, 180L);
    }

    @Test
    void whatTheSourceThrowsIsNotRemembered() throws IOException {
        boolean[] fails = {true};
        LoadingRawCache loading = new LoadingRawCache(
                cache,
                key -> {
                    if (fails[0]) {
                        throw new IOException("away");
                    }
                    return Optional.of(key);
                },
                RULES,
                new Random(1));
        assertThatThrownBy(() -> loading.get(key(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("away");
        fails[0] = false;
        assertThat(loading.get(key(1))).isPresent();
    }
}
