package io.varve.app.packaged;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

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
