package io.varve.storage.sealing;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A new data key, and the only thing that seals with it: it numbers what it seals from 0 on, and the number is the nonce. There is no way
 * to make one of a key that exists already. Thread-safe.
 */
public final class FileSealer {
    private static final int KEY_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final FileKey key;
    private final AtomicLong next = new AtomicLong();

    private FileSealer(FileKey key) {
        this.key = key;
    }

    static FileSealer make() {
        byte[] bytes = new byte[KEY_BYTES];
        RANDOM.nextBytes(bytes);
        return new FileSealer(new FileKey(bytes));
    }

    /** What opens what this seals. */
    public FileKey key() {
        return key;
    }

    /**
     * Seals a unit.
     *
     * @param context what it is bound to: it opens only with the same
     * @param parts its bytes, possibly in several pieces; their positions do not move
     * @return the sealed bytes, {@link FileKey#OVERHEAD} longer, and their number
     */
    public LentBytes seal(byte[] context, ByteBuffer... parts) {
        long number = next.getAndIncrement();
        Workspace workspace = Workspace.lend();
        boolean done = false;
        try {
            int length = workspace.seal(key.key(), FileKey.nonce(number), context, parts);
            done = true;
            return new LentBytes(workspace, length, number);
        } finally {
            if (!done) {
                workspace.giveBack();
            }
        }
    }

    /** Seals a unit that is bound to nothing but its number. */
    public LentBytes seal(ByteBuffer... parts) {
        return seal(FileKey.NO_CONTEXT, parts);
    }
}
