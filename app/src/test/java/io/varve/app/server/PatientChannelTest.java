package io.varve.app.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PatientChannelTest {
    private static final Duration PATIENCE = Duration.ofNanos(100);

    /** A clock that a nanosecond passes on each time it is looked at. */
    private final AtomicLong clock = new AtomicLong();

    private final ByteBuffer target = ByteBuffer.allocate(16);
    private SocketChannel client;
    private SocketChannel server;
    private PatientChannel channel;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client = SocketChannel.open(listening.getLocalAddress());
            server = listening.accept();
        }
        server.configureBlocking(false);
        channel = new PatientChannel(new SocketBufferHandler(64, 64, true), PATIENCE, clock::getAndIncrement);
        channel.reset(server, new NioSocketWrapper(channel, new NioEndpoint()));
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
        server.close();
    }

    @Test
    void afterAnAnswerTheNextRequestIsWaitedFor() throws IOException {
        PatientChannel endless =
                new PatientChannel(new SocketBufferHandler(64, 64, true), Duration.ofDays(1), clock::getAndIncrement);
        endless.reset(server, new NioSocketWrapper(endless, new NioEndpoint()));
        answer(endless);
        Thread.ofVirtual().start(() -> {
            // Once the clock was looked at, the channel has found nothing and waits.
            while (clock.get() < 3) {
                Thread.onSpinWait();
            }
            send();
        });

        assertThat(endless.read(target)).isEqualTo(4);
    }

    @Test
    void withoutAnAnswerNothingIsWaitedFor() throws IOException {
        assertThat(channel.read(target)).isZero();
        assertThat(looks()).isZero();
    }

    @Test
    void itIsWaitedForOnceAnAnswer() throws IOException {
        answer(channel);
        assertThat(channel.read(target)).isZero();
        assertThat(looks()).isGreaterThanOrEqualTo(PATIENCE.toNanos());

        assertThat(channel.read(target)).isZero();
        assertThat(looks()).isZero();
    }

    @Test
    void whoNeverAnswersInTimeIsWaitedForEverMoreSeldom() throws IOException {
        StringBuilder waits = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            answer(channel);
            assertThat(channel.read(target)).isZero();
            waits.append(looks() > 0 ? 'w' : '.');
        }
        assertThat(waits).hasToString("w.w...w.......w.....");
    }

    @Test
    void whatIsThereIsReadAtOnce() throws IOException {
        send();
        server.configureBlocking(true);
        answer(channel);
        assertThat(channel.read(target)).isEqualTo(4);
        assertThat(looks()).isZero();
    }

    @Test
    void anEndIsToldAtOnce() throws IOException {
        client.shutdownOutput();
        server.configureBlocking(true);
        answer(channel);
        assertThat(channel.read(target)).isEqualTo(-1);
        assertThat(looks()).isZero();
    }

    private static void answer(PatientChannel channel) throws IOException {
        assertThat(channel.write(ByteBuffer.wrap("done".getBytes(US_ASCII)))).isEqualTo(4);
    }

    private void send() {
        try {
            client.write(ByteBuffer.wrap("more".getBytes(US_ASCII)));
        } catch (IOException e) {
            throw new IllegalStateException("The client cannot send", e);
        }
    }

    /** How often the clock was looked at since it was asked last. */
    private long looks() {
        return clock.getAndSet(0);
    }
}
