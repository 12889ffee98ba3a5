package io.varve.storage.chunkstore;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the metadata says of segments, compared with the files.
 *
 * @param missing segments that chunks lie in and that are not there
 * @param unused closed segments in which no chunk lies
 * @param garbageBytes bytes of closed segments that no chunk takes, those of unused ones among them
 */
public record SegmentCensus(long missing, long unused, long garbageBytes) {

    /** Compares; looks at no segment's content. */
    public static SegmentCensus of(MetadataView view, SegmentStore segments) throws IOException {
        long unused = 0;
        long garbage = 0;
        for (int segment : segments.ids()) {
            if (!segments.isOpen(segment) && !segments.isPinned(segment)) {
                long live = view.counter(Family.SEGMENTS, ChunkKeys.segment(segment));
                unused += live == 0 ? 1 : 0;
                garbage += Math.max(0, sizeOf(segments, segment) - live);
            }
        }
        return new SegmentCensus(missing(view, segments).size(), unused, garbage);
    }

    /** Whether any chunk lies in a segment. */
    public static boolean isUsed(MetadataView view, int segment) throws IOException {
        return view.counter(Family.SEGMENTS, ChunkKeys.segment(segment)) != 0;
    }

    /** The segments that chunks lie in and that are not there, in ascending order. */
    public static List<Integer> missing(MetadataView view, SegmentStore segments) throws IOException {
        Set<Integer> there = new HashSet<>(segments.ids());
        List<Integer> missing = new ArrayList<>();
        try (Cursor use = view.scan(Family.SEGMENTS, new byte[0], null)) {
            while (use.next()) {
                int segment = ChunkKeys.segment(use.key());
                if (!there.contains(segment) && view.counter(Family.SEGMENTS, use.key()) > 0) {
                    missing.add(segment);
                }
            }
        }
        return missing;
    }

    private static long sizeOf(SegmentStore segments, int segment) {
        try {
            return segments.sizeBytes(segment);
        } catch (SegmentMissingException e) {
            // Deleted since it was listed.
            return 0;
        }
    }
}
