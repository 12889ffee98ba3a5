package io.varve.s3.body;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.signature.ChunkSignatures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes the aws-chunked framing off a body: {@code size[;chunk-signature=…]CRLF data CRLF …}, ended by a chunk of size
 * 0 and, if one was announced, a trailer of header lines. Signatures are verified as each chunk ends, so bytes are given
 * out before they are proven; the consumer publishes nothing before it has seen the end. One thread at a time.
 *
 * <p>Lines may end with LF alone and blank lines in the trailer are skipped: implementations differ there, and the
 * examples in the documentation do too.
 */
final class AwsChunkedInputStream extends InputStream {

    /** The longest chunk header or trailer line. */
    static final int LINE_BYTES_MAX = 4096;

    /** The most lines of a trailer, blank ones included. */
    static final int TRAILER_LINES_MAX = 32;

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final String SIGNATURE = "chunk-signature=";
    private static final String TRAILER_SIGNATURE = "x-amz-trailer-signature";

    private final InputStream in;
    private final boolean trailerAllowed;
    private final @Nullable ChunkSignatures signatures;
    private final @Nullable MessageDigest chunkHash;
    private final byte[] buffer;
    private final Map<String, String> trailer = new LinkedHashMap<>();
    private int position;
    private int limit;
    private long chunkLeft;
    private String chunkSignature = "";
    private boolean started;
    private boolean ended;

    /**
     * @param in the framed body
     * @param signatures verifies the chunks; null if they are not signed
     * @param trailerAllowed whether a trailer was announced
     * @param framedLength the length of the framed body in bytes, or -1; to size the buffer
     */
    AwsChunkedInputStream(
            InputStream in, @Nullable ChunkSignatures signatures, boolean trailerAllowed, long framedLength) {
        this.in = in;
        this.signatures = signatures;
        this.chunkHash = signatures == null ? null : ChecksumAlgorithm.digest("SHA-256");
        this.trailerAllowed = trailerAllowed;
        this.buffer = new byte[framedLength < 0 ? BUFFER_BYTES : Math.clamp(framedLength, 256, BUFFER_BYTES)];
    }

    /** The trailer's lines under their lower-case names; complete when the stream has ended. */
    Map<String, String> trailer() {
        return Collections.unmodifiableMap(trailer);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (chunkLeft == 0) {
            if (ended) {
                return -1;
            }
            nextChunk();
        }
        int wanted = (int) Math.min(length, chunkLeft);
        int count;
        if (position < limit) {
            count = Math.min(wanted, limit - position);
            System.arraycopy(buffer, position, bytes, offset, count);
            position += count;
        } else {
            count = in.read(bytes, offset, wanted);
            if (count < 0) {
                throw truncated();
            }
        }
        if (chunkHash != null) {
            chunkHash.update(bytes, offset, count);
        }
        chunkLeft -= count;
        return count;
    }

    private void nextChunk() throws IOException {
        if (started) {
            if (!readLine(false).isEmpty()) {
                throw malformed("a chunk does not end where its size says");
            }
            verifyChunk();
        }
        started = true;
        String header = readLine(false);
        int semicolon = header.indexOf(';');
        chunkLeft = parseSize(semicolon < 0 ? header : header.substring(0, semicolon));
        chunkSignature = signatureIn(semicolon < 0 ? "" : header.substring(semicolon + 1));
        if (chunkLeft == 0) {
            verifyChunk();
            readTrailer();
            ended = true;
        }
    }

    private static long parseSize(String digits) {
        String size = digits.strip();
        if (size.isEmpty() || size.length() > 15 || !size.chars().allMatch(HexFormat::isHexDigit)) {
            throw malformed("a chunk's size is no hexadecimal number");
        }
        return HexFormat.fromHexDigitsToLong(size);
    }

    private static String signatureIn(String extension) {
        String text = extension.strip();
        return text.startsWith(SIGNATURE) ? text.substring(SIGNATURE.length()) : "";
    }

    private void verifyChunk() {
        if (signatures != null && chunkHash != null) {
            signatures.verifyChunk(HexFormat.of().formatHex(chunkHash.digest()), chunkSignature);
        }
    }

    private void readTrailer() throws IOException {
        StringBuilder canonical = new StringBuilder();
        String signature = "";
        for (int lines = 0; ; lines++) {
            if (position == limit && !fill()) {
                break;
            }
            String line = readLine(true);
            if (lines >= TRAILER_LINES_MAX) {
                throw new S3Exception(S3Error.MALFORMED_TRAILER);
            }
            if (line.isEmpty()) {
                continue;
            }
            int colon = line.indexOf(':');
            if (colon <= 0 || !trailerAllowed) {
                throw new S3Exception(S3Error.MALFORMED_TRAILER);
            }
            String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            if (name.equals(TRAILER_SIGNATURE)) {
                signature = value;
            } else if (trailer.putIfAbsent(name, value) != null) {
                throw new S3Exception(S3Error.MALFORMED_TRAILER);
            } else {
                canonical.append(name).append(':').append(value).append('\n');
            }
        }
        if (signatures != null && trailerAllowed) {
            signatures.verifyTrailer(canonical.toString(), signature);
        }
    }

    /**
     * A line without its end.
     *
     * @param endAllowed whether the body's own end may end it, as it may in a trailer; anywhere else a cut-off number
     *     could pass for a smaller one
     */
    private String readLine(boolean endAllowed) throws IOException {
        StringBuilder line = new StringBuilder(96);
        while (true) {
            if (position == limit && !fill()) {
                if (endAllowed) {
                    return line.toString();
                }
                throw truncated();
            }
            int start = position;
            while (position < limit && buffer[position] != '\n') {
                position++;
            }
            line.append(new String(buffer, start, position - start, StandardCharsets.ISO_8859_1));
            if (line.length() > LINE_BYTES_MAX) {
                throw malformed("a line is longer than " + LINE_BYTES_MAX + " bytes");
            }
            if (position < limit) {
                position++;
                int end = line.length() - 1;
                if (end >= 0 && line.charAt(end) == '\r') {
                    line.setLength(end);
                }
                return line.toString();
            }
        }
    }

    private boolean fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        position = 0;
        limit = Math.max(count, 0);
        return count > 0;
    }

    private static S3Exception truncated() {
        return new S3Exception(S3Error.INCOMPLETE_BODY, "The body ended in the middle of its aws-chunked framing.");
    }

    private static S3Exception malformed(String what) {
        return new S3Exception(S3Error.INVALID_REQUEST, "The aws-chunked body is malformed: " + what + ".");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
