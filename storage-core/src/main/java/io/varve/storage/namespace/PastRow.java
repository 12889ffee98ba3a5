package io.varve.storage.namespace;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;

/**
 * The value of a PAST row: an entry that is no longer current.
 *
 * @param end the commit that ended its validity
 * @param cause why it ended
 * @param row the entry as it was
 */
record PastRow(long end, Cause cause, EntryRow row) {
    /** What became of it; the ids are on disk. */
    enum Cause {
        /** A file that was overwritten or deleted, or a directory's marker that was changed. */
        ENDED(0),
        /** An implicit directory that lost its last child: its id may be used again at the same place. */
        VANISHED(1),
        /** A directory that was deleted with all it held: what is under its id goes when this row goes. */
        DETACHED(2),
        /** Moved away: a directory's id lives on elsewhere. */
        MOVED(3),
        /** As {@link #ENDED}, in a bucket with versioning: it stays until this version itself is deleted. */
        KEPT(4),
        /** As {@link #MOVED}, of a file in a bucket with versioning. */
        KEPT_MOVED(5),
        /**
         * No version but the mark of a delete in a bucket with versioning; it ends with the commit that made it. A folder's stands also
         * for the implicit directory that it left, and ends with that.
         */
        MARKER(6);

        private final int id;

        Cause(int id) {
            this.id = id;
        }

        static Cause ofId(int id) throws CorruptionException {
            for (Cause cause : values()) {
                if (cause.id == id) {
                    return cause;
                }
            }
            throw new CorruptionException("A history row with an unknown cause " + id + ".");
        }
    }

    /** Whether it stays until it is deleted by its version's id. */
    boolean isKept() {
        return cause == Cause.KEPT || cause == Cause.KEPT_MOVED || cause == Cause.MARKER;
    }

    /** Whether it marks the delete of a folder's own key. */
    boolean isFolderMarker() {
        return cause == Cause.MARKER && row.isDirectory();
    }

    /** Whether its directory vanished, if no newer row of the name says otherwise: the id is used again when it comes back. */
    boolean isVanished() {
        return cause == Cause.VANISHED || isFolderMarker();
    }

    /** The same version as one that nothing but retention keeps. */
    PastRow released() {
        return switch (cause) {
            case KEPT_MOVED -> new PastRow(end, Cause.MOVED, row);
            case MARKER -> new PastRow(end, Cause.VANISHED, row.asVersion(false));
            case ENDED, VANISHED, DETACHED, MOVED, KEPT -> new PastRow(end, Cause.ENDED, row);
        };
    }

    PastRow withRow(EntryRow changed) {
        return new PastRow(end, cause, changed);
    }

    /** Whether all that hangs on the id of a directory went with its name. */
    boolean isDetachedDirectory() {
        return cause == Cause.DETACHED && row.isDirectory();
    }

    byte[] encode() {
        byte[] entry = row.encode();
        return ByteBuffer.allocate(Long.BYTES + 1 + entry.length)
                .putLong(end)
                .put((byte) cause.id)
                .put(entry)
                .array();
    }

    static PastRow decode(byte[] bytes) throws CorruptionException {
        ByteBuffer source = ByteBuffer.wrap(bytes);
        Rows.requireBytes(source, Long.BYTES + 1);
        long end = source.getLong();
        Cause cause = Cause.ofId(source.get());
        return new PastRow(end, cause, EntryRow.decode(source));
    }
}
