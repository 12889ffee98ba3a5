package io.varve.storage.namespace;

/**
 * One of the versions of a key in a bucket with versioning, or a delete marker among them.
 *
 * @param entry the version; of a marker only its path, times and id mean something
 * @param marker whether it says that the key was deleted
 * @param latest whether it is what the key shows now
 */
public record KeyVersion(Entry entry, boolean marker, boolean latest) {

    /** Its id. */
    public VersionId id() {
        return entry.version();
    }
}
