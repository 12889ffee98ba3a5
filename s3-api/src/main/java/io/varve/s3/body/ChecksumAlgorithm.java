package io.varve.s3.body;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * The checksums a client can ask S3 to verify and keep (user guide, "Checking object integrity"). Values are base64 of
 * the big-endian bytes.
 */
public enum ChecksumAlgorithm {
    CRC32(4, 0xedb88320L),
    CRC32C(4, 0x82f63b78L),
    CRC64NVME(8, Crc64Nvme.POLYNOMIAL),
    SHA1(20, 0),
    SHA256(32, 0),
    SHA512(64, 0),
    MD5(16, 0),
    XXHASH64(8, 0),
    XXHASH3(8, 0),
    XXHASH128(16, 0);

    /** The kind of a multipart object's checksum: of all its bytes, or of its parts' checksums. */
    public enum Type {
        FULL_OBJECT,
        COMPOSITE
    }

    private static final String HEADER_PREFIX = "x-amz-checksum-";

    private final int bytes;
    private final long polynomial;

    ChecksumAlgorithm(int bytes, long polynomial) {
        this.bytes = bytes;
        this.polynomial = polynomial;
    }

    /** The name in headers and attributes: {@code crc32}. */
    public String lowerName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The header or trailer that carries a value. */
    public String header() {
        return HEADER_PREFIX + lowerName();
    }

    /** The element that carries a value in documents. */
    public String element() {
        return "Checksum" + name();
    }

    /** Whether values of parts can be combined to the value of the whole. */
    public boolean isCrc() {
        return polynomial != 0;
    }

    /** The type a multipart upload gets when its client names none. */
    public Type defaultType() {
        return this == CRC64NVME ? Type.FULL_OBJECT : Type.COMPOSITE;
    }

    /** Whether the pair exists: hashes cannot be combined, and CRC-64 always is. */
    public boolean supports(Type type) {
        return switch (type) {
            case FULL_OBJECT -> isCrc();
            case COMPOSITE -> this != CRC64NVME;
        };
    }

    public static Optional<ChecksumAlgorithm> ofName(String name) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** The algorithm that a header or trailer of that name is for. */
    public static Optional<ChecksumAlgorithm> ofHeader(String header) {
        return header.regionMatches(true, 0, HEADER_PREFIX, 0, HEADER_PREFIX.length())
                ? ofName(header.substring(HEADER_PREFIX.length()))
                : Optional.empty();
    }

    /**
     * Checks that a value could be one of this algorithm.
     *
     * @return the value
     * @throws S3Exception {@link S3Error#INVALID_REQUEST}
     */
    public String checked(String value) {
        if (decode(value).length != bytes) {
            throw invalid();
        }
        return value;
    }

    private byte[] decode(String value) {
        try {
            return Base64.getDecoder().decode(value);
        } catch (IllegalArgumentException ignored) {
            throw invalid();
        }
    }

    private S3Exception invalid() {
        return new S3Exception(S3Error.INVALID_REQUEST, "Value for " + header() + " header is invalid.");
    }

    /**
     * The value for a text from those of its parts.
     *
     * @param values the parts' values in order
     * @param lengths the parts' lengths in bytes
     */
    public String fullObject(List<String> values, List<Long> lengths) {
        long crc = 0;
        for (int i = 0; i < values.size(); i++) {
            crc = CrcCombination.combine(
                    polynomial, bytes * Byte.SIZE, crc, toLong(decode(values.get(i))), lengths.get(i));
        }
        return encode(crc);
    }

    /** The checksum over the parts' checksums, without the number of parts that S3 adds to it. */
    public String composite(List<String> values) {
        Running running = start();
        for (String value : values) {
            byte[] part = decode(value);
            running.update(part, 0, part.length);
        }
        return running.finish();
    }

    private static long toLong(byte[] bigEndian) {
        long value = 0;
        for (byte b : bigEndian) {
            value = value << 8 | (b & 0xff);
        }
        return value;
    }

    private String encode(long crc) {
        byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(crc).array();
        return Base64.getEncoder().encodeToString(Arrays.copyOfRange(all, Long.BYTES - bytes, Long.BYTES));
    }

    /** A computation under way. One thread at a time. */
    public interface Running {

        void update(byte[] bytes, int offset, int length);

        /** Ends it and gives the value in base64. */
        String finish();
    }

    /** Begins a computation. */
    public Running start() {
        return switch (this) {
            case CRC32 -> running(new CRC32());
            case CRC32C -> running(new CRC32C());
            case CRC64NVME -> running(new Crc64Nvme());
            case SHA1 -> running(digest("SHA-1"));
            case SHA256 -> running(digest("SHA-256"));
            case SHA512 -> running(digest("SHA-512"));
            case MD5 -> running(digest("MD5"));
            case XXHASH64 -> running(Hashing.xxh64().hashStream());
            case XXHASH3 -> running(Hashing.xxh3_64().hashStream());
            case XXHASH128 -> running(Hashing.xxh3_128().hashStream());
        };
    }

    private Running running(Checksum checksum) {
        return running(checksum::update, () -> encode(checksum.getValue()));
    }

    private static Running running(MessageDigest digest) {
        return running(digest::update, () -> Base64.getEncoder().encodeToString(digest.digest()));
    }

    private Running running(HashStream64 hash) {
        return running(hash::putBytes, () -> encode(hash.getAsLong()));
    }

    /** The canonical form of 128 bits: the high half first. */
    private static Running running(HashStream128 hash) {
        return running(hash::putBytes, () -> {
            HashValue128 value = hash.get();
            ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(value.getMostSignificantBits())
                    .putLong(value.getLeastSignificantBits());
            return Base64.getEncoder().encodeToString(bytes.array());
        });
    }

    /** What takes bytes. */
    @FunctionalInterface
    private interface Feed {
        void update(byte[] bytes, int offset, int length);
    }

    private static Running running(Feed feed, Supplier<String> value) {
        return new Running() {
            @Override
            public void update(byte[] bytes, int offset, int length) {
                feed.update(bytes, offset, length);
            }

            @Override
            public String finish() {
                return value.get();
            }
        };
    }

    /** A digest that every Java platform has. */
    static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
