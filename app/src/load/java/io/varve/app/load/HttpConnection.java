package io.varve.app.load;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * One kept-alive HTTP/1.1 connection (RFC 9112) that costs the client little: requests come as bytes that are ready to send, answers
 * pass through one buffer outside the heap. It understands answers with a length and chunked ones. One thread at a time; after an
 * exception the connection is of no more use.
 */
final class HttpConnection implements Closeable {
    /** Throws answers away. */
    static final Consumer<ByteBuffer> DISCARD = part -> {};

    private static final ByteBuffer NO_BODY = ByteBuffer.allocate(0);
    private static final int HEAD_BYTES_MAX = 4 << 10;
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int UNTIL_CHUNKS_END = -1;

    private final SocketChannel channel;
    private final ByteBuffer out = ByteBuffer.allocateDirect(HEAD_BYTES_MAX);
    private final ByteBuffer in;
    private int status;

    /**
     * An answer.
     *
     * @param status its code
     * @param bytes the length of its body
     * @param head its status line and header lines
     */
    record Answer(int status, long bytes, String head) {
        /** A header's value; empty if there is none. */
        String header(String name) {
            return head.lines()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst()
                    .orElse("");
        }
    }

    /**
     * Connects.
     *
     * @param bufferBytes the most that is read at once, at least 8 KiB
     */
    HttpConnection(InetSocketAddress address, int bufferBytes) throws IOException {
        in = ByteBuffer.allocateDirect(bufferBytes).limit(0);
        channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** Sends a request without a body and throws the answer's away. */
    Answer exchange(byte[] head) throws IOException {
        return exchange(head, NO_BODY, DISCARD);
    }

    /** Sends a request and throws the answer's body away. */
    Answer exchange(byte[] head, ByteBuffer body) throws IOException {
        return exchange(head, body, DISCARD);
    }

    /** Sends a request whose body is a file of any length, and throws the answer's body away. */
    Answer exchange(byte[] head, FileChannel body) throws IOException {
        send(head, NO_BODY);
        long length = body.size();
        for (long at = 0; at < length; ) {
            at += body.transferTo(at, length - at, channel);
        }
        return answer(DISCARD);
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param body what follows the head; its position moves to its end
     * @param sink is given each part of the answer's body, and must not keep it
     */
    Answer exchange(byte[] head, ByteBuffer body, Consumer<ByteBuffer> sink) throws IOException {
        send(head, body);
        return answer(sink);
    }

    /**
     * Sends a request and reads the answer up to the first byte of its body. The connection is of no more use then.
     *
     * @return how long that took, in nanoseconds
     */
    long nanosToFirstByte(byte[] head) throws IOException {
        long begin = System.nanoTime();
        send(head, NO_BODY);
        String answer = readUntil(HEAD_END);
        while (!in.hasRemaining()) {
            fill();
        }
        long nanos = System.nanoTime() - begin;
        Expect.success(new Answer(status(answer), 0, answer));
        return nanos;
    }

    private void send(byte[] head, ByteBuffer body) throws IOException {
        out.clear().put(head).flip();
        ByteBuffer[] parts = {out, body};
        while (out.hasRemaining() || body.hasRemaining()) {
            channel.write(parts);
        }
    }

    /** Sends a request's head; its body goes with {@link #write}, and {@link #answer} comes then. */
    void begin(byte[] head) throws IOException {
        send(head, NO_BODY);
    }

    /** Sends some of a body. */
    void write(ByteBuffer part) throws IOException {
        while (part.hasRemaining()) {
            channel.write(part);
        }
    }

    /** The status of the answer that comes, or came last: whoever takes its body may want to know. */
    int status() {
        return status;
    }

    /** Reads the answer to a request that was sent. */
    Answer answer(Consumer<ByteBuffer> sink) throws IOException {
        String answer = readUntil(HEAD_END);
        status = status(answer);
        long length = length(answer, status);
        return new Answer(status, length == UNTIL_CHUNKS_END ? readChunks(sink) : read(length, sink), answer);
    }

    private static int status(String head) {
        return Integer.parseInt(head, 9, 12, 10);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static long length(String head, int status) throws IOException {
        if (status == 204 || status == 304) {
            return 0;
        }
        for (String line : head.lines().toList()) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                return Long.parseLong(line.substring(15).trim());
            }
            if (line.regionMatches(true, 0, "Transfer-Encoding: chunked", 0, 26)) {
                return UNTIL_CHUNKS_END;
            }
        }
        throw new IOException("An answer without a length: " + head);
    }

    private long readChunks(Consumer<ByteBuffer> sink) throws IOException {
        long total = 0;
        while (true) {
            long chunk = Long.parseLong(readUntil(LINE_END).trim(), 16);
            if (chunk == 0) {
                while (!readUntil(LINE_END).equals("\r\n")) {
                    // Trailers say nothing the load wants to know.
                }
                return total;
            }
            total += read(chunk, sink);
            readUntil(LINE_END);
        }
    }

    private long read(long length, Consumer<ByteBuffer> sink) throws IOException {
        long left = length;
        while (left > 0) {
            if (!in.hasRemaining()) {
                fill();
            }
            int taken = (int) Math.min(left, in.remaining());
            sink.accept(in.slice(in.position(), taken));
            in.position(in.position() + taken);
            left -= taken;
        }
        return length;
    }

    /** The bytes up to an end and with it; they must fit into the buffer. */
    private String readUntil(byte[] end) throws IOException {
        int scanned = 0;
        while (true) {
            int last = in.remaining() - end.length;
            for (; scanned <= last; scanned++) {
                if (isAt(end, in.position() + scanned)) {
                    byte[] bytes = new byte[scanned + end.length];
                    in.get(bytes);
                    return new String(bytes, StandardCharsets.ISO_8859_1);
                }
            }
            fill();
        }
    }

    private boolean isAt(byte[] wanted, int index) {
        for (int i = 0; i < wanted.length; i++) {
            if (in.get(index + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private void fill() throws IOException {
        in.compact();
        int read = in.hasRemaining() ? channel.read(in) : 0;
        in.flip();
        if (read < 0) {
            throw new EOFException("The server closed the connection.");
        }
        if (read == 0) {
            throw new IOException("A line of an answer is longer than " + in.capacity() + " bytes.");
        }
    }
}
