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
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.FileSystemUtils;

/**
 * Exercises what serves clients, while the rest of the server starts: requests to doors of its own over an empty store in the temporary
 * directory. The Java machine compiles what it has seen running, so without this the first thousand requests after a start
 * run several times slower and pay for the compiler. The server's doors open when it has ended, so that no client pays for it. Nothing of it
 * touches the store that is served, and a failure only costs the speed.
 */
final class WarmUp implements SmartLifecycle {
    /** Before anything that listens. */
    private static final int PHASE = 0;

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

    /** On a slow or busy machine the rest is left to the clients, who wait for the doors. */
    private static final Duration TIME_MAX = Duration.ofSeconds(5);

    private static final Duration WAIT_MAX = Duration.ofSeconds(15);

    private static final Duration STOP_MAX = Duration.ofSeconds(10);
    private static final EngineSettings.RootUser USER = new EngineSettings.RootUser("warm-up", "known-to-nobody-else");

    private final int rounds;
    private final HttpLimits limits;
    private final InstantSource clock;
    private final Path temporary;
    private volatile @Nullable Thread thread;
    private volatile boolean whole;
    private volatile boolean started;

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

    /** Starts it, beside the caller. */
    void begin() {
        if (rounds > 0) {
            // A process that is told to stop while it starts has nothing else yet that would stop this.
            Thread atExit = Thread.ofPlatform().name("varve-warm-up-stop").unstarted(this::stop);
            Runtime.getRuntime().addShutdownHook(atExit);
            thread = Thread.ofPlatform().daemon().name("varve-warm-up").start(() -> {
                run();
                forget(atExit);
            });
        }
    }

    private static void forget(Thread atExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending.
        }
    }

    /** Waits for the end, but not for long. */
    @Override
    public void start() {
        join(WAIT_MAX);
        started = true;
    }

    @Override
    public void stop() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
        join(STOP_MAX);
        started = false;
    }

    /** Waits for the end. */
    void join(Duration most) {
        Thread running = thread;
        if (running != null) {
            try {
                running.join(most);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether everything was exercised. */
    boolean isWhole() {
        return whole;
    }

    @Override
    public boolean isRunning() {
        return started;
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
                exercise(directory, start + TIME_MAX.toNanos());
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

    private void exercise(Path directory, long deadline) throws IOException {
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
                sendRounds(davClient, s3Client, deadline);
            }
        }
    }

    private void sendRounds(WarmUpClient dav, WarmUpClient s3, long deadline) throws IOException {
        Random random = new Random(1);
        byte[] large = words(random);
        byte[] none = new byte[0];
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
        ServletDoor door = new ServletDoor(
                servlet, mapping, "127.0.0.1", 0, limits::apply, Duration.ZERO, List.of(new DirectAnswers()));
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
                EngineSettings.Tiers.NONE,
                EngineSettings.DiskCache.NONE,
                Optional.empty(),
                EngineSettings.Encryption.NONE,
                Optional.empty());
    }
}
