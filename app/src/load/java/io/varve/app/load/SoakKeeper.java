package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Does what an operator does, beside the clients: jobs of maintenance, new keys, backups, other settings. A job that fails in a server that nobody
 * ends is a failure of the soak. One thread.
 */
final class SoakKeeper {
    private static final Duration PAUSE_MAX = Duration.ofSeconds(6);
    private static final Duration POLL = Duration.ofMillis(200);

    /** A job that takes longer hangs. */
    private static final Duration JOB_MAX = Duration.ofMinutes(15);

    private static final List<String> JOBS =
            List.of("gc", "compact", "settle", "scrub", "tiers", "mirror", "rotate-keys", "backup");

    private static final int CONFLICT = 409;

    private final SoakServer server;
    private final SplittableRandom random;
    private final SoakTally tally;
    private final SoakConnections connections = new SoakConnections();
    private int life;

    SoakKeeper(SoakServer server, SplittableRandom random, SoakTally tally) {
        this.server = server;
        this.random = random;
        this.tally = tally;
    }

    /** Where backups go. */
    Path backups() {
        return server.directory().resolve("backup");
    }

    /** Does one thing after the other. */
    void run(BooleanSupplier wanted) {
        while (wanted.getAsBoolean()) {
            if (!server.isEnding()) {
                act();
            }
            LockSupport.parkNanos(random.nextLong(PAUSE_MAX.toNanos()));
        }
        connections.close();
    }

    private void act() {
        int current = server.life();
        try {
            if (life != current) {
                life = current;
                connections.turnTo(server.doors());
            }
            int kind = random.nextInt(JOBS.size() + 2);
            if (kind < JOBS.size()) {
                job(JOBS.get(kind));
            } else {
                reload();
            }
        } catch (IOException e) {
            if (!server.isEnding() && server.life() == current) {
                throw new SoakFailure("keeper: no answer from a server that was not ended: " + e, e);
            }
        }
    }

    private void reload() throws IOException {
        server.writeSettings();
        Reply reply = connections.ask(new SoakRequest(Place.REST, "POST", "api/v1/config/reload"));
        SoakReader.require(reply, 200);
        tally.count("settings reloaded");
    }

    private void job(String kind) throws IOException {
        String target = kind.equals("backup") ? ", \"target\": \"" + backups() + "\"" : "";
        Reply begun = connections.ask(new SoakRequest(Place.REST, "POST", "api/v1/jobs")
                .header("Content-Type: application/json")
                .text("{\"kind\": \"" + kind + "\"" + target + "}"));
        if (begun.status() == CONFLICT) {
            return;
        }
        SoakReader.require(begun, 202);
        String id = SoakFiles.between(begun.text(), "\"id\":", ",");
        long deadline = System.nanoTime() + JOB_MAX.toNanos();
        String state = "RUNNING";
        while (state.equals("RUNNING")) {
            LockSupport.parkNanos(POLL.toNanos());
            Reply reply = connections.ask(new SoakRequest(Place.REST, "GET", "api/v1/jobs/" + id));
            SoakReader.require(reply, 200);
            state = SoakFiles.between(reply.text(), "\"state\":\"", "\"");
            boolean late = System.nanoTime() - deadline > 0;
            if ((state.equals("FAILED") || late) && !server.isEnding()) {
                throw new SoakFailure("keeper: a job " + (late ? "does not end: " : "failed: ") + reply.text());
            }
        }
        tally.count("job " + kind);
    }
}
