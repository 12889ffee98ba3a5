package io.varve.app.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SocketBufferHandler;

/**
 * A connection whose thread, when it has answered, looks for the next request a moment longer, and only then gives the connection back
 * to Tomcat's poller. A client near by that sends one request after another (a mounted share, a proxy on the same machine) has sent it by
 * then; that saves two changes of thread and two system calls, which take longer than a small request itself.
 *
 * <p>Other virtual threads run meanwhile. Who does not answer within the moment is tried ever more seldom, so that a client with a
 * network in between costs next to nothing. Used by one thread at a time, as Tomcat uses its channels.
 */
final class PatientChannel extends NioChannel {
    /** Some round trips of the loopback device, and less than one of a network with a switch in it. */
    static final Duration PATIENCE = Duration.ofNanos(50_000);

    /** The most requests that pass until it is tried again. */
    private static final int PASSED_MAX = 63;

    private final long patienceNanos;
    private final LongSupplier nanos;
    private boolean answered;
    private int passed;
    private int toPass;

    /**
     * @param patience how long the next request is looked for
     * @param nanos a clock that runs evenly, as {@link System#nanoTime}
     */
    PatientChannel(SocketBufferHandler buffers, Duration patience, LongSupplier nanos) {
        super(buffers);
        this.patienceNanos = patience.toNanos();
        this.nanos = nanos;
    }

    @Override
    public void reset(SocketChannel channel, NioSocketWrapper wrapper) throws IOException {
        super.reset(channel, wrapper);
        answered = false;
        passed = 0;
        toPass = 0;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        answered = true;
        return super.write(source);
    }

    /** {@inheritDoc} Giving way makes waiting cheap where threads are many, and nothing depends on it. */
    @Override
    @SuppressWarnings("ThreadPriorityCheck")
    public int read(ByteBuffer target) throws IOException {
        int bytes = super.read(target);
        boolean waits = bytes == 0 && answered && target.hasRemaining();
        answered = false;
        if (!waits) {
            return bytes;
        }
        if (passed < toPass) {
            passed++;
            return 0;
        }
        long begin = nanos.getAsLong();
        do {
            Thread.yield();
            bytes = super.read(target);
        } while (bytes == 0 && nanos.getAsLong() - begin < patienceNanos);
        passed = 0;
        toPass = bytes == 0 ? Math.min(2 * toPass + 1, PASSED_MAX) : 0;
        return bytes;
    }
}
