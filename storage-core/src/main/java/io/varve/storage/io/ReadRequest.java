package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One read of a batch ({@link BlockDevice#readMany}): what is asked, and afterwards what came of it. Used for one batch by one
 * thread; the result may be taken once {@code readMany} has returned.
 */
public final class ReadRequest {

    private static final int PENDING = -1;

    private final ByteBuffer dst;
    private final long position;
    private int bytesRead = PENDING;
    private @Nullable IOException failure;

    /**
     * @param dst where the bytes go, under the conditions of {@link BlockDevice#read}
     * @param position where they come from, in bytes
     */
    public ReadRequest(ByteBuffer dst, long position) {
        this.dst = dst;
        this.position = position;
    }

    public ByteBuffer dst() {
        return dst;
    }

    public long position() {
        return position;
    }

    /**
     * The outcome, as {@link BlockDevice#read} would have returned or thrown it.
     *
     * @throws IllegalStateException if the request has not been performed
     */
    public int bytesRead() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (bytesRead == PENDING) {
            throw new IllegalStateException("This request has not been performed.");
        }
        return bytesRead;
    }

    /** Takes the outcome from the transfer that performed this request. */
    void take(Transfer transfer) {
        try {
            bytesRead = transfer.finish();
        } catch (IOException e) {
            failure = e;
        }
    }

    void fail(IOException cause) {
        failure = cause;
    }

    void perform(BlockDevice device) {
        try {
            bytesRead = device.read(dst, position);
        } catch (IOException e) {
            failure = e;
        }
    }
}
