package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import java.util.Optional;

/** Which entries of the tree are objects to S3. */
final class ObjectLookup {

    /** The version id of an object in a bucket without versioning. */
    static final String NULL_VERSION = "null";

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
     * Finds an object.
     *
     * @param versionId the version asked for; empty for the current one
     */
    static Entry find(Namespace namespace, EntryPath path, String versionId) {
        Optional<Entry> entry = visible(namespace.find(path));
        checkVersion(path, versionId);
        return entry.orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_KEY).with("Key", path.key()));
    }

    /** Without versioning the null version is the only one. */
    static void checkVersion(EntryPath path, String versionId) {
        if (!versionId.isEmpty() && !versionId.equals(NULL_VERSION)) {
            throw new S3Exception(S3Error.NO_SUCH_VERSION)
                    .with("Key", path.key())
                    .with("VersionId", versionId);
        }
    }
}
