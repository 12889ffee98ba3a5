package io.varve.app.cli;

import io.varve.app.config.ByteCount;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve quota}: what buckets may hold. */
@Command(
        name = "quota",
        description = {
            "Show or set what the current files of a bucket may take together.",
            "",
            "quota                     all buckets",
            "quota BUCKET              one",
            "quota BUCKET set 10GiB    limit it",
            "quota BUCKET reset        any amount again",
        })
final class QuotaCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "BUCKET")
    private @Nullable String bucket;

    @Parameters(index = "1..*", paramLabel = "set SIZE|reset", description = "What to do with the limit.")
    private List<String> words = List.of();

    @Override
    public Integer call() throws Exception {
        String change = change();
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            if (bucket == null) {
                server.send("GET", "/buckets", "").forEach(this::print);
            } else {
                String address = "/buckets/" + HistoryCommand.encoded(bucket);
                print(change.isEmpty() ? server.send("GET", address, "") : server.send("PATCH", address, change));
            }
            varve.out().flush();
            return 0;
        }
    }

    /** What is asked of the server, in its words; empty for nothing. */
    private String change() {
        if (words.isEmpty()) {
            return "";
        }
        if (words.equals(List.of("reset"))) {
            return ServerClient.json(Map.of("quotaBytes", -1));
        }
        if (words.size() != 2 || !words.getFirst().equals("set")) {
            throw new ParameterException(
                    spec.commandLine(), "After the bucket comes nothing, 'set' with a size, or 'reset'.");
        }
        long bytes = ByteCount.parse(words.getLast())
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "'" + words.getLast() + "' is not " + ByteCount.GRAMMAR + "."));
        return ServerClient.json(Map.of("quotaBytes", bytes));
    }

    private void print(JsonNode info) {
        JsonNode quota = info.path("quotaBytes");
        varve.out()
                .printf(
                        "%-32s%20d bytes%s%n",
                        info.path("name").asString(),
                        info.path("bytes").asLong(),
                        quota.isNumber() ? " of " + quota.asLong() : ", no limit");
    }
}
