package io.varve.app.load;

import io.varve.app.load.SoakClient.Operation;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The mix of operations that a client of a soak does. One thread at a time. */
final class SoakWork {
    /** Nobody who hung up is still being served then. */
    private static final Duration HUNG_UP_SETTLED = Duration.ofSeconds(90);

    /** Of so many operations one is followed by remembering the moment. */
    private static final int MOMENT_EVERY = 8;

    private final SoakClient client;
    private final SoakFiles files;
    private final SoakLocks locks;
    private final SoakVersions versions;
    private final SoakReader reader;
    private final List<Choice> choices = new ArrayList<>();

    /** An operation, once for each unit of its weight. */
    private record Choice(String name, Operation operation) {}

    SoakWork(SoakClient client) {
        this.client = client;
        files = new SoakFiles(client);
        locks = new SoakLocks(client, files);
        versions = new SoakVersions(client, files);
        reader = new SoakReader(client);
        SoakFolders folders = new SoakFolders(client, files);
        add(16, "put", files::put);
        add(6, "put of a part", files::putPart);
        add(3, "put if absent", files::putIfAbsent);
        add(1, "put, slow", files::putSlowly);
        add(3, "put, hung up", files::putAndHangUp);
        add(2, "multipart upload", files::putInParts);
        add(6, "delete", files::delete);
        add(4, "copy", files::copy);
        add(4, "move", files::move);
        add(1, "folder deleted", folders::delete);
        add(1, "folder copied", folders::copy);
        add(1, "folder moved", folders::move);
        add(2, "folder restored", folders::restore);
        add(3, "file restored", folders::restoreFile);
        add(2, "out of the trash", folders::deleteAndBringBack);
        add(2, "lock", locks::lock);
        add(2, "unlock", locks::unlock);
        add(12, "versioned bucket", versions::step);
        add(18, "get", () -> reader.read(files.anyName()));
        add(10, "get of a range", () -> reader.readRange(files.anyName()));
        add(1, "get, slow", () -> reader.readSlowly(files.anyName()));
        add(3, "get, hung up", () -> reader.readAndHangUp(files.anyName()));
        add(8, "get of the past", () -> reader.readPast(files.names()));
        add(2, "list", () -> reader.list(SoakFiles.PLAIN));
        add(1, "list", () -> reader.list(SoakFiles.LIMITED));
        add(2, "propfind", () -> reader.listFolder(files.folders().getFirst()));
    }

    private void add(int weight, String name, Operation operation) {
        for (int i = 0; i < weight; i++) {
            choices.add(new Choice(name, operation));
        }
    }

    SoakClient client() {
        return client;
    }

    /** Does one operation after the other. */
    void run(BooleanSupplier wanted) {
        while (wanted.getAsBoolean()) {
            Choice choice = choices.get(client.random().nextInt(choices.size()));
            client.perform(choice.name(), choice.operation());
            if (client.random().nextInt(MOMENT_EVERY) == 0) {
                client.model().remember(Instant.now());
            }
        }
    }

    /**
     * Reads everything that this client has stored, and looks what became of what was not answered. The caller is alone with the server.
     *
     * @param newLife whether the server was started anew since
     */
    void verify(boolean newLife) throws IOException {
        client.turnToServer();
        reader.judge(newLife ? Instant.MAX : Instant.now().minus(HUNG_UP_SETTLED));
        for (String name : files.names()) {
            reader.read(name);
        }
        reader.list(SoakFiles.PLAIN);
        reader.list(SoakFiles.LIMITED);
        for (String folder : files.folders()) {
            reader.listFolder(folder);
        }
        for (int i = 0; i < files.folders().size(); i++) {
            reader.readPast(files.names());
        }
        versions.verify();
        locks.unlock();
        client.tally().count("verifications of a client");
    }
}
