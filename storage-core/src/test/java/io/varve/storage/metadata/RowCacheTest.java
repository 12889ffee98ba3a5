package io.varve.storage.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowCacheTest {
    private static final byte[] NAME = "name".getBytes(UTF_8);
    private static final byte[] OLD = {1};
    private static final byte[] NEW = {2};

    private final RowCache rows = new RowCache(1 << 20);
    private final AtomicInteger reads = new AtomicInteger();

    @Test
    void whatWasReadOnceIsNotReadAgainUntilItChanges() throws IOException {
        assertThat(read(OLD)).isEqualTo(OLD);
        assertThat(read(OLD)).isEqualTo(OLD);
        assertThat(reads).hasValue(1);

        rows.changed(Family.NOW, NAME);

        assertThat(read(NEW)).isEqualTo(NEW);
        assertThat(reads).hasValue(2);
    }

    @Test
    void aRowThatChangesWhileItIsReadIsNotKept() throws IOException {
        byte[] read = rows.get(Family.NOW, NAME, (family, name) -> {
            rows.changed(family, name);
            return OLD;
        });

        assertThat(read).as("it was there when it was asked for").isEqualTo(OLD);
        assertThat(read(NEW)).isEqualTo(NEW);
    }

    @Test
    void whatIsNotThereIsLookedForEachTime() throws IOException {
        assertThat(rows.get(Family.NOW, NAME, (family, name) -> null)).isNull();
        assertThat(read(NEW)).isEqualTo(NEW);
    }

    @Test
    void familiesAreApart() throws IOException {
        assertThat(read(OLD)).isEqualTo(OLD);
        assertThat(rows.get(Family.BUCKETS, NAME, (family, name) -> NEW)).isEqualTo(NEW);
        assertThat(read(NEW)).isEqualTo(OLD);
    }

    @Test
    void longRowsAreReadEachTime() throws IOException {
        byte[] large = new byte[1 << 20];
        assertThat(read(large)).isSameAs(large);
        assertThat(read(large)).isSameAs(large);
        assertThat(reads).hasValue(2);
    }

    @Test
    void aFailureToReadIsTold() {
        assertThatThrownBy(() -> rows.get(Family.NOW, NAME, (family, name) -> {
                    throw new IOException("broken");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("broken");
    }

    /** A writer counts upwards; whoever asks after a number was written sees at least it. */
    @Test
    void nobodySeesWhatWasReplacedBeforeTheyAsked() throws Exception {
        AtomicLong stored = new AtomicLong();
        AtomicLong answered = new AtomicLong();
        int rounds = 20_000;
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Callable<Boolean> reader = () -> {
                while (answered.get() < rounds) {
                    long least = answered.get();
                    byte[] row = rows.get(
                            Family.NOW,
                            NAME,
                            (family, name) -> ByteBuffer.allocate(Long.BYTES)
                                    .putLong(stored.get())
                                    .array());
                    if (row == null || ByteBuffer.wrap(row).getLong() < least) {
                        return false;
                    }
                }
                return true;
            };
            var readers =
                    IntStream.range(0, 3).mapToObj(i -> threads.submit(reader)).toList();
            for (long number = 1; number <= rounds; number++) {
                stored.set(number);
                rows.changed(Family.NOW, NAME);
                answered.set(number);
            }
            for (Future<Boolean> each : readers) {
                assertThat(each.get()).isTrue();
            }
        }
    }

    @Test
    void itTakesNoMoreThanItMay() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] name = new byte[16];
            random.nextBytes(name);
            rows.get(Family.NOW, name, (family, key) -> new byte[500]);
        }
        reads.set(0);
        random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] name = new byte[16];
            random.nextBytes(name);
            rows.get(Family.NOW, name, (family, key) -> {
                reads.incrementAndGet();
                return null;
            });
        }
        assertThat(20_000 - reads.get()).isBetween(1, (1 << 20) / 500);
    }

    private byte[] read(byte[] value) throws IOException {
        byte[] read = rows.get(Family.NOW, NAME, (family, name) -> {
            reads.incrementAndGet();
            return value;
        });
        assertThat(read).isNotNull();
        return read == null ? new byte[0] : read;
    }
}
