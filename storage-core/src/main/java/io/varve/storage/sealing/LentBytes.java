package io.varve.storage.sealing;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Bytes that were sealed or opened, in memory that is wanted back. For one thread. */
public final class LentBytes implements AutoCloseable {
    private final long number;
    private final int length;
    private @Nullable Workspace workspace;

    LentBytes(Workspace workspace, int length, long number) {
        this.workspace = workspace;
        this.length = length;
        this.number = number;
    }

    /** Under which number they were sealed, which opens them again. */
    public long number() {
        return number;
    }

    /**
     * The bytes, as a heap buffer of their length, not to be touched after {@link #close}.
     *
     * @throws IllegalStateException if this is closed
     */
    public ByteBuffer bytes() {
        if (workspace == null) {
            throw new IllegalStateException("These bytes' memory was given back.");
        }
        return ByteBuffer.wrap(workspace.output(), 0, length).slice();
    }

    /** Gives the memory back; closing again does nothing. */
    @Override
    public void close() {
        if (workspace != null) {
            workspace.giveBack();
            workspace = null;
        }
    }
}
