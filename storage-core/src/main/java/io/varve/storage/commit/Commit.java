package io.varve.storage.commit;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.metadata.Staging;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One commit in the making: a view of the metadata with this and all earlier commits applied, and the place where its changes
 * are staged. Valid only while its {@link Transaction} runs, on that thread.
 */
public final class Commit implements MetadataView {
    private final long sequence;
    private final Staging staging;
    private final List<Runnable> afterPublish = new ArrayList<>(1);
    private final List<Check> checks = new ArrayList<>(1);
    private boolean endsGroup;

    /** What must hold of a commit as a whole. */
    @FunctionalInterface
    public interface Check {
        /**
         * Looks at the commit when all is staged.
         *
         * @throws IOException if metadata cannot be read; what it throws becomes of the commit what it would if the transaction did
         */
        void run() throws IOException;
    }

    Commit(long sequence, Staging staging) {
        this.sequence = sequence;
        this.staging = staging;
    }

    /** The commit's place in the order of all commits, and its time: microseconds since the epoch, strictly rising. */
    public long sequence() {
        return sequence;
    }

    /** Sets a key's value. */
    public void put(Family family, byte[] key, byte[] value) {
        staging.put(family, key, value);
    }

    /** Removes a key; a key that is not there stays away. */
    public void delete(Family family, byte[] key) {
        staging.delete(family, key);
    }

    /** Adds to a counter; one that was never changed counts as 0. */
    public void add(Family family, byte[] key, long delta) {
        staging.add(family, key, delta);
    }

    /** Has something run once the commit is durable and published, before its caller is answered. It must not throw. */
    public void afterPublish(Runnable action) {
        afterPublish.add(action);
    }

    /**
     * Has no transaction staged over this one before it is published, and what runs after that has run: for what transactions know that is
     * not in the metadata.
     */
    public void endGroup() {
        endsGroup = true;
    }

    boolean endsGroup() {
        return endsGroup;
    }

    /** Has something checked once the transaction has staged all it does; nothing is staged any more then. */
    public void checkAtEnd(Check check) {
        checks.add(check);
    }

    void check() throws IOException {
        for (Check check : checks) {
            check.run();
        }
    }

    List<Runnable> publishActions() {
        return afterPublish;
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
        return staging.get(family, key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
        return staging.multiGet(family, keys);
    }

    @Override
    public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        return staging.scan(family, from, toExclusive);
    }
}
