package io.varve.app.server;

import io.varve.storage.EngineSettings;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A client that costs little: one connection, one request after the other, answers read and thrown away. Requests below {@code /dav/}
 * carry a password, all others a Signature Version 4 over an unsigned payload. An HTTP library would have the compiler busy with its own code. Not
 * thread-safe.
 */
final class WarmUpClient implements AutoCloseable {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final int DATE_LENGTH = 8;
    private static final String HMAC = "HmacSHA256";
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int BUFFER_BYTES = 64 << 10;

    private final Socket socket;
    private final InputStream in;
    private final String host;
    private final EngineSettings.RootUser user;
    private final InstantSource clock;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    WarmUpClient(int port, EngineSettings.RootUser user, InstantSource clock) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
        this.host = "127.0.0.1:" + port;
        this.user = user;
        this.clock = clock;
    }

    /**
     * Sends a request and reads its answer to the end.
     *
     * @throws IOException if the answer is a refusal or does not come
     */
    void send(String method, String target, byte[] body) throws IOException {
        String head = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + body.length
                + "\r\n" + (target.startsWith("/dav/") ? "Depth: 1\r\n" + password() : signature(method, target))
                + "\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body);
        String status = line();
        int length = 0;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String field = header.toLowerCase(Locale.ROOT);
            if (field.startsWith("content-length:")) {
                length = Integer.parseInt(
                        field.substring("content-length:".length()).strip());
            } else if (field.startsWith("transfer-encoding:")) {
                chunked = true;
            }
        }
        if (!status.startsWith("HTTP/1.1 2")) {
            throw new IOException(method + " " + target + ": " + status);
        }
        if (chunked) {
            skipChunks();
        } else if (!method.equals("HEAD")) {
            skip(length);
        }
    }

    private void skipChunks() throws IOException {
        int length;
        do {
            length = Integer.parseInt(line(), 16);
            skip(length);
            line();
        } while (length > 0);
    }

    private void skip(int length) throws IOException {
        for (int left = length; left > 0; ) {
            int read = in.read(buffer, 0, Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException();
            }
            left -= read;
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private String password() {
        byte[] pair = (user.name() + ":" + user.password()).getBytes(StandardCharsets.UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(pair) + "\r\n";
    }

    /** @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html">Signature Version 4</a> */
    private String signature(String method, String target) {
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question + 1);
        String time = TIME.format(clock.instant());
        String scope = time.substring(0, DATE_LENGTH) + "/us-east-1/s3/aws4_request";
        String names = "host;x-amz-content-sha256;x-amz-date";
        String canonical = String.join(
                "\n",
                method,
                path,
                query,
                "host:" + host,
                "x-amz-content-sha256:UNSIGNED-PAYLOAD",
                "x-amz-date:" + time,
                "",
                names,
                "UNSIGNED-PAYLOAD");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.US_ASCII));
            String toSign = String.join(
                    "\n", "AWS4-HMAC-SHA256", time, scope, HexFormat.of().formatHex(hash));
            byte[] key = ("AWS4" + user.password()).getBytes(StandardCharsets.UTF_8);
            for (String step : scope.split("/", -1)) {
                key = hmac(key, step);
            }
            return "x-amz-date: " + time + "\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n"
                    + "Authorization: AWS4-HMAC-SHA256 Credential=" + user.name() + "/" + scope + ", SignedHeaders="
                    + names + ", Signature=" + HexFormat.of().formatHex(hmac(key, toSign)) + "\r\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has SHA-256 and its HMAC.", e);
        }
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(HMAC);
        mac.init(new SecretKeySpec(key, HMAC));
        return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
