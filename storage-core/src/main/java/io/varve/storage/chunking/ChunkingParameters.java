package io.varve.storage.chunking;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How streams are cut. Part of the stored format.
 *
 * @param algorithm the way to find ends
 * @param minBytes no chunk but the last of a stream is shorter; 64 bytes to the average
 * @param avgBytes the mean length on random data; the length of all chunks with {@link Algorithm#FIXED}
 * @param maxBytes no chunk is longer; up to 16 MiB
 */
public record ChunkingParameters(Algorithm algorithm, int minBytes, int avgBytes, int maxBytes) {
    /** Ways to cut. */
    public enum Algorithm {
        /** At content-defined places, found by a rolling hash. */
        RABIN_KARP,
        /** Every so many bytes. */
        FIXED
    }

    private static final int MAX_BYTES_MAX = 16 << 20;

    /** Digits that fit an int. */
    private static final Pattern BYTES = Pattern.compile("[0-9]{1,9}");

    /** 16/64/256 KiB: stores the fewest bytes. */
    public static final ChunkingParameters DEFAULT = rabinKarp(16 << 10, 64 << 10, 256 << 10);

    /** 64/256/1024 KiB: a quarter of the index for a few percent more bytes. */
    public static final ChunkingParameters THRIFTY = rabinKarp(64 << 10, 256 << 10, 1 << 20);

    /** 1/4/16 MiB. */
    public static final ChunkingParameters CLASSIC = rabinKarp(1 << 20, 4 << 20, 16 << 20);

    public ChunkingParameters {
        boolean fitting = switch (algorithm) {
            case RABIN_KARP -> minBytes < avgBytes && avgBytes < maxBytes;
            case FIXED -> minBytes == avgBytes && avgBytes == maxBytes;
        };
        if (!fitting || minBytes < RabinKarpChunker.WINDOW_BYTES || maxBytes > MAX_BYTES_MAX) {
            throw new IllegalArgumentException("Chunk lengths must be " + RabinKarpChunker.WINDOW_BYTES
                    + " <= min < avg < max <= " + MAX_BYTES_MAX + " bytes (all equal for fixed), not " + minBytes + ", "
                    + avgBytes + ", " + maxBytes + ".");
        }
    }

    public static ChunkingParameters rabinKarp(int minBytes, int avgBytes, int maxBytes) {
        return new ChunkingParameters(Algorithm.RABIN_KARP, minBytes, avgBytes, maxBytes);
    }

    public static ChunkingParameters fixed(int bytes) {
        return new ChunkingParameters(Algorithm.FIXED, bytes, bytes, bytes);
    }

    /** The parameters as they are stored: {@code rabin-karp:16384:65536:262144}. */
    public String encode() {
        String name = algorithm.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return name + ":" + minBytes + ":" + avgBytes + ":" + maxBytes;
    }

    /**
     * Reads what {@link #encode} wrote, or the name of a profile: {@code default}, {@code thrifty}, {@code classic}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static ChunkingParameters parse(String text) {
        return switch (text) {
            case "default" -> DEFAULT;
            case "thrifty" -> THRIFTY;
            case "classic" -> CLASSIC;
            default -> parseExplicit(text);
        };
    }

    private static ChunkingParameters parseExplicit(String text) {
        String[] fields = text.split(":", -1);
        if (fields.length == 4) {
            for (Algorithm algorithm : Algorithm.values()) {
                if (fields[0].equals(algorithm.name().toLowerCase(Locale.ROOT).replace('_', '-'))) {
                    return new ChunkingParameters(
                            algorithm, bytes(fields[1], text), bytes(fields[2], text), bytes(fields[3], text));
                }
            }
        }
        throw malformed(text);
    }

    private static int bytes(String field, String text) {
        if (!BYTES.matcher(field).matches()) {
            throw malformed(text);
        }
        return Integer.parseInt(field);
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("Not a way to cut chunks: '" + text
                + "'. Use default, thrifty, classic, rabin-karp:MIN:AVG:MAX with the min, average and max in bytes, or"
                + " fixed:N:N:N.");
    }
}
