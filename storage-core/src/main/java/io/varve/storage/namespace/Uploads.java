package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ManifestPage;
import io.varve.storage.chunkstore.ReadLease;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.chunkstore.Varint;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Multipart uploads: parts that are stored and wait to be joined. An upload and its parts are durable; each part holds a
 * reference on its content. Joining publishes a new root over the old manifest pages, and the parts' rows are then taken away in
 * bounded steps; an upload whose rows are being taken away is already gone for everybody else. Thread-safe.
 */
final class Uploads {
    /** Parts with names have numbers from 1 up to this. */
    private static final int NAMED_NUMBERS = Integer.MAX_VALUE - 2;

    /** Of an upload with a name, as S3 has it of the others. */
    private static final int NAMED_PARTS_MAX = 10_000;

    /** The attribute of an upload with a name that counts its parts. */
    private static final String PARTS = "n:parts";

    private final Committer committer;
    private final ChunkStore chunks;
    private final TreeChanges changes;
    private final EndedUploads ended;

    Uploads(Committer committer, ChunkStore chunks, TreeChanges changes) {
        this.committer = committer;
        this.chunks = chunks;
        this.changes = changes;
        this.ended = new EndedUploads(committer, chunks);
    }

    /** What becomes of those that end. */
    EndedUploads ended() {
        return ended;
    }

    Upload create(EntryPath path, String id, PutRequest request, WriteOptions options) throws IOException {
        PathRules.requireLegal(path);
        PathRules.requireSmall(request.attributes());
        return committer.commit(commit -> {
            new Tree(commit).requireBucket(path.bucket());
            Upload upload = new Upload(
                    id,
                    path,
                    options.principal(),
                    EntryRow.instant(commit.sequence()),
                    request.contentType(),
                    request.attributes());
            commit.put(Family.UPLOADS, Rows.utf8(id), encode(upload));
            UploadIndex.add(commit, upload);
            return upload;
        });
    }

    /** As {@link #create}, with an id that may have been another's; see {@link NamedUploads}. */
    Upload createNamed(EntryPath path, String id, String principal) throws IOException {
        PathRules.requireLegal(path);
        // One of that name may have ended just now, or before a stop.
        ended.takePartsAway(id);
        return committer.commit(commit -> {
            boolean ending = EndedUploads.isEnding(commit, id);
            if (ending || commit.get(Family.UPLOADS, Rows.utf8(id)) != null) {
                throw new StorageException.EntryExists(path);
            }
            Instant now = EntryRow.instant(commit.sequence());
            Upload upload = new Upload(id, path, principal, now, "", Attributes.NONE);
            commit.put(Family.UPLOADS, Rows.utf8(id), encode(upload));
            UploadIndex.add(commit, upload);
            return upload;
        });
    }

    Upload find(MetadataView view, EntryPath path, String id) throws IOException {
        byte[] row =
                id.isEmpty() || id.charAt(0) < UploadIndex.FIRST_ID[0] ? null : view.get(Family.UPLOADS, Rows.utf8(id));
        if (row == null) {
            throw new StorageException.NoSuchUpload(id);
        }
        Upload upload = decode(id, row);
        if (!upload.path().equals(path) || UploadIndex.isOfBefore(view, upload)) {
            throw new StorageException.NoSuchUpload(id);
        }
        return upload;
    }

    List<Upload> list(UploadQuery query) throws IOException {
        return UploadIndex.list(committer.view(), query);
    }

    Part putPart(Upload upload, int number, StagedContent content, EntityTag etag, Attributes attributes)
            throws IOException {
        return committer.commit(commit -> putPart(commit, upload, number, content, etag, attributes));
    }

    /** Stores a part under a number that belongs to its attributes: its name is among them. */
    Part putNamedPart(Upload upload, Attributes attributes, StagedContent content, EntityTag etag) throws IOException {
        return committer.commit(commit -> {
            int number = 1 + Math.floorMod(attributes.values().hashCode(), NAMED_NUMBERS);
            byte[] row = commit.get(Family.PARTS, partKey(upload.id(), number));
            while (row != null
                    && !decodePart(partKey(upload.id(), number), row)
                            .attributes()
                            .equals(attributes)) {
                number = 1 + number % NAMED_NUMBERS;
                row = commit.get(Family.PARTS, partKey(upload.id(), number));
            }
            if (row == null) {
                countPart(commit, find(commit, upload.path(), upload.id()));
            }
            return putPart(commit, upload, number, content, etag, attributes);
        });
    }

    private static void countPart(Commit commit, Upload upload) {
        int parts = upload.attributes().get(PARTS).map(Integer::parseInt).orElse(0);
        if (parts >= NAMED_PARTS_MAX) {
            throw new StorageException.InvalidTarget(
                    "An upload has at most " + NAMED_PARTS_MAX + " parts: send larger ones.");
        }
        Upload counted = new Upload(
                upload.id(),
                upload.path(),
                upload.principal(),
                upload.started(),
                upload.contentType(),
                upload.attributes().with(PARTS, Integer.toString(parts + 1)));
        commit.put(Family.UPLOADS, Rows.utf8(upload.id()), encode(counted));
    }

    private Part putPart(
            Commit commit, Upload upload, int number, StagedContent content, EntityTag etag, Attributes attributes)
            throws IOException {
        find(commit, upload.path(), upload.id());
        Part part = new Part(number, etag, EntryRow.instant(commit.sequence()), attributes, content.content());
        byte[] key = partKey(upload.id(), number);
        byte[] before = commit.get(Family.PARTS, key);
        if (before != null) {
            chunks.release(commit, decodePart(key, before).content());
        }
        content.publish(commit);
        commit.put(Family.PARTS, key, encodePart(part, commit.sequence()));
        return part;
    }

    /** The caller holds a read lease that is older than the source was found. */
    Part putPartCopy(
            Upload upload, int number, Entry source, long offset, long length, EntityTag etag, Attributes attributes)
            throws IOException {
        ContentHints hints = new ContentHints(source.path().name(), source.contentType(), length);
        try (StagedContent content = chunks.slice(source.content(), offset, length, hints)) {
            return putPart(upload, number, content, etag, attributes);
        }
    }

    List<Part> parts(MetadataView view, String id, int afterNumber, int limit) throws IOException {
        List<Part> parts = new ArrayList<>();
        byte[] end = partKey(id, Integer.MAX_VALUE);
        try (Cursor cursor = view.scan(Family.PARTS, partKey(id, afterNumber + 1), end)) {
            while (parts.size() < limit && cursor.next()) {
                parts.add(decodePart(cursor.key(), cursor.value()));
            }
        }
        return parts;
    }

    /** @param target where the file goes: of an upload without a name, where it was begun for */
    PutResult complete(
            Upload upload,
            EntryPath target,
            List<KeyUploads.PartReference> references,
            PutRequest request,
            long partBytesMin,
            WriteOptions options)
            throws IOException {
        // What is taken here of a part stays until it is a file's, also if somebody replaces the part meanwhile.
        ReadLease reading = chunks.lease();
        try (reading;
                StagedContent joined = chunks.join(contents(upload, references, partBytesMin))) {
            PutResult result = committer.commit(commit -> {
                find(commit, upload.path(), upload.id());
                PutResult put = changes.put(commit, target, joined.content(), request, options, joined);
                EndedUploads.end(commit, upload);
                return put;
            });
            ended.takePartsAway(upload.id());
            return result;
        }
    }

    private List<Content> contents(Upload upload, List<KeyUploads.PartReference> references, long partBytesMin)
            throws IOException {
        find(committer.view(), upload.path(), upload.id());
        List<Content> contents = new ArrayList<>(references.size());
        for (int i = 0; i < references.size(); i++) {
            Part part = named(upload, references.get(i));
            if (i < references.size() - 1 && part.size() < partBytesMin) {
                throw new StorageException.PartTooSmall(part.number(), part.size(), partBytesMin);
            }
            contents.add(part.content());
        }
        return contents;
    }

    private Part named(Upload upload, KeyUploads.PartReference reference) throws IOException {
        byte[] key = partKey(upload.id(), reference.number());
        byte[] row = committer.view().get(Family.PARTS, key);
        if (row == null) {
            throw new StorageException.InvalidPart(reference.number());
        }
        Part part = decodePart(key, row);
        if (!part.etag().equals(reference.etag())) {
            throw new StorageException.InvalidPart(reference.number());
        }
        return part;
    }

    void abort(Upload upload) throws IOException {
        committer.commit(commit -> {
            find(commit, upload.path(), upload.id());
            EndedUploads.end(commit, upload);
            return true;
        });
        ended.takePartsAway(upload.id());
    }

    static byte[] partKey(String id, int number) {
        byte[] utf8 = Rows.utf8(id);
        return ByteBuffer.allocate(utf8.length + 1 + Integer.BYTES)
                .put(utf8)
                .put((byte) 0)
                .putInt(number)
                .array();
    }

    private static byte[] encode(Upload upload) {
        ByteBuffer row = ByteBuffer.allocate(Long.BYTES
                + 4 * Varint.BYTES_MAX
                + 3
                        * (upload.path().bucket().length()
                                + upload.path().key().length()
                                + upload.principal().length()
                                + upload.contentType().length())
                + Rows.attributesBytesMax(upload.attributes()));
        row.putLong(EntryRow.micros(upload.started()));
        Rows.writeText(row, Rows.utf8(upload.path().bucket()));
        Rows.writeText(row, Rows.utf8(upload.path().key()));
        Rows.writeText(row, Rows.utf8(upload.principal()));
        Rows.writeText(row, Rows.utf8(upload.contentType()));
        Rows.writeAttributes(row, upload.attributes());
        return Rows.trimmed(row);
    }

    static Upload decode(String id, byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        long started = Rows.readLong(row);
        String bucket = Rows.readText(row);
        if (bucket.isEmpty()) {
            throw new CorruptionException("An upload without a bucket.");
        }
        EntryPath path = new EntryPath(bucket, Rows.readText(row));
        return new Upload(
                id, path, Rows.readText(row), EntryRow.instant(started), Rows.readText(row), Rows.readAttributes(row));
    }

    private static byte[] encodePart(Part part, long sequence) {
        ByteBuffer row = ByteBuffer.allocate(Long.BYTES
                + Varint.BYTES_MAX
                + 3 * part.etag().value().length()
                + 1
                + Rows.attributesBytesMax(part.attributes())
                + ManifestPage.bytesMax(part.content().children().size()));
        row.putLong(sequence);
        EntryRow.writeTag(row, part.etag());
        Rows.writeAttributes(row, part.attributes());
        ManifestPage.encode(part.content().children(), row);
        return Rows.trimmed(row);
    }

    static Part decodePart(byte[] key, byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        long sequence = Rows.readLong(row);
        EntityTag etag = EntryRow.readTag(row);
        Attributes attributes = Rows.readAttributes(row);
        Content content = new Content(ManifestPage.decode(row, Content.CHILDREN_MAX));
        int number =
                ByteBuffer.wrap(key, key.length - Integer.BYTES, Integer.BYTES).getInt();
        return new Part(number, etag, EntryRow.instant(sequence), attributes, content);
    }
}
