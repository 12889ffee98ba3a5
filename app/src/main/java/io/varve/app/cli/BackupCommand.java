package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import io.varve.storage.EngineSettings;
import io.varve.storage.OfflineStore;
import io.varve.storage.maintenance.BackupRestore;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.StoreCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve backup}: copies the served store into a directory, and makes a data directory from that. */
@Command(
        name = "backup",
        description = {
            "Copy the running server's store into a directory, or bring such a copy up to date.",
            "The target holds secrets: keep it as you keep the data directory."
        })
final class BackupCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "TARGET",
            description = "A directory on the server's machine; made if missing.")
    private @Nullable Path target;

    @Option(names = "--dry-run", description = "Say what would be copied; write nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        Path to = target;
        if (to == null) {
            throw new ParameterException(spec.commandLine(), "varve backup needs a TARGET, or: restore SOURCE TARGET.");
        }
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            Map<String, Object> wanted = Map.of(
                    "kind",
                    "backup",
                    "dryRun",
                    dryRun,
                    "target",
                    to.toAbsolutePath().normalize().toString());
            JsonNode report = JobRun.run(server, wanted, varve.err());
            varve.out()
                    .printf(
                            "%s: %d segments (%d bytes); %d segments (%d bytes) were there already.%n",
                            dryRun ? "Would copy" : "Copied and read back",
                            report.path("files").asLong(),
                            report.path("bytes").asLong(),
                            report.path("filesKept").asLong(),
                            report.path("bytesKept").asLong());
            varve.out().flush();
            return 0;
        }
    }

    @Command(
            name = "restore",
            description = {
                "Make a data directory from a backup and check all of it. Needs no server.",
                "An interrupted one goes on where it was. Exit code 1: the backup is damaged; what is wrong is listed."
            })
    int restore(
            @Parameters(paramLabel = "SOURCE", description = "A backup.") Path source,
            @Parameters(paramLabel = "TARGET", description = "A new data directory.") Path to)
            throws IOException, SettingsException {
        LoggingSystem.get(BackupCommand.class.getClassLoader())
                .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.WARN);
        BackupRestore.Report restored = BackupRestore.run(source, to, new JobControl());
        varve.out().printf("Restored %d files (%d bytes). Checking …%n", restored.files(), restored.bytes());
        varve.out().flush();
        StoreCheck.Report report = OfflineStore.check(to, EngineSettings.Tiers.NONE, to.resolve("fsck-scratch"));
        report.findings().forEach(varve.out()::println);
        varve.out()
                .printf(
                        "%s: %d versions, %d chunks. Start with VARVE_DATA_DIR=%s ./varve serve%n",
                        report.isClean() ? "Clean" : "Damaged", report.versions(), report.chunks(), to);
        varve.out().flush();
        return report.isClean() ? 0 : VarveCommand.FAILED;
    }
}
