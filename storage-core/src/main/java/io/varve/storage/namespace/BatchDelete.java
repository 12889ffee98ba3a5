package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.namespace.Namespace.KeyDelete;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Deletes many keys in few commits. A delete checks everything before it stages anything, so one that is refused leaves nothing of
 * itself in the commit it shares.
 */
final class BatchDelete {
    /** Deletes in one commit: few enough that others in the committer's queue hardly wait. */
    private static final int STEP_KEYS_MAX = 250;

    private final Committer committer;
    private final TreeChanges changes;

    BatchDelete(Committer committer, TreeChanges changes) {
        this.committer = committer;
        this.changes = changes;
    }

    List<Optional<StorageException>> run(List<KeyDelete> deletes) throws IOException {
        List<Optional<StorageException>> outcomes = new ArrayList<>(deletes.size());
        for (int from = 0; from < deletes.size(); from += STEP_KEYS_MAX) {
            List<KeyDelete> step = deletes.subList(from, Math.min(from + STEP_KEYS_MAX, deletes.size()));
            outcomes.addAll(committer.commit(commit -> stage(commit, step)));
        }
        return outcomes;
    }

    private List<Optional<StorageException>> stage(Commit commit, List<KeyDelete> step) throws IOException {
        List<Optional<StorageException>> outcomes = new ArrayList<>(step.size());
        for (KeyDelete delete : step) {
            Optional<StorageException> refusal = Optional.empty();
            try {
                changes.delete(commit, delete.path(), delete.options());
            } catch (StorageException e) {
                refusal = Optional.of(e);
            }
            outcomes.add(refusal);
        }
        return outcomes;
    }
}
