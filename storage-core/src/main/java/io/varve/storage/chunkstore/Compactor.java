package io.varve.storage.chunkstore;

import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives back the space of dead chunks in segments that hold live ones too: moves the live ones to the end of their tier, after which
 * {@link ChunkCollector#deleteEmptySegments} deletes the file. Small segments, which every restart leaves one of, are joined the same way.
 *
 * <p>Its cost follows the garbage: a segment is read once, and at most its live share is written. Plan and work are apart, so that a
 * plan can be shown first. One compactor at a time.
 */
public final class Compactor {
    /** A file smaller than this share of a whole segment is small. */
    private static final int SMALL_SHARE = 16;

    /** So many small segments are worth joining. */
    private static final int SMALL_SEGMENTS_MIN = 8;

    /** So many segments are a fair share of a round of background work: 2 GiB, half a minute. */
    private static final int OTHERS_MAX = 8;

    private final Committer committer;
    private final SegmentStore segments;

    private final DamagedChunks damagedChunks;

    /** Segments with live records that cannot be read: going through them again and again would not free them. */
    private final Map<Integer, Left> damaged = new HashMap<>();

    /**
     * How things stood when a segment could not be emptied. It is worth another try once something was healed: chunks left the segment, or
     * it was mended in place.
     */
    private record Left(long live, long healed, long mendings) {}

    Compactor(Committer committer, SegmentStore segments, DamagedChunks damagedChunks) {
        this.committer = committer;
        this.segments = segments;
        this.damagedChunks = damagedChunks;
    }

    private Left left(long live) {
        return new Left(live, damagedChunks.healed(), segments.mendings());
    }

    private long live(int segment) throws IOException {
        return committer.view().counter(Family.SEGMENTS, ChunkKeys.segment(segment));
    }

    /**
     * Chooses the segments to empty now: those whose live share is below a limit, the emptiest first, and small ones if a tier has many;
     * then those that lie in clear where new ones are encrypted, or the other way round. Open segments, and those an ingest holds, come later.
     *
     * @param livePercentMax 0 to 100: segments below it are chosen
     */
    public List<SegmentUse> plan(int livePercentMax) throws IOException {
        return plan(livePercentMax, false);
    }

    /**
     * Does the same for who comes again: of segments that are chosen for their encryption alone, which may be all there are, a few.
     *
     * @param few whether only some of them
     */
    public List<SegmentUse> plan(int livePercentMax, boolean few) throws IOException {
        List<SegmentUse> idle = new ArrayList<>();
        damaged.keySet().retainAll(segments.ids());
        for (int segment : segments.ids()) {
            long live = live(segment);
            boolean hopeless = left(live).equals(damaged.get(segment));
            if (!segments.isOpen(segment) && !segments.isPinned(segment) && !hopeless) {
                idle.add(new SegmentUse(segment, segments.tier(segment), segments.sizeBytes(segment), live));
            }
        }
        List<SegmentUse> chosen = new ArrayList<>(choose(idle, livePercentMax, segments.segmentBytes()));
        int others = 0;
        for (SegmentUse use : idle) {
            if ((!few || others < OTHERS_MAX) && !segments.isAsNew(use.segment()) && !chosen.contains(use)) {
                chosen.add(use);
                others++;
            }
        }
        return chosen;
    }

    /** The rule alone. */
    static List<SegmentUse> choose(List<SegmentUse> idle, int livePercentMax, long segmentBytes) {
        Map<Tier, List<SegmentUse>> small = idle.stream()
                .filter(use -> use.fileBytes() < segmentBytes / SMALL_SHARE)
                .collect(Collectors.groupingBy(SegmentUse::tier));
        Set<SegmentUse> joined = small.values().stream()
                .filter(ofTier -> ofTier.size() >= SMALL_SEGMENTS_MIN)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
        return idle.stream()
                .filter(use -> use.livePercent() < livePercentMax || joined.contains(use))
                .sorted(Comparator.comparingInt(SegmentUse::livePercent))
                .toList();
    }

    /**
     * Begins to empty a segment of a plan.
     *
     * @return empty if the segment is gone: another victim's end may have deleted it
     */
    public Optional<Compaction> begin(SegmentUse victim) throws IOException {
        try {
            return Optional.of(new Compaction(committer, segments, victim.segment()));
        } catch (SegmentMissingException e) {
            return Optional.empty();
        }
    }

    /**
     * Notes that a segment was gone through.
     *
     * @return whether nothing live is left in it
     */
    public boolean end(SegmentUse victim) throws IOException {
        long live = live(victim.segment());
        if (live == 0) {
            damaged.remove(victim.segment());
        } else {
            damaged.put(victim.segment(), left(live));
        }
        return live == 0;
    }
}
