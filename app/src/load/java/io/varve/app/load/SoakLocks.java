package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/** A client that locks its files: nobody else may write them then, over any door, until it unlocks them, whatever becomes of the server. */
final class SoakLocks {
    private static final Duration HELD = Duration.ofMinutes(2);
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);
    private static final int LOCKED = 423;
    private static final int CONFLICT = 409;

    private final SoakClient client;
    private final SoakModel model;
    private final SoakFiles files;

    /** Locks that were given, by the names that they are of. */
    private final Map<String, Lock> held = new HashMap<>();

    /** A lock, and from when on nobody may rely on it. */
    private record Lock(String token, Instant until) {}

    SoakLocks(SoakClient client, SoakFiles files) {
        this.client = client;
        this.model = client.model();
        this.files = files;
    }

    /** Locks a file, is refused without the token, writes with it, and unlocks now or later. */
    void lock() throws IOException {
        Optional<String> free = files.freeName().filter(each -> each.startsWith(SoakFiles.PLAIN));
        if (free.isEmpty() || model.file(free.get()).isEmpty()) {
            return;
        }
        String name = free.get();
        Instant now = Instant.now();
        // Also if no answer comes there may be a lock from now on.
        model.hold(name, now.plus(HELD).plus(ENDS_WITHIN));
        Reply reply = client.connections()
                .ask(new SoakRequest(Place.DAV, "LOCK", name)
                        .header("Depth: 0")
                        .header("Timeout: Second-" + HELD.toSeconds())
                        .header("Content-Type: application/xml")
                        .text("<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>"
                                + "<D:locktype><D:write/></D:locktype></D:lockinfo>"));
        SoakReader.require(reply, 200);
        String token = reply.answer().header("Lock-Token");
        held.put(name, new Lock(token, now.plus(HELD).minus(ENDS_WITHIN)));
        requireRefused(name);
        SeededContent content = files.contentFor(name);
        client.change(
                Map.of(name, Optional.of(content)),
                () -> client.connections()
                        .ask(new SoakRequest(Place.DAV, "PUT", name)
                                .header("If: (" + token + ")")
                                .body(content)));
        if (client.random().nextBoolean()) {
            unlock();
        }
    }

    /** Looks whether locks still hold, and gives them back. */
    void unlock() throws IOException {
        for (Iterator<Map.Entry<String, Lock>> each = held.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Lock> entry = each.next();
            String name = entry.getKey();
            if (Instant.now().isBefore(entry.getValue().until())) {
                requireRefused(name);
                Reply reply = client.connections()
                        .ask(new SoakRequest(Place.DAV, "UNLOCK", name)
                                .header("Lock-Token: " + entry.getValue().token()));
                SoakReader.require(reply, 204);
                model.release(name);
                client.tally().count("locks given back");
            }
            each.remove();
        }
    }

    private void requireRefused(String name) throws IOException {
        Place door = client.anyDoor();
        Reply reply = client.connections().ask(new SoakRequest(door, "PUT", name).text("nobody may write this"));
        SoakReader.require(reply, door == Place.DAV ? LOCKED : CONFLICT);
        client.tally().count("writes refused by a lock");
    }
}
