package io.varve.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryCacheTest {
    private static final int REGION = 64 << 10;

    @Test
    void whatWasOfferedIsFound() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        assertThat(cache.get(name(1))).isNull();
        cache.offer(name(1), ByteBuffer.wrap(new byte[] {0, 1, 2, 3}, 1, 3));
        assertThat(cache.get(name(1))).containsExactly(1, 2, 3);
        assertThat(cache.hits()).isEqualTo(1);
        assertThat(cache.misses()).isEqualTo(1);
        assertThat(cache.peek(name(1))).containsExactly(1, 2, 3);
        assertThat(cache.hits()).isEqualTo(1);
    }

    @Test
    void whatWasServedIsToldOnce() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        cache.offer(name(1), bytes(1, 100));
        cache.offer(name(2), bytes(2, 100));
        assertThat(cache.takeRead()).isEmpty();
        cache.get(name(1));
        cache.get(name(1));
        cache.peek(name(2));
        assertThat(cache.takeRead()).containsExactly(name(1));
        assertThat(cache.takeRead()).isEmpty();
    }

    @Test
    void theMemoryIsBoundedAndUsed() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        for (int i = 0; i < 1000; i++) {
            cache.offer(name(i), bytes(i, 10_000));
        }
        assertThat(cache.bytes()).isBetween(7L * REGION, 8L * REGION);
        long kept = IntStream.range(0, 1000)
                .filter(i -> cache.peek(name(i)) != null)
                .count();
        // Six chunks fit into a region, and one region is being filled, one held back.
        assertThat(kept).isBetween(36L, 48L);
        assertThat(cache.peek(name(999))).isEqualTo(bytes(999, 10_000).array());
    }

    @Test
    void aCacheOfNothingKeepsNothing() {
        MemoryCache cache = MemoryCache.none();
        cache.offer(name(1), bytes(1, 10));
        assertThat(cache.get(name(1))).isNull();
        assertThat(cache.bytes()).isZero();
    }

    @Test
    void aChunkLargerThanARegionIsNotKept() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        cache.offer(name(1), bytes(1, REGION + 1));
        assertThat(cache.get(name(1))).isNull();
    }

    /** What is used again and again outlives a scan of ten times the cache. */
    @Test
    void aScanDoesNotEmptyIt() {
        MemoryCache cache = new MemoryCache(32 * REGION, REGION);
        for (int round = 0; round < 4; round++) {
            for (int hot = 0; hot < 20; hot++) {
                if (cache.get(name(hot)) == null) {
                    cache.offer(name(hot), bytes(hot, 10_000));
                }
            }
        }
        for (int i = 1000; i < 3000; i++) {
            cache.offer(name(i), bytes(i, 10_000));
            if (i % 40 == 0) {
                cache.get(name(i / 40 % 20));
            }
        }
        assertThat(IntStream.range(0, 20).filter(hot -> cache.peek(name(hot)) != null))
                .hasSize(20);
    }

    @Test
    void whatComesBackSoonAfterItLeftIsKeptLonger() {
        MemoryCache cache = new MemoryCache(16 * REGION, REGION);
        cache.offer(name(1), bytes(1, 1000));
        fillUntilGone(cache, name(1));
        cache.offer(name(1), bytes(1, 1000));
        for (int i = 0; i < 200; i++) {
            cache.offer(name(50_000 + i), bytes(i, 10_000));
        }
        assertThat(cache.peek(name(1))).isEqualTo(bytes(1, 1000).array());
    }

    /** What is written and read soon after needs more than the small queue's first tenth, and gets it when that shows. */
    @Test
    void aFileThatIsWrittenAndReadIsKeptWhereThatIsWhatHappens() {
        MemoryCache cache = new MemoryCache(64 * REGION, REGION);
        int[] missed = new int[12];
        for (int file = 0; file < missed.length; file++) {
            for (int i = 0; i < 70; i++) {
                cache.offer(name(1_000 * file + i), bytes(i, 10_000));
            }
            for (int i = 69; i >= 0; i--) {
                if (cache.get(name(1_000 * file + i)) == null) {
                    missed[file]++;
                    cache.offer(name(1_000 * file + i), bytes(i, 10_000));
                }
            }
        }
        assertThat(missed[missed.length - 1]).isZero();
    }

    private static void fillUntilGone(MemoryCache cache, Fingerprint chunk) {
        for (int i = 0; cache.peek(chunk) != null; i++) {
            assertThat(i).isLessThan(1000);
            cache.offer(name(10_000 + i), bytes(i, 10_000));
        }
    }

    @Test
    void neighboursAreReadInOnePiece() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        cache.offer(List.of(name(1), name(2)), List.of(bytes(1, 100), bytes(2, 50)));
        Pin first = pinned(cache, 1);
        Pin joined = first.join(pinned(cache, 2)).orElseThrow();
        assertThat(joined.length()).isEqualTo(150);
        byte[] both = Arrays.copyOf(bytes(1, 100).array(), 150);
        System.arraycopy(bytes(2, 50).array(), 0, both, 100, 50);
        assertThat(joined.take()).isEqualTo(both);
        assertThat(pinned(cache, 2).join(pinned(cache, 1))).isEmpty();
    }

    @Test
    void pinnedBytesStayWhateverComes() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        cache.offer(name(1), bytes(1, 5000));
        try (Pin pin = pinned(cache, 1)) {
            for (int i = 2; i < 500; i++) {
                cache.offer(name(i), bytes(i, 5000));
            }
            assertThat(pin.bytes()).isEqualTo(bytes(1, 5000));
        }
        assertThat(cache.get(name(499))).isNotNull();
    }

    /** Readers that never let go get copies in the end, and others are still served. */
    @Test
    void slowReadersCannotBlockIt() {
        MemoryCache cache = new MemoryCache(8 * REGION, REGION);
        List<Pin> held = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            cache.offer(name(i), bytes(i, 10_000));
            held.add(pinned(cache, i));
        }
        for (int i = 0; i < 200; i++) {
            assertThat(held.get(i).bytes()).isEqualTo(bytes(i, 10_000));
        }
        held.forEach(Pin::close);
        cache.offer(name(1000), bytes(1000, 10_000));
        assertThat(cache.get(name(1000))).isNotNull();
    }

    /** Many threads offer and read more than fits: nobody ever sees another chunk's bytes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void underThreadsEveryReadIsRight(long seed) throws InterruptedException, ExecutionException {
        MemoryCache cache = new MemoryCache(12 * REGION, REGION);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> wrong = IntStream.range(0, 4)
                    .mapToObj(thread -> threads.submit(() -> wrongReads(cache, new Random(seed * 31 + thread))))
                    .toList();
            for (Future<Integer> one : wrong) {
                assertThat(one.get()).as("seed %d", seed).isZero();
            }
        }
        assertThat(cache.bytes()).isLessThanOrEqualTo(12 * REGION);
        assertThat(cache.hits()).isPositive();
    }

    private static int wrongReads(MemoryCache cache, Random random) {
        int wrong = 0;
        for (int i = 0; i < 20_000; i++) {
            int chunk = Math.min(random.nextInt(300), random.nextInt(300));
            Pin pin = cache.pin(name(chunk));
            if (pin == null) {
                cache.offer(List.of(name(chunk), name(chunk + 1)), List.of(sized(chunk), sized(chunk + 1)));
            } else {
                try (pin) {
                    if (!pin.bytes().equals(sized(chunk))) {
                        wrong++;
                    }
                }
            }
        }
        return wrong;
    }

    private static Pin pinned(MemoryCache cache, int chunk) {
        Pin pin = cache.pin(name(chunk));
        assertThat(pin).isNotNull();
        return Objects.requireNonNull(pin);
    }

    private static ByteBuffer sized(int chunk) {
        return bytes(chunk, 500 + chunk * 37 % 9000);
    }

    private static ByteBuffer bytes(int value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    private static Fingerprint name(int number) {
        return new Fingerprint(number, 0, 0, 0);
    }
}
