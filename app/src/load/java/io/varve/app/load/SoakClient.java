package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakModel.Change;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One client of a soak: does one operation after the other on names of its own, at any door, and knows what they must hold. One thread at a time.
 */
final class SoakClient {
    /** Between two operations, at most: clients are to outlast each other, not to fill the disk. */
    private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(40);

    private final int id;
    private final SoakServer server;
    private final SplittableRandom random;
    private final SoakTally tally;
    private final SoakModel model = new SoakModel();
    private final SoakConnections connections = new SoakConnections();
    private int life;

    SoakClient(int id, SoakServer server, SplittableRandom random, SoakTally tally) {
        this.id = id;
        this.server = server;
        this.random = random;
        this.tally = tally;
    }

    /** Something a client does. */
    @FunctionalInterface
    interface Operation {
        void run() throws IOException;
    }

    /** A request that changes something. */
    @FunctionalInterface
    interface Asking {
        Reply ask() throws IOException;
    }

    /** What may be refused, and leaves everything as it was then. */
    @FunctionalInterface
    interface Refusal {
        boolean allows(Reply reply);
    }

    /** The folder that all its names begin with, in any bucket. */
    String folder() {
        return "c" + id + "/";
    }

    SplittableRandom random() {
        return random;
    }

    SoakModel model() {
        return model;
    }

    SoakTally tally() {
        return tally;
    }

    SoakServer server() {
        return server;
    }

    SoakConnections connections() {
        return connections;
    }

    /** Either door for files. */
    Place anyDoor() {
        return random.nextBoolean() ? Place.DAV : Place.S3;
    }

    /** Uses the server's current life. */
    void turnToServer() {
        if (life != server.life()) {
            life = server.life();
            connections.turnTo(server.doors());
        }
    }

    /** Does an operation unless the server is down, and then waits for a moment. */
    void perform(String name, Operation operation) {
        server.gate().readLock().lock();
        try {
            if (server.isEnding()) {
                return;
            }
            turnToServer();
            run(name, operation);
        } finally {
            server.gate().readLock().unlock();
        }
        LockSupport.parkNanos(random.nextLong(PAUSE_NANOS_MAX));
    }

    private void run(String name, Operation operation) {
        try {
            operation.run();
            tally.count(name);
        } catch (SoakConnections.HungUpException e) {
            tally.count(name);
        } catch (IOException e) {
            requireEnding(name, e);
            tally.count("interrupted by an end");
        } catch (SoakFailure e) {
            throw new SoakFailure("client " + id + ", " + name + ": " + e.getMessage(), e);
        }
    }

    /** A connection may only break because the server is ended; that is known before it breaks. */
    void requireEnding(String name, IOException broken) {
        if (!server.isEnding()) {
            throw new SoakFailure(
                    "client " + id + ", " + name + ": no answer from a server that was not ended: " + broken, broken);
        }
    }

    /**
     * Changes files by one request.
     *
     * @param after what they are to become
     * @param refusal answers that say that nothing has happened
     * @return whether it was done
     */
    boolean change(Map<String, Optional<SeededContent>> after, Refusal refusal, Asking asking) throws IOException {
        Change change = model.begin(after);
        Reply reply;
        try {
            reply = asking.ask();
        } catch (IOException e) {
            if (connections.sentAll()) {
                model.unknown(change);
            }
            throw e;
        }
        if (reply.isSuccess()) {
            model.done(change);
            return true;
        }
        if (reply.status() == 503) {
            tally.count("answers 503");
            model.unknown(change);
        } else if (!refusal.allows(reply)) {
            throw new SoakFailure("answered " + reply.status() + " to a change of " + after + ": " + reply.text());
        } else {
            tally.count("refusals");
        }
        return false;
    }

    /** The same where nothing may be refused. */
    boolean change(Map<String, Optional<SeededContent>> after, Asking asking) throws IOException {
        return change(after, reply -> false, asking);
    }
}
