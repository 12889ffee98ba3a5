package io.varve.s3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Speaks HTTP over a bare socket, so that tests decide every byte of a request. One request a connection. */
final class RawClient {

    private static final int TIMEOUT_MILLIS = 20_000;

    private final int port;
    private final String accessKey;
    private final String secret;

    RawClient(int port, String accessKey, String secret) {
        this.port = port;
        this.accessKey = accessKey;
        this.secret = secret;
    }

    /** An answer; header names in lower case. */
    static final class Answer {

        private final int status;
        private final Map<String, String> headers;
        private final byte[] body;

        Answer(int status, Map<String, String> headers, byte[] body) {
            this.status = status;
            this.headers = Map.copyOf(headers);
            this.body = body.clone();
        }

        int status() {
            return status;
        }

        Map<String, String> headers() {
            return headers;
        }

        byte[] body() {
            return body.clone();
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The error code in the document. */
        String code() {
            int start = text().indexOf("<Code>");
            return start < 0 ? "" : text().substring(start + 6, text().indexOf("</Code>"));
        }
    }

    String host() {
        return "127.0.0.1:" + port;
    }

    RequestSigner signer() {
        return new RequestSigner(accessKey, secret, Instant.now());
    }

    /** Sends a request signed with the hash of its body. */
    Answer send(String method, String target, Map<String, String> headers, byte[] body) throws IOException {
        return send(method, target, headers, body, RequestSigner.sha256(body));
    }

    Answer send(String method, String target) throws IOException {
        return send(method, target, Map.of(), new byte[0]);
    }

    /** Sends a request that declares {@code payloadHash}. */
    Answer send(String method, String target, Map<String, String> headers, byte[] body, String payloadHash)
            throws IOException {
        Map<String, String> all = new TreeMap<>(headers);
        all.putIfAbsent("host", host());
        if (body.length > 0 || method.equals("PUT") || method.equals("POST")) {
            all.putIfAbsent("content-length", Integer.toString(body.length));
        }
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question + 1);
        return exchange(
                method,
                target,
                signer().byHeader(method, path, query, all, payloadHash).headers(),
                body);
    }

    /** Sends exactly these headers. */
    Answer exchange(String method, String target, Map<String, String> headers, byte[] body) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("connection: close\r\n\r\n");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            out.write(body);
            out.flush();
            socket.shutdownOutput();
            return readAnswer(socket.getInputStream(), method.equals("HEAD"));
        }
    }

    /** Reads one answer, whose body ends as its headers say. */
    static Answer readAnswer(InputStream in, boolean bodiless) throws IOException {
        String status = readLine(in);
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int code = Integer.parseInt(status.split(" ", -1)[1]);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean empty = bodiless || code == 204 || code == 304 || code < 200;
        if (!empty && headers.containsKey("content-length")) {
            body.writeBytes(in.readNBytes(Integer.parseInt(headers.get("content-length"))));
        } else if (!empty && headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
                body.writeBytes(in.readNBytes(size));
                readLine(in);
            }
        } else if (!empty) {
            body.writeBytes(in.readAllBytes());
        }
        return new Answer(code, headers, body.toByteArray());
    }

    private static int chunkSize(InputStream in) throws IOException {
        return Integer.parseInt(readLine(in), 16);
    }

    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException(
                        "the connection ended after '" + line.toString(StandardCharsets.ISO_8859_1) + "'");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
