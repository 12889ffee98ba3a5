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

    private final SecretKeySpec key;
    private final byte[] nobody = random();

    PasswordDigest() {
        key = new SecretKeySpec(random(), ALGORITHM);
    }

    byte[] of(String password) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(password.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
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
