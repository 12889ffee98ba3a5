package io.varve.s3.operation;

import io.varve.s3.request.Conditions;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The conditions of a copy on its source, asked in the step that publishes the copy. What a copy carries besides the
 * source's bytes was worked out from the source as it was seen before; if it is another one by then, that is noted, and
 * the copy can be tried again.
 */
final class CopySourceConditions implements Precondition {

    private final Conditions conditions;
    private final Entry seen;
    private final AtomicBoolean changed = new AtomicBoolean();

    CopySourceConditions(Headers headers, Entry seen) {
        this.conditions = Conditions.of(headers, Conditions.OF_SOURCE);
        this.seen = seen;
    }

    /** Asks what can be asked of the source as it was seen. */
    void checkSeen() {
        checkHeld(seen);
    }

    /** Whether the copy was refused only because the source had been replaced. */
    boolean sourceChanged() {
        return changed.get();
    }

    @Override
    public void check(Optional<Entry> current) {
        Entry source = ObjectLookup.visible(current).orElseThrow(() -> new StorageException.NoSuchEntry(seen.path()));
        checkHeld(source);
        if (source.sequence() != seen.sequence() || !source.attributes().equals(seen.attributes())) {
            changed.set(true);
            throw new StorageException.PreconditionFailed("'" + seen.path() + "' has just been replaced.");
        }
    }

    private void checkHeld(Entry source) {
        if (conditions.evaluate(source.etag().value(), source.modified()) != Conditions.Outcome.HOLDS) {
            throw new StorageException.PreconditionFailed("The source of the copy is not what it should be.");
        }
    }
}
