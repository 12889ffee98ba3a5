package io.varve.storage.access;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.PrivateFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that encrypts the secrets in the store: AES-256-GCM (NIST SP 800-38D) with a random nonce for each secret, which allows 2^32
 * of them under one key.
 *
 * <p>What is sealed is bound to a context, the name of what it belongs to, so that a secret that somebody moves from one record to
 * another does not open. The bytes are described in {@code docs/format.md} under "Sealed secrets". Thread-safe.
 */
public final class MasterKey {
    /** The key's file in the directory of keys: 32 random bytes. */
    public static final String FILE = "master.key";

    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int HEADER_BYTES = ID_BYTES + NONCE_BYTES;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec key;

    /** Tells apart keys without telling anything about them: the beginning of the key's SHA-256. */
    private final byte[] id;

    private MasterKey(byte[] bytes) {
        key = new SecretKeySpec(bytes, "AES");
        id = Arrays.copyOf(sha256(bytes), ID_BYTES);
    }

    /**
     * Reads the key, or makes one where there is none yet.
     *
     * @param directory the directory of keys, which must exist
     * @throws CorruptionException if the file is not a key
     */
    public static MasterKey open(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            byte[] bytes = new byte[KEY_BYTES];
            RANDOM.nextBytes(bytes);
            PrivateFile.create(file, bytes);
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length != KEY_BYTES) {
            throw new CorruptionException(
                    "The master key " + file + " has " + bytes.length + " bytes instead of " + KEY_BYTES
                            + ". Put its backup there, or delete it: then users must be made anew, and the files stay");
        }
        return new MasterKey(bytes);
    }

    /** Encrypts a secret for its context. */
    public byte[] seal(byte[] secret, byte[] context) {
        byte[] sealed = new byte[HEADER_BYTES + secret.length + TAG_BYTES];
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        System.arraycopy(id, 0, sealed, 0, ID_BYTES);
        System.arraycopy(nonce, 0, sealed, ID_BYTES, NONCE_BYTES);
        try {
            cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(secret, 0, secret.length, sealed, HEADER_BYTES);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to encrypt", e);
        }
    }

    /**
     * Decrypts a secret.
     *
     * @throws CorruptionException if it was sealed under another key or for another context, or was changed since
     */
    public byte[] unseal(byte[] sealed, byte[] context) throws CorruptionException {
        if (sealed.length < HEADER_BYTES + TAG_BYTES) {
            throw new CorruptionException("An encrypted secret has only " + sealed.length + " bytes");
        }
        if (!Arrays.equals(sealed, 0, ID_BYTES, id, 0, ID_BYTES)) {
            throw new CorruptionException("A secret is encrypted under another master key");
        }
        byte[] nonce = Arrays.copyOfRange(sealed, ID_BYTES, HEADER_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, nonce, context)
                    .doFinal(sealed, HEADER_BYTES, sealed.length - HEADER_BYTES);
        } catch (AEADBadTagException e) {
            throw new CorruptionException("An encrypted secret was changed, or belongs to something else", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to decrypt", e);
        }
    }

    /** A key for one purpose: the HMAC-SHA256 of the purpose under this key. */
    byte[] derive(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, byte[] context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(context);
        return cipher;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
