package io.varve.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParentCommand;

/** {@code varve version}: what this is. */
@Command(name = "version", description = "Show the version of Varve and of Java.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {
    @ParentCommand
    private VarveCommand varve;

    @Override
    public Integer call() throws IOException {
        varve.out().println(getVersion()[0]);
        varve.out().flush();
        return 0;
    }

    @Override
    public String[] getVersion() throws IOException {
        Properties build = new Properties();
        try (InputStream info = VersionCommand.class.getResourceAsStream("/META-INF/build-info.properties")) {
            if (info != null) {
                build.load(info);
            }
        }
        return new String[] {
            "Varve " + build.getProperty("build.version", "(not packaged)") + ", Java " + Runtime.version()
        };
    }
}
