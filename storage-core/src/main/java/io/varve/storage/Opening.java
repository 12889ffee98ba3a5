package io.varve.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Closes what was opened, newest first, unless the opening is done. */
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
