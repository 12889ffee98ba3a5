package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Committer;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Brings back what was: a file, a folder or a whole bucket as it was at a moment, by reference, so no bytes move. What is there now is
 * history afterwards, and the restored state a new version of its own. A file is one commit. A folder is built aside in bounded steps
 * and published by one entry: it is visible whole or not at all, also after a crash. Thread-safe.
 */
public final class Restores {
    private final Committer committer;
    private final ChunkStore chunks;
    private final TreeChanges changes;
    private final TreeTransfers transfers;
    private final KeyByKey keyByKey;
    private final Set<Long> directoriesBeingBuilt;
    private final Namespace.SpaceGuard space;

    Restores(
            Committer committer,
            ChunkStore chunks,
            TreeChanges changes,
            TreeTransfers transfers,
            KeyByKey keyByKey,
            Set<Long> directoriesBeingBuilt,
            Namespace.SpaceGuard space) {
        this.committer = committer;
        this.chunks = chunks;
        this.changes = changes;
        this.transfers = transfers;
        this.keyByKey = keyByKey;
        this.directoriesBeingBuilt = directoriesBeingBuilt;
        this.space = space;
    }

    /**
     * What is to come back, and where to.
     *
     * @param source what it was called then: a file, a folder (with a slash at the end), or a bucket's root
     * @param target where it goes; by kind it is what the source is. A root makes the bucket, or replaces all it holds
     * @param overwrite whether something that is there may be replaced
     * @param makesParents whether missing folders above the target are made
     */
    public record Request(EntryPath source, EntryPath target, boolean overwrite, boolean makesParents) {

        /** To where it was, whatever is there now. */
        public static Request inPlace(EntryPath source) {
            return new Request(source, source, true, true);
        }
    }

    /**
     * Restores.
     *
     * @param past the moment
     * @param options the rules, the locks held, and what must hold of what is there
     * @param progress told how many entries of a folder were brought back so far, now and then
     * @throws StorageException.NoSuchEntry if nothing was there then
     * @throws StorageException.OutOfHistory if the moment is not, or while this runs no longer, whole
     */
    public PutResult restore(PastView past, Request request, WriteOptions options, LongConsumer progress) {
        space.requireSpace();
        EntryPath source = request.source();
        if (!request.target().isRoot()) {
            PathRules.requireLegal(request.target());
        }
        if (source.isDirectory()) {
            Placement place =
                    new Placement(request.target().asDirectory(), request.overwrite(), request.makesParents(), options);
            return translated(() -> keyByKey.concerns(request.target())
                    ? keyByKey.copy(view -> past.tree().over(view), false, source, place, true, progress)
                    : new TreeCopy(
                                    committer,
                                    chunks,
                                    changes,
                                    directoriesBeingBuilt,
                                    Optional.of(past.tree()),
                                    progress)
                            .copy(source, place, true));
        }
        Placement place = new Placement(request.target(), request.overwrite(), request.makesParents(), options);
        return translated(() -> committer.commit(
                commit -> transfers.restoreFile(commit, past.tree().over(commit), source, place)));
    }

    /**
     * Puts one version of a file back under a name, also one that stands outside of what can be shown as a whole.
     *
     * @throws StorageException.NoSuchEntry if history has let it go
     */
    public PutResult restore(Version version, EntryPath target, boolean overwrite, WriteOptions options) {
        space.requireSpace();
        PathRules.requireLegal(target);
        Placement place = new Placement(target, overwrite, false, options);
        return translated(() -> committer.commit(commit -> transfers.restoreFile(
                commit,
                new PastTree(commit, EntryRow.micros(version.from())),
                version.entry().path(),
                place)));
    }

    /**
     * Says what a restore would change, without changing anything.
     *
     * @param listedMax the most single changes to tell; all are counted
     */
    public RestorePlan plan(PastView past, Request request, int listedMax) {
        return translated(() -> RestorePlan.of(past.tree(), new Tree(committer.view()), request, listedMax));
    }
}
