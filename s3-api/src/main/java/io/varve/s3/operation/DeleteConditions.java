package io.varve.s3.operation;

import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The conditions of a delete on what it deletes (API reference, "DeleteObject"): beside those of every write its size and its date.
 *
 * @param tags the conditions on its entity tag
 * @param size how long it must be, in bytes
 * @param modified when it must have been written; compared in seconds, as headers carry it
 */
record DeleteConditions(WriteConditions tags, Optional<Long> size, Optional<Instant> modified) implements Precondition {

    private static final String SIZE = "x-amz-if-match-size";
    private static final String MODIFIED = "x-amz-if-match-last-modified-time";

    static DeleteConditions of(Headers headers, EntryPath path) {
        return new DeleteConditions(
                WriteConditions.of(headers, path),
                headers.find(SIZE).map(text -> size(SIZE, text)),
                headers.find(MODIFIED).map(text -> date(MODIFIED, text)));
    }

    /** Those of one key of a DeleteObjects request. */
    static DeleteConditions of(XmlElement object, EntryPath path) {
        return new DeleteConditions(
                new WriteConditions(path, object.childText("ETag"), Optional.empty()),
                object.childText("Size").map(text -> size("Size", text)),
                object.childText("LastModifiedTime").map(text -> date("LastModifiedTime", text)));
    }

    private static long size(String name, String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw S3Exception.invalidArgument(name, text, "The size is no number of bytes.");
        }
    }

    private static Instant date(String name, String text) {
        return HttpDate.parse(text.strip())
                .map(date -> date.truncatedTo(ChronoUnit.SECONDS))
                .orElseThrow(() -> S3Exception.invalidArgument(name, text, "The date is none."));
    }

    @Override
    public void check(Optional<Entry> current) {
        tags.check(current);
        if (size.isEmpty() && modified.isEmpty()) {
            return;
        }
        Entry entry = ObjectLookup.visible(current).orElseThrow(() -> new StorageException.NoSuchEntry(tags.path()));
        Instant written = entry.modified().truncatedTo(ChronoUnit.SECONDS);
        if (size.filter(bytes -> bytes != entry.size()).isPresent()
                || modified.filter(date -> !date.equals(written)).isPresent()) {
            throw new StorageException.PreconditionFailed("'" + tags.path() + "' has another size or date.");
        }
    }
}
