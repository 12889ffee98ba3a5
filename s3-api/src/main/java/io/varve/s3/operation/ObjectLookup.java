package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.Versioning;
import java.util.Optional;

/** Which entries of the tree are objects to S3, and which version of one a request is about. */
final class ObjectLookup {

    static final String VERSION_HEADER = "x-amz-version-id";
    static final String MARKER_HEADER = "x-amz-delete-marker";

    private static final String VERSION = "versionId";
    private static final int ID_LENGTH = 32;

    private ObjectLookup() {}

    /** Directories that only exist because something lies under them are no objects. */
    static Optional<Entry> visible(Optional<Entry> entry) {
        return entry.filter(Entry::explicit);
    }

    /** That an object is at a path when something of it is changed. */
    static Precondition present(EntryPath path) {
        return current -> {
            if (visible(current).isEmpty()) {
                throw new StorageException.NoSuchEntry(path);
            }
        };
    }

    /**
     * The version a query asks for; empty for the current one.
     *
     * @throws S3Exception if it names none that could be
     */
    static Optional<VersionId> version(QueryParameters query, EntryPath path) {
        if (query.has(VERSION) && query.get(VERSION).isEmpty()) {
            throw S3Exception.invalidArgument(VERSION, "", "Version id cannot be the empty string");
        }
        return version(query.get(VERSION), path);
    }

    /** The same of a text, which may be empty. */
    static Optional<VersionId> version(String text, EntryPath path) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(VersionId.parse(text)
                .orElseThrow(() -> text.length() == ID_LENGTH
                        ? noSuchVersion(path, text)
                        : S3Exception.invalidArgument(VERSION, text, "Invalid version id specified")));
    }

    private static S3Exception noSuchVersion(EntryPath path, String id) {
        return new S3Exception(S3Error.NO_SUCH_VERSION).with("Key", path.key()).with("VersionId", id);
    }

    /** Finds the object a request is about. */
    static Entry find(Namespace namespace, Call call) {
        return find(namespace, call.path(), version(call.query(), call.path()));
    }

    /**
     * Finds an object.
     *
     * @param version the version asked for; empty for the current one
     * @throws S3Exception if there is none, or a delete marker in its place
     */
    static Entry find(Namespace namespace, EntryPath path, Optional<VersionId> version) {
        if (version.isEmpty()) {
            return visible(namespace.find(path)).orElseThrow(() -> missing(namespace, path));
        }
        KeyVersion one = namespace
                .keyVersions()
                .find(path, version.get())
                .orElseThrow(() -> noSuchVersion(path, version.get().toString()));
        if (one.marker()) {
            throw marked(S3Error.METHOD_NOT_ALLOWED, one)
                    .with("ResourceType", "DeleteMarker")
                    .header("Last-Modified", HttpDate.format(one.entry().modified()))
                    .header("Allow", "DELETE");
        }
        return one.entry();
    }

    private static S3Exception missing(Namespace namespace, EntryPath path) {
        Optional<KeyVersion> marker = namespace
                .findBucket(path.bucket())
                .filter(bucket -> bucket.versioning() != Versioning.NEVER)
                .flatMap(ignored -> namespace.keyVersions().latest(path))
                .filter(KeyVersion::marker);
        return marker.map(found -> marked(S3Error.NO_SUCH_KEY, found))
                .orElseGet(() -> new S3Exception(S3Error.NO_SUCH_KEY))
                .with("Key", path.key());
    }

    private static S3Exception marked(S3Error error, KeyVersion marker) {
        return new S3Exception(error)
                .header(MARKER_HEADER, "true")
                .header(VERSION_HEADER, marker.id().toString());
    }

    /** Tells the id of a version that was written, if it has one. */
    static void tellWritten(Entry entry, Call call) {
        if (!entry.version().equals(VersionId.NULL)) {
            call.response().setHeader(VERSION_HEADER, entry.version().toString());
        }
    }

    /** Tells which version an answer is about, where there is versioning. */
    static void tellVersion(Namespace namespace, Entry entry, Call call) {
        namespace.findBucket(entry.path().bucket()).ifPresent(bucket -> tellVersion(bucket, entry, call));
    }

    /** The same where the bucket is known. */
    static void tellVersion(Bucket bucket, Entry entry, Call call) {
        if (bucket.versioning() != Versioning.NEVER) {
            call.response().setHeader(VERSION_HEADER, entry.version().toString());
        }
    }
}
