package io.varve.s3.signature;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import javax.crypto.SecretKey;

/**
 * The chain of signatures of a chunked upload: each chunk's signature covers its bytes and the signature before it, and
 * the first follows from that of the request's head. One thread at a time.
 */
public final class ChunkSignatures {

    private static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private final SecretKey key;
    private final String timestamp;
    private final String scope;
    private String previous;

    ChunkSignatures(SecretKey key, String timestamp, String scope, String seed) {
        this.key = key;
        this.timestamp = timestamp;
        this.scope = scope;
        this.previous = seed;
    }

    /**
     * Checks the next chunk.
     *
     * @param sha256Hex of the chunk's bytes
     * @param signature what the chunk claims
     * @throws S3Exception {@link S3Error#SIGNATURE_DOES_NOT_MATCH}
     */
    public void verifyChunk(String sha256Hex, String signature) {
        verify("AWS4-HMAC-SHA256-PAYLOAD\n" + head() + "\n" + EMPTY_SHA256 + "\n" + sha256Hex, signature, "chunk");
    }

    /**
     * Checks the trailer, which comes last.
     *
     * @param canonical its lines as {@code name:value\n}, without the signature itself
     */
    public void verifyTrailer(String canonical, String signature) {
        String hash = Hashing.sha256Hex(canonical.getBytes(StandardCharsets.ISO_8859_1));
        verify("AWS4-HMAC-SHA256-TRAILER\n" + head() + "\n" + hash, signature, "trailer");
    }

    private String head() {
        return timestamp + "\n" + scope + "\n" + previous;
    }

    private void verify(String stringToSign, String signature, String what) {
        String expected = Hashing.hmacHex(key, stringToSign);
        if (!Hashing.sameSignature(expected, signature)) {
            throw new S3Exception(
                    S3Error.SIGNATURE_DOES_NOT_MATCH,
                    "The signature of a " + what
                            + " in the body does not match the signature that the server calculated.");
        }
        previous = expected;
    }
}
