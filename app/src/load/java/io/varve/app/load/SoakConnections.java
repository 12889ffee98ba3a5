package io.varve.app.load;

import io.varve.app.load.SoakRequest.Place;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's connections to all doors of a server, opened when they are needed and kept as long as the server keeps them. One thread, but
 * for {@link #busy} and {@link #close}.
 */
final class SoakConnections implements Closeable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int PIECE_BYTES = 64 << 10;
    private static final int SLOW_PIECES = 12;
    private static final Duration SLOW_PAUSE = Duration.ofMillis(40);

    /** The server closes what nobody uses for a minute; a request on it would be lost without anybody's fault. */
    private static final Duration IDLE_MAX = Duration.ofSeconds(20);

    private final Map<Place, Door> doors = new EnumMap<>(Place.class);
    private final Map<Place, Kept> kept = new EnumMap<>(Place.class);
    private volatile @Nullable Busy busy;
    private boolean sentAll;
    private int status;

    /** A connection that can be used again, and when it was used last. */
    private record Kept(HttpConnection connection, long nanos) {}

    /**
     * What waits for an answer.
     *
     * @param request as told
     * @param since in the terms of {@link System#nanoTime}
     */
    record Busy(String request, long since) {}

    /**
     * An answer.
     *
     * @param status its code
     * @param text its body, if nobody else took that
     */
    record Reply(int status, String text, HttpConnection.Answer answer) {
        boolean isSuccess() {
            return status / 100 == 2;
        }
    }

    /** This client hung up, as it wanted to. */
    static final class HungUpException extends IOException {
        private static final long serialVersionUID = 1L;

        HungUpException() {
            super("This client hung up.");
        }
    }

    /** Turns to another life of the server. */
    void turnTo(Map<Place, Door> others) {
        close();
        doors.putAll(others);
    }

    /** What waits for an answer at this moment; null if nothing does. */
    @Nullable
    Busy busy() {
        return busy;
    }

    /** Whether all of the last request had been given to the system when it ended, however it ended: only then can it have done anything. */
    boolean sentAll() {
        return sentAll;
    }

    /** The status of the answer whose body comes. */
    int status() {
        return status;
    }

    /** Asks, and keeps the answer's body as text. */
    Reply ask(SoakRequest request) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        HttpConnection.Answer answer = ask(request, part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            text.writeBytes(bytes);
        });
        return new Reply(answer.status(), text.toString(StandardCharsets.UTF_8), answer);
    }

    /**
     * Asks.
     *
     * @param sink takes the answer's body, whatever the status
     * @throws HungUpException if the request was to be cut off
     */
    HttpConnection.Answer ask(SoakRequest request, Consumer<ByteBuffer> sink) throws IOException {
        sentAll = false;
        busy = new Busy(request.toString(), System.nanoTime());
        HttpConnection connection = connection(request.place());
        boolean usable = false;
        try {
            send(connection, request);
            HttpConnection.Answer answer = connection.answer(reading(request, part -> {
                status = connection.status();
                sink.accept(part);
            }));
            usable = !answer.header("Connection").equalsIgnoreCase("close");
            return answer;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            busy = null;
            if (usable) {
                kept.put(request.place(), new Kept(connection, System.nanoTime()));
            } else {
                connection.close();
            }
        }
    }

    private void send(HttpConnection connection, SoakRequest request) throws IOException {
        byte[] head = request.head(door(request.place()));
        ContentPart body = request.body();
        if (body == null) {
            connection.begin(head);
            connection.write(ByteBuffer.wrap(request.text()));
            sentAll = true;
            return;
        }
        connection.begin(head);
        long end = request.cut() == SoakRequest.NO_CUT ? body.length() : request.cut();
        int piece = request.isSlow() ? Math.clamp(end / SLOW_PIECES, 1, PIECE_BYTES) : PIECE_BYTES;
        for (long at = 0; at < end; ) {
            int count = (int) Math.min(piece, end - at);
            sentAll = at + count == body.length();
            connection.write(body.bytes(at, count));
            at += count;
            pause(request);
        }
        sentAll = end == body.length();
        if (request.cut() != SoakRequest.NO_CUT) {
            throw new HungUpException();
        }
    }

    private static Consumer<ByteBuffer> reading(SoakRequest request, Consumer<ByteBuffer> sink) {
        if (request.body() != null || (!request.isSlow() && request.cut() == SoakRequest.NO_CUT)) {
            return sink;
        }
        long[] read = new long[1];
        return part -> {
            read[0] += part.remaining();
            sink.accept(part);
            pause(request);
            if (request.cut() != SoakRequest.NO_CUT && read[0] > request.cut()) {
                throw new UncheckedIOException(new HungUpException());
            }
        };
    }

    private static void pause(SoakRequest request) {
        if (request.isSlow()) {
            LockSupport.parkNanos(SLOW_PAUSE.toNanos());
        }
    }

    private HttpConnection connection(Place place) throws IOException {
        Kept before = kept.remove(place);
        if (before != null) {
            if (System.nanoTime() - before.nanos() < IDLE_MAX.toNanos()) {
                return before.connection();
            }
            before.connection().close();
        }
        return new HttpConnection(door(place).address(), BUFFER_BYTES);
    }

    private Door door(Place place) throws IOException {
        Door door = doors.get(place);
        if (door == null) {
            throw new IOException("There is no server yet.");
        }
        return door;
    }

    @Override
    public void close() {
        kept.values().forEach(each -> {
            try {
                each.connection().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        kept.clear();
    }
}
