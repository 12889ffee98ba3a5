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

    /** Whether a version that stops being current is kept. A folder's own key has one version only. */
    boolean keeps(EntryRow row) {
        return !row.isDirectory()
                && (versioning == Versioning.ENABLED
                        || (versioning == Versioning.SUSPENDED && row.version() != VersionId.NULL.number()));
    }

    void keep(EntryRow row, Cause cause) {
        filing.write(commit, directory, name, row, commit.sequence(), cause);
    }

    /** Leaves a version that was current to retention. One that this very commit brought back was never seen. */
    void release(EntryRow row, Cause cause) {
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
        byte[] key = NameKeys.past(directory, name, commit.sequence());
        if (commit.get(Family.PAST, key) != null) {
            // The same commit deletes it twice.
            return;
        }
        endNullBefore(before);
        EntryRow marker = EntryRow.marker(commit.sequence(), numbered());
        filing.write(commit, directory, name, marker, commit.sequence(), Cause.MARKER);
    }

    /**
     * While versioning is suspended there is one null version: a new one ends the one there was.
     *
     * @param before the row that was current until now; if that was the null version, there is no other
     */
    void endNullBefore(@Nullable EntryRow before) throws IOException {
        boolean among =
                versioning == Versioning.SUSPENDED && (before == null || before.version() != VersionId.NULL.number());
        PastRow former = among
                ? new VersionTree(commit)
                        .kept(directory, name, past -> past.row().version() == VersionId.NULL.number())
                : null;
        if (former != null) {
            end(former);
        }
    }

    /** Ends a kept version or a marker. */
    void end(PastRow past) {
        if (!filing.release(commit, directory, name, past)) {
            chunks.release(commit, past.row().content());
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
