package io.varve.storage.sealing;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.crypto.spec.SecretKeySpec;

/**
 * The data key of a file, which opens what was sealed with it: AES-256-GCM (NIST SP 800-38D). The nonce of each sealed unit is its number,
 * 8 bytes little endian, and four zero bytes. Thread-safe.
 */
public final class FileKey {
    /** What sealing adds to the length of a unit, in bytes: its tag. */
    public static final int OVERHEAD = Workspace.TAG_BYTES;

    static final byte[] NO_CONTEXT = new byte[0];

    private final SecretKeySpec key;

    FileKey(byte[] bytes) {
        key = new SecretKeySpec(bytes, "AES");
    }

    /**
     * Opens a unit.
     *
     * @param number its number
     * @param context what it was bound to
     * @param parts the unit, tag included, possibly in several pieces; their positions do not move
     * @throws CorruptionException if it does not verify
     */
    public LentBytes open(long number, byte[] context, ByteBuffer... parts) throws CorruptionException {
        Workspace workspace = Workspace.lend();
        boolean opened = false;
        try {
            LentBytes plain = new LentBytes(workspace, workspace.open(key, nonce(number), context, parts), number);
            opened = true;
            return plain;
        } finally {
            if (!opened) {
                workspace.giveBack();
            }
        }
    }

    /** Opens a unit that is bound to nothing but its number. */
    public LentBytes open(long number, ByteBuffer... parts) throws CorruptionException {
        return open(number, NO_CONTEXT, parts);
    }

    /**
     * The first bytes of a unit without its tag, thus unverified: for who looks for units among bytes and cannot open each.
     *
     * @param sealed its first bytes; the position does not move
     */
    public byte[] beginning(long number, ByteBuffer sealed) {
        return Workspace.beginning(key, nonce(number), sealed);
    }

    SecretKeySpec key() {
        return key;
    }

    byte[] bytes() {
        return key.getEncoded();
    }

    static byte[] nonce(long number) {
        return ByteBuffer.allocate(Workspace.NONCE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array();
    }
}
