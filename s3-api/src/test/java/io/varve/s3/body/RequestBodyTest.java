package io.varve.s3.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.signature.AwsExamples;
import io.varve.s3.signature.PayloadAuthentication;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {

    private static final PayloadAuthentication UNSIGNED = new PayloadAuthentication.Unsigned();
    private static final PayloadAuthentication UNSIGNED_CHUNKS = new PayloadAuthentication.UnsignedChunks();
    private static final String CHUNK_1 = "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648";
    private static final String CHUNK_2 = "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497";
    private static final String CHUNK_3 = "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9";

    /** Receives a body and gives back its bytes. */
    private static String receive(Headers headers, PayloadAuthentication payload, byte[] raw, int step)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RequestBody.of(headers, payload, slowly(raw, step)).transferTo(out, Long.MAX_VALUE, Optional.empty());
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static String receive(Headers headers, PayloadAuthentication payload, String raw) throws IOException {
        return receive(headers, payload, raw.getBytes(StandardCharsets.ISO_8859_1), Integer.MAX_VALUE);
    }

    /** A stream that gives at most {@code step} bytes at once, as networks do. */
    private static InputStream slowly(byte[] bytes, int step) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, step));
            }
        };
    }

    private static void assertRefused(S3Error error, Headers headers, PayloadAuthentication payload, String raw) {
        assertThatThrownBy(() -> receive(headers, payload, raw))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    /** Long bodies are hashed on other threads; what was read last must not be in what was hashed before. */
    @ParameterizedTest
    @CsvSource({"1048575, true", "1048576, true", "5000001, true", "5000001, false", "0, false", "131072, false"})
    void bodiesOfEveryLengthAreHashedInOrder(int length, boolean declared) throws IOException {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        Headers headers =
                declared ? plain("Content-Length", Integer.toString(length)) : plain("Transfer-Encoding", "chunked");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ReceivedBody received = RequestBody.of(headers, UNSIGNED, slowly(bytes, 40_000))
                .transferTo(out, Long.MAX_VALUE, Optional.of(ChecksumAlgorithm.SHA256));
        assertThat(out.toByteArray()).isEqualTo(bytes);
        assertThat(received.length()).isEqualTo(length);
        assertThat(received.md5Hex())
                .isEqualTo(
                        HexFormat.of().formatHex(ChecksumAlgorithm.digest("MD5").digest(bytes)));
        assertThat(received.checksums().get(ChecksumAlgorithm.SHA256))
                .isEqualTo(Base64.getEncoder()
                        .encodeToString(ChecksumAlgorithm.digest("SHA-256").digest(bytes)));
    }

    private static PayloadAuthentication payloadOf(Headers headers) {
        return AwsExamples.verify(
                        AwsExamples.verifierAt(AwsExamples.TIME), "PUT", "/examplebucket/chunkObject.txt", "", headers)
                .orElseThrow()
                .payload();
    }

    private static String chunk(int size, String signature) {
        return Integer.toHexString(size) + ";chunk-signature=" + signature + "\r\n" + "a".repeat(size) + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000, 1 << 20})
    void verifiesTheChunkedExampleOfTheDocumentation(int step) throws IOException {
        Headers headers = AwsExamples.chunkedUpload();
        byte[] raw =
                (chunk(65_536, CHUNK_1) + chunk(1024, CHUNK_2) + chunk(0, CHUNK_3)).getBytes(StandardCharsets.US_ASCII);
        assertThat(raw).hasSize(66_824);
        assertThat(receive(headers, payloadOf(headers), raw, step)).isEqualTo("a".repeat(66_560));
    }

    @Test
    void refusesAChunkWithAnotherSignatureOrOtherBytes() {
        Headers headers = AwsExamples.chunkedUpload();
        String good = chunk(65_536, CHUNK_1) + chunk(1024, CHUNK_2) + chunk(0, CHUNK_3);
        for (String signature : new String[] {CHUNK_1, CHUNK_2, CHUNK_3}) {
            String wrong = signature.substring(0, 63) + (signature.charAt(63) == '0' ? '1' : '0');
            assertRefused(
                    S3Error.SIGNATURE_DOES_NOT_MATCH, headers, payloadOf(headers), good.replace(signature, wrong));
        }
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH, headers, payloadOf(headers), good.replace("aaa\r\n", "aab\r\n"));
        assertRefused(S3Error.INCOMPLETE_BODY, headers, payloadOf(headers), good.substring(0, good.length() - 100));
        assertRefused(S3Error.INCOMPLETE_BODY, headers, payloadOf(headers), "");
    }

    /**
     * The documentation's example of a trailer; its printed trailer signature is not the one its own rule gives, which
     * is the one here and what SDKs send.
     */
    private static String withTrailer(String checksum, String signature, String end) {
        return chunk(65_536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
                + chunk(1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
                + "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
                + "x-amz-checksum-crc32c:" + checksum + end + "x-amz-trailer-signature:" + signature + end + end;
    }

    private static final String TRAILER = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n", "\r\n\r\n"})
    void verifiesTheTrailerExample(String end) throws IOException {
        Headers headers = AwsExamples.chunkedUploadWithTrailer();
        assertThat(receive(headers, payloadOf(headers), withTrailer("sOO8/Q==", TRAILER, end)))
                .isEqualTo("a".repeat(66_560));
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH, headers, payloadOf(headers), withTrailer("wdBDMA==", TRAILER, end));
        // Signed rightly, but not the checksum of these bytes.
        assertRefused(
                S3Error.BAD_DIGEST,
                headers,
                payloadOf(headers),
                withTrailer("wdBDMA==", "ce306fa4cdf73aa89071b78358f0d22ea79c43117314c8ed68017f7d6f91048e", end));
    }

    @Test
    void refusesASignedTrailerThatIsMissing() {
        Headers headers = AwsExamples.chunkedUploadWithTrailer();
        String body = withTrailer("sOO8/Q==", TRAILER, "\r\n");
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH,
                headers,
                payloadOf(headers),
                body.substring(0, body.indexOf("x-amz-checksum")));
    }

    private static Headers chunked(String... more) {
        Headers.Builder headers = new Headers.Builder();
        headers.add("transfer-encoding", "chunked").add("x-amz-trailer", "x-amz-checksum-crc32");
        for (int i = 0; i < more.length; i += 2) {
            headers.add(more[i], more[i + 1]);
        }
        return headers.build();
    }

    @Test
    void takesUnsignedChunksWithATrailer() throws IOException {
        String body = "5\r\n12345\r\n4\r\n6789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
        assertThat(receive(chunked(), UNSIGNED_CHUNKS, body)).isEqualTo("123456789");
        assertThat(receive(chunked("x-amz-decoded-content-length", "9"), UNSIGNED_CHUNKS, body))
                .isEqualTo("123456789");
        assertRefused(S3Error.INCOMPLETE_BODY, chunked("x-amz-decoded-content-length", "10"), UNSIGNED_CHUNKS, body);
        assertRefused(S3Error.BAD_DIGEST, chunked(), UNSIGNED_CHUNKS, body.replace("6789", "6780"));
        assertRefused(
                S3Error.MALFORMED_TRAILER,
                chunked(),
                UNSIGNED_CHUNKS,
                body.substring(0, body.indexOf("x-amz-checksum")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5",
                "5\r\n",
                "5\r\n123",
                "5\r\n12345",
                "5\r\n12345\r\n",
                "5\r\n12345\r\n0",
            })
    void tellsATruncatedFraming(String body) {
        assertRefused(S3Error.INCOMPLETE_BODY, chunked(), UNSIGNED_CHUNKS, body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\r\n", "-5\r\n12345\r\n", "5\r\n123456\r\n0\r\n", "\r\n", "fffffffffffffffff\r\n"})
    void tellsABrokenFraming(String body) {
        assertRefused(S3Error.INVALID_REQUEST, chunked(), UNSIGNED_CHUNKS, body);
    }

    @Test
    void boundsLinesAndTrailers() {
        assertRefused(S3Error.INVALID_REQUEST, chunked(), UNSIGNED_CHUNKS, "5;" + "x".repeat(5000) + "\r\n");
        assertRefused(S3Error.MALFORMED_TRAILER, chunked(), UNSIGNED_CHUNKS, "0\r\n" + "a:b\r\n".repeat(2) + "\r\n");
        assertRefused(S3Error.MALFORMED_TRAILER, chunked(), UNSIGNED_CHUNKS, "0\r\n" + "\r\n".repeat(1000));
        assertRefused(S3Error.MALFORMED_TRAILER, chunked(), UNSIGNED_CHUNKS, "0\r\nnonsense\r\n\r\n");
    }

    private static Headers plain(String... namesAndValues) {
        return AwsExamples.headers(namesAndValues);
    }

    @Test
    void checksEveryDigestOfAPlainBody() throws IOException {
        String body = "123456789";
        String length = "9";
        assertThat(receive(plain("content-length", length, "content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="), UNSIGNED, body)
                        .length())
                .isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource({
        "content-md5, 1B2M2Y8AsgTpgAmY7PhCfg==, BAD_DIGEST",
        "content-md5, nonsense, INVALID_DIGEST",
        "content-md5, AAAA, INVALID_DIGEST",
        "x-amz-checksum-crc32, AAAAAA==, BAD_DIGEST",
        "x-amz-checksum-crc32, nonsense, INVALID_REQUEST",
        "x-amz-checksum-blake3, AAAA, NOT_IMPLEMENTED",
        "x-amz-sdk-checksum-algorithm, CRC32, INVALID_REQUEST",
        "x-amz-trailer, x-amz-meta-a, INVALID_REQUEST",
        "content-length, 8, INCOMPLETE_BODY",
        "content-length, 10, INCOMPLETE_BODY",
        "content-length, many, INVALID_ARGUMENT",
        "content-length, -1, INVALID_ARGUMENT",
    })
    void refusesAPlainBodyThatIsNotWhatItsHeadSays(String name, String value, S3Error error) {
        assertRefused(error, plain(name, value), UNSIGNED, "123456789");
    }

    @Test
    void refusesABodyWithAnotherHash() throws IOException {
        PayloadAuthentication signed = new PayloadAuthentication.SignedHash(
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
        assertThat(receive(plain("content-length", "9"), signed, "123456789")).isEqualTo("123456789");
        assertRefused(S3Error.CONTENT_SHA256_MISMATCH, plain("content-length", "9"), signed, "123456780");
        assertRefused(
                S3Error.INVALID_REQUEST,
                plain("x-amz-checksum-crc32", "AAAAAA==", "x-amz-checksum-crc32c", "AAAAAA=="),
                UNSIGNED,
                "");
    }

    @Test
    void asksForALengthAndLimitsIt() {
        assertThatThrownBy(() -> RequestBody.of(plain(), UNSIGNED, InputStream.nullInputStream())
                        .requireLength(10))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.MISSING_CONTENT_LENGTH));
        assertThatThrownBy(() -> RequestBody.of(plain("content-length", "11"), UNSIGNED, InputStream.nullInputStream())
                        .requireLength(10))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.ENTITY_TOO_LARGE));
        byte[] eleven = new byte[11];
        Arrays.fill(eleven, (byte) 'x');
        assertThatThrownBy(() -> RequestBody.of(
                                plain("transfer-encoding", "chunked"), UNSIGNED, new ByteArrayInputStream(eleven))
                        .requireLength(10)
                        .transferTo(new ByteArrayOutputStream(), 10, Optional.empty()))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.ENTITY_TOO_LARGE));
    }
}
