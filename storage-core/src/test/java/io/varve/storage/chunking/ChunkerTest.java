package io.varve.storage.chunking;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkerTest {

    private static final ChunkingParameters SMALL = ChunkingParameters.rabinKarp(256, 1024, 4096);

    static Stream<ChunkingParameters> allKinds() {
        return Stream.of(
                SMALL,
                ChunkingParameters.rabinKarp(64, 65, 66),
                ChunkingParameters.rabinKarp(64, 100, 10_000),
                ChunkingParameters.rabinKarp(1000, 1001, 2003),
                ChunkingParameters.DEFAULT,
                ChunkingParameters.fixed(1000));
    }

    @ParameterizedTest
    @MethodSource("allKinds")
    void chunksCoverTheStreamWithinTheLimits(ChunkingParameters parameters) {
        for (byte[] data : List.of(random(1, 1 << 20), text(1 << 20), new byte[1 << 20])) {
            List<Integer> lengths = cut(parameters, data, data.length);

            assertThat(lengths.stream().mapToInt(Integer::intValue).sum()).isEqualTo(data.length);
            assertThat(lengths.subList(0, lengths.size() - 1))
                    .allMatch(length -> length >= parameters.minBytes() && length <= parameters.maxBytes());
            assertThat(lengths.getLast()).isBetween(1, parameters.maxBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("allKinds")
    void cutsDoNotDependOnHowTheStreamIsHandedOver(ChunkingParameters parameters) {
        long seed = 2;
        byte[] data = random(seed, 300_000);
        List<Integer> whole = cut(parameters, data, data.length);

        for (int step : new int[] {1, 7, 100, 1000, 4095, 4096, 10_000}) {
            assertThat(cut(parameters, data, step)).as("step %d", step).isEqualTo(whole);
        }
        for (int round = 0; round < 20; round++) {
            Random steps = new Random(seed + round);
            assertThat(cut(parameters, data, () -> steps.nextInt(1, 5000)))
                    .as("seed %d", seed + round)
                    .isEqualTo(whole);
        }
    }

    /** Every hash from its definition, with arbitrary precision, and every position on its own. */
    @ParameterizedTest
    @ValueSource(strings = {"random", "text", "zeros"})
    void cutsAreWhereTheDefinitionSays(String kind) {
        byte[] data = switch (kind) {
            case "random" -> random(4, 6_000);
            case "text" -> text(6_000);
            default -> new byte[10_000];
        };

        List<Integer> expected = new ArrayList<>();
        for (int start = 0; start < data.length; ) {
            int length = lengthByDefinition(SMALL, Arrays.copyOfRange(data, start, data.length));
            expected.add(length);
            start += length;
        }

        assertThat(cut(SMALL, data, 777)).isEqualTo(expected);
    }

    private static int lengthByDefinition(ChunkingParameters parameters, byte[] rest) {
        BigInteger modulus = BigInteger.TWO.pow(64);
        BigInteger m = new BigInteger("9E3779B97F4A7C15", 16).shiftLeft(1).mod(modulus);
        long span = (long) parameters.avgBytes() - parameters.minBytes();
        for (int length = parameters.minBytes(); length <= Math.min(rest.length, parameters.maxBytes()); length++) {
            BigInteger hash = BigInteger.ZERO;
            for (int i = length - 64; i < length; i++) {
                hash = hash.multiply(m).add(coefficient(rest[i] & 0xFF)).mod(modulus);
            }
            long n = length <= parameters.avgBytes() ? span * 69 / 40 : span * 69 / 160;
            BigInteger share = modulus.subtract(BigInteger.ONE).divide(BigInteger.valueOf(n));
            BigInteger half = modulus.shiftRight(1);
            // Signed order: the upper half of the unsigned numbers comes first.
            if (hash.add(half).mod(modulus).compareTo(share) < 0) {
                return length;
            }
        }
        return Math.min(rest.length, parameters.maxBytes());
    }

    private static BigInteger coefficient(int b) {
        long z = 0x5641525645L + (b + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return new BigInteger(Long.toUnsignedString(z ^ z >>> 31));
    }

    @Test
    void theMeanOfRandomDataIsTheAverage() {
        byte[] data = random(9, 2 << 20);
        List<Integer> lengths = cut(SMALL, data, data.length);

        double mean = (double) data.length / lengths.size();
        double variance = lengths.stream()
                .mapToDouble(length -> (length - mean) * (length - mean))
                .average()
                .orElseThrow();
        assertThat(mean).isBetween(1024 * 0.97, 1024 * 1.03);
        assertThat(Math.sqrt(variance) / mean).isLessThan(0.5);
    }

    @Test
    void cutsMeetAgainAfterAnInsertion() {
        byte[] data = random(3, 500_000);
        Set<Integer> fromEnd = endsSeenFromTheEnd(cut(SMALL, data, data.length), data.length);
        int edits = 50;
        int lost = 0;
        for (int edit = 0; edit < edits; edit++) {
            int at = 8000 * edit;
            byte[] edited = new byte[data.length + 10];
            System.arraycopy(data, 0, edited, 0, at);
            System.arraycopy(data, at, edited, at + 10, data.length - at);

            Set<Integer> kept = endsSeenFromTheEnd(cut(SMALL, edited, edited.length), edited.length);
            kept.retainAll(fromEnd);
            lost += (int) fromEnd.stream().filter(end -> end < data.length - at).count()
                    - (int) kept.stream().filter(end -> end < data.length - at).count();
        }

        assertThat((double) lost / edits).as("chunks that an insertion changes").isLessThan(1);
    }

    @Test
    void runsOfOneByteAreCutAtTheMaximum() {
        assertThat(cut(SMALL, new byte[10_000], 10_000)).containsExactly(4096, 4096, 1808);
    }

    /** Cut points are part of the stored format: these never change. */
    @Test
    void goldenCuts() {
        byte[] random = random(42, 13 << 20);
        byte[] text = text(1 << 20);

        assertThat(cut(SMALL, random, random.length)).startsWith(GOLDEN_SMALL);
        assertThat(cut(ChunkingParameters.DEFAULT, random, random.length)).startsWith(GOLDEN_DEFAULT);
        assertThat(cut(ChunkingParameters.DEFAULT, text, text.length)).startsWith(GOLDEN_DEFAULT_TEXT);
        assertThat(cut(ChunkingParameters.THRIFTY, random, random.length)).startsWith(GOLDEN_THRIFTY);
        assertThat(cut(ChunkingParameters.CLASSIC, random, random.length)).startsWith(GOLDEN_CLASSIC);
    }

    private static final Integer[] GOLDEN_SMALL = {1899, 512, 889, 908, 716, 1137};
    private static final Integer[] GOLDEN_DEFAULT = {72587, 78470, 43264, 95485, 71554, 54166};
    private static final Integer[] GOLDEN_DEFAULT_TEXT = {76954, 17018, 70777, 75464, 78392, 39080};
    private static final Integer[] GOLDEN_THRIFTY = {72587, 223499, 231816, 154314, 207405, 398992};
    private static final Integer[] GOLDEN_CLASSIC = {8268237, 5050370};

    @Test
    void fixedChunksAreEqual() {
        assertThat(cut(ChunkingParameters.fixed(1000), new byte[2500], 300)).containsExactly(1000, 1000, 500);
    }

    @Test
    void nothingIsNoChunk() {
        assertThat(Chunker.of(SMALL).next(new byte[0], 0, 0, true)).isEqualTo(Chunker.MORE);
        assertThat(Chunker.of(ChunkingParameters.fixed(1000)).next(new byte[0], 0, 0, true))
                .isEqualTo(Chunker.MORE);
    }

    @Test
    void bytesOutsideTheArrayAreRefused() {
        assertThatThrownBy(() -> Chunker.of(SMALL).next(new byte[300], 100, 201, false))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @MethodSource("allKinds")
    void parametersSurviveTheirStoredForm(ChunkingParameters parameters) {
        assertThat(ChunkingParameters.parse(parameters.encode())).isEqualTo(parameters);
    }

    @Test
    void theStoredFormIsStable() {
        assertThat(ChunkingParameters.DEFAULT.encode()).isEqualTo("rabin-karp:16384:65536:262144");
        assertThat(ChunkingParameters.fixed(4096).encode()).isEqualTo("fixed:4096:4096:4096");
        assertThat(ChunkingParameters.parse("default")).isEqualTo(ChunkingParameters.DEFAULT);
        assertThat(ChunkingParameters.parse("thrifty")).isEqualTo(ChunkingParameters.THRIFTY);
        assertThat(ChunkingParameters.parse("classic")).isEqualTo(ChunkingParameters.CLASSIC);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Default",
                "rabin-karp",
                "rabin-karp:1:2:3",
                "rabin-karp:256:256:512",
                "rabin-karp:256:1024:4096:1",
                "rabin-karp:256:1024:99999999",
                "rabin-karp:256:1024:99999999999",
                "rabin-karp:256:x:4096",
                "rabin-karp::1024:4096",
                "fixed:256:1024:4096",
                "fixed:0:0:0",
                "rabin:256:1024:4096"
            })
    void otherTextIsRefusedWithTheWayOut(String text) {
        assertThatThrownBy(() -> ChunkingParameters.parse(text))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("min")
                .hasMessageContaining("max");
    }

    private static Set<Integer> endsSeenFromTheEnd(List<Integer> lengths, int total) {
        Set<Integer> ends = new HashSet<>();
        int end = 0;
        for (int length : lengths) {
            end += length;
            ends.add(total - end);
        }
        return ends;
    }

    private static List<Integer> cut(ChunkingParameters parameters, byte[] data, int step) {
        return cut(parameters, data, () -> step);
    }

    /** Cuts a stream that arrives in steps; what has not arrived is wrong in the array, so nobody can have looked at it. */
    private static List<Integer> cut(ChunkingParameters parameters, byte[] data, IntSupplier steps) {
        Chunker chunker = Chunker.of(parameters);
        byte[] arrived = new byte[data.length];
        Arrays.fill(arrived, (byte) 0x55);
        List<Integer> lengths = new ArrayList<>();
        int start = 0;
        int end = 0;
        while (start < data.length) {
            int length = chunker.next(arrived, start, end - start, end == data.length);
            if (length == Chunker.MORE) {
                int more = Math.min(steps.getAsInt(), data.length - end);
                System.arraycopy(data, end, arrived, end, more);
                end += more;
            } else {
                lengths.add(length);
                start += length;
            }
        }
        return lengths;
    }

    private static byte[] random(long seed, int length) {
        byte[] data = new byte[length];
        new Random(seed).nextBytes(data);
        return data;
    }

    private static byte[] text(int length) {
        Random random = new Random(11);
        StringBuilder text = new StringBuilder(length + 80);
        while (text.length() < length) {
            text.append("line ").append(random.nextInt(100_000)).append(": sediment upon sediment\n");
        }
        return Arrays.copyOf(text.toString().getBytes(US_ASCII), length);
    }
}
