package io.varve.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code varve stats}: the store's figures. */
@Command(name = "stats", description = "Show the store's figures: files, bytes, savings.")
final class StatsCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            server.send("GET", "/stats", "")
                    .properties()
                    .forEach(figure -> varve.out()
                            .printf(
                                    "%-16s %,20d%n",
                                    figure.getKey(), figure.getValue().asLong()));
            varve.out().flush();
            return 0;
        }
    }
}
