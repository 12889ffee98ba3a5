package io.varve.storage.sealing;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A cipher and the memory it works in, lent to one caller at a time. The platform's AES-GCM runs at full speed between arrays alone: what lies
 * elsewhere is copied in and out, which costs a tenth of the encryption.
 */
final class Workspace {
    static final int TAG_BYTES = 16;
    static final int NONCE_BYTES = 12;

    private static final int KEPT = 2 * Runtime.getRuntime().availableProcessors() + 2;

    /** Larger memory is given up after use. A frame or a chunk of the default lengths needs less. */
    private static final int KEPT_BYTES_MAX = (1 << 20) + (64 << 10);

    private static final int COUNTER_BYTES = 4;

    /** GCM takes the block counter's values 0 and 1 for itself (NIST SP 800-38D section 7.1). */
    private static final int FIRST_BLOCK = 2;

    private static final ConcurrentLinkedQueue<Workspace> IDLE = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger IDLE_COUNT = new AtomicInteger();

    private final Cipher gcm;
    private byte[] input = new byte[0];
    private byte[] output = new byte[0];

    private Workspace() {
        try {
            gcm = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    static Workspace lend() {
        Workspace idle = IDLE.poll();
        if (idle == null) {
            return new Workspace();
        }
        IDLE_COUNT.decrementAndGet();
        return idle;
    }

    void giveBack() {
        if (input.length > KEPT_BYTES_MAX || output.length > KEPT_BYTES_MAX) {
            input = new byte[0];
            output = new byte[0];
        }
        if (IDLE_COUNT.incrementAndGet() <= KEPT) {
            IDLE.add(this);
        } else {
            IDLE_COUNT.decrementAndGet();
        }
    }

    /** What the last call made. */
    byte[] output() {
        return output;
    }

    /** Encrypts the parts as one, and puts the tag behind them; their positions do not move. */
    int seal(SecretKeySpec key, byte[] nonce, byte[] context, ByteBuffer... parts) {
        int length = take(parts);
        output = room(output, length + TAG_BYTES);
        try {
            gcm.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
            gcm.updateAAD(context);
            return gcm.doFinal(input, 0, length, output, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to encrypt", e);
        }
    }

    /** Decrypts the parts as one, the tag being their end; their positions do not move. */
    int open(SecretKeySpec key, byte[] nonce, byte[] context, ByteBuffer... parts) throws CorruptionException {
        int length = take(parts);
        if (length < TAG_BYTES) {
            throw new CorruptionException("Sealed bytes end before their tag does.");
        }
        output = room(output, length - TAG_BYTES);
        try {
            gcm.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
            gcm.updateAAD(context);
            return gcm.doFinal(input, 0, length, output, 0);
        } catch (AEADBadTagException e) {
            throw new CorruptionException("Sealed bytes were changed, or are sealed with another key.", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to decrypt", e);
        }
    }

    /** The beginning of what was sealed, without looking at its tag: GCM encrypts in counter mode. */
    static byte[] beginning(SecretKeySpec key, byte[] nonce, ByteBuffer sealed) {
        byte[] bytes = new byte[sealed.remaining()];
        sealed.get(sealed.position(), bytes);
        byte[] counter = ByteBuffer.allocate(NONCE_BYTES + COUNTER_BYTES)
                .put(nonce)
                .putInt(FIRST_BLOCK)
                .array();
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(counter));
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES", e);
        }
    }

    private int take(ByteBuffer... parts) {
        int length = 0;
        for (ByteBuffer part : parts) {
            length = Math.addExact(length, part.remaining());
        }
        input = room(input, length);
        int at = 0;
        for (ByteBuffer part : parts) {
            part.get(part.position(), input, at, part.remaining());
            at += part.remaining();
        }
        return length;
    }

    private static byte[] room(byte[] memory, int length) {
        return memory.length >= length
                ? memory
                : new byte[Math.max(length, Math.min(KEPT_BYTES_MAX, 2 * memory.length))];
    }
}
