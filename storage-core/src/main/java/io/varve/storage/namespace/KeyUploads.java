package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ReadLease;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Committer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * Uploads of keys in parts, as S3 has them: each part is durable when it is answered, and the end joins them by reference. Thread-safe;
 * methods may block for I/O and throw {@link StorageException} only.
 */
public final class KeyUploads {
    private final Committer committer;
    private final ChunkStore chunks;
    private final InstantSource clock;
    private final Uploads uploads;
    private final Namespace.SpaceGuard space;

    KeyUploads(
            Committer committer, ChunkStore chunks, InstantSource clock, Uploads uploads, Namespace.SpaceGuard space) {
        this.committer = committer;
        this.chunks = chunks;
        this.clock = clock;
        this.uploads = uploads;
        this.space = space;
    }

    /** Begins an upload. */
    public Upload begin(EntryPath path, PutRequest request, WriteOptions options) {
        space.requireSpace();
        return translated(() -> uploads.create(path, newId(), request, options));
    }

    /**
     * The upload of that id.
     *
     * @throws StorageException.NoSuchUpload if there is none for the path
     */
    public Upload find(EntryPath path, String id) {
        if (path.bucket().equals(NamedUploads.PLACE)) {
            throw new StorageException.NoSuchUpload(id);
        }
        return translated(() -> uploads.find(committer.view(), path, id));
    }

    /**
     * Uploads under way, ordered by key, then by id, which rises with time.
     *
     * @throws StorageException.NoSuchBucket if the bucket does not exist
     */
    public List<Upload> list(UploadQuery query) {
        return translated(() -> {
            new Tree(committer.view()).requireBucket(query.bucket());
            return uploads.list(query);
        });
    }

    /** Stores a part, replacing one of the same number. */
    public Part putPart(Upload upload, int number, StagedContent content, EntityTag etag, Attributes attributes) {
        return translated(() -> uploads.putPart(upload, number, content, etag, attributes));
    }

    /**
     * Stores a range of an entry as a part, by reference.
     *
     * @param etag the tag of the range's bytes
     * @param attributes the checksums of the range's bytes
     * @throws StorageException.NoSuchEntry if the entry is neither current nor in history any more
     */
    public Part putPartCopy(
            Upload upload, int number, Entry source, long offset, long length, EntityTag etag, Attributes attributes) {
        space.requireSpace();
        return translated(() -> {
            ReadLease lease = chunks.lease();
            try {
                EntryContent.requireThere(committer.view(), source);
                return uploads.putPartCopy(upload, number, source, offset, length, etag, attributes);
            } finally {
                lease.close();
            }
        });
    }

    /** Parts with numbers above {@code afterNumber}, ascending. */
    public List<Part> parts(Upload upload, int afterNumber, int limit) {
        return translated(() -> uploads.parts(committer.view(), upload.id(), afterNumber, limit));
    }

    /** A part named at completion. */
    public record PartReference(int number, EntityTag etag) {}

    /**
     * Publishes the joined parts under the upload's key: one commit, no byte is moved.
     *
     * @param request type, attributes, and the tag of the whole ({@code md5-N})
     * @param partBytesMin the least size of all parts but the last
     */
    public PutResult complete(
            Upload upload, List<PartReference> parts, PutRequest request, long partBytesMin, WriteOptions options) {
        PathRules.requireSmall(request.attributes());
        return translated(() -> uploads.complete(upload, upload.path(), parts, request, partBytesMin, options));
    }

    /** Ends an upload without a version. */
    public void abort(Upload upload) {
        translated(() -> {
            uploads.abort(upload);
            return true;
        });
    }

    /**
     * Ends the uploads that got no part since a moment, also those that have names.
     *
     * @return how many
     */
    public int endIdleSince(Instant moment) {
        return translated(() -> uploads.ended().endIdleSince(moment));
    }

    /** The time, so that ids rise, and 128 random bits, since an upload id is also what keeps strangers out of an upload. */
    private String newId() {
        return HexFormat.of().toHexDigits(EntryRow.microsOf(clock.instant()))
                + UUID.randomUUID().toString().replace("-", "");
    }
}
