package io.varve.app.cli;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.SettingsException;
import io.varve.app.config.VarveSettings;
import io.varve.app.server.ServerAddress;
import io.varve.app.server.VarveServer;
import io.varve.storage.DataDirectoryHeldException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.springframework.boot.web.server.PortInUseException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code varve serve}: runs the server until it is told to stop. */
@Command(name = "serve", description = "Run the server.")
final class ServeCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Override
    public Integer call() throws SettingsException {
        LoadedSettings loaded = varve.settings();
        VarveSettings settings = loaded.settings();
        try {
            VarveServer server = VarveServer.start(loaded);
            HangUp.to(server::reload);
            announce(server, settings);
            return VarveCommand.KEEP_RUNNING;
        } catch (IOException | RuntimeException e) {
            varve.err().println("varve: " + explain(e, settings));
            return VarveCommand.FAILED;
        }
    }

    private void announce(VarveServer server, VarveSettings settings) {
        ServerAddress address = server.address();
        PrintWriter out = varve.out();
        out.println("Varve is running.");
        out.println("  Console  " + address.url() + "/");
        out.println("  WebDAV   " + address.url() + "/dav/");
        out.println("  S3       " + address.s3Url());
        out.println("  Metrics  " + address.url() + "/metrics/storage-v2");
        out.println("  Data     " + settings.dataDir());
        server.engine().generatedRoot().ifPresent(root -> {
            out.println("First start: the root user was made. This is shown once; it is kept in "
                    + settings.encryption()
                            .keysDirectory()
                            .orElse(settings.dataDir().resolve("keys"))
                            .resolve("root")
                    + ".");
            out.println("  User     " + root.name());
            out.println("  Password " + root.password());
            out.println("User and password are also the S3 access key and secret key.");
        });
        out.flush();
    }

    /** The cause that a person can do something about. */
    private static String explain(Throwable failure, VarveSettings settings) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PortInUseException inUse) {
                String key = inUse.getPort() == settings.s3().port() ? "varve.s3.port" : "varve.port";
                String reason = inUse.getCause() == null ? "in use" : VarveCommand.messageOf(inUse.getCause());
                return "Port " + inUse.getPort() + " on " + settings.bind() + " cannot be used (" + reason
                        + "): stop what uses it, or choose another with --" + key + "=PORT.";
            }
            if (cause instanceof DataDirectoryHeldException held) {
                return VarveCommand.messageOf(held);
            }
            if (cause instanceof IOException world) {
                return VarveCommand.messageOf(world);
            }
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return VarveCommand.messageOf(root);
    }
}
