package io.varve.webdav.wire;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Adler32;

/**
 * The digests of a file that clients send or ask for: by ownCloud's names in {@code OC-Checksum}, and by those of RFC 9530 (section 5,
 * and the registry it makes) in {@code Repr-Digest}.
 */
public enum DigestAlgorithm {
    SHA256("SHA256", "sha-256", "SHA-256", 32),
    SHA512("SHA512", "sha-512", "SHA-512", 64),
    SHA3_256("SHA3-256", "", "SHA3-256", 32),
    SHA1("SHA1", "sha", "SHA-1", 20),
    MD5("MD5", "md5", "MD5", 16),
    ADLER32("ADLER32", "", "", 4);

    private final String cloudName;
    private final String fieldName;
    private final String javaName;
    private final int bytes;

    DigestAlgorithm(String cloudName, String fieldName, String javaName, int bytes) {
        this.cloudName = cloudName;
        this.fieldName = fieldName;
        this.javaName = javaName;
        this.bytes = bytes;
    }

    /** ownCloud's name. */
    public String cloudName() {
        return cloudName;
    }

    /** The key in digest fields; empty if it has none. */
    public String fieldName() {
        return fieldName;
    }

    /** The name that values are kept under: those S3 has are shared with it. */
    public String keptName() {
        return cloudName.toLowerCase(Locale.ROOT);
    }

    /** The algorithm with a name of ownCloud's. */
    public static Optional<DigestAlgorithm> ofCloudName(String name) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.cloudName.equalsIgnoreCase(name))
                .findFirst();
    }

    /** The algorithm with a key of digest fields. */
    public static Optional<DigestAlgorithm> ofFieldName(String name) {
        return Arrays.stream(values())
                .filter(algorithm -> !name.isEmpty() && algorithm.fieldName.equals(name))
                .findFirst();
    }

    /**
     * Reads a value in hexadecimal.
     *
     * @return the value, in lower case
     * @throws WireException 400 if it is none of this algorithm
     */
    public String ofHex(String text) {
        String value = text.toLowerCase(Locale.ROOT);
        if (value.length() != 2 * bytes || !value.chars().allMatch(HexFormat::isHexDigit)) {
            throw malformed();
        }
        return value;
    }

    /**
     * Reads a value in base64.
     *
     * @return the value in hexadecimal
     * @throws WireException 400 if it is none of this algorithm
     */
    public String ofBase64(String text) {
        try {
            return ofHex(HexFormat.of().formatHex(Base64.getDecoder().decode(text)));
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    /** A value in base64, from hexadecimal. */
    public static String toBase64(String hex) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
    }

    private WireException malformed() {
        return WireException.malformed("A digest of the request is no value of " + cloudName + ".");
    }

    /** A computation under way. One thread at a time. */
    public interface Running {

        /** Takes the next bytes. */
        void update(byte[] array, int offset, int count);

        /** Ends it and gives the value in hexadecimal. */
        String finish();
    }

    /** Begins a computation. */
    public Running start() {
        return this == ADLER32 ? adler() : digest();
    }

    private Running digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance(javaName);
            return new Running() {
                @Override
                public void update(byte[] array, int offset, int count) {
                    digest.update(array, offset, count);
                }

                @Override
                public String finish() {
                    return HexFormat.of().formatHex(digest.digest());
                }
            };
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + javaName, e);
        }
    }

    private static Running adler() {
        Adler32 adler = new Adler32();
        return new Running() {
            @Override
            public void update(byte[] array, int offset, int count) {
                adler.update(array, offset, count);
            }

            @Override
            public String finish() {
                return HexFormat.of().toHexDigits((int) adler.getValue());
            }
        };
    }
}
