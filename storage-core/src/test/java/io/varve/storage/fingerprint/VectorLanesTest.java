package io.varve.storage.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorLanesTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 64, 100})
    void lanesGiveTheFingerprintsOfSingleRuns(int count) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<ByteBuffer> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            runs.add(randomRun(random, random.nextInt(1 << random.nextInt(1, 17))));
        }
        assertThat(Sha256Lanes.of(runs)).as("seed " + seed).isEqualTo(single(runs));
    }

    /** Every length around the places where the padding needs another block. */
    @Test
    void lanesPadEveryLength() {
        Random random = new Random(7);
        List<ByteBuffer> runs = new ArrayList<>();
        for (int length = 0; length <= 200; length++) {
            runs.add(randomRun(random, length));
        }
        assertThat(Sha256Lanes.of(runs)).isEqualTo(single(runs));
    }

    @Test
    void noRunsHaveNoFingerprints() {
        assertThat(Sha256Lanes.of(List.of())).isEmpty();
        assertThat(Fingerprint.ofAll(List.of())).isEmpty();
    }

    /** Every length of one block to three, so that every way to end occurs. */
    @Test
    void xxh3InLanesIsXxh3() {
        byte[] bytes = new byte[4 * 1024];
        new Random(11).nextBytes(bytes);
        for (int length = Xxh3Lanes.INPUT_BYTES_MIN; length <= 3 * 1024; length++) {
            int offset = length % 37;
            assertThat(Xxh3Lanes.hash(bytes, offset, length))
                    .as("length " + length)
                    .isEqualTo(Checksums.xxh3Scalar(bytes, offset, length));
        }
    }

    @Test
    void lanesAreUsedWhereTheyAreFasterByTheGivenClock() {
        try {
            VectorLanes.calibrate(clock(2, 1));
            assertThat(VectorLanes.haveSha256()).isFalse();
            assertThat(VectorLanes.haveXxh3()).isFalse();
            requireTheSameResults();
            VectorLanes.calibrate(clock(1, 2));
            assertThat(VectorLanes.haveSha256()).isTrue();
            assertThat(VectorLanes.haveXxh3()).isTrue();
            requireTheSameResults();
        } finally {
            VectorLanes.calibrate(System::nanoTime);
        }
    }

    private static void requireTheSameResults() {
        Random random = new Random(5);
        List<ByteBuffer> runs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            runs.add(randomRun(random, 5000 + i));
        }
        assertThat(Fingerprint.ofAll(runs)).isEqualTo(single(runs));
        assertThat(runs)
                .allSatisfy(run -> assertThat(Checksums.xxh3(run))
                        .isEqualTo(Checksums.xxh3Scalar(
                                run.array(), run.arrayOffset() + run.position(), run.remaining())));
    }

    /** A clock on which the first of two steps in turn takes so long, and the second that long. */
    private static LongSupplier clock(long lanes, long single) {
        AtomicLong now = new AtomicLong();
        AtomicLong calls = new AtomicLong();
        return () -> switch ((int) (calls.getAndIncrement() % 3)) {
            case 1 -> now.addAndGet(lanes);
            case 2 -> now.addAndGet(single);
            default -> now.get();
        };
    }

    private static ByteBuffer randomRun(Random random, int length) {
        byte[] bytes = new byte[length + 20];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes, 13, length).slice();
    }

    private static List<Fingerprint> single(List<ByteBuffer> runs) {
        return runs.stream().map(Fingerprint::of).toList();
    }
}
