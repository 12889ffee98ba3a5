package io.varve.app.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve history}: the versions of a file or folder. */
@Command(name = "history", description = "List what a path held and holds, newest first.")
final class HistoryCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Parameters(index = "0", paramLabel = "PATH", description = "BUCKET/PATH of a file, or of a folder.")
    private String path = "";

    @Option(names = "--limit", paramLabel = "N", defaultValue = "100", description = "The most versions to list.")
    private int limit;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            JsonNode history = server.send("GET", "/history?limit=" + limit + "&path=" + encoded(path), "");
            varve.out().printf("%-28s%-28s%16s  %-9s %s%n", "from", "to", "bytes", "", "entity tag");
            for (JsonNode version : history.path("versions")) {
                varve.out()
                        .printf(
                                Locale.ROOT,
                                "%-28s%-28s%,16d  %-9s %s%n",
                                version.path("from").asString(),
                                version.path("to").isNull()
                                        ? "now"
                                        : version.path("to").asString(),
                                version.path("size").asLong(),
                                version.path("fate").asString(),
                                version.path("folder").asBoolean()
                                        ? "(folder)"
                                        : version.path("etag").asString());
            }
            if (!history.path("next").isNull()) {
                varve.out().println("There is more: ask with a larger --limit.");
            }
            varve.out().flush();
            return 0;
        }
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
