package io.varve.storage;

import io.varve.storage.commit.Committer;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Closes what was opened, newest first, unless the opening is done. A committer that does not end goes on using what was opened before it:
 * that stays open.
 */
final class Opening implements Closeable {
    private final Deque<Closeable> opened = new ArrayDeque<>();

    <C extends Closeable> C add(C part) {
        opened.push(part);
        return part;
    }

    void done() {
        opened.clear();
    }

    @Override
    public void close() throws IOException {
        @Nullable IOException failure = null;
        for (Closeable part : opened) {
            try {
                part.close();
            } catch (IOException e) {
                if (part instanceof Committer committer && !committer.hasEnded()) {
                    throw e;
                }
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
