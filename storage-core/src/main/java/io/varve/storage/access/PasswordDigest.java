package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What passwords are compared by: HMAC-SHA256 under a key that lives as long as the process. Digests have one length and are
 * unpredictable, so comparing them tells nothing about where two passwords differ. It is not what is stored (the password itself is
 * needed for S3 signatures and lies encrypted), hence needs not be slow, and a login costs microseconds. Thread-safe.
 */
final class PasswordDigest {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;

    /** Holds the key and is copied for each use: looking for the algorithm's provider takes longer than the digest. */
    private final Mac keyed;

    private final byte[] nobody = random();

    PasswordDigest() {
        try {
            keyed = Mac.getInstance(ALGORITHM);
            keyed.init(new SecretKeySpec(random(), ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    byte[] of(String password) {
        try {
            return ((Mac) keyed.clone()).doFinal(password.getBytes(UTF_8));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's own " + ALGORITHM + " can be copied", e);
        }
    }

    /** Returns the digest of no password. */
    byte[] ofNobody() {
        return nobody;
    }

    private static byte[] random() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
