package io.varve.app.packaged;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One request over a socket of its own, byte for byte as a test wants it: also such as no client library sends. */
final class RawRequest {

    private static final int ANSWER_MILLIS_MAX = 60_000;

    private final String method;
    private final String target;
    private final List<String> headers = new ArrayList<>();
    private byte[] body = new byte[0];

    RawRequest(String method, String target) {
        this.method = method;
        this.target = target;
    }

    /** A request of the administrator at the WebDAV door. */
    static RawRequest dav(String method, String path) {
        return new RawRequest(method, "/dav/" + path)
                .with("Authorization: " + DavClient.basic(Installation.USER, Installation.PASSWORD));
    }

    /** A request of the administrator at the S3 door that does not say what its body hashes to. */
    static RawRequest s3(int port, String method, String target) {
        return s3(port, method, target, S3Signature.UNSIGNED, Map.of());
    }

    /** A request of the administrator at the S3 door, with further headers that are signed. */
    static RawRequest s3(int port, String method, String target, String payloadHash, Map<String, String> signed) {
        return new RawRequest(method, target)
                .with(new S3Signature(Installation.USER, Installation.PASSWORD)
                        .headers(method, target, host(port), payloadHash, signed));
    }

    RawRequest with(String header) {
        headers.add(header);
        return this;
    }

    RawRequest with(List<String> more) {
        headers.addAll(more);
        return this;
    }

    /** Sends this after the head. Without a header of its own that says how long it is, it has none. */
    RawRequest body(String text) {
        return body(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawRequest body(byte[] bytes) {
        this.body = bytes.clone();
        return this;
    }

    /** A body whose length is told truthfully. */
    RawRequest wholeBody(String text) {
        return body(text).with("Content-Length: " + body.length);
    }

    /**
     * What came back.
     *
     * @param status the status; 0 if the connection ended without an answer
     * @param text head and body
     */
    record Answer(int status, String text) {
        private static Answer of(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            return new Answer(text.startsWith("HTTP/1.1 ") ? Integer.parseInt(text.substring(9, 12)) : 0, text);
        }

        /** What follows the head, as it was sent. */
        byte[] body() {
            int end = text.indexOf("\r\n\r\n");
            return text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /** Sends everything, says that nothing more will come, and reads to the end of the connection. */
    Answer exchange(int port) throws IOException {
        try (Socket socket = open(port)) {
            return read(socket, true);
        }
    }

    /** Sends everything and reads to the end of the connection, which stays open from this side. */
    Answer exchangeOpen(int port) throws IOException {
        try (Socket socket = open(port)) {
            return read(socket, false);
        }
    }

    /** Sends the beginning of a request that never goes on, and reads to the end of the connection. */
    static Answer begin(int port, String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            return read(socket, false);
        }
    }

    /** Writes a body of any length to where it is sent. */
    @FunctionalInterface
    interface BodyWriter {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Reads a body of any length from where it arrives. */
    @FunctionalInterface
    interface BodyReader {
        void readFrom(InputStream in) throws IOException;
    }

    /**
     * Sends the head and then what the writer writes, while it waits for the answer: a server that refuses in the middle of a body
     * is heard, however much there would be to send.
     */
    Answer upload(int port, BodyWriter writer) throws IOException, InterruptedException {
        Thread sender;
        Answer answer;
        try (Socket socket = open(port)) {
            sender = Thread.startVirtualThread(() -> {
                try {
                    writer.writeTo(socket.getOutputStream());
                } catch (IOException e) {
                    // The server has heard enough; its answer tells why.
                }
            });
            answer = read(socket, false);
        }
        sender.join();
        return answer;
    }

    /**
     * Hands the answer's body to a reader.
     *
     * @return the status; 0 if the connection ended before an answer
     */
    int download(int port, BodyReader reader) throws IOException {
        try (Socket socket = open(port)) {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                if (next < 0) {
                    return 0;
                }
                head.write(next);
            }
            reader.readFrom(in);
            return Answer.of(head.toByteArray()).status();
        }
    }

    /** Sends everything and resets the connection. */
    void sendAndReset(int port) throws IOException {
        try (Socket socket = open(port)) {
            socket.setSoLinger(true, 0);
        }
    }

    private Socket open(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        try {
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
            head.append("Host: ").append(host(port)).append("\r\nConnection: close\r\n");
            headers.forEach(header -> head.append(header).append("\r\n"));
            head.append("\r\n");
            socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(body);
            return socket;
        } catch (SocketException e) {
            // Refused before everything was sent: the answer tells why.
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    static String host(int port) {
        return "127.0.0.1:" + port;
    }

    private static Answer read(Socket socket, boolean ended) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
            if (ended) {
                socket.shutdownOutput();
            }
            socket.getInputStream().transferTo(answer);
        } catch (SocketException e) {
            // A server that has answered may reset what it did not read: what came before is the answer.
        }
        return Answer.of(answer.toByteArray());
    }
}
