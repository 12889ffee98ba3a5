package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import io.varve.app.server.VarveServer;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/**
 * {@code varve warm-up}: a server's whole life in some seconds, for the Java machine to remember: see
 * <a href="https://openjdk.org/jeps/514">JEP 514</a> and <a href="https://openjdk.org/jeps/515">JEP 515</a>.
 */
@Command(
        name = "warm-up",
        description =
                "Start a server, exercise it and stop it, to make an AOT cache of Java; ./varve does so after a build.")
final class WarmUpCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Override
    public Integer call() throws SettingsException, IOException {
        try (VarveServer server = VarveServer.start(varve.settings())) {
            return server.isWarm() ? 0 : VarveCommand.FAILED;
        }
    }
}
