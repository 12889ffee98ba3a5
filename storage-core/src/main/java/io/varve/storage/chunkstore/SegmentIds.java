package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Which ids segments have had. None is given out twice: a mirror that missed something, or a backup, may still have a segment by that
 * name, and one that is lost must not be taken for another.
 */
final class SegmentIds {
    /** SYSTEM row: the highest id of a segment that was deleted, 4 bytes big-endian. */
    private static final byte[] DELETED = "last-segment".getBytes(StandardCharsets.US_ASCII);

    private SegmentIds() {}

    /** The highest id that a segment has, or had; -1 if there was none. */
    static int highest(MetadataView view) throws IOException {
        int highest = deleted(view);
        try (Cursor used = view.scan(Family.SEGMENTS, new byte[0], null)) {
            while (used.next()) {
                highest = Math.max(highest, ChunkKeys.segment(used.key()));
            }
        }
        return highest;
    }

    /** Stages that a segment is deleted. */
    static void stageDeleted(Commit commit, int segment) throws IOException {
        if (segment > deleted(commit)) {
            commit.put(Family.SYSTEM, DELETED, ChunkKeys.segment(segment));
        }
    }

    private static int deleted(MetadataView view) throws IOException {
        byte[] row = view.get(Family.SYSTEM, DELETED);
        return row == null ? -1 : ByteBuffer.wrap(row).getInt();
    }
}
