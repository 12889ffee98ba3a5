package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import io.varve.app.server.VarveServer;
import io.varve.storage.EngineSettings;
import io.varve.storage.OfflineStore;
import io.varve.storage.maintenance.StoreCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code varve fsck}: checks a store that no server holds. */
@Command(
        name = "fsck",
        description = {
            "Recount every reference and read every chunk. Needs the server stopped.",
            "Exit code 0: clean, or all put right; 1: findings, listed; 2: the check could not run."
        })
final class FsckCommand implements Callable<Integer> {
    private static final int COULD_NOT_RUN = 2;

    @ParentCommand
    private VarveCommand varve;

    @Option(names = "--repair", description = "Put right counts and indexes that are wrong.")
    private boolean repair;

    @Override
    public Integer call() throws SettingsException {
        EngineSettings settings = VarveServer.engineSettings(varve.settings().settings());
        Path dataDirectory = settings.dataDirectory();
        // What a check does on its way is no news; what is wrong stands in its report.
        LoggingSystem.get(FsckCommand.class.getClassLoader())
                .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.WARN);
        try {
            if (!Files.isDirectory(dataDirectory)) {
                throw new IOException("There is no data directory " + dataDirectory + ".");
            }
            Path scratch = dataDirectory.resolve("fsck-scratch");
            OfflineStore.Repaired repaired = repair
                    ? OfflineStore.repair(settings, scratch, InstantSource.system())
                    : new OfflineStore.Repaired(OfflineStore.check(settings, scratch), 0, List.of());
            StoreCheck.Report report = repaired.found();
            report.findings().forEach(varve.out()::println);
            long untold = report.findingsTotal() - report.findings().size();
            if (untold > 0) {
                varve.out().println("… and " + untold + " more.");
            }
            varve.out()
                    .printf(
                            "%s: %d versions, %d chunks, %d bytes read and verified, %d findings.%n",
                            report.isClean() ? "Clean" : "Damaged",
                            report.versions(),
                            report.chunks(),
                            report.bytesRead(),
                            report.findingsTotal());
            tellRepair(repaired);
            varve.out().flush();
            return repaired.isClean() ? 0 : VarveCommand.FAILED;
        } catch (IOException e) {
            varve.err().println("varve: " + VarveCommand.messageOf(e));
            return COULD_NOT_RUN;
        }
    }

    private void tellRepair(OfflineStore.Repaired repaired) {
        long correctable = repaired.found().correctable();
        if (repaired.corrected() > 0) {
            repaired.left().forEach(finding -> varve.out().println("STILL WRONG: " + finding));
            varve.out().printf("%d counts and entries of indexes were put right.%n", repaired.corrected());
        } else if (correctable > 0) {
            varve.out().printf("%d of them can be put right: ./varve fsck --repair%n", correctable);
        }
    }
}
