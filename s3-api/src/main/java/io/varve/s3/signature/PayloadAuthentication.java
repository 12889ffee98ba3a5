package io.varve.s3.signature;

/** How a request's body is framed and what vouches for its bytes, as {@code x-amz-content-sha256} declares. */
public sealed interface PayloadAuthentication {

    /**
     * The plain body, whose hash was signed.
     *
     * @param sha256Hex the hash it must have, lower case
     */
    record SignedHash(String sha256Hex) implements PayloadAuthentication {}

    /** The plain body, vouched for by nothing but the connection. */
    record Unsigned() implements PayloadAuthentication {}

    /**
     * The body in aws-chunked framing, each chunk signed.
     *
     * @param chain what verifies the chunks
     * @param trailer whether a signed trailer follows
     */
    record SignedChunks(ChunkSignatures chain, boolean trailer) implements PayloadAuthentication {}

    /** The body in aws-chunked framing, without signatures, with a trailer. */
    record UnsignedChunks() implements PayloadAuthentication {}
}
