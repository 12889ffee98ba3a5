package io.varve.app.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.s3.S3Servlet;
import io.varve.s3.S3Settings;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.webdav.DavServlet;
import io.varve.webdav.DavSettings;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.FileSystemUtils;

/**
 * Exercises what serves clients, after the doors have opened: requests to doors of its own over an empty store in the temporary
 * directory. The Java machine compiles what it has seen running, so without this the first thousand requests after a start
 * run several times slower and pay for the compiler. Nothing of it touches the store that is served, and a failure only costs the speed.
 */
final class WarmUp implements SmartLifecycle {
    /** Started after both doors, and ended before they close. */
    private static final int PHASE = Integer.MAX_VALUE - 50;

    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    /**
     * A method is compiled after 200 calls, and eight requests a round make enough. Eight times as many rounds took three times
     * the processor time and made the requests after them no faster.
     */
    static final int ROUNDS = 32;

    /** Large content comes in some rounds only: its loops are compiled after a few. */
    private static final int ROUNDS_PER_LARGE = 4;

    private static final int NAMES = 8;

    private static final int SMALL_BYTES = 4 << 10;
    private static final int LARGE_BYTES = 2 << 20;
    private static final int EDIT_BYTES = 40 << 10;

    /** On a slow or busy machine the rest is left to the clients. */
    private static final Duration TIME_MAX = Duration.ofSeconds(20);

    private static final Duration STOP_MAX = Duration.ofSeconds(10);
    private static final EngineSettings.RootUser USER = new EngineSettings.RootUser("warm-up", "known-to-nobody-else");

    private final int rounds;
    private final HttpLimits limits;
    private final InstantSource clock;
    private final Path temporary;
    private volatile @Nullable Thread thread;
    private volatile boolean whole;

    /**
     * @param rounds how often each kind of request is sent; 0 for not at all
     * @param temporary where the store is made that is thrown away
     */
    WarmUp(int rounds, HttpLimits limits, InstantSource clock, Path temporary) {
        this.rounds = rounds;
        this.limits = limits;
        this.clock = clock;
        this.temporary = temporary;
    }

    @Override
    public void start() {
        if (rounds > 0) {
            thread = Thread.ofPlatform().daemon().name("varve-warm-up").start(this::run);
        }
    }

    /**
     * Waits for the end.
     *
     * @return whether everything was exercised
     */
    boolean await() throws InterruptedException {
        Thread running = thread;
        if (running != null) {
            running.join();
        }
        return whole;
    }

    @Override
    public void stop() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join(STOP_MAX);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    private void run() {
        try {
            Path directory = Files.createTempDirectory(temporary, "varve-warm-up-");
            try {
                long start = System.nanoTime();
                exercise(directory);
                whole = true;
                LOG.info(
                        "Warmed up in {} ms.",
                        Duration.ofNanos(System.nanoTime() - start).toMillis());
            } finally {
                FileSystemUtils.deleteRecursively(directory);
            }
        } catch (IOException | RuntimeException e) {
            if (!Thread.currentThread().isInterrupted()) {
                LOG.info("The first requests will be slower: the warm-up failed ({}).", e.toString());
            }
        }
    }

    private void exercise(Path directory) throws IOException {
        MeterRegistry meters = new SimpleMeterRegistry();
        try (StorageEngine engine = StorageEngine.open(scratch(directory), clock, meters)) {
            HttpServlet dav = new DavServlet(
                    engine.namespace(),
                    engine.access(),
                    () -> ServerConfiguration.freeBytes(engine),
                    meters,
                    clock,
                    DavSettings.DEFAULT);
            HttpServlet s3 = new S3Servlet(engine.namespace(), engine.access(), meters, clock, S3Settings.DEFAULT);
            try (ServletDoor davDoor = door(dav, "/dav/*");
                    ServletDoor s3Door = door(s3, "/");
                    WarmUpClient davClient = new WarmUpClient(davDoor.port(), USER, clock);
                    WarmUpClient s3Client = new WarmUpClient(s3Door.port(), USER, clock)) {
                sendRounds(davClient, s3Client);
            }
        }
    }

    private void sendRounds(WarmUpClient dav, WarmUpClient s3) throws IOException {
        Random random = new Random(1);
        byte[] large = words(random);
        byte[] none = new byte[0];
        long deadline = System.nanoTime() + TIME_MAX.toNanos();
        dav.send("MKCOL", "/dav/warm-up/", none);
        for (int round = 0; round < rounds && System.nanoTime() < deadline; round++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("The server stops.");
            }
            byte[] small = new byte[SMALL_BYTES];
            random.nextBytes(small);
            String name = "small-" + round % NAMES;
            dav.send("PUT", "/dav/warm-up/" + name, small);
            dav.send("GET", "/dav/warm-up/" + name, none);
            dav.send("PROPFIND", "/dav/warm-up/", none);
            s3.send("PUT", "/warm-up/" + name, small);
            s3.send("HEAD", "/warm-up/" + name, none);
            s3.send("GET", "/warm-up/" + name, none);
            s3.send("GET", "/warm-up?list-type=2", none);
            if (round % ROUNDS_PER_LARGE == 0) {
                byte[] edit = words(random);
                System.arraycopy(edit, 0, large, random.nextInt(large.length - EDIT_BYTES), EDIT_BYTES);
                dav.send("PUT", "/dav/warm-up/large", large);
                dav.send("GET", "/dav/warm-up/large", none);
                s3.send("PUT", "/warm-up/large", edit);
                s3.send("GET", "/warm-up/large", none);
            }
        }
    }

    /** Something to compress, as most content is. */
    private static byte[] words(Random random) {
        StringBuilder text = new StringBuilder(LARGE_BYTES);
        while (text.length() < LARGE_BYTES) {
            text.append(Integer.toString(random.nextInt(1 << 20), Character.MAX_RADIX))
                    .append(' ');
        }
        text.setLength(LARGE_BYTES);
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private ServletDoor door(HttpServlet servlet, String mapping) {
        ServletDoor door = new ServletDoor(servlet, mapping, "127.0.0.1", 0, limits, Duration.ZERO);
        door.start();
        return door;
    }

    private static EngineSettings scratch(Path directory) {
        return new EngineSettings(
                directory,
                ChunkingParameters.DEFAULT,
                Optional.of(USER),
                RetentionPolicy.of(Duration.ofDays(1)),
                0,
                new EngineSettings.Memory(24L << 20, 8 << 20, 16L << 20, 8L << 20),
                EngineSettings.Background.DEFAULT,
                EngineSettings.Safety.DEFAULT,
                EngineSettings.Tiers.NONE);
    }
}
