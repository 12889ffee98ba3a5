package io.varve.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve settle}: has the running server do all background work that is due, and waits for it. */
@Command(name = "settle", description = "Do all background work that is due, now, and say what was done.")
final class SettleCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Option(names = "--expire-now", description = "First drop all history that retention allows to drop.")
    private boolean expireNow;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            JsonNode report = server.send("POST", "/settle?expire-now=" + expireNow, "");
            varve.out()
                    .printf(
                            "Settled: %d versions expired, %d files deleted at the end of their time to live, %d chunks freed (%d bytes), %d bytes saved, %d bytes moved, %d segments"
                                    + " deleted.%n",
                            report.path("versionsExpired").asLong(),
                            report.path("filesDeleted").asLong(),
                            report.path("chunksFreed").asLong(),
                            report.path("bytesFreed").asLong(),
                            report.path("bytesSaved").asLong(),
                            report.path("bytesMoved").asLong(),
                            report.path("segmentsDeleted").asLong());
            JsonNode tiers = report.path("tiers");
            long moved =
                    tiers.path("chunksUp").asLong() + tiers.path("chunksDown").asLong();
            if (moved > 0) {
                varve.out().printf("Moved %d chunks between tiers.%n", moved);
            }
            varve.out().flush();
            return 0;
        }
    }
}
