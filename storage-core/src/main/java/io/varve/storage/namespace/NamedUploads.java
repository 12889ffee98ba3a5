package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ReadLease;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Uploads in parts that have a name, also each part, and learn only at their end which file they become, as Nextcloud's clients send them.
 * A name belongs to its user. They are kept with the multipart uploads of S3, are durable as those, end as those when nobody goes on with
 * them, and become a file by reference. Thread-safe.
 */
public final class NamedUploads {
    /** In the place of a bucket, which cannot have this name. */
    static final String PLACE = ".uploads";

    /** The attribute of a part that is its name. */
    private static final String NAME = "n:part";

    private final Committer committer;
    private final ChunkStore chunks;
    private final Uploads uploads;
    private final Namespace.SpaceGuard space;

    NamedUploads(Committer committer, ChunkStore chunks, Uploads uploads, Namespace.SpaceGuard space) {
        this.committer = committer;
        this.chunks = chunks;
        this.uploads = uploads;
        this.space = space;
    }

    /**
     * Begins an upload.
     *
     * @param name a segment of a path
     * @throws StorageException.EntryExists if the user has one of that name
     */
    public Upload begin(String user, String name) {
        space.requireSpace();
        EntryPath path = path(user, name);
        return translated(() -> uploads.createNamed(path, id(user, name), user));
    }

    /**
     * A user's upload of that name.
     *
     * @throws StorageException.NoSuchUpload if there is none
     */
    public Upload find(String user, String name) {
        return translated(() -> uploads.find(committer.view(), path(user, name), id(user, name)));
    }

    /** A user's uploads, by name. */
    public List<Upload> list(String user) {
        return translated(() -> uploads.list(UploadQuery.all(PLACE, user + "/")).stream()
                .filter(upload -> upload.principal().equals(user))
                .toList());
    }

    /** Stores a part, replacing one of the same name. */
    public Part putPart(Upload upload, String name, StagedContent content) {
        EntityTag tag = EntryRow.derivedTag(content.content());
        return translated(() -> uploads.putNamedPart(upload, Attributes.NONE.with(NAME, name), content, tag));
    }

    /** A part's name. */
    public static String nameOf(Part part) {
        return part.attributes().get(NAME).orElse("");
    }

    /** All parts, in no order that means anything. */
    public List<Part> parts(Upload upload) {
        return translated(() -> uploads.parts(committer.view(), upload.id(), 0, Integer.MAX_VALUE));
    }

    /** The part of a number, as {@link #putPart} gave it. */
    public Optional<Part> part(Upload upload, int number) {
        return translated(() -> uploads.parts(committer.view(), upload.id(), number - 1, 1).stream()
                .filter(part -> part.number() == number)
                .findFirst());
    }

    /** Opens a part's bytes. */
    public ContentReader read(Upload upload, Part part) {
        return translated(() -> {
            ReadLease lease = chunks.lease();
            try {
                uploads.find(committer.view(), upload.path(), upload.id());
                return chunks.read(lease, part.content(), 0, part.size());
            } catch (RuntimeException e) {
                lease.close();
                throw e;
            }
        });
    }

    /**
     * Makes a file of parts, in their order here: one commit, no byte is moved.
     *
     * @param parts as {@link #parts} gave them
     * @param options what must hold of the file that is there
     * @throws StorageException.InvalidPart if one was replaced since
     */
    public PutResult complete(
            Upload upload, List<Part> parts, EntryPath target, PutRequest request, WriteOptions options) {
        space.requireSpace();
        PathRules.requireLegal(target);
        PathRules.requireSmall(request.attributes());
        List<KeyUploads.PartReference> references = parts.stream()
                .map(part -> new KeyUploads.PartReference(part.number(), part.etag()))
                .toList();
        return translated(() -> uploads.complete(upload, target, references, request, 0, options));
    }

    /** Ends an upload without a file. */
    public void abort(Upload upload) {
        translated(() -> {
            uploads.abort(upload);
            return Optional.empty();
        });
    }

    private static EntryPath path(String user, String name) {
        return new EntryPath(PLACE, user + "/" + name);
    }

    /** By the name, so that looking for it is one look-up, and longer than other ids. */
    private static String id(String user, String name) {
        return Fingerprint.of(ByteBuffer.wrap(Rows.utf8(user + "\0" + name))).toHex();
    }
}
