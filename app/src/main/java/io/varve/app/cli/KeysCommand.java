package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import io.varve.app.server.VarveServer;
import io.varve.storage.EngineSettings;
import io.varve.storage.KeyRotation;
import io.varve.storage.sealing.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code varve keys}: the master keys of encryption at rest. */
@Command(
        name = "keys",
        description = "List and rotate the master keys of encryption at rest. Needs the server stopped.",
        synopsisSubcommandLabel = "COMMAND")
final class KeysCommand implements Runnable {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "varve keys needs one of: list, rotate.");
    }

    @Command(name = "list", description = "Which master keys there are, and which of them the store needs.")
    int list() throws SettingsException, IOException {
        KeyRotation.Keys keys = KeyRotation.keys(settings());
        for (KeyRing.Generation key : keys.present()) {
            varve.out()
                    .printf(
                            "%s  %s  %s%n",
                            key.file(), key.id(), keys.needed().contains(key) ? "needed" : "not needed");
        }
        for (KeyRing.Generation key : keys.needed()) {
            if (!keys.present().contains(key)) {
                varve.out().printf("%s  %s  MISSING%n", key.file(), key.id());
            }
        }
        if (keys.present().isEmpty() && keys.needed().isEmpty()) {
            varve.out().println("The store was never encrypted: there are no master keys.");
        }
        varve.out().flush();
        return 0;
    }

    @Command(
            name = "rotate",
            description = {
                "Make a new master key and wrap the keys of all files by it; content is not written again.",
                "Broken off, it goes on with the next call. Exit code 1: some files stay under the old key; they are named."
            })
    int rotate() throws SettingsException, IOException {
        KeyRotation.Report report = KeyRotation.rotate(settings());
        report.left().forEach(file -> varve.out().println("Stays as it is: " + file));
        varve.out()
                .printf(
                        "%d files are under %s now. Keep a copy of it.%n",
                        report.files(), report.newest().file());
        for (KeyRing.Generation key : report.superseded()) {
            varve.out()
                    .printf(
                            "The store does not need %s any more; backups and other copies made before do.%n",
                            key.file());
        }
        varve.out().flush();
        return report.left().isEmpty() ? 0 : VarveCommand.FAILED;
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
