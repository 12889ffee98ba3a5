package io.varve.webdav;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * HTTP by hand over a socket: it sends addresses and headers exactly as given, which the JDK's client would
 * refuse or tidy up, and can stop in the middle of a body.
 */
record DavClient(int port, String user, String password) {

    private static final byte[] NOTHING = {};

    /** An answer; {@code whole} tells whether it ended as its headers had announced. */
    record Answer(int status, Map<String, String> headers, String body, boolean whole) {

        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
        }
    }

    String authorization() {
        byte[] login = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(login);
    }

    /** Sends a request with login and without a body. */
    Answer send(String method, String path, String... headers) {
        return send(method, path, NOTHING, headers);
    }

    /** Sends a request with login and a body of text. */
    Answer send(String method, String path, String body, String[] headers) {
        return send(method, path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Answer put(String path, String body, String... headers) {
        return send("PUT", path, body, headers);
    }

    /** Sends a request with login and a body, with its length. */
    Answer send(String method, String path, byte[] body, String... headers) {
        StringBuilder head = new StringBuilder(authorization()).append("\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (body.length > 0 || method.equals("PUT")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        return raw(method + " " + path, head.toString(), body);
    }

    /** Sends a request line (without version), header lines and a body as they are, then ends its side. */
    Answer raw(String line, String headers, byte[] body) {
        String head = line + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n" + headers + "\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            socket.shutdownOutput();
            return read(socket.getInputStream(), line.startsWith("HEAD "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Answer read(InputStream in, boolean bodyless) throws IOException {
        String statusLine = line(in);
        int status = Integer.parseInt(statusLine.substring(9, 12));
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.merge(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip(),
                    (one, other) -> one + ", " + other);
        }
        if (status == 100) {
            return read(in, bodyless);
        }
        if (bodyless || status == 204 || status == 304) {
            return new Answer(status, headers, "", true);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean whole;
        if ("chunked".equals(headers.get("transfer-encoding"))) {
            whole = readChunks(in, body);
        } else {
            long length = Long.parseLong(headers.getOrDefault("content-length", "-1"));
            in.transferTo(body);
            whole = length < 0 || body.size() == length;
        }
        return new Answer(status, headers, body.toString(StandardCharsets.ISO_8859_1), whole);
    }

    private static boolean readChunks(InputStream in, ByteArrayOutputStream body) throws IOException {
        try {
            for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                byte[] chunk = in.readNBytes(size);
                body.write(chunk);
                if (chunk.length < size || !line(in).isEmpty()) {
                    return false;
                }
            }
            return true;
        } catch (EOFException e) {
            return false;
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the answer ended within a line: " + line);
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
