package io.varve.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
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
            "retention ttl …                             files that go by themselves",
        },
        subcommands = TtlCommand.class)
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

    ServerClient server() throws Exception {
        return ServerClient.of(varve.settings().settings().dataDir());
    }

    PrintWriter out() {
        return varve.out();
    }

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = server()) {
            if (bucket == null) {
                all(server);
            } else {
                // With a slash it cannot be taken for a command.
                one(server, bucket.endsWith("/") ? bucket.substring(0, bucket.length() - 1) : bucket);
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
            if (rule.isEmpty()) {
                due(server.send("GET", "/ttl/due?bucket=" + HistoryCommand.encoded(name), ""));
            }
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

    private void due(JsonNode due) {
        long told = 0;
        for (JsonNode file : due.path("deletions")) {
            varve.out()
                    .printf(
                            "%s, now, %d bytes: due since %s, %s%n",
                            file.path("path").asString(),
                            file.path("bytes").asLong(),
                            file.path("due").asString(),
                            file.path("why").asString());
            told++;
        }
        long files = due.path("files").asLong();
        if (files > told) {
            varve.out().printf("… and %d more.%n", files - told);
        }
        if (files > 0) {
            varve.out()
                    .printf(
                            "By times to live, %d files (%d bytes) would become history.%n",
                            files, due.path("bytes").asLong());
        }
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
