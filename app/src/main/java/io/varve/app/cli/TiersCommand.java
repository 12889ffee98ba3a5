package io.varve.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve tiers}: what lies hot, warm and cold, and moves what is due. */
@Command(
        name = "tiers",
        description = {
            "Show what lies in the hot, warm and cold tier (varve.tiers.*).",
            "With --move, first move what is due: back what somebody read, down what nobody did."
        })
final class TiersCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Option(names = "--move", description = "Move what is due, now, and say what was moved.")
    private boolean move;

    @Option(names = "--dry-run", description = "Say what a move would do; change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            if (move || dryRun) {
                JsonNode report = JobRun.run(server, Map.of("kind", "tiers", "dryRun", dryRun), varve.err());
                tell(report);
            }
            show(server.send("GET", "/tiers", ""));
            varve.out().flush();
            return 0;
        }
    }

    private void tell(JsonNode report) {
        if (dryRun) {
            varve.out()
                    .printf(
                            "Would move about %d bytes down, and %d records up that somebody read.%n",
                            report.path("bytesDown").asLong(),
                            report.path("chunksUp").asLong());
        } else {
            varve.out()
                    .printf(
                            "Moved: %d chunks up (%d bytes), %d chunks down (%d bytes, of which compression saved %d).%n",
                            report.path("chunksUp").asLong(),
                            report.path("bytesUp").asLong(),
                            report.path("chunksDown").asLong(),
                            report.path("bytesDown").asLong(),
                            report.path("bytesSaved").asLong());
        }
    }

    private void show(JsonNode status) {
        JsonNode tiers = status.path("tiers");
        varve.out().printf("%-6s %10s %18s %18s %18s%n", "tier", "chunks", "chunk bytes", "at most", "disk free");
        for (JsonNode tier : tiers) {
            long bytesMax = tier.path("bytesMax").asLong();
            varve.out()
                    .printf(
                            "%-6s %,10d %,18d %18s %,18d%n",
                            tier.path("tier").asString(),
                            tier.path("chunks").asLong(),
                            tier.path("chunkBytes").asLong(),
                            bytesMax == 0 ? "no limit" : "%,d".formatted(bytesMax),
                            tier.path("freeBytes").asLong());
        }
        if (tiers.size() == 1) {
            varve.out().println("There is one tier: varve.tiers.warm.dir and varve.tiers.cold.dir name no directory.");
        }
        for (JsonNode reason : status.path("stopped")) {
            varve.out().println(reason.asString());
        }
    }
}
