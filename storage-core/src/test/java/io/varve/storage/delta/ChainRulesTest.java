package io.varve.storage.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.delta.ChainRules.Fit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChainRulesTest {
    private static final ChainRules RULES = ChainRules.DEFAULT;

    @Test
    void chainsAreFiveDeepUnlessSaidOtherwise() {
        assertThat(RULES.depthMax()).isEqualTo(5);
        assertThat(new ChainRules(1).depthMax()).isEqualTo(1);
        assertThat(new ChainRules(16).depthMax()).isEqualTo(16);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 17})
    void otherDepthsAreRefused(int depth) {
        assertThatThrownBy(() -> new ChainRules(depth))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 16");
    }

    /** Depth of the base, height of the target, and the limit. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 5, FITS",
        "4, 0, 5, FITS",
        "5, 0, 5, TOO_DEEP",
        "0, 4, 5, FITS",
        "0, 5, 5, TOO_DEEP",
        "2, 2, 5, FITS",
        "2, 3, 5, TOO_DEEP",
        "0, 0, 1, FITS",
        "1, 0, 1, TOO_DEEP",
        "15, 0, 16, FITS",
        "16, 0, 16, TOO_DEEP",
    })
    void depthIsLimitedForAllThatIsDecodedThroughTheTarget(int depth, int height, int depthMax, Fit expected) {
        Candidate<String> candidate = new Candidate<>("base", 1, chain(depth));

        assertThat(new ChainRules(depthMax).fit("target", height, candidate)).isEqualTo(expected);
    }

    private static List<String> chain(int depth) {
        return List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p")
                .subList(0, depth);
    }

    @Test
    void noChunkIsDecodedThroughItself() {
        assertThat(RULES.fit("a", 0, new Candidate<>("a", 3, List.of()))).isEqualTo(Fit.ITSELF);
        assertThat(RULES.fit("a", 0, new Candidate<>("b", 3, List.of("a")))).isEqualTo(Fit.CYCLE);
        assertThat(RULES.fit("a", 2, new Candidate<>("b", 3, List.of("c", "a"))))
                .isEqualTo(Fit.CYCLE);
    }

    @Test
    void whatHasMostInCommonIsTriedAlone() {
        Candidate<String> aligned = new Candidate<>("aligned", 0, List.of());
        Candidate<String> one = new Candidate<>("one", 1, List.of());
        Candidate<String> two = new Candidate<>("two", 2, List.of("x"));

        assertThat(toTry(List.of(aligned, one, two))).containsExactly(two);
        assertThat(toTry(List.of(two, one, aligned))).containsExactly(two);
    }

    @Test
    void ofEquallySimilarOnesTheLessDeepIsTried() {
        Candidate<String> deep = new Candidate<>("deep", 2, List.of("x", "y"));
        Candidate<String> flat = new Candidate<>("flat", 2, List.of("x"));

        assertThat(toTry(List.of(deep, flat))).containsExactly(flat);
    }

    @Test
    void theAlignedNeighbourIsTriedWhereSimilarityIsWeakOrMissing() {
        Candidate<String> aligned = new Candidate<>("aligned", 0, List.of());
        Candidate<String> one = new Candidate<>("one", 1, List.of());

        assertThat(toTry(List.of(aligned, one))).containsExactly(one, aligned);
        assertThat(toTry(List.of(aligned))).containsExactly(aligned);
        assertThat(toTry(List.of())).isEmpty();
    }

    @Test
    void whatDoesNotFitMakesRoomForTheNext() {
        Candidate<String> aligned = new Candidate<>("aligned", 0, List.of());
        Candidate<String> deep = new Candidate<>("deep", 3, chain(5));
        Candidate<String> itself = new Candidate<>("target", 3, List.of());
        Candidate<String> one = new Candidate<>("one", 1, List.of());

        assertThat(toTry(List.of(itself, deep, aligned))).containsExactly(aligned);
        assertThat(toTry(List.of(itself, deep, one))).containsExactly(one);
        assertThat(toTry(List.of(itself, deep))).isEmpty();
    }

    private static List<Candidate<String>> toTry(List<Candidate<String>> found) {
        return RULES.toTry("target", 0, VersionStrategy.DELTA, found);
    }

    @ParameterizedTest
    @CsvSource({
        "DEDUPLICATED, false, false",
        "WHOLE, false, false",
        "DELTA_OF_RESEMBLING, true, false",
        "DELTA, true, true",
    })
    void theVersionsStrategyLimitsWhatIsTried(VersionStrategy strategy, boolean resembling, boolean aligned) {
        Candidate<String> one = new Candidate<>("one", 1, List.of());
        Candidate<String> neighbour = new Candidate<>("neighbour", 0, List.of());

        List<Candidate<String>> plan = RULES.toTry("target", 0, strategy, List.of(one, neighbour));

        assertThat(plan.contains(one)).isEqualTo(resembling);
        assertThat(plan.contains(neighbour)).isEqualTo(aligned);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 4})
    void twoChunksShareUpToThreeSuperFeatures(int shared) {
        assertThatThrownBy(() -> new Candidate<>("base", shared, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Chunks of the version, known ones, similar ones. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, DEDUPLICATED",
        "1000, 1000, 0, DEDUPLICATED",
        "1, 0, 0, DELTA",
        "7, 0, 0, DELTA",
        "8, 0, 0, WHOLE",
        "1000, 993, 0, DELTA",
        "1000, 0, 0, WHOLE",
        "1000, 1, 0, DELTA_OF_RESEMBLING",
        "1000, 0, 124, DELTA_OF_RESEMBLING",
        "1000, 100, 24, DELTA_OF_RESEMBLING",
        "1000, 0, 125, DELTA",
        "1000, 125, 0, DELTA",
        "1000, 992, 0, DELTA",
        "8000000000, 4000000000, 4000000000, DELTA",
    })
    void ratesDecideTheStrategy(long chunks, long known, long resembling, VersionStrategy expected) {
        assertThat(new VersionMatch(chunks, known, resembling).strategy()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 0", "1, 1, 1", "2, -1, 0", "2, 0, -1", "-1, 0, 0"})
    void countsThatCannotBeAreRefused(long chunks, long known, long resembling) {
        assertThatThrownBy(() -> new VersionMatch(chunks, known, resembling))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
