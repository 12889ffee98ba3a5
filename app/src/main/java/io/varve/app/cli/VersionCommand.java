package io.varve.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code varve version}: what this is. */
@Command(name = "version", description = "Show the version of Varve and of Java.")
final class VersionCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Override
    public Integer call() throws IOException {
        Properties build = new Properties();
        try (InputStream info = VersionCommand.class.getResourceAsStream("/META-INF/build-info.properties")) {
            if (info != null) {
                build.load(info);
            }
        }
        varve.out()
                .println("Varve " + build.getProperty("build.version", "(not packaged)") + ", Java "
                        + Runtime.version());
        varve.out().flush();
        return 0;
    }
}
