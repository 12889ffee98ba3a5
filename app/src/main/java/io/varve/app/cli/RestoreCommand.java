package io.varve.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve restore}: brings a file, a folder or a bucket back as it was at a moment. */
@Command(
        name = "restore",
        description = "Bring a file, folder or bucket back as it was. What is there now stays in history.")
final class RestoreCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Parameters(index = "0", paramLabel = "PATH", description = "BUCKET, or BUCKET/PATH of a file or folder then.")
    private String path = "";

    @Option(
            names = "--at",
            paramLabel = "TIME",
            required = true,
            description = "The moment: 2026-11-20T10:00:00Z, 2026-11-20 for its beginning (UTC).")
    private String at = "";

    @Option(names = "--to", paramLabel = "PATH", description = "Where to put it; without, where it was.")
    private @Nullable String to;

    @Option(names = "--dry-run", description = "Say what would change; change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        Map<String, Object> order = new LinkedHashMap<>();
        order.put("path", path);
        order.put("at", at);
        order.put("dryRun", dryRun);
        if (to != null) {
            order.put("to", to);
        }
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            JsonNode answer = server.send("POST", "/restore", ServerClient.json(order));
            if (dryRun) {
                plan(answer);
            } else if (answer.has("state")) {
                JsonNode result = JobRun.follow(server, answer, varve.err());
                varve.out()
                        .printf(
                                "Restored %s: %d entries.%n",
                                result.path("path").asString(),
                                result.path("entries").asLong());
            } else {
                varve.out()
                        .printf(
                                "Restored %s: %d bytes.%n",
                                answer.path("path").asString(),
                                answer.path("size").asLong());
            }
            varve.out().flush();
            return 0;
        }
    }

    private void plan(JsonNode plan) {
        long told = 0;
        for (JsonNode change : plan.path("changes")) {
            varve.out()
                    .printf(
                            "%-9s%s%n",
                            change.path("kind").asString(), change.path("path").asString());
            told++;
        }
        long created = plan.path("created").asLong();
        long replaced = plan.path("replaced").asLong();
        long removed = plan.path("removed").asLong();
        if (created + replaced + removed > told) {
            varve.out().printf("… and %d more.%n", created + replaced + removed - told);
        }
        varve.out()
                .printf(
                        "Would create %d, replace %d and remove %d; %d are the same. Nothing was changed.%n",
                        created, replaced, removed, plan.path("unchanged").asLong());
    }
}
