package io.varve.storage.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OdessTest {
    private static final int CHUNK_BYTES = 64 << 10;

    /** Computed window by window from the definition in {@code docs/format.md}, by a program of its own. */
    @Test
    void superFeaturesStayTheSameForEver() {
        String lines = IntStream.range(0, 200)
                .mapToObj(i -> "Layer " + i + " of the sediment, and the next one.\n")
                .collect(Collectors.joining());

        assertThat(of(lines.getBytes(StandardCharsets.US_ASCII)))
                .contains(new SuperFeatures(0xd006b3b46d28f270L, 0x066e1e967ba37f68L, 0x040640035b0c4cb4L));
        assertThat(of("A varve is one year's layer of sediment; every version is one thin layer.\n"
                        .getBytes(StandardCharsets.US_ASCII)))
                .contains(new SuperFeatures(0xbb6502a457fc09dbL, 0x94e4608547969566L, 0x2e8a0facc9744cffL));
        assertThat(of(congruential(1, CHUNK_BYTES)))
                .contains(new SuperFeatures(0x44fab631dd3fecf4L, 0xbf5ffb03ea0d1af5L, 0x207bb671f2373c07L));
        assertThat(of(congruential(7, 1000)))
                .contains(new SuperFeatures(0x15bea9b2a96d5dcbL, 0x3c3067102b628ee4L, 0xed51e6f003aab2ecL));
    }

    /** Knuth's MMIX generator, the highest byte of each state: easy to write in any language. */
    private static byte[] congruential(long seed, int length) {
        byte[] bytes = new byte[length];
        long state = seed;
        for (int i = 0; i < length; i++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            bytes[i] = (byte) (state >>> 56);
        }
        return bytes;
    }

    @Test
    void whatStandsAroundAChunkDoesNotMatter() {
        byte[] stream = congruential(3, 3 * CHUNK_BYTES);
        byte[] chunk = Arrays.copyOfRange(stream, 1000, 1000 + CHUNK_BYTES);

        assertThat(Odess.of(stream, 1000, CHUNK_BYTES)).isPresent().isEqualTo(of(chunk));
    }

    @Test
    void tinyOrRepetitiveChunksHaveNone() {
        assertThat(of(new byte[0])).isEmpty();
        assertThat(of(congruential(1, 31))).isEmpty();
        assertThat(of(new byte[CHUNK_BYTES])).isEmpty();
        assertThat(of("Aa".repeat(2000).getBytes(StandardCharsets.US_ASCII))).isEmpty();
    }

    @Test
    void rangesOutsideTheArrayAreRefused() {
        assertThatThrownBy(() -> Odess.of(new byte[10], 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** The bounds are some points below what was measured: 100, 100, 99.7, 90 and 67 % of either kind. */
    @ParameterizedTest
    @CsvSource({
        "RANDOM, 4, 99", "RANDOM, 16, 98", "RANDOM, 64, 95", "RANDOM, 256, 80", "RANDOM, 512, 50",
        "TEXT, 4, 99", "TEXT, 16, 98", "TEXT, 64, 95", "TEXT, 256, 80", "TEXT, 512, 50"
    })
    void editedChunksAreFound(Edits.Kind kind, int edits, int percentMin) {
        long seed = edits;
        Random random = new Random(seed);
        int chunks = 300;
        int found = 0;
        for (int i = 0; i < chunks; i++) {
            byte[] original = kind.make(random, CHUNK_BYTES);
            byte[] edited = Edits.edit(original, edits, kind, random);
            found += of(original).orElseThrow().shared(of(edited).orElseThrow()) > 0 ? 1 : 0;
        }
        assertThat(found * 100 / chunks).as("percent found, seed %d", seed).isGreaterThanOrEqualTo(percentMin);
    }

    @ParameterizedTest
    @EnumSource(Edits.Kind.class)
    void otherChunksAreNot(Edits.Kind kind) {
        long seed = 4711;
        Random random = new Random(seed);
        SuperFeatures[] features = new SuperFeatures[400];
        Arrays.setAll(features, i -> of(kind.make(random, CHUNK_BYTES)).orElseThrow());
        int pairs = 0;
        for (int i = 0; i < features.length; i++) {
            for (int j = 0; j < i; j++) {
                pairs += features[i].shared(features[j]) > 0 ? 1 : 0;
            }
        }
        assertThat(pairs).as("of 79,800 pairs, seed %d", seed).isZero();
    }

    @Test
    void whereANumberStandsMatters() {
        SuperFeatures one = new SuperFeatures(1, 2, 3);

        assertThat(one.shared(new SuperFeatures(1, 2, 3))).isEqualTo(3);
        assertThat(one.shared(new SuperFeatures(1, 5, 3))).isEqualTo(2);
        assertThat(one.shared(new SuperFeatures(5, 2, 1))).isEqualTo(1);
        assertThat(one.shared(new SuperFeatures(3, 1, 2))).isZero();
    }

    private static Optional<SuperFeatures> of(byte[] chunk) {
        return Odess.of(chunk, 0, chunk.length);
    }
}
