package io.varve.app.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve retention ttl}: files that go by themselves. */
@Command(
        name = "ttl",
        description = {
            "Show or set when files are deleted by themselves.",
            "",
            "retention ttl                        the rules of all buckets",
            "retention ttl PATH                   what holds for a file, or below a folder",
            "retention ttl set PATH 7d            a file: so long after it was written, or at a moment;",
            "                                     a folder: its files, so long after they were written",
            "retention ttl reset PATH             for good",
            "",
            "A folder that is not there yet ends with a slash. A bucket that is called ttl is 'retention ttl/ …'.",
        })
final class TtlCommand implements Callable<Integer> {
    @ParentCommand
    private RetentionCommand retention;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..3", paramLabel = "[set|reset] PATH [TIME]", description = "What to do, and where.")
    private List<String> words = List.of();

    @Option(
            names = "--prefix",
            description = "PATH is the beginning of keys, such as logs/2026-, not a file or folder.")
    private boolean prefix;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = retention.server()) {
            String action = words.isEmpty() ? "" : words.getFirst();
            if (words.isEmpty()) {
                server.send("GET", "/ttl", "").path("rules").forEach(this::rule);
            } else if (action.equals("set") && words.size() == 3) {
                Map<String, Object> order = new LinkedHashMap<>();
                order.put("path", words.get(1));
                order.put("ttl", words.get(2));
                order.put("prefix", prefix);
                print(server.send("PUT", "/ttl", ServerClient.json(order)));
            } else if (action.equals("reset") && words.size() == 2) {
                print(server.send("DELETE", address(words.get(1)), ""));
            } else if (words.size() == 1) {
                print(server.send("GET", address(action), ""));
            } else {
                throw new ParameterException(spec.commandLine(), "Give PATH, set PATH TIME, or reset PATH.");
            }
            retention.out().flush();
            return 0;
        }
    }

    private String address(String path) throws IOException {
        return "/ttl?path=" + HistoryCommand.encoded(path) + "&prefix=" + prefix;
    }

    private void rule(JsonNode rule) {
        retention
                .out()
                .printf(
                        "%-48s%s after the last write%n",
                        rule.path("bucket").asString() + "/"
                                + rule.path("prefix").asString(),
                        rule.path("after").asString());
    }

    private void print(JsonNode info) {
        String path = info.path("path").asString();
        if (!info.path("due").isNull()) {
            retention
                    .out()
                    .printf(
                            "%s goes at %s%s.%n",
                            path,
                            info.path("due").asString(),
                            info.path("due").equals(info.path("expires"))
                                    ? ", by its own time to live"
                                    : ", by a rule");
        } else if (info.path("rules").isEmpty()) {
            retention.out().printf("%s: nothing goes by itself.%n", path);
        }
        info.path("rules").forEach(this::rule);
    }
}
