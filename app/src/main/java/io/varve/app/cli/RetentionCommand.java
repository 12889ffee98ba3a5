package io.varve.app.cli;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve retention}: how long what is no longer current stays readable. */
@Command(
        name = "retention",
        description = {
            "Show, set or try what is kept of the past.",
            "",
            "retention                                   all rules",
            "retention BUCKET                            a bucket's rule",
            "retention BUCKET set 30d last=10 daily=14   give it one; also: none, forever",
            "retention BUCKET reset                      back to the server's",
        })
final class RetentionCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "BUCKET", description = "A bucket, also a deleted one.")
    private @Nullable String bucket;

    @Parameters(index = "1..*", paramLabel = "set RULE…|reset", description = "What to do with the rule.")
    private List<String> words = List.of();

    @Option(
            names = "--dry-run",
            description = "Say which versions would go, by the bucket's rule or by the one to be set; change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            if (bucket == null) {
                all(server);
            } else {
                one(server, bucket);
            }
            varve.out().flush();
            return 0;
        }
    }

    private void all(ServerClient server) throws IOException {
        JsonNode rules = server.send("GET", "/retention", "");
        varve.out().printf("%-32s%s%n", "(server)", rules.path("serverDefault").asString());
        rules.path("buckets").forEach(this::print);
    }

    private void one(ServerClient server, String name) throws IOException {
        String address = "/retention/" + HistoryCommand.encoded(name);
        String action = words.isEmpty() ? "" : words.getFirst();
        String rule = words.isEmpty() ? "" : String.join(",", words.subList(1, words.size()));
        if (!List.of("", "set", "reset").contains(action) || action.equals("set") == rule.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "After the bucket comes nothing, 'set' with a rule, or 'reset'.");
        }
        if (dryRun) {
            plan(server.send(
                    "GET", address + "/plan" + (rule.isEmpty() ? "" : "?policy=" + HistoryCommand.encoded(rule)), ""));
        } else if (action.equals("set")) {
            print(server.send("PUT", address, ServerClient.json(Map.of("policy", rule))));
        } else {
            print(server.send(action.isEmpty() ? "GET" : "DELETE", address, ""));
        }
    }

    private void print(JsonNode rule) {
        varve.out()
                .printf(
                        "%-32s%s%s, whole since %s%n",
                        rule.path("bucket").asString(),
                        rule.path("policy").asString(),
                        rule.path("own").asBoolean() ? "" : " (the server's)",
                        rule.path("wholeSince").asString());
    }

    private void plan(JsonNode plan) {
        long told = 0;
        for (JsonNode end : plan.path("endings")) {
            varve.out()
                    .printf(
                            "%s of %s, %d bytes: %s%n",
                            end.path("path").asString(),
                            end.path("from").asString(),
                            end.path("bytes").asLong(),
                            end.path("why").asString());
            told++;
        }
        long ended = plan.path("endedVersions").asLong();
        if (ended > told) {
            varve.out().printf("… and %d more.%n", ended - told);
        }
        varve.out()
                .printf(
                        "By '%s', %d versions (%d bytes) would go and %d (%d bytes) stay. Nothing was changed.%n",
                        plan.path("policy").asString(),
                        ended,
                        plan.path("endedBytes").asLong(),
                        plan.path("keptVersions").asLong(),
                        plan.path("keptBytes").asLong());
    }
}
