package io.varve.storage.chunkstore;

import io.varve.storage.segment.Tier;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Which stretches of segments are due for a slower tier: those that nobody read for a while, and as many more, those first that were read
 * longest ago, as a tier has too much. The rule alone; nothing is looked up or moved here.
 *
 * <p>Takes two walks over the stretches, so that they need not be held: in the first each is {@linkplain #count counted}, in the second each
 * is {@linkplain #isDue asked for}. Times are told apart to about a quarter of an hour. One thread.
 */
final class TierPlan {
    private static final int BUCKET_SHIFT = 10;

    private final Map<Tier, State> states = new EnumMap<>(Tier.class);

    /**
     * What may stay in a tier.
     *
     * @param tier the tier
     * @param next the one below it
     * @param bytesMax how much
     * @param readSince stretches read before this go; {@link Integer#MIN_VALUE} for no such rule
     */
    record Limit(Tier tier, Tier next, long bytesMax, int readSince) {}

    /** A tier as it was counted, and what has to go of it. */
    private static final class State {
        private final Limit limit;
        private final TreeMap<Integer, Long> bytesByTime = new TreeMap<>();

        /** All before this bucket has to go, and so many bytes of it; none before the first question. */
        private int bucket = Integer.MIN_VALUE;

        private long bytesOfBucket;
        private boolean decided;

        State(Limit limit) {
            this.limit = limit;
        }

        void decide() {
            decided = true;
            long excess =
                    bytesByTime.values().stream().mapToLong(Long::longValue).sum() - limit.bytesMax;
            for (Map.Entry<Integer, Long> each : bytesByTime.entrySet()) {
                if (excess > 0) {
                    bucket = each.getKey();
                    bytesOfBucket = excess;
                }
                excess -= each.getValue();
            }
        }

        boolean isDue(int lastRead, long bytes) {
            int own = lastRead >> BUCKET_SHIFT;
            if (own == bucket && bytesOfBucket > 0) {
                bytesOfBucket -= bytes;
                return true;
            }
            return own < bucket || lastRead < limit.readSince;
        }
    }

    TierPlan(List<Limit> limits) {
        limits.forEach(limit -> states.put(limit.tier, new State(limit)));
    }

    /** The tier below another one; only of those that have a limit. */
    Tier next(Tier tier) {
        return Objects.requireNonNull(states.get(tier), "The slowest tier has none below it.").limit.next;
    }

    /** Whether anything may ever be due in a tier. */
    boolean isLimited(Tier tier) {
        return states.containsKey(tier);
    }

    /**
     * Counts a stretch.
     *
     * @param lastRead when it was read last, as {@link AccessTimes} tells
     * @param bytes what lives in it; an estimate
     */
    void count(Tier tier, int lastRead, long bytes) {
        State state = states.get(tier);
        if (state != null) {
            state.bytesByTime.merge(lastRead >> BUCKET_SHIFT, bytes, Long::sum);
        }
    }

    /** Whether a stretch that was counted is due. */
    boolean isDue(Tier tier, int lastRead, long bytes) {
        State state = states.get(tier);
        if (state == null) {
            return false;
        }
        if (!state.decided) {
            state.decide();
        }
        return state.isDue(lastRead, bytes);
    }
}
