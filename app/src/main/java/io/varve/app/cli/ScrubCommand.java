package io.varve.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve scrub}: reads and verifies every chunk while the server serves. */
@Command(
        name = "scrub",
        description = {
            "Read and verify every chunk while the server serves; mend what can be mended, and name the files that cannot.",
            "Goes on where an earlier one was broken off. Exit code 0: nothing is wrong; 1: something is, listed."
        })
final class ScrubCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Option(names = "--dry-run", description = "Only look; mend nothing and note nothing.")
    private boolean dryRun;

    @Option(
            names = "--correct-counts",
            description = "Put right reference counts and indexes that a recount finds to be wrong.")
    private boolean correctCounts;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            JsonNode report = JobRun.run(
                    server, Map.of("kind", "scrub", "dryRun", dryRun, "correctCounts", correctCounts), varve.err());
            report.path("findings").forEach(finding -> varve.out().println(finding.asString()));
            JsonNode damage = server.send("GET", "/damage", "");
            damage.path("files").forEach(file -> varve.out().println(file.asString()));
            long untold =
                    damage.path("filesTotal").asLong() - damage.path("files").size();
            if (untold > 0) {
                varve.out().println("… and " + untold + " more files.");
            }
            long corrected = report.path("countsCorrected").asLong();
            if (corrected > 0) {
                varve.out()
                        .printf(
                                "%d counts and entries of indexes were put right; the server's log names them.%n",
                                corrected);
            }
            varve.out()
                    .printf(
                            "%s: %d chunks (%d bytes) verified, %d damaged, %d repaired; %d chunks are damaged now, %d segments"
                                    + " missing, %d unused.%n",
                            report.path("clean").asBoolean() ? "Clean" : "Damaged",
                            report.path("chunks").asLong(),
                            report.path("bytes").asLong(),
                            report.path("damaged").asLong(),
                            report.path("repaired").asLong(),
                            report.path("damagedLeft").asLong(),
                            report.path("segmentsMissing").asLong(),
                            report.path("segmentsUnused").asLong());
            varve.out().flush();
            return report.path("clean").asBoolean() ? 0 : VarveCommand.FAILED;
        }
    }
}
