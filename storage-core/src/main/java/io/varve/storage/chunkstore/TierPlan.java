package io.varve.storage.chunkstore;

import io.varve.storage.segment.Tier;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which stretches of segments are due for a slower tier: those that nobody read for a while, and as many more, those first that were read
 * longest ago, as a tier has too much. The rule alone; nothing is looked up or moved here.
 */
final class TierPlan {
    private TierPlan() {}

    /**
     * A stretch of a segment.
     *
     * @param segment the segment's id
     * @param index the stretch's place in it
     * @param tier where it lies
     * @param lastRead when it was read last, as {@link AccessTimes} tells
     * @param bytes what lives in it; an estimate
     */
    record Stretch(int segment, int index, Tier tier, int lastRead, long bytes) {}

    /**
     * What may stay in a tier.
     *
     * @param tier the tier
     * @param next the one below it
     * @param bytesMax how much
     * @param readSince stretches read before this go; {@link Integer#MIN_VALUE} for no such rule
     */
    record Limit(Tier tier, Tier next, long bytesMax, int readSince) {}

    /** What is due, one move for each segment, those read longest ago first. */
    static List<TierMove> choose(List<Stretch> stretches, List<Limit> limits) {
        List<TierMove> moves = new ArrayList<>();
        for (Limit limit : limits) {
            List<Stretch> longestUnread = stretches.stream()
                    .filter(stretch -> stretch.tier == limit.tier)
                    .sorted(Comparator.comparingInt(Stretch::lastRead)
                            .thenComparingInt(Stretch::segment)
                            .thenComparingInt(Stretch::index))
                    .toList();
            long excess = longestUnread.stream().mapToLong(Stretch::bytes).sum() - limit.bytesMax;
            Map<Integer, BitSet> due = new TreeMap<>();
            Map<Integer, Long> bytes = new TreeMap<>();
            List<Integer> order = new ArrayList<>();
            for (Stretch stretch : longestUnread) {
                if (excess <= 0 && stretch.lastRead >= limit.readSince) {
                    break;
                }
                excess -= stretch.bytes;
                if (!due.containsKey(stretch.segment)) {
                    order.add(stretch.segment);
                }
                due.computeIfAbsent(stretch.segment, ignored -> new BitSet()).set(stretch.index);
                bytes.merge(stretch.segment, stretch.bytes, Long::sum);
            }
            for (int segment : order) {
                moves.add(new TierMove(
                        segment,
                        limit.tier,
                        limit.next,
                        due.getOrDefault(segment, new BitSet()).stream().boxed().toList(),
                        bytes.getOrDefault(segment, 0L)));
            }
        }
        return moves;
    }
}
