package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import java.time.Instant;
import java.util.Optional;

/**
 * What a name stands for at one moment: a file's version, or a directory. Immutable; a file's bytes
 * stay readable through it for as long as a reader that was opened on it lives.
 *
 * @param path where it is; of a directory it ends with a slash
 * @param kind file or directory
 * @param sequence the commit that made this version; unique in the store, rising with time
 * @param modified the modification time to show: the client's, if it gave one
 * @param etag the entity tag of the content; of a directory that of its (mostly empty) marker object
 * @param contentType the MIME type the client gave; empty if none
 * @param attributes headers, user metadata, checksums, dead properties
 * @param content the bytes; empty for a directory made without any
 * @param directory the directory's id; 0 for a file
 * @param explicit whether a directory was made by name (MKCOL, PUT of {@code name/}) and therefore
 *     outlives its last child; true for files
 */
public record Entry(
        EntryPath path,
        Kind kind,
        long sequence,
        Instant modified,
        EntityTag etag,
        String contentType,
        Attributes attributes,
        Content content,
        long directory,
        boolean explicit) {

    /** What an entry can be. */
    public enum Kind {
        FILE,
        DIRECTORY
    }

    /** The content's length in bytes. */
    public long size() {
        return content.length();
    }

    public boolean isDirectory() {
        return kind == Kind.DIRECTORY;
    }

    /** Which version of its key it is; {@link VersionId#NULL} for what was not written under versioning. */
    public VersionId version() {
        return attributes
                .get(Attributes.VERSION)
                .map(text -> new VersionId(text.isEmpty() ? sequence : Long.parseLong(text)))
                .orElse(VersionId.NULL);
    }

    /** When it is to be deleted because its own time to live ends; empty if it has none. */
    public Optional<Instant> expires() {
        return attributes.get(Attributes.EXPIRES).map(Long::parseLong).map(EntryRow::instant);
    }

    /** When this version was written, as far as its sequence (microseconds) tells. */
    public Instant written() {
        return Instant.EPOCH.plusNanos(Math.multiplyExact(sequence, 1000L));
    }
}
