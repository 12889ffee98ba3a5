package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import io.varve.app.server.VarveServer;
import io.varve.storage.EngineSettings;
import io.varve.storage.OfflineStore;
import io.varve.storage.commit.Recovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code varve rebuild}: makes the metadata anew from checkpoint and journal. */
@Command(
        name = "rebuild",
        description = {
            "Make the metadata anew from checkpoint and journal. Needs the server stopped.",
            "The present metadata stays until the new one is whole."
        })
final class RebuildCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Option(names = "--dry-run", description = "Read everything and say what would be done; change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws SettingsException, IOException {
        EngineSettings settings = VarveServer.engineSettings(varve.settings().settings());
        Path dataDirectory = settings.dataDirectory();
        LoggingSystem.get(RebuildCommand.class.getClassLoader())
                .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.WARN);
        if (!Files.isDirectory(dataDirectory)) {
            throw new IOException("There is no data directory " + dataDirectory + ".");
        }
        OfflineStore.Rebuilt rebuilt = OfflineStore.rebuild(settings, dryRun, this::progress);
        Recovery.Plan plan = rebuilt.plan();
        plan.passedOver().forEach(damage -> varve.out().println("Passed over: " + damage));
        varve.out()
                .printf(
                        "%s: checkpoint of %s, then %d commits up to %s.%n",
                        dryRun ? "Would rebuild" : "Rebuilt",
                        moment(plan.checkpoint()),
                        plan.commits(),
                        moment(plan.lastSequence()));
        if (plan.dropsLastGroup()) {
            varve.out().println("The last commits never reached the disk whole; nobody was answered for them.");
        }
        if (!dryRun) {
            varve.out().printf("The metadata takes %d bytes.%n", rebuilt.metadataBytes());
        }
        varve.out().flush();
        return 0;
    }

    private void progress(long commits, long sequence) {
        varve.err().printf("  %d commits, up to %s%n", commits, moment(sequence));
        varve.err().flush();
    }

    private static String moment(long sequence) {
        return sequence == 0
                ? "nothing"
                : Instant.EPOCH
                        .plus(sequence, ChronoUnit.MICROS)
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString();
    }
}
