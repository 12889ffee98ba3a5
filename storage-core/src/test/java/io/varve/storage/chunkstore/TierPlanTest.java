package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.TierPlan.Limit;
import io.varve.storage.segment.Tier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TierPlanTest {
    private static final int HOUR = 3600;

    /** A stretch of a name, ten bytes long. */
    private record Stretch(String name, Tier tier, int lastRead) {}

    private static final List<Stretch> STRETCHES = List.of(
            new Stretch("a", Tier.HOT, HOUR),
            new Stretch("b", Tier.HOT, 3 * HOUR),
            new Stretch("c", Tier.HOT, 2 * HOUR),
            new Stretch("d", Tier.HOT, HOUR),
            new Stretch("e", Tier.WARM, HOUR / 2));

    private static List<String> due(Limit... limits) {
        TierPlan plan = new TierPlan(List.of(limits));
        STRETCHES.forEach(stretch -> plan.count(stretch.tier, stretch.lastRead, 10));
        List<String> due = new ArrayList<>();
        for (Stretch stretch : STRETCHES) {
            if (plan.isDue(stretch.tier, stretch.lastRead, 10)) {
                due.add(stretch.name);
            }
        }
        return due;
    }

    private static Limit hot(long bytesMax, int readSince) {
        return new Limit(Tier.HOT, Tier.WARM, bytesMax, readSince);
    }

    @Test
    void nothingGoesThatFitsAndIsRead() {
        assertThat(due(hot(40, HOUR))).isEmpty();
        assertThat(due(hot(40, Integer.MIN_VALUE))).isEmpty();
        assertThat(due()).isEmpty();
    }

    @Test
    void whatNobodyReadsGoesHoweverMuchRoomThereIs() {
        assertThat(due(hot(1000, HOUR + 1))).containsExactly("a", "d");
    }

    @Test
    void whatIsTooMuchGoesInTheOrderOfTheLastRead() {
        assertThat(due(hot(35, Integer.MIN_VALUE))).containsExactly("a");
        assertThat(due(hot(20, Integer.MIN_VALUE))).containsExactly("a", "d");
        assertThat(due(hot(15, Integer.MIN_VALUE))).containsExactly("a", "c", "d");
        assertThat(due(hot(0, Integer.MIN_VALUE))).containsExactly("a", "b", "c", "d");
    }

    @Test
    void eachTierHasItsOwnLimit() {
        Limit warm = new Limit(Tier.WARM, Tier.COLD, 0, Integer.MIN_VALUE);
        assertThat(due(warm, hot(1000, 0))).containsExactly("e");
    }
}
