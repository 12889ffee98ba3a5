package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakModel.Moment;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** What a client does with whole folders, and with what history has of them: each of these is visible whole or not at all. */
final class SoakFolders {
    /** A job is asked for so often. */
    private static final Duration POLL = Duration.ofMillis(30);

    private static final int CONFLICT = 409;

    private final SoakClient client;
    private final SoakModel model;
    private final SoakFiles files;

    SoakFolders(SoakClient client, SoakFiles files) {
        this.client = client;
        this.model = client.model();
        this.files = files;
    }

    private String anyFolder() {
        List<String> folders = files.folders();
        return folders.get(client.random().nextInt(folders.size()));
    }

    /** What a folder's names become: nothing, but for those that are given below another one. */
    private Map<String, Optional<SeededContent>> replaced(
            String folder, Map<String, SeededContent> source, String sourceFolder) {
        Map<String, Optional<SeededContent>> after = new TreeMap<>();
        model.below(folder).keySet().forEach(name -> after.put(name, Optional.empty()));
        source.forEach(
                (name, content) -> after.put(folder + name.substring(sourceFolder.length()), Optional.of(content)));
        return after;
    }

    /** Deletes a folder that holds something. */
    void delete() throws IOException {
        String folder = anyFolder();
        if (model.isFreeBelow(folder) && !model.below(folder).isEmpty()) {
            client.change(
                    replaced(folder, Map.of(), folder),
                    () -> client.connections().ask(new SoakRequest(Place.DAV, "DELETE", folder)));
        }
    }

    /** Copies a folder onto another one, which it replaces. */
    void copy() throws IOException {
        transfer("COPY");
    }

    /** Moves a folder onto another one, which it replaces. */
    void move() throws IOException {
        transfer("MOVE");
    }

    private void transfer(String method) throws IOException {
        String from = anyFolder();
        String to = anyFolder();
        Map<String, SeededContent> moved = model.below(from);
        if (from.equals(to) || moved.isEmpty() || !model.isFreeBelow(from) || !model.isFreeBelow(to)) {
            return;
        }
        Map<String, Optional<SeededContent>> after = replaced(to, moved, from);
        if (method.equals("MOVE")) {
            moved.keySet().forEach(name -> after.put(name, Optional.empty()));
        }
        client.change(after, () -> client.connections().ask(SoakFiles.transfer(method, from, to)));
    }

    private Optional<Moment> anyMoment() {
        // What a restore takes must not run out of history while it runs.
        List<Moment> moments = model.moments(Instant.now().minus(SoakReader.HISTORY_SURE.dividedBy(2)));
        return moments.isEmpty()
                ? Optional.empty()
                : Optional.of(moments.get(client.random().nextInt(moments.size())));
    }

    /** Brings back a file as it was. */
    void restoreFile() throws IOException {
        Optional<Moment> moment = anyMoment();
        Optional<String> name = files.freeName().filter(each -> each.startsWith(SoakFiles.PLAIN));
        if (moment.isEmpty() || name.isEmpty()) {
            return;
        }
        Optional<SeededContent> then = moment.get().file(name.get());
        if (then.isPresent()) {
            client.change(
                    Map.of(name.get(), then),
                    () -> client.connections().ask(restoring(name.get(), moment.get(), name.get())));
        }
    }

    private static SoakRequest restoring(String path, Moment moment, String target) {
        return new SoakRequest(Place.REST, "POST", "api/v1/restore")
                .header("Content-Type: application/json")
                .text("{\"path\": \"" + path + "\", \"at\": \"" + moment.at() + "\", \"to\": \"" + target + "\"}");
    }

    /** Brings back a folder as it was, in its own place or another's; a job that nobody else's may run beside. */
    void restore() throws IOException {
        Optional<Moment> moment = anyMoment();
        String from = anyFolder();
        String to = anyFolder();
        if (moment.isEmpty() || !model.isFreeBelow(to)) {
            return;
        }
        Map<String, SeededContent> then = new TreeMap<>(moment.get().files());
        then.keySet().removeIf(name -> !name.startsWith(from));
        if (!then.isEmpty()) {
            client.change(
                    replaced(to, then, from),
                    reply -> reply.status() == CONFLICT,
                    () -> ended(client.connections().ask(restoring(from, moment.get(), to))));
        }
    }

    /** The answer to a request that began a job, once the job has ended well. */
    private Reply ended(Reply begun) throws IOException {
        if (!begun.isSuccess()) {
            return begun;
        }
        String id = SoakFiles.between(begun.text(), "\"id\":", ",");
        while (true) {
            Reply reply = client.connections().ask(new SoakRequest(Place.REST, "GET", "api/v1/jobs/" + id));
            SoakReader.require(reply, 200);
            String state = SoakFiles.between(reply.text(), "\"state\":\"", "\"");
            if (state.equals("DONE")) {
                return begun;
            }
            if (!state.equals("RUNNING")) {
                if (client.server().isEnding()) {
                    throw new IOException("The server ended the job.");
                }
                throw new SoakFailure("A restore came to nothing: " + reply.text());
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /** Deletes a file and takes it out of the trash again. */
    void deleteAndBringBack() throws IOException {
        Optional<String> name = files.freeName().filter(each -> each.startsWith(SoakFiles.PLAIN));
        if (name.isEmpty() || model.file(name.get()).isEmpty()) {
            return;
        }
        Optional<SeededContent> content = model.file(name.get());
        boolean deleted = client.change(
                Map.of(name.get(), Optional.empty()),
                () -> client.connections().ask(new SoakRequest(client.anyDoor(), "DELETE", name.get())));
        if (deleted) {
            // The last file of a folder that nobody made by name takes it along.
            files.makeFolder(name.get());
            client.change(
                    Map.of(name.get(), content),
                    () -> client.connections().ask(SoakFiles.transfer("MOVE", ".trash/" + name.get(), name.get())));
        }
    }
}
