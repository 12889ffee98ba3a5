package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that encrypts content: one that a client sends with each request for an object, and that is kept nowhere (user guide, "Using
 * server-side encryption with customer-provided keys"), or one of the server's. Content is sealed by AES-256 in counter mode, so that it keeps its length and a range is opened alone;
 * what vouches for stored bytes is the store. Each piece of content has a key of its own, made of this one and a random number.
 * Immutable.
 */
final class ContentKey {
    static final String PREFIX = "x-amz-server-side-encryption-customer-";
    private static final String COPY_PREFIX = "x-amz-copy-source-server-side-encryption-customer-";
    private static final String ALGORITHM = "AES256";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int BLOCK_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    private final SecretKeySpec key;
    private final String md5;
    private final String method;

    private ContentKey(byte[] key, String md5, String method) {
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.md5 = md5;
        this.method = method;
    }

    /** A key of the server's for a method, which may be followed by a space and the id of the key. */
    static ContentKey ofServer(byte[] key, String method) {
        return new ContentKey(key, "", method);
    }

    /** The method of a server's key; empty for a customer's key. */
    String method() {
        return method;
    }

    /** The key for the object that a request writes or reads; empty if it sends none. */
    static Optional<ContentKey> of(Headers headers) {
        return of(headers, PREFIX);
    }

    /** The key for the source of a copy. */
    static Optional<ContentKey> ofCopySource(Headers headers) {
        return of(headers, COPY_PREFIX);
    }

    private static Optional<ContentKey> of(Headers headers, String prefix) {
        if (headers.withPrefix(prefix).isEmpty()) {
            return Optional.empty();
        }
        String algorithm = required(headers, prefix + "algorithm");
        if (!algorithm.equals(ALGORITHM)) {
            throw new S3Exception(S3Error.INVALID_ENCRYPTION_ALGORITHM)
                    .with("ArgumentName", prefix + "algorithm")
                    .with("ArgumentValue", algorithm);
        }
        String text = required(headers, prefix + "key");
        String md5 = required(headers, prefix + "key-md5");
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != KEY_BYTES) {
            throw S3Exception.invalidArgument(
                    prefix + "key", "null", "The secret key was invalid for the specified algorithm.");
        }
        if (!Base64.getEncoder().encodeToString(Ingest.md5().digest(bytes)).equals(md5)) {
            throw S3Exception.invalidArgument(
                    prefix + "key-md5",
                    md5,
                    "The calculated MD5 hash of the key did not match the hash that was provided.");
        }
        return Optional.of(new ContentKey(bytes, md5, ""));
    }

    private static String required(Headers headers, String name) {
        return headers.find(name)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> S3Exception.invalidArgument(
                        name,
                        "null",
                        "Requests specifying Server Side Encryption with Customer provided keys must provide the header "
                                + name + "."));
    }

    /** A number that no other content of any key has. */
    static String newNonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        RANDOM.nextBytes(bytes);
        return TEXT.encodeToString(bytes);
    }

    /** What the key is recognised by: tells nothing about it. */
    String check(String nonce) {
        return TEXT.encodeToString(Arrays.copyOf(derived("check " + nonce), BLOCK_BYTES));
    }

    boolean fits(String nonce, String check) {
        return MessageDigest.isEqual(
                check(nonce).getBytes(StandardCharsets.US_ASCII), check.getBytes(StandardCharsets.US_ASCII));
    }

    private byte[] derived(String label) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(label.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has HmacSHA256", e);
        }
    }

    /** What seals or opens content from a byte on; both are the same. */
    Cipher cipher(String nonce, long offset) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            byte[] counter = new byte[BLOCK_BYTES];
            long block = offset / BLOCK_BYTES;
            for (int i = 0; i < Long.BYTES; i++) {
                counter[BLOCK_BYTES - 1 - i] = (byte) (block >>> (Byte.SIZE * i));
            }
            SecretKeySpec own = new SecretKeySpec(derived("content " + nonce), "AES");
            cipher.init(Cipher.ENCRYPT_MODE, own, new IvParameterSpec(counter));
            int within = (int) (offset % BLOCK_BYTES);
            if (within > 0) {
                cipher.update(new byte[within]);
            }
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has AES", e);
        }
    }

    /** Tells the client which key was used. */
    void tell(HttpServletResponse response) {
        if (!method.isEmpty()) {
            int space = method.indexOf(' ');
            response.setHeader(Encryption.HEADER, space < 0 ? method : method.substring(0, space));
            if (space >= 0) {
                response.setHeader(Encryption.KEY_ID_HEADER, method.substring(space + 1));
            }
            return;
        }
        response.setHeader(PREFIX + "algorithm", ALGORITHM);
        response.setHeader(PREFIX + "key-MD5", md5);
    }
}
