package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Uploads by bucket, key and id: a row for each beside its own, so that a page of a listing costs what it tells and not what is under
 * way. Rows are staged in the commits that begin and end uploads.
 */
final class UploadIndex {
    /** UPLOADS keys of this index begin with it; no upload id does. */
    private static final byte BY_KEY = 1;

    /** The first UPLOADS key that an upload's own row can have. */
    static final byte[] FIRST_ID = {BY_KEY + 1};

    private UploadIndex() {}

    static void add(Commit commit, Upload upload) {
        commit.put(Family.UPLOADS, row(upload), new byte[0]);
    }

    static void remove(Commit commit, Upload upload) {
        commit.delete(Family.UPLOADS, row(upload));
    }

    private static byte[] row(Upload upload) {
        return key(upload.path().bucket(), upload.path().key() + '\0' + upload.id());
    }

    private static byte[] key(String bucket, String rest) {
        byte[] utf8 = Rows.utf8(bucket + '\0' + rest);
        return ByteBuffer.allocate(1 + utf8.length).put(BY_KEY).put(utf8).array();
    }

    /** Where a bucket's rows begin. */
    static byte[] place(String bucket) {
        return key(bucket, "");
    }

    static boolean isPlace(byte[] bytes) {
        return bytes.length > 2 && bytes[0] == BY_KEY;
    }

    /** @param place as {@link #place} gave it */
    static String bucketOf(byte[] place) {
        return new String(place, 1, place.length - 2, StandardCharsets.UTF_8);
    }

    /** Whether an upload was begun in a bucket that is gone: its uploads end in steps, and none is one of the bucket that has the name now. */
    static boolean isOfBefore(MetadataView view, Upload upload) throws IOException {
        String bucket = upload.path().bucket();
        return !bucket.equals(NamedUploads.PLACE) && EntryRow.micros(upload.started()) < firstOf(view, bucket);
    }

    /** The earliest that an upload into a bucket can have begun. */
    private static long firstOf(MetadataView view, String bucket) throws IOException {
        return new Tree(view).bucket(bucket).map(BucketRow::created).orElse(Long.MAX_VALUE);
    }

    /** The first uploads that a query asks for, ordered by key, then by id. */
    static List<Upload> list(MetadataView view, UploadQuery query) throws IOException {
        return list(view, query, query.bucket().equals(NamedUploads.PLACE) ? 0 : firstOf(view, query.bucket()));
    }

    /** As {@link #list}, with those {@linkplain #isOfBefore of a bucket that is gone}. */
    static List<Upload> listAlsoOfBefore(MetadataView view, UploadQuery query) throws IOException {
        return list(view, query, 0);
    }

    private static List<Upload> list(MetadataView view, UploadQuery query, long since) throws IOException {
        byte[] all = key(query.bucket(), query.prefix());
        byte[] from = first(query);
        List<Upload> found = new ArrayList<>();
        try (Cursor cursor = view.scan(
                Family.UPLOADS, Arrays.compareUnsigned(from, all) > 0 ? from : all, KeyLister.afterPrefix(all))) {
            while (found.size() < query.limit() && cursor.next()) {
                String row = new String(cursor.key(), StandardCharsets.UTF_8);
                String id = row.substring(row.lastIndexOf('\0') + 1);
                byte[] upload = view.get(Family.UPLOADS, Rows.utf8(id));
                // It may have ended since the scan began.
                if (upload != null) {
                    Upload listed = Uploads.decode(id, upload);
                    if (EntryRow.micros(listed.started()) >= since) {
                        found.add(listed);
                    }
                }
            }
        }
        return found;
    }

    private static byte[] first(UploadQuery query) {
        return switch (query.after()) {
            case UploadQuery.Start ignored -> key(query.bucket(), "");
            case UploadQuery.Id after -> key(query.bucket(), after.key() + '\0' + after.id() + '\0');
            case UploadQuery.Key after -> key(query.bucket(), after.key() + '\1');
            case UploadQuery.Below after -> KeyLister.afterPrefix(key(query.bucket(), after.prefix()));
        };
    }

    /** Makes the rows of a store that was written before there were any. */
    static void fill(Committer committer) throws IOException {
        if (isEmpty(committer.view(), FIRST_ID, null) || !isEmpty(committer.view(), new byte[] {BY_KEY}, FIRST_ID)) {
            return;
        }
        committer.commit(commit -> {
            try (Cursor cursor = commit.scan(Family.UPLOADS, FIRST_ID, null)) {
                while (cursor.next()) {
                    add(commit, Uploads.decode(new String(cursor.key(), StandardCharsets.UTF_8), cursor.value()));
                }
            }
            return true;
        });
    }

    private static boolean isEmpty(MetadataView view, byte[] from, byte @Nullable [] end) throws IOException {
        try (Cursor cursor = view.scan(Family.UPLOADS, from, end)) {
            return !cursor.next();
        }
    }
}
