package io.varve.storage.commit;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A caller's transaction and the answer it waits for. Run by the committer's thread alone. */
final class CommitRequest<R> {
    private final Transaction<R> transaction;
    private final CompletableFuture<R> answer = new CompletableFuture<>();
    private @Nullable R result;

    CommitRequest(Transaction<R> transaction) {
        this.transaction = transaction;
    }

    /** What the caller waits for. */
    CompletableFuture<R> answer() {
        return answer;
    }

    void apply(Commit commit) throws IOException {
        result = transaction.apply(commit);
        commit.check();
    }

    void succeed() {
        answer.complete(result);
    }

    void fail(Throwable reason) {
        answer.completeExceptionally(reason);
    }
}
