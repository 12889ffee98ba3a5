package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import io.varve.app.server.VarveServer;
import io.varve.storage.DataDirectoryHeldException;
import io.varve.storage.EngineSettings;
import io.varve.storage.KeyRotation;
import io.varve.storage.sealing.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve keys}: the master keys of encryption at rest. If a server holds the store, it is asked; else it is done here. */
@Command(
        name = "keys",
        description = "List and rotate the master keys of encryption at rest, with the server running or not.",
        synopsisSubcommandLabel = "COMMAND")
final class KeysCommand implements Runnable {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    /** A master key as it is told, whoever looked. */
    private record Told(String file, String id, boolean needed, boolean present) {
        String state() {
            return present ? needed ? "needed" : "not needed" : "MISSING";
        }
    }

    /** What a rotation did, wherever it was done. */
    private record Rotated(String newest, long files, List<String> left, List<String> superseded) {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "varve keys needs one of: list, rotate.");
    }

    @Command(name = "list", description = "Which master keys there are, and which of them the store needs.")
    int list() throws SettingsException, IOException {
        List<Told> keys = keys();
        for (Told key : keys) {
            varve.out().printf("%s  %s  %s%n", key.file(), key.id(), key.state());
        }
        if (keys.isEmpty()) {
            varve.out().println("The store was never encrypted: there are no master keys.");
        }
        varve.out().flush();
        return 0;
    }

    private List<Told> keys() throws SettingsException, IOException {
        EngineSettings settings = settings();
        try {
            KeyRotation.Keys keys = KeyRotation.keys(settings);
            Set<KeyRing.Generation> all = new LinkedHashSet<>(keys.present());
            all.addAll(keys.needed());
            return all.stream()
                    .map(key -> new Told(
                            key.file(),
                            key.id(),
                            keys.needed().contains(key),
                            keys.present().contains(key)))
                    .toList();
        } catch (DataDirectoryHeldException e) {
            try (ServerClient server = ServerClient.of(settings.dataDirectory())) {
                List<Told> told = new ArrayList<>();
                for (JsonNode key : server.send("GET", "/encryption", "").path("keys")) {
                    told.add(new Told(
                            key.path("file").asString(),
                            key.path("id").asString(),
                            key.path("needed").asBoolean(),
                            key.path("present").asBoolean()));
                }
                return told;
            }
        }
    }

    @Command(
            name = "rotate",
            description = {
                "Make a new master key and wrap the keys of all files by it; content is not written again.",
                "Broken off, it goes on with the next call. Exit code 1: some files stay under the old key; they are"
                        + " named."
            })
    int rotate() throws SettingsException, IOException, InterruptedException {
        Rotated report = rotated();
        report.left().forEach(file -> varve.out().println("Stays as it is: " + file));
        varve.out().printf("%d files are under %s now. Keep a copy of it.%n", report.files(), report.newest());
        for (String key : report.superseded()) {
            varve.out().printf("The store does not need %s any more; backups and other copies made before do.%n", key);
        }
        varve.out().flush();
        return report.left().isEmpty() ? 0 : VarveCommand.FAILED;
    }

    private Rotated rotated() throws SettingsException, IOException, InterruptedException {
        EngineSettings settings = settings();
        try {
            KeyRotation.Report report = KeyRotation.rotate(settings);
            return new Rotated(
                    report.newest().file(),
                    report.files(),
                    report.left(),
                    report.superseded().stream().map(KeyRing.Generation::file).toList());
        } catch (DataDirectoryHeldException e) {
            try (ServerClient server = ServerClient.of(settings.dataDirectory())) {
                JsonNode report = JobRun.run(server, Map.of("kind", "rotate-keys"), varve.err());
                return new Rotated(
                        file(report.path("newest")),
                        report.path("files").asLong(),
                        report.path("left")
                                .valueStream()
                                .map(JsonNode::asString)
                                .toList(),
                        report.path("superseded")
                                .valueStream()
                                .map(KeysCommand::file)
                                .toList());
            }
        }
    }

    private static String file(JsonNode generation) {
        return new KeyRing.Generation(
                        generation.path("number").asInt(), generation.path("id").asString())
                .file();
    }

    private EngineSettings settings() throws SettingsException, IOException {
        EngineSettings settings = VarveServer.engineSettings(varve.settings().settings());
        Path data = settings.dataDirectory();
        if (!Files.isDirectory(data)) {
            throw new IOException("There is no data directory " + data + ".");
        }
        return settings;
    }
}
