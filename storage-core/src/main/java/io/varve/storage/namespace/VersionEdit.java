package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stages what becomes of the versions of one name that are not current. Which of them are kept until they are deleted themselves is
 * decided when they stop being current, by the state that the bucket has then (user guide, "How S3 Versioning works").
 */
final class VersionEdit {
    private final Commit commit;
    private final ChunkStore chunks;
    private final Filing filing;
    private final Versioning versioning;
    private final long directory;
    private final byte[] name;

    VersionEdit(Commit commit, ChunkStore chunks, Filing filing, Versioning versioning, long directory, byte[] name) {
        this.commit = commit;
        this.chunks = chunks;
        this.filing = filing;
        this.versioning = versioning;
        this.directory = directory;
        this.name = name;
    }

    /** Whether what is written now gets an id. */
    boolean numbered() {
        return versioning == Versioning.ENABLED;
    }

    /** Whether a version that stops being current is kept. A folder that is only there for what lies under it is no version. */
    boolean keeps(EntryRow row) {
        return row.explicit()
                && (versioning == Versioning.ENABLED
                        || (versioning == Versioning.SUSPENDED && row.version() != VersionId.NULL.number()));
    }

    void keep(EntryRow row, Cause cause) {
        filing.write(commit, directory, name, row, commit.sequence(), cause);
    }

    /** Leaves a version that was current to retention. One that this very commit brought back was never seen. */
    void release(EntryRow row, Cause cause) throws IOException {
        if (endsWithMarker(row)) {
            return;
        }
        if (filing.policy().isNone() || row.sequence() == commit.sequence()) {
            chunks.release(commit, row.content());
        } else {
            filing.write(commit, directory, name, row, commit.sequence(), cause);
        }
    }

    /** Puts a delete marker, if the bucket has versioning. */
    void mark(@Nullable EntryRow before) throws IOException {
        if (versioning == Versioning.NEVER) {
            return;
        }
        if (past(commit.sequence()).isPresent()) {
            // The same commit deletes it twice.
            return;
        }
        endNullBefore(before);
        EntryRow marker = EntryRow.marker(commit.sequence(), numbered());
        filing.write(commit, directory, name, marker, commit.sequence(), Cause.MARKER);
    }

    /**
     * Puts a folder's delete marker. What lies under the folder stays, so the marker begins the time in which it is there for that
     * alone, and leads to it as a folder that vanished does.
     *
     * @param before the row that was current until now
     * @param id the folder's id
     */
    void markFolder(@Nullable EntryRow before, long id) throws IOException {
        if (versioning == Versioning.NEVER) {
            return;
        }
        Optional<PastRow> same = past(commit.sequence());
        if (same.filter(PastRow::isKept).isPresent()) {
            return;
        }
        // The folder may have come and gone with this commit.
        same.ifPresent(gone -> filing.forget(commit, directory, name, gone));
        endNullBefore(before);
        EntryRow marker = EntryRow.implicitDirectory(commit.sequence(), id).asVersion(numbered());
        filing.write(commit, directory, name, marker, commit.sequence(), Cause.MARKER);
    }

    /** Ends the time that a folder's marker began, if a row is that of such a folder: the marker then stands for the row. */
    boolean endsWithMarker(EntryRow row) throws IOException {
        boolean none = row.explicit() || versioning == Versioning.NEVER;
        Optional<PastRow> marker =
                none ? Optional.empty() : past(row.sequence()).filter(past -> past.cause() == Cause.MARKER);
        marker.ifPresent(past -> commit.put(
                Family.PAST,
                NameKeys.past(directory, name, row.sequence()),
                new PastRow(commit.sequence(), Cause.MARKER, past.row()).encode()));
        return marker.isPresent();
    }

    private Optional<PastRow> past(long sequence) throws IOException {
        byte[] row = commit.get(Family.PAST, NameKeys.past(directory, name, sequence));
        return row == null ? Optional.empty() : Optional.of(PastRow.decode(row));
    }

    /**
     * While versioning is suspended there is one null version: a new one ends the one there was.
     *
     * @param before the row that was current until now; if that was the null version, there is no other
     */
    void endNullBefore(@Nullable EntryRow before) throws IOException {
        boolean among = versioning == Versioning.SUSPENDED
                && (before == null || !before.explicit() || before.version() != VersionId.NULL.number());
        PastRow former = among
                ? new VersionTree(commit)
                        .kept(directory, name, past -> past.row().version() == VersionId.NULL.number())
                : null;
        if (former != null) {
            end(former);
        }
    }

    /** Ends a kept version or a marker. */
    void end(PastRow past) throws IOException {
        if (past.isFolderMarker()) {
            endFolderMarker(past);
        } else if (!filing.release(commit, directory, name, past)) {
            chunks.release(commit, past.row().content());
        }
    }

    /** What a folder's marker stood for stays: the folder is there, or was there and leads to versions of what lay under it. */
    private void endFolderMarker(PastRow past) throws IOException {
        filing.forget(commit, directory, name, past);
        byte[] now = commit.get(Family.NOW, NameKeys.now(directory, name));
        boolean there =
                now != null && EntryRow.decode(now).sequence() == past.row().sequence();
        if (!there || past.end() > past.row().sequence()) {
            filing.write(commit, directory, name, past.released());
        }
    }

    Optional<PastRow> newest() throws IOException {
        return Optional.ofNullable(new VersionTree(commit).newestKept(directory, name));
    }

    /** Replaces what is said of a kept version. */
    void change(PastRow past, EntryRow changed) {
        commit.put(
                Family.PAST,
                NameKeys.past(directory, name, past.row().sequence()),
                past.withRow(changed).encode());
    }
}
