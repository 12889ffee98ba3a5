package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.TierPlan.Limit;
import io.varve.storage.chunkstore.TierPlan.Stretch;
import io.varve.storage.segment.Tier;
import java.util.List;
import org.junit.jupiter.api.Test;

class TierPlanTest {
    private static final List<Stretch> STRETCHES = List.of(
            new Stretch(1, 0, Tier.HOT, 100, 10),
            new Stretch(1, 1, Tier.HOT, 300, 10),
            new Stretch(2, 0, Tier.HOT, 200, 10),
            new Stretch(2, 1, Tier.HOT, 100, 10),
            new Stretch(3, 0, Tier.WARM, 50, 10));

    private static Limit hot(long bytesMax, int readSince) {
        return new Limit(Tier.HOT, Tier.WARM, bytesMax, readSince);
    }

    @Test
    void nothingGoesThatFitsAndIsRead() {
        assertThat(TierPlan.choose(STRETCHES, List.of(hot(40, 100)))).isEmpty();
        assertThat(TierPlan.choose(STRETCHES, List.of(hot(40, Integer.MIN_VALUE))))
                .isEmpty();
    }

    @Test
    void whatNobodyReadsGoesHoweverMuchRoomThereIs() {
        assertThat(TierPlan.choose(STRETCHES, List.of(hot(1000, 101))))
                .containsExactly(
                        new TierMove(1, Tier.HOT, Tier.WARM, List.of(0), 10),
                        new TierMove(2, Tier.HOT, Tier.WARM, List.of(1), 10));
    }

    @Test
    void whatIsTooMuchGoesInTheOrderOfTheLastRead() {
        assertThat(TierPlan.choose(STRETCHES, List.of(hot(15, Integer.MIN_VALUE))))
                .containsExactly(
                        new TierMove(1, Tier.HOT, Tier.WARM, List.of(0), 10),
                        new TierMove(2, Tier.HOT, Tier.WARM, List.of(0, 1), 20));
    }

    @Test
    void eachTierHasItsOwnLimit() {
        Limit warm = new Limit(Tier.WARM, Tier.COLD, 0, Integer.MIN_VALUE);
        assertThat(TierPlan.choose(STRETCHES, List.of(warm, hot(1000, 0))))
                .containsExactly(new TierMove(3, Tier.WARM, Tier.COLD, List.of(0), 10));
    }
}
