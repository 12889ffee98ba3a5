package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Does what an operator does, beside the clients: jobs of maintenance, new keys, backups, other settings. A job that fails in a server that nobody
 * ends is a failure of the soak. One thread.
 */
final class SoakKeeper {
    private static final Duration PAUSE_MAX = Duration.ofSeconds(4);

    /** A job that takes longer hangs. */
    private static final Duration JOB_MAX = Duration.ofMinutes(15);

    private static final String BACKUP = "backup";

    private static final List<String> JOBS =
            List.of("gc", "compact", "settle", "scrub", "tiers", "mirror", "rotate-keys", BACKUP);

    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final SoakServer server;
    private final SplittableRandom random;
    private final SoakTally tally;
    private final SoakConnections connections = new SoakConnections();
    private final Map<String, Running> running = new HashMap<>();
    private int life;

    /** A job, and when it began. */
    private record Running(String kind, long begun) {}

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
                running.clear();
            }
            lookAtJobs();
            int kind = random.nextInt(JOBS.size() + 2);
            if (kind < JOBS.size()) {
                begin(JOBS.get(kind));
            } else {
                reload();
            }
        } catch (IOException e) {
            if (!server.isEnding() && server.life() == current) {
                throw new SoakFailure("keeper: no answer from a server that was not ended: " + e, e);
            }
        } catch (SoakFailure e) {
            // A server that is stopping takes no jobs.
            if (!server.isEnding() && server.life() == current) {
                throw e;
            }
        }
    }

    private void reload() throws IOException {
        server.writeSettings();
        Reply reply = connections.ask(new SoakRequest(Place.REST, "POST", "api/v1/config/reload"));
        SoakReader.require(reply, 200);
        tally.count("settings reloaded");
    }

    /** Starts a job; what it came to is looked at later, so that jobs of several kinds run at a time. */
    private void begin(String kind) throws IOException {
        String target = kind.equals(BACKUP) ? ", \"target\": \"" + backups() + "\"" : "";
        Reply begun = connections.ask(new SoakRequest(Place.REST, "POST", "api/v1/jobs")
                .header("Content-Type: application/json")
                .text("{\"kind\": \"" + kind + "\"" + target + "}"));
        if (begun.status() == CONFLICT) {
            return;
        }
        SoakReader.require(begun, 202);
        running.put(SoakFiles.between(begun.text(), "\"id\":", ","), new Running(kind, System.nanoTime()));
    }

    private void lookAtJobs() throws IOException {
        for (Iterator<Map.Entry<String, Running>> each = running.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Running> job = each.next();
            Reply reply = connections.ask(new SoakRequest(Place.REST, "GET", "api/v1/jobs/" + job.getKey()));
            if (reply.status() == NOT_FOUND) {
                // So many have ended since that the server forgot it.
                each.remove();
                continue;
            }
            SoakReader.require(reply, 200);
            String state = SoakFiles.between(reply.text(), "\"state\":\"", "\"");
            boolean late = System.nanoTime() - job.getValue().begun() > JOB_MAX.toNanos();
            if ((state.equals("FAILED") || late) && !server.isEnding()) {
                throw new SoakFailure("keeper: a job " + (late ? "does not end: " : "failed: ") + reply.text());
            }
            if (!state.equals("RUNNING")) {
                each.remove();
                tally.count("job " + job.getValue().kind());
            }
        }
    }
}
