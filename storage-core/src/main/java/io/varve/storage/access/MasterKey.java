package io.varve.storage.access;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key under which the store keeps secrets: 32 random bytes in a file that only the server's user can read. Encrypts with
 * AES-256-GCM (NIST SP 800-38D), a fresh random nonce each time, and binds each secret to what it belongs to. Thread-safe.
 */
final class MasterKey {
    private static final String FILE = "master.key";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    private MasterKey(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
    }

    /**
     * Reads the key, making it at the first start.
     *
     * @throws CorruptionException if the file is not a key
     */
    static MasterKey open(Path keys) throws IOException {
        Path file = keys.resolve(FILE);
        if (!Files.exists(file)) {
            make(file);
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length != KEY_BYTES) {
            throw new CorruptionException("The master key " + file + " has " + bytes.length + " bytes, not " + KEY_BYTES
                    + ": restore it from a backup. Without it, users' secrets cannot be read.");
        }
        return new MasterKey(bytes);
    }

    private static void make(Path file) throws IOException {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        Path temporary = file.resolveSibling(FILE + ".tmp");
        Files.deleteIfExists(temporary);
        Set<OpenOption> options =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        try (var channel = posix
                ? Files.newByteChannel(
                        temporary,
                        options,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : Files.newByteChannel(temporary, options)) {
            channel.write(ByteBuffer.wrap(bytes));
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        Arrays.fill(bytes, (byte) 0);
    }

    /**
     * Encrypts a secret.
     *
     * @param owner what the secret belongs to; needed again to decrypt
     * @return nonce and ciphertext
     */
    byte[] encrypt(byte[] secret, byte[] owner) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(owner);
            byte[] sealed = cipher.doFinal(secret);
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java runtime has AES-GCM.", e);
        }
    }

    /**
     * Decrypts what {@link #encrypt} made.
     *
     * @throws CorruptionException if it was changed, belongs to another owner, or was made under another key
     */
    byte[] decrypt(byte[] encrypted, byte[] owner) throws CorruptionException {
        if (encrypted.length <= NONCE_BYTES) {
            throw new CorruptionException("An encrypted secret is cut short.");
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, encrypted, 0, NONCE_BYTES));
            cipher.updateAAD(owner);
            return cipher.doFinal(encrypted, NONCE_BYTES, encrypted.length - NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new CorruptionException(
                    "A secret cannot be decrypted: the master key is another one, or it was changed.", e);
        }
    }
}
