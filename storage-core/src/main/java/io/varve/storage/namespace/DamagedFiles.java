package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.chunkstore.Content;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds out which files an audit's damaged chunks belong to, because people know files and not chunks: walks all names from the
 * buckets down, current and earlier ones. For a store that nobody changes; one thread.
 */
public final class DamagedFiles {
    /** What a part's key has behind the upload's id: a zero byte and the number. */
    private static final int PART_SUFFIX_BYTES = 1 + Integer.BYTES;

    private final MetadataView view;
    private final ChunkAudit audit;
    private final Consumer<String> finding;

    /**
     * Prepares a walk.
     *
     * @param audit has read all chunks
     * @param finding told each damaged file, in words
     */
    public DamagedFiles(MetadataView view, ChunkAudit audit, Consumer<String> finding) {
        this.view = view;
        this.audit = audit;
        this.finding = finding;
    }

    /** Walks everything. */
    public void find() throws IOException {
        try (Cursor buckets = view.scan(Family.BUCKETS, new byte[0], null)) {
            while (buckets.next()) {
                String bucket = new String(buckets.key(), StandardCharsets.UTF_8);
                walk(BucketRow.decode(buckets.value()).rootDirectory(), bucket + "/", "");
            }
        }
        try (Cursor former = FormerBuckets.scan(view)) {
            while (former.next()) {
                long root = PastRow.decode(former.value()).row().directory();
                walk(root, FormerBuckets.nameOf(former.key()) + "/", ", of a deleted or replaced bucket");
            }
        }
        try (Cursor parts = view.scan(Family.PARTS, new byte[0], null)) {
            while (parts.next()) {
                Part part = Uploads.decodePart(parts.key(), parts.value());
                check(part.content(), () -> "part " + part.number() + " of " + uploadOf(parts.key()));
            }
        }
    }

    /**
     * Walks a directory. They lie no deeper than a key has slashes, so this ends.
     *
     * @param state what is to be said of the files in it; empty if it is still there
     */
    private void walk(long directory, String path, String state) throws IOException {
        byte[] prefix = NameKeys.directory(directory);
        Set<Long> walked = new HashSet<>();
        try (Cursor now = view.scanPrefix(Family.NOW, prefix)) {
            while (now.next()) {
                EntryRow row = EntryRow.decode(now.value());
                String name = path + NameKeys.nameOf(now.key());
                check(row.content(), () -> "file '" + name + "'" + state);
                if (row.kind() == Entry.Kind.DIRECTORY && walked.add(row.directory())) {
                    walk(row.directory(), name, state);
                }
            }
        }
        try (Cursor past = view.scanPrefix(Family.PAST, prefix)) {
            while (past.next()) {
                PastRow row = PastRow.decode(past.value());
                String name = path + NameKeys.pastNameOf(past.key());
                check(
                        row.row().content(),
                        () -> "file '" + name + "', the version of "
                                + EntryRow.instant(row.row().sequence()));
                boolean heldHere = row.cause() == PastRow.Cause.DETACHED || row.isVanished();
                if (heldHere && walked.add(row.row().directory())) {
                    walk(row.row().directory(), name, ", deleted");
                }
            }
        }
    }

    /** The words for what holds a content; made only if they are needed. */
    @FunctionalInterface
    private interface Holder {
        String words() throws IOException;
    }

    private void check(Content content, Holder holder) throws IOException {
        if (audit.isDamaged(content)) {
            finding.accept(holder.words() + ": cannot be read, or not in whole");
        }
    }

    private String uploadOf(byte[] partKey) throws IOException {
        byte[] id = Arrays.copyOf(partKey, partKey.length - PART_SUFFIX_BYTES);
        byte[] row = view.get(Family.UPLOADS, id);
        return row == null
                ? "an upload that is being undone"
                : "an unfinished upload of '"
                        + Uploads.decode(new String(id, StandardCharsets.UTF_8), row)
                                .path() + "'";
    }
}
