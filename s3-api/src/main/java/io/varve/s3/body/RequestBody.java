package io.varve.s3.body;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.signature.PayloadAuthentication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request. Everything that can be refused from the head alone is refused when this is made, before a
 * byte is read, so that a client which waits for "100 Continue" need not send it. One thread at a time, read once.
 */
public final class RequestBody {

    private static final int BUFFER_BYTES = 128 * 1024;
    private static final int BUFFER_BYTES_MIN = 1024;

    /** Bodies from this size on are hashed beside. */
    private static final int BESIDE_BYTES_MIN = 1 << 20;

    private static final int BUFFERS_BESIDE = 4;
    private static final String DECODED_LENGTH = "x-amz-decoded-content-length";

    private final InputStream in;
    private final @Nullable AwsChunkedInputStream framed;
    private final BodyExpectations expectations;
    private final Optional<String> sha256Hex;
    private final long length;
    private final boolean hasLength;

    private RequestBody(
            InputStream in,
            @Nullable AwsChunkedInputStream framed,
            BodyExpectations expectations,
            Optional<String> sha256Hex,
            long length,
            boolean hasLength) {
        this.in = in;
        this.framed = framed;
        this.expectations = expectations;
        this.sha256Hex = sha256Hex;
        this.length = length;
        this.hasLength = hasLength;
    }

    /**
     * Prepares to read a body.
     *
     * @param headers the request's
     * @param payload what the signature says of the body
     * @param raw the body as it comes from the connection, HTTP's own framing taken off
     * @throws S3Exception if the headers contradict themselves
     */
    public static RequestBody of(Headers headers, PayloadAuthentication payload, InputStream raw) {
        return of(headers, payload, raw, BodyExpectations.of(headers));
    }

    /**
     * The same for an operation whose checksum headers speak of something else than its body: completing a multipart
     * upload tells the checksum of the object.
     */
    public static RequestBody ignoringChecksums(Headers headers, PayloadAuthentication payload, InputStream raw) {
        return of(headers, payload, raw, BodyExpectations.NONE);
    }

    private static RequestBody of(
            Headers headers, PayloadAuthentication payload, InputStream raw, BodyExpectations expectations) {
        long contentLength = number(headers, "content-length");
        boolean hasLength = contentLength >= 0 || headers.has("transfer-encoding");
        return switch (payload) {
            case PayloadAuthentication.SignedHash signed ->
                new RequestBody(raw, null, expectations, Optional.of(signed.sha256Hex()), contentLength, hasLength);
            case PayloadAuthentication.Unsigned ignored ->
                new RequestBody(raw, null, expectations, Optional.empty(), contentLength, hasLength);
            case PayloadAuthentication.SignedChunks chunks ->
                framed(
                        headers,
                        expectations,
                        new AwsChunkedInputStream(raw, chunks.chain(), chunks.trailer(), contentLength),
                        hasLength);
            case PayloadAuthentication.UnsignedChunks ignored ->
                framed(headers, expectations, new AwsChunkedInputStream(raw, null, true, contentLength), hasLength);
        };
    }

    private static RequestBody framed(
            Headers headers, BodyExpectations expectations, AwsChunkedInputStream framed, boolean hasLength) {
        return new RequestBody(
                framed, framed, expectations, Optional.empty(), number(headers, DECODED_LENGTH), hasLength);
    }

    private static long number(Headers headers, String name) {
        Optional<String> text = headers.find(name);
        if (text.isEmpty()) {
            return -1;
        }
        try {
            long number = Long.parseLong(text.get());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // Answered below, together with a negative number.
        }
        throw S3Exception.invalidArgument(name, text.get(), name + " must be a number of bytes.");
    }

    /** The length in bytes without framing, or -1 if the request does not say. */
    public long length() {
        return length;
    }

    /** The checksum algorithm the client asked for. */
    public Optional<ChecksumAlgorithm> checksum() {
        return expectations.checksum();
    }

    /** Whether the client vouches for the body by Content-MD5 or a checksum. */
    public boolean hasDigest() {
        return expectations.md5Hex().isPresent() || expectations.checksum().isPresent();
    }

    /**
     * Requires that the request says where its body ends, and that it is not too long.
     *
     * @param bytesMax the most bytes allowed
     */
    public RequestBody requireLength(long bytesMax) {
        if (!hasLength) {
            throw new S3Exception(S3Error.MISSING_CONTENT_LENGTH);
        }
        if (length > bytesMax) {
            throw tooLarge(length, bytesMax);
        }
        return this;
    }

    private static S3Exception tooLarge(long bytes, long bytesMax) {
        return new S3Exception(S3Error.ENTITY_TOO_LARGE)
                .with("ProposedSize", Long.toString(bytes))
                .with("MaxSizeAllowed", Long.toString(bytesMax));
    }

    /**
     * Reads the whole body into {@code out} and checks it. What was written is only worth anything if this returns.
     *
     * @param out where the bytes go; as slow as it likes, the client waits
     * @param bytesMax the most bytes allowed
     * @param further an algorithm to compute beside the one the client asked for
     * @throws S3Exception if the body is cut off, too long, or does not hash to what was declared
     * @throws IOException if {@code out} throws it
     */
    public ReceivedBody transferTo(OutputStream out, long bytesMax, Optional<ChecksumAlgorithm> further)
            throws IOException {
        Set<ChecksumAlgorithm> algorithms = EnumSet.noneOf(ChecksumAlgorithm.class);
        expectations.checksum().ifPresent(algorithms::add);
        further.ifPresent(algorithms::add);
        BodyDigests digests = new BodyDigests(algorithms);
        MessageDigest sha256 = sha256Hex.isPresent() ? ChecksumAlgorithm.digest("SHA-256") : null;
        if (sha256 != null) {
            digests.add(sha256);
        }
        boolean isLong = length < 0 || length >= BESIDE_BYTES_MIN;
        long total = isLong ? storeBeside(digests, out, bytesMax) : store(digests, out, bytesMax);
        if (length >= 0 && total != length) {
            throw new S3Exception(S3Error.INCOMPLETE_BODY)
                    .with("NumberBytesExpected", Long.toString(length))
                    .with("NumberBytesProvided", Long.toString(total));
        }
        ReceivedBody received = digests.finish(total);
        check(received, sha256 == null ? "" : HexFormat.of().formatHex(sha256.digest()));
        return received;
    }

    private long store(BodyDigests digests, OutputStream out, long bytesMax) throws IOException {
        byte[] buffer = new byte[Math.clamp(length, BUFFER_BYTES_MIN, BUFFER_BYTES)];
        long total = 0;
        for (int count = read(buffer, 0); count >= 0; count = read(buffer, 0)) {
            total = add(total, count, bytesMax);
            digests.update(buffer, 0, count);
            out.write(buffer, 0, count);
        }
        return total;
    }

    /** Hashes some pieces behind the one that is being read, each in a buffer of its own. */
    private long storeBeside(BodyDigests digests, OutputStream out, long bytesMax) throws IOException {
        List<byte[]> buffers = new ArrayList<>();
        List<CompletableFuture<Void>> hashed = new ArrayList<>();
        long total = 0;
        for (int piece = 0; ; piece = (piece + 1) % BUFFERS_BESIDE) {
            if (piece == buffers.size()) {
                buffers.add(new byte[BUFFER_BYTES]);
                hashed.add(CompletableFuture.completedFuture(null));
            }
            byte[] buffer = buffers.get(piece);
            hashed.get(piece).join();
            int count = fill(buffer);
            if (count == 0) {
                return total;
            }
            total = add(total, count, bytesMax);
            hashed.set(piece, digests.updateBeside(buffer, 0, count));
            out.write(buffer, 0, count);
        }
    }

    private static long add(long total, int count, long bytesMax) {
        if (total + count > bytesMax) {
            throw tooLarge(total + count, bytesMax);
        }
        return total + count;
    }

    /**
     * Reads a document.
     *
     * @param bytesMax the most bytes allowed
     */
    public byte[] readAll(int bytesMax) {
        if (length > bytesMax) {
            throw new S3Exception(S3Error.MAX_MESSAGE_LENGTH_EXCEEDED);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            transferTo(bytes, bytesMax, Optional.empty());
        } catch (IOException e) {
            throw new AssertionError("memory does not throw", e);
        }
        return bytes.toByteArray();
    }

    /** Reads until the buffer is full or the body ends: small pieces are not worth another thread. */
    private int fill(byte[] buffer) {
        int filled = 0;
        while (filled < buffer.length) {
            int count = read(buffer, filled);
            if (count < 0) {
                break;
            }
            filled += count;
        }
        return filled;
    }

    private int read(byte[] buffer, int from) {
        try {
            return in.read(buffer, from, buffer.length - from);
        } catch (SocketTimeoutException e) {
            throw new S3Exception(S3Error.REQUEST_TIMEOUT, S3Error.REQUEST_TIMEOUT.message(), e);
        } catch (IOException e) {
            throw new S3Exception(S3Error.INCOMPLETE_BODY, S3Error.INCOMPLETE_BODY.message(), e);
        }
    }

    private void check(ReceivedBody received, String sha256) {
        String md5 = received.md5Hex();
        if (sha256Hex.isPresent() && !sha256Hex.get().equals(sha256)) {
            throw new S3Exception(S3Error.CONTENT_SHA256_MISMATCH)
                    .with("ClientComputedContentSHA256", sha256Hex.get())
                    .with("S3ComputedContentSHA256", sha256);
        }
        if (expectations.md5Hex().isPresent() && !expectations.md5Hex().get().equals(md5)) {
            throw new S3Exception(S3Error.BAD_DIGEST, "The Content-MD5 you specified did not match what we received.")
                    .with("ExpectedDigest", expectations.md5Hex().get())
                    .with("CalculatedDigest", md5);
        }
        if (expectations.checksum().isPresent()) {
            ChecksumAlgorithm algorithm = expectations.checksum().get();
            String expected = expectations.checksumValue().orElseGet(() -> inTrailer(algorithm));
            if (!expected.equals(received.checksums().get(algorithm))) {
                throw new S3Exception(
                        S3Error.BAD_DIGEST,
                        "The " + algorithm + " you specified did not match the calculated checksum.");
            }
        }
    }

    private String inTrailer(ChecksumAlgorithm algorithm) {
        String value = framed == null ? null : framed.trailer().get(algorithm.header());
        if (value == null) {
            throw new S3Exception(S3Error.MALFORMED_TRAILER);
        }
        return algorithm.checked(value);
    }
}
