package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The end of multipart uploads, in bounded steps: an upload ends in one commit and is gone for everybody, and its parts are taken away in later
 * ones; a bucket's uploads are gone with the bucket, and end then. What a stop interrupts goes on from rows that say so. Thread-safe.
 */
final class EndedUploads {
    /** Parts taken away in one commit. */
    private static final int STEP_PARTS_MAX = 500;

    /** Uploads that end in one commit, and that are looked at in one go. */
    private static final int STEP_UPLOADS_MAX = 1_000;

    /** UPLOADS key of an upload that ended and still has parts: a zero byte before the id; of a bucket that did and still has uploads: before its place. */
    private static final byte ENDING = 0;

    private final Committer committer;
    private final ChunkStore chunks;

    EndedUploads(Committer committer, ChunkStore chunks) {
        this.committer = committer;
        this.chunks = chunks;
    }

    static void end(Commit commit, Upload upload) {
        commit.delete(Family.UPLOADS, Rows.utf8(upload.id()));
        UploadIndex.remove(commit, upload);
        commit.put(Family.UPLOADS, endingKey(Rows.utf8(upload.id())), new byte[0]);
    }

    /** Whether an upload of that id has ended and left parts. */
    static boolean isEnding(MetadataView view, String id) throws IOException {
        return view.get(Family.UPLOADS, endingKey(Rows.utf8(id))) != null;
    }

    /**
     * Ends the uploads into a bucket that goes away with this commit; those that are too many, {@link #takeAway} ends.
     *
     * @return whether there are more
     */
    boolean endAll(Commit commit, String bucket) throws IOException {
        List<Upload> first =
                UploadIndex.list(commit, new UploadQuery(bucket, "", new UploadQuery.Start(), STEP_UPLOADS_MAX + 1));
        first.stream().limit(STEP_UPLOADS_MAX).forEach(upload -> end(commit, upload));
        boolean more = first.size() > STEP_UPLOADS_MAX;
        if (more) {
            byte[] since =
                    ByteBuffer.allocate(Long.BYTES).putLong(commit.sequence()).array();
            commit.put(Family.UPLOADS, endingKey(UploadIndex.place(bucket)), since);
        }
        return more;
    }

    /** Ends uploads that got no part since a moment; each in a commit of its own that looks again. */
    int endIdleSince(Instant moment) throws IOException {
        int ended = 0;
        byte[] from = UploadIndex.FIRST_ID;
        while (from.length > 0) {
            List<Upload> idle = new ArrayList<>();
            from = nextIdle(from, moment, idle);
            for (Upload upload : idle) {
                committer.commit(commit -> {
                    boolean still = commit.get(Family.UPLOADS, Rows.utf8(upload.id())) != null;
                    if (still && isIdle(commit, upload, moment)) {
                        end(commit, upload);
                    }
                    return still;
                });
            }
            ended += idle.size();
        }
        return ended;
    }

    /** Looks for some; returns where to go on, nothing at the end. */
    private byte[] nextIdle(byte[] from, Instant moment, List<Upload> idle) throws IOException {
        try (Cursor cursor = committer.view().scan(Family.UPLOADS, from, null)) {
            while (cursor.next()) {
                if (idle.size() == STEP_UPLOADS_MAX) {
                    return cursor.key();
                }
                Upload upload = Uploads.decode(new String(cursor.key(), StandardCharsets.UTF_8), cursor.value());
                if (isIdle(committer.view(), upload, moment)) {
                    idle.add(upload);
                }
            }
        }
        return new byte[0];
    }

    private static boolean isIdle(MetadataView view, Upload upload, Instant moment) throws IOException {
        if (!upload.started().isBefore(moment)) {
            return false;
        }
        byte[] end = Uploads.partKey(upload.id(), Integer.MAX_VALUE);
        try (Cursor cursor = view.scan(Family.PARTS, Uploads.partKey(upload.id(), 0), end)) {
            while (cursor.next()) {
                if (!Uploads.decodePart(cursor.key(), cursor.value()).modified().isBefore(moment)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Takes away what ended uploads and buckets left; also those that a stop interrupted. */
    void takeAway() throws IOException {
        byte[] from = {ENDING};
        while (from.length > 0) {
            List<byte[]> ending = new ArrayList<>();
            from = nextEnding(from, ending);
            for (byte[] rest : ending) {
                if (UploadIndex.isPlace(rest)) {
                    endUploadsOf(UploadIndex.bucketOf(rest));
                } else {
                    takePartsAway(new String(rest, StandardCharsets.UTF_8));
                }
            }
        }
    }

    /** Reads some keys, without their first byte; returns where to go on, nothing at the end. */
    private byte[] nextEnding(byte[] from, List<byte[]> ending) throws IOException {
        try (Cursor cursor = committer.view().scan(Family.UPLOADS, from, new byte[] {ENDING + 1})) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                if (ending.size() == STEP_UPLOADS_MAX) {
                    return key;
                }
                ending.add(Arrays.copyOfRange(key, 1, key.length));
            }
        }
        return new byte[0];
    }

    /** Ends the uploads that a bucket of that name left, and none of the one that may have the name now. */
    void endUploadsOf(String bucket) throws IOException {
        byte[] key = endingKey(UploadIndex.place(bucket));
        byte[] ending = committer.view().get(Family.UPLOADS, key);
        UploadQuery.After after = new UploadQuery.Start();
        while (ending != null) {
            UploadQuery next = new UploadQuery(bucket, "", after, STEP_UPLOADS_MAX);
            byte[] since = ending;
            List<Upload> page = committer.commit(commit -> {
                List<Upload> some = UploadIndex.listAlsoOfBefore(commit, next);
                for (Upload upload : some) {
                    if (UploadIndex.isOfBefore(commit, upload)) {
                        end(commit, upload);
                    }
                }
                // Another bucket of that name may have gone meanwhile: its uploads are another round's.
                if (some.size() < next.limit() && Arrays.equals(since, commit.get(Family.UPLOADS, key))) {
                    commit.delete(Family.UPLOADS, key);
                }
                return some;
            });
            if (page.size() < next.limit()) {
                return;
            }
            after = new UploadQuery.Id(
                    page.getLast().path().key(), page.getLast().id());
        }
    }

    void takePartsAway(String id) throws IOException {
        byte[] key = endingKey(Rows.utf8(id));
        boolean more = true;
        while (more) {
            more = committer.commit(commit -> {
                // Somebody else may have come to the end, and the id may be another upload's again.
                if (commit.get(Family.UPLOADS, key) == null) {
                    return false;
                }
                boolean rest = takeSomeAway(commit, id) == STEP_PARTS_MAX;
                if (!rest) {
                    commit.delete(Family.UPLOADS, key);
                }
                return rest;
            });
        }
    }

    private int takeSomeAway(Commit commit, String id) throws IOException {
        List<Part> parts = new ArrayList<>();
        byte[] end = Uploads.partKey(id, Integer.MAX_VALUE);
        try (Cursor cursor = commit.scan(Family.PARTS, Uploads.partKey(id, 1), end)) {
            while (parts.size() < STEP_PARTS_MAX && cursor.next()) {
                parts.add(Uploads.decodePart(cursor.key(), cursor.value()));
            }
        }
        for (Part part : parts) {
            chunks.release(commit, part.content());
            commit.delete(Family.PARTS, Uploads.partKey(id, part.number()));
        }
        return parts.size();
    }

    private static byte[] endingKey(byte[] rest) {
        return ByteBuffer.allocate(1 + rest.length).put(ENDING).put(rest).array();
    }
}
