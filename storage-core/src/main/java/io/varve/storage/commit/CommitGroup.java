package io.varve.storage.commit;

import io.varve.storage.journal.JournalRecord;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.metadata.Staging;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Transactions staged one over the other, which become durable and are answered together. What they change together fits one batch of
 * metadata, and one group of the journal: a transaction that would not fit beside the others waits for the next group. For the committer's
 * thread.
 */
final class CommitGroup {
    /** Keys and values of a group of several transactions. */
    private static final long BYTES_MAX = Batch.BYTES_MAX / 2;

    /** Keys and values of one transaction: with the row that says how far the metadata is, it is a batch. */
    private static final long TRANSACTION_BYTES_MAX = Batch.BYTES_MAX - 1024;

    private final Staging staging;
    private final List<JournalRecord> records = new ArrayList<>();
    private final List<CommitRequest<?>> staged = new ArrayList<>();
    private final List<Refused> refused = new ArrayList<>();
    private final List<Runnable> actions = new ArrayList<>();
    private boolean ended;

    /** A transaction that threw, perhaps for what another of its group did: nobody may hear of that before it is published. */
    private record Refused(CommitRequest<?> request, Throwable reason) {}

    CommitGroup(MetadataView metadata) {
        staging = Staging.over(metadata);
    }

    /**
     * Stages a transaction over those before it; one that throws drops out.
     *
     * @return false if the group has no room for it: it is to run again in the next one
     */
    boolean stage(CommitRequest<?> request, long sequence) {
        if (ended) {
            return false;
        }
        Staging own = staging.child();
        Commit commit = new Commit(sequence, own);
        Batch batch;
        try {
            request.apply(commit);
            batch = own.toBatch();
            if (batch.sizeBytes() > TRANSACTION_BYTES_MAX) {
                throw new IllegalStateException("A commit changes at most " + TRANSACTION_BYTES_MAX + " bytes.");
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            refused.add(new Refused(request, e));
            return true;
        }
        if (!records.isEmpty() && staging.sizeBytes() + batch.sizeBytes() > BYTES_MAX) {
            return false;
        }
        if (!batch.isEmpty()) {
            records.add(new JournalRecord(sequence, ByteBuffer.wrap(batch.encode())));
            own.mergeIntoParent();
        }
        staged.add(request);
        actions.addAll(commit.publishActions());
        ended = commit.endsGroup();
        return true;
    }

    /** How many requests were staged, or have dropped out. */
    int taken() {
        return staged.size() + refused.size();
    }

    /** Whether nothing is changed. */
    boolean isEmpty() {
        return records.isEmpty();
    }

    /** How many transactions change something. */
    int size() {
        return records.size();
    }

    /** What the journal is to say, in the order of the commits. */
    List<JournalRecord> records() {
        return records;
    }

    /** The newest commit; there must be one. */
    long lastSequence() {
        return records.getLast().sequence();
    }

    /** All changes, with the row that says how far the metadata is. */
    Batch toBatch() {
        Recovery.markApplied(staging, lastSequence());
        return staging.toBatch();
    }

    /** Answers everybody; all is durable and published. */
    void succeed() {
        actions.forEach(Runnable::run);
        staged.forEach(CommitRequest::succeed);
        refused.forEach(r -> r.request.fail(r.reason));
    }

    void fail(IOException reason) {
        staged.forEach(r -> r.fail(reason));
        refused.forEach(r -> r.request.fail(reason));
    }
}
