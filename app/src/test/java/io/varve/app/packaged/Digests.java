package io.varve.app.packaged;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes, as clients compute them. */
final class Digests {

    private Digests() {}

    static byte[] md5(byte[] bytes) {
        return of("MD5", bytes);
    }

    static byte[] sha256(byte[] bytes) {
        return of("SHA-256", bytes);
    }

    private static byte[] of(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
