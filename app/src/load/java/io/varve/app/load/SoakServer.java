package io.varve.app.load;

import io.varve.app.load.SoakRequest.Place;
import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The lives of one server over one data directory. Clients work under the {@linkplain #gate gate's} read lock; whoever holds the write lock is alone
 * with the server. Lives are ended and begun by one thread; the rest is thread-safe.
 */
final class SoakServer {
    /** Until this a start that is to be killed may get. */
    private static final Duration START_KILLED_WITHIN = Duration.ofSeconds(4);

    /** Limits so small that everything that a store does happens within minutes. */
    private static final List<String> SETTINGS = List.of(
            "store.history: 90s",
            "s3.uploads-kept: 60s",
            "background.interval: 2s",
            "background.reencode-after: 5s",
            "checkpoint.interval: 20s",
            "scrub.interval: 60s",
            "tiers.idle-after: 20s",
            "tiers.interval: 5s",
            "tiers.warm.max: 24MiB",
            "encryption.at-rest: true",
            "http.stop-grace: 5s",
            "warm-up: false");

    /** Settings that are changed while the server runs, each to one of these. */
    private static final Map<String, List<String>> CHANGING = Map.of(
            "cache.policy", List.of("s3-fifo", "lru", "lfu", "fifo"),
            "cache.size", List.of("16MiB", "32MiB", "64MiB"),
            "tiers.hot.max", List.of("8MiB", "24MiB", "64MiB"),
            "tiers.step", List.of("7", "100"),
            "background.compact-below", List.of("60", "90"),
            "background.rate", List.of("24MiB", "256MiB"),
            "scrub.rate", List.of("24MiB", "256MiB"));

    private final TestBed bed;
    private final VarveLauncher launcher;
    private final Path directory;
    private final SplittableRandom random;
    private final SoakTally tally;
    private final ReadWriteLock gate = new ReentrantReadWriteLock(true);
    private volatile @Nullable RunningServer running;
    private volatile Map<Place, Door> doors = Map.of();
    private volatile boolean ending;
    private final AtomicInteger life = new AtomicInteger();
    private double longestStartSeconds;

    /** @param directory an empty one, for everything that is written */
    SoakServer(TestBed bed, VarveLauncher launcher, Path directory, SplittableRandom random, SoakTally tally)
            throws IOException {
        this.bed = bed;
        this.launcher = launcher;
        this.directory = directory;
        this.random = random;
        this.tally = tally;
        for (String each : List.of("mirror", "warm", "cold", "checkpoints")) {
            Files.createDirectory(directory.resolve(each));
        }
        writeSettings();
    }

    /** Writes the server's settings with other values for some; it reads them when it starts, or is told to. */
    synchronized void writeSettings() throws IOException {
        List<String> lines = new ArrayList<>(SETTINGS);
        lines.add("mirror.dir: " + directory.resolve("mirror"));
        lines.add("tiers.warm.dir: " + directory.resolve("warm"));
        lines.add("tiers.cold.dir: " + directory.resolve("cold"));
        lines.add("checkpoint.copy-dir: " + directory.resolve("checkpoints"));
        new TreeMap<>(CHANGING)
                .forEach((key, values) -> lines.add(key + ": " + values.get(random.nextInt(values.size()))));
        Path aside = directory.resolve("varve.yml.new");
        Files.write(aside, lines.stream().map(line -> "varve." + line).toList());
        Files.move(
                aside,
                directory.resolve("varve.yml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    ReadWriteLock gate() {
        return gate;
    }

    Path directory() {
        return directory;
    }

    Path data() {
        return directory.resolve("data");
    }

    /** Where it answers in this life. */
    Map<Place, Door> doors() {
        return doors;
    }

    /** The number of this life. */
    int life() {
        return life.get();
    }

    /** Whether it is being ended, so that what is not answered is nobody's fault. */
    boolean isEnding() {
        return ending;
    }

    /** The process that runs, or ran last. */
    RunningServer process() {
        RunningServer process = running;
        if (process == null) {
            throw new IllegalStateException("There was no server yet.");
        }
        return process;
    }

    /** The longest that a start took until the server answered, in seconds. */
    double longestStartSeconds() {
        return longestStartSeconds;
    }

    /** Starts it. */
    void start() throws IOException {
        long begin = System.nanoTime();
        RunningServer started = bed.start(ignored -> launcher.start(directory));
        longestStartSeconds = Math.max(longestStartSeconds, (System.nanoTime() - begin) / 1e9);
        ServerAddress address =
                ServerAddress.read(data()).orElseThrow(() -> new IOException("The server has no address."));
        Authorization token = (method, host, path) -> "Authorization: Bearer " + address.token() + "\r\n";
        running = started;
        doors = Map.of(
                Place.DAV, started.dav(),
                Place.S3, started.s3(),
                Place.REST, new Door(started.dav().address(), "/", token));
        life.incrementAndGet();
        ending = false;
    }

    /** Whether the mirror has all that was answered, and goes on to. */
    boolean isMirrorFresh() throws IOException {
        try (SoakConnections connections = new SoakConnections()) {
            connections.turnTo(doors);
            return connections
                    .ask(new SoakRequest(Place.REST, "GET", SoakSampler.METRICS))
                    .text()
                    .contains("\nvarve_mirror_state 1.0\n");
        }
    }

    /** All disks but the mirror's are lost, and replaced by empty ones: the mirror is the data directory from now on. The server does not run. */
    void loseDisks() throws IOException {
        for (String lost : List.of("data", "warm", "cold", "checkpoints")) {
            TestBed.remove(directory.resolve(lost));
        }
        Files.move(directory.resolve("mirror"), data());
        for (String each : List.of("mirror", "warm", "cold", "checkpoints")) {
            Files.createDirectory(directory.resolve(each));
        }
        tally.count("disks lost, mirror taken");
    }

    /** Begins a start and kills it somewhere in the middle. */
    void startAndKill() throws IOException {
        Process process = launcher.launch(directory);
        LockSupport.parkNanos(random.nextLong(START_KILLED_WITHIN.toNanos()));
        process.destroyForcibly().onExit().join();
        tally.count("kills during a start");
    }

    void kill() {
        ending = true;
        process().kill();
        tally.count("kills");
    }

    /** Asks it to stop, and waits. */
    void stop() {
        ending = true;
        process().close();
        tally.count("orderly stops");
    }
}
