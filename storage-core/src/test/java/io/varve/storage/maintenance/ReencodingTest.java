package io.varve.storage.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.namespace.EntryPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReencodingTest {
    private static final int STEPS_MAX = 40;

    private final Random random = new Random(1);

    /** Between all of its steps somebody writes, as on a busy server: what was there is done, and it ends. */
    @Test
    void whoWaitsForItDoesNotWaitForWhatArrivesMeanwhile() throws IOException {
        try (StoreFixture store = StoreFixture.withBucket()) {
            put(store, 0);
            AtomicInteger steps = new AtomicInteger();
            Pace pace = new Pace(false, Long.MAX_VALUE, () -> {
                put(store, steps.incrementAndGet());
                return steps.get() >= STEPS_MAX;
            });

            new Reencoding(store.reencoder(), store::now, Duration.ofHours(1)).run(pace);

            assertThat(steps.get()).isBetween(1, STEPS_MAX - 1);
            assertThat(store.reencoder().waiting()).isEqualTo(steps.get());
        }
    }

    private void put(StoreFixture store, int number) {
        byte[] content = new byte[50_000];
        random.nextBytes(content);
        try {
            store.put(new EntryPath("bucket", "file-" + number), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
