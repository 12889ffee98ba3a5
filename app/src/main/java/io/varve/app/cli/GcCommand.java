package io.varve.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve gc}: frees what nobody refers to. */
@Command(
        name = "gc",
        description = "Free chunks that nobody refers to. History keeps its own: see settle --expire-now.")
final class GcCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Option(names = "--dry-run", description = "Say what would be freed; change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            JsonNode report = JobRun.run(server, Map.of("kind", "gc", "dryRun", dryRun), varve.err());
            varve.out()
                    .printf(
                            "%s: %d chunks (%d bytes) of %d that lost a reference, %d segments deleted.%n",
                            dryRun ? "Would free" : "Freed",
                            report.path("chunks").asLong(),
                            report.path("bytes").asLong(),
                            report.path("candidates").asLong(),
                            report.path("segmentsDeleted").asLong());
            varve.out().flush();
            return 0;
        }
    }
}
