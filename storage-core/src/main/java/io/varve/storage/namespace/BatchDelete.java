package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.namespace.KeyVersions.Delete;
import io.varve.storage.namespace.KeyVersions.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Deletes many keys in few commits. A delete checks everything before it stages anything, so one that is refused leaves nothing of
 * itself in the commit it shares.
 */
final class BatchDelete {
    /** Deletes in one commit: few enough that others in the committer's queue hardly wait. */
    private static final int STEP_KEYS_MAX = 250;

    private final Committer committer;
    private final VersionChanges versions;

    BatchDelete(Committer committer, VersionChanges versions) {
        this.committer = committer;
        this.versions = versions;
    }

    List<Outcome> run(List<Delete> deletes) throws IOException {
        List<Outcome> outcomes = new ArrayList<>(deletes.size());
        int from = 0;
        while (from < deletes.size()) {
            List<Delete> step = deletes.subList(from, stepEnd(deletes, from));
            outcomes.addAll(committer.commit(commit -> stage(commit, step)));
            from += step.size();
        }
        return outcomes;
    }

    /** A delete marker is named by its commit, so a commit that makes one does nothing else with that key. */
    private static int stepEnd(List<Delete> deletes, int from) {
        Set<EntryPath> marked = new HashSet<>();
        Set<EntryPath> seen = new HashSet<>();
        int end = from;
        while (end < deletes.size() && end - from < STEP_KEYS_MAX) {
            Delete delete = deletes.get(end);
            boolean marks = delete.version().isEmpty();
            if (marked.contains(delete.path()) || (marks && seen.contains(delete.path()))) {
                break;
            }
            seen.add(delete.path());
            if (marks) {
                marked.add(delete.path());
            }
            end++;
        }
        return end;
    }

    private List<Outcome> stage(Commit commit, List<Delete> step) throws IOException {
        List<Outcome> outcomes = new ArrayList<>(step.size());
        for (Delete delete : step) {
            Outcome outcome;
            try {
                outcome = new Outcome.Done(versions.delete(commit, delete));
            } catch (StorageException e) {
                outcome = new Outcome.Refused(e);
            }
            outcomes.add(outcome);
        }
        return outcomes;
    }
}
