package io.varve.storage.chunking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChunkerTest {
    private static final ChunkingParameters SMALL = ChunkingParameters.rabinKarp(256, 1024, 4096);

    @Test
    void chunksCoverTheStreamWithinTheLimits() {
        byte[] data = random(1, 1 << 20);
        List<Integer> lengths = cut(SMALL, data, data.length);
        assertThat(lengths.stream().mapToInt(Integer::intValue).sum()).isEqualTo(data.length);
        assertThat(lengths.subList(0, lengths.size() - 1)).allMatch(l -> l >= 256 && l <= 4096);
        assertThat(data.length / lengths.size()).isBetween(800, 1200);
    }

    @Test
    void cutsDoNotDependOnHowTheStreamIsHandedOver() {
        byte[] data = random(2, 300_000);
        List<Integer> whole = cut(SMALL, data, data.length);
        for (int step : new int[] {1, 7, 100, 1000, 4095, 4096, 10_000}) {
            assertThat(cut(SMALL, data, step)).as("step %d", step).isEqualTo(whole);
        }
    }

    @Test
    void cutsMeetAgainAfterAnInsertion() {
        byte[] data = random(3, 500_000);
        byte[] edited = new byte[data.length + 10];
        System.arraycopy(data, 0, edited, 0, 100_000);
        System.arraycopy(data, 100_000, edited, 100_010, data.length - 100_000);
        Set<Integer> fromEnd = ends(cut(SMALL, data, data.length), data.length);
        Set<Integer> editedFromEnd = ends(cut(SMALL, edited, edited.length), edited.length);
        long shared = fromEnd.stream().filter(editedFromEnd::contains).count();
        assertThat(shared).isGreaterThan(fromEnd.size() * 3L / 4);
    }

    @Test
    void runsOfOneByteAreCutAtTheMaximum() {
        assertThat(cut(SMALL, new byte[10_000], 10_000)).containsExactly(4096, 4096, 1808);
    }

    /** Cut points are part of the stored format: these never change. */
    @Test
    void goldenCuts() {
        byte[] data = random(42, 1 << 20);
        assertThat(cut(ChunkingParameters.DEFAULT, data, data.length).subList(0, 8))
                .isEqualTo(GOLDEN);
    }

    private static final List<Integer> GOLDEN = List.of(22487, 77754, 38323, 70434, 44954, 138010, 39095, 33988);

    @Test
    void fixedChunksAreEqual() {
        assertThat(cut(ChunkingParameters.fixed(1000), new byte[2500], 300)).containsExactly(1000, 1000, 500);
    }

    @Test
    void parametersSurviveTheirStoredForm() {
        for (ChunkingParameters parameters : List.of(
                SMALL,
                ChunkingParameters.DEFAULT,
                ChunkingParameters.THRIFTY,
                ChunkingParameters.CLASSIC,
                ChunkingParameters.fixed(4096))) {
            assertThat(ChunkingParameters.parse(parameters.encode())).isEqualTo(parameters);
        }
        assertThat(ChunkingParameters.parse("thrifty")).isEqualTo(ChunkingParameters.THRIFTY);
    }

    private static Set<Integer> ends(List<Integer> lengths, int total) {
        Set<Integer> ends = new HashSet<>();
        int end = 0;
        for (int length : lengths) {
            end += length;
            ends.add(total - end);
        }
        return ends;
    }

    private static List<Integer> cut(ChunkingParameters parameters, byte[] data, int step) {
        Chunker chunker = Chunker.of(parameters);
        List<Integer> lengths = new ArrayList<>();
        int start = 0;
        int available = 0;
        while (start < data.length) {
            int length = chunker.next(data, start, available, start + available == data.length);
            if (length == Chunker.MORE) {
                available = Math.min(available + step, data.length - start);
            } else {
                lengths.add(length);
                start += length;
                available = Math.max(0, available - length);
            }
        }
        return lengths;
    }

    static byte[] random(long seed, int length) {
        byte[] data = new byte[length];
        new Random(seed).nextBytes(data);
        return data;
    }
}
