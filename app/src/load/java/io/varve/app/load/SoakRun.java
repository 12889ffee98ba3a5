package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A soak from its first start to its last check. First the server's lives are short: killed, stopped, its files checked or partly deleted in between.
 * Then one life is long, so that what grows without end shows.
 */
final class SoakRun {
    private static final Duration LIFE_MIN = Duration.ofSeconds(2);
    private static final Duration LIFE_USUAL = Duration.ofSeconds(20);
    private static final Duration VERIFIED_EVERY = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration ANSWER_MAX = Duration.ofMinutes(3);
    private static final long LIMIT_BYTES_FOR_EACH = 2 << 20;

    /** What a server that has settled may take for what lives: a twentieth of a segment may be dead, and what was last written is of any kind. */
    private static final double SETTLED_SHARE_MAX = 1.25;

    private static final double SETTLED_MORE_MB = 32;

    private final SoakServer server;
    private final SoakSampler sampler;
    private final BoundedCommands commands;
    private final Path launcher;
    private final SplittableRandom random;
    private final SoakTally tally;
    private final PrintStream out;
    private final List<SoakWork> works = new ArrayList<>();
    private final SoakKeeper keeper;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    /** @param launcher the script that runs commands of Varve */
    SoakRun(
            SoakServer server,
            BoundedCommands commands,
            Path launcher,
            int clients,
            SplittableRandom random,
            SoakTally tally,
            PrintStream out) {
        this.server = server;
        this.commands = commands;
        this.launcher = launcher;
        this.random = random;
        this.tally = tally;
        this.out = out;
        sampler = new SoakSampler(server, commands);
        keeper = new SoakKeeper(server, random.split(), tally);
        for (int id = 0; id < clients; id++) {
            works.add(new SoakWork(new SoakClient(id, server, random.split(), tally)));
        }
    }

    SoakSampler sampler() {
        return sampler;
    }

    /**
     * Does all of it.
     *
     * @param calm how much of the time, at its end, the server is left alive
     * @param sampled the time from one look at the server to the next
     * @throws SoakFailure if the store did anything that it must not
     */
    void run(Duration time, Duration calm, Duration sampled) throws IOException {
        long begin = System.nanoTime();
        server.start();
        makeBuckets();
        for (SoakWork work : works) {
            begin("client-" + work.client().folder(), () -> work.run(() -> !over));
        }
        begin("keeper", () -> keeper.run(() -> !over));
        try {
            long stormy = begin + time.minus(calm).toNanos();
            long next = begin;
            while (stormy - System.nanoTime() > 0) {
                next = sampleIfDue(next, sampled, false);
                await(Math.min(System.nanoTime() + lifeNanos(), stormy));
                endAndBegin();
            }
            long end = begin + time.toNanos();
            next = System.nanoTime();
            while (end - System.nanoTime() > 0) {
                next = sampleIfDue(next, sampled, true);
                await(Math.min(System.nanoTime() + Math.min(VERIFIED_EVERY.toNanos(), sampled.toNanos()), end));
                alone(() -> verify(false));
            }
            alone(() -> sampler.sample(true));
        } finally {
            over = true;
            join();
        }
        finish();
    }

    /** Most lives are short, some last. */
    private long lifeNanos() {
        return LIFE_MIN.toNanos() + (long) (-Math.log(1 - random.nextDouble()) * LIFE_USUAL.toNanos());
    }

    private void begin(String name, Runnable work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | Error e) {
                        failure.compareAndSet(null, e);
                    }
                },
                name);
        threads.add(thread);
        thread.start();
    }

    private void join() throws IOException {
        for (Thread thread : threads) {
            try {
                thread.join(ANSWER_MAX);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while clients ended.", e);
            }
        }
        rethrow();
    }

    private void rethrow() {
        Throwable seen = failure.get();
        if (seen != null) {
            throw new SoakFailure(String.valueOf(seen.getMessage()), seen);
        }
    }

    /** Waits until a moment as long as all is well. */
    private void await(long until) throws IOException {
        while (until - System.nanoTime() > 0) {
            rethrow();
            if (!server.process().isAlive()) {
                throw new SoakFailure(
                        "The server ended by itself:\n" + server.process().lastWords());
            }
            for (SoakWork work : works) {
                SoakConnections.Busy busy = work.client().connections().busy();
                if (busy != null && System.nanoTime() - busy.since() > ANSWER_MAX.toNanos()) {
                    throw new SoakFailure("No answer within " + ANSWER_MAX + " to " + busy.request() + "\n" + stacks());
                }
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private String stacks() throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        String pid = Long.toString(server.process().pid());
        commands.run(server.directory(), Map.of(), List.of(jcmd.toString(), pid, "Thread.print"));
        return commands.printed();
    }

    private long sampleIfDue(long due, Duration every, boolean calm) throws IOException {
        if (System.nanoTime() - due < 0) {
            return due;
        }
        alone(() -> {
            SoakResult.Sample sample = sampler.sample(calm);
            out.printf(
                    Locale.ROOT,
                    "%.0f s: life %d, %d reads of %.0f MB compared, %d unanswered changes judged; %s%n",
                    sample.second(),
                    server.life(),
                    tally.of("reads compared"),
                    tally.of("bytes compared") / 1e6,
                    tally.of("unanswered changes judged"),
                    sample.figures());
        });
        return System.nanoTime() + every.toNanos();
    }

    /** Does something while no client asks. */
    private void alone(SoakClient.Operation operation) throws IOException {
        server.gate().writeLock().lock();
        try {
            rethrow();
            operation.run();
        } finally {
            server.gate().writeLock().unlock();
        }
    }

    // ---- lives

    private void endAndBegin() throws IOException {
        boolean kill = random.nextInt(4) > 0;
        boolean lose = kill && random.nextInt(3) == 0 && server.isMirrorFresh();
        if (kill) {
            server.kill();
        } else {
            server.stop();
        }
        alone(() -> {
            if (lose) {
                server.loseDisks();
            }
            betweenLives();
            server.start();
            verify(true);
        });
    }

    private void betweenLives() throws IOException {
        while (random.nextInt(4) == 0) {
            server.startAndKill();
        }
        if (random.nextInt(6) == 0) {
            TestBed.remove(server.data().resolve("meta"));
            tally.count("metadata deleted");
        }
        if (random.nextInt(6) == 0) {
            TestBed.remove(server.data().resolve("cache"));
            tally.count("disk cache deleted");
        }
        if (random.nextInt(5) == 0) {
            fsck();
        }
    }

    private void fsck() throws IOException {
        varve("fsck");
        tally.count("fsck, clean");
    }

    /** Runs a command over the data directory; it must succeed. */
    private void varve(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(words));
        try {
            commands.run(
                    server.directory(),
                    Map.of("VARVE_DATA_DIR", server.data().toString(), "JAVA_HOME", System.getProperty("java.home")),
                    command);
        } catch (IOException e) {
            throw new SoakFailure(String.valueOf(e.getMessage()), e);
        }
    }

    /** All clients read all that is theirs, and the buckets' own counts must agree with theirs. The caller is alone. */
    private void verify(boolean newLife) throws IOException {
        for (SoakWork work : works) {
            try {
                work.verify(newLife);
            } catch (IOException e) {
                throw new SoakFailure("No answer from a server that nobody ends: " + e, e);
            }
        }
        if (newLife) {
            requireCounts(SoakFiles.PLAIN);
            requireCounts(SoakFiles.LIMITED);
        }
        tally.count("verifications");
    }

    private void requireCounts(String bucket) throws IOException {
        long files = 0;
        long bytes = 0;
        for (SoakWork work : works) {
            String folder = bucket + "/" + work.client().folder();
            files += work.client().model().below(folder).size();
            bytes += work.client().model().bytesBelow(folder);
        }
        Reply reply = ask(new SoakRequest(Place.REST, "GET", "api/v1/buckets/" + bucket));
        if (!reply.text().contains("\"files\":" + files + ",\"bytes\":" + bytes + ",")) {
            throw new SoakFailure(
                    "WRONG: " + bucket + " should hold " + files + " files of " + bytes + " bytes: " + reply.text());
        }
        if (bucket.equals(SoakFiles.LIMITED) && bytes > LIMIT_BYTES_FOR_EACH * works.size()) {
            throw new SoakFailure("WRONG: " + bucket + " holds more than its quota: " + reply.text());
        }
    }

    private Reply ask(SoakRequest request) throws IOException {
        try (SoakConnections connections = new SoakConnections()) {
            connections.turnTo(server.doors());
            Reply reply = connections.ask(request);
            if (!reply.isSuccess()) {
                throw new SoakFailure(request + " was answered with status " + reply.status() + ": " + reply.text());
            }
            return reply;
        }
    }

    // ---- beginning and end

    private void makeBuckets() throws IOException {
        for (String bucket : List.of(SoakFiles.PLAIN, SoakFiles.LIMITED, SoakVersions.BUCKET)) {
            ask(new SoakRequest(Place.DAV, "MKCOL", bucket));
        }
        change(SoakFiles.LIMITED, "\"quotaBytes\": " + LIMIT_BYTES_FOR_EACH * works.size());
        change(SoakVersions.BUCKET, "\"versioning\": \"enabled\"");
    }

    private void change(String bucket, String what) throws IOException {
        ask(new SoakRequest(Place.REST, "PATCH", "api/v1/buckets/" + bucket)
                .header("Content-Type: application/json")
                .text("{" + what + "}"));
    }

    /** With nobody at work and no history, what segments take must be what lives in them, as good as. */
    private void requireSpaceBack() throws IOException {
        works.forEach(work -> work.client().model().forgetMoments());
        ask(new SoakRequest(Place.REST, "POST", "api/v1/settle").query("expire-now=true"));
        Map<String, Double> figures = sampler.sample(false).figures();
        double live = figures.getOrDefault("live chunks, MB", 0.0);
        double segments = figures.getOrDefault("segments, MB", 0.0);
        out.printf(Locale.ROOT, "Settled: %.0f MB live in segments of %.0f MB.%n", live, segments);
        if (segments > live * SETTLED_SHARE_MAX + SETTLED_MORE_MB) {
            throw new SoakFailure("Space did not come back: " + figures);
        }
    }

    /** A last orderly stop, everything checked; the last backup, if there is one, restored and checked. */
    private void finish() throws IOException {
        requireSpaceBack();
        server.stop();
        fsck();
        Path restored = server.directory().resolve("restored");
        if (tally.of("job backup") > 0) {
            varve("backup", "restore", keeper.backups().toString(), restored.toString());
            tally.count("backups restored");
        }
        server.start();
        verify(true);
        server.stop();
        try (Stream<String> lines = Files.lines(server.directory().resolve("log"))) {
            Optional<String> error =
                    lines.filter(line -> line.contains(" ERROR ")).findFirst();
            if (error.isPresent()) {
                throw new SoakFailure("The server logged an error: " + error.get());
            }
        }
    }
}
