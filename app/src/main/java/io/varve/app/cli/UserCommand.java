package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve user}: users of the running server. */
@Command(name = "user", description = "Add, change, list and remove users.")
final class UserCommand implements Runnable {
    private static final String FOR_CONSOLE = ", password for the console alone";

    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Command(name = "add", description = "Add a user. Name and password are also its S3 access and secret key.")
    int add(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--password", required = true, paramLabel = "P") String password,
            @Option(names = "--role", defaultValue = "user", description = "admin, user (default) or readonly")
                    String role,
            @Option(
                            names = "--console-only",
                            description =
                                    "the password signs in to the console and opens nothing else; it is kept as a hash"
                                            + " that nobody can turn back. Programs of the user take key pairs")
                    boolean consoleOnly)
            throws Exception {
        try (ServerClient server = server()) {
            server.send(
                    "POST",
                    "/users",
                    ServerClient.json(
                            Map.of("name", name, "password", password, "role", role, "consoleOnly", consoleOnly)));
            varve.out().println("Added " + role + " " + name + (consoleOnly ? FOR_CONSOLE : "") + ".");
            varve.out().flush();
            return 0;
        }
    }

    @Command(
            name = "change",
            description = "Give a user another password, another role, or both. Sessions end with the password.")
    int change(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--password", paramLabel = "P") @Nullable String password,
            @Option(names = "--role", description = "admin, user or readonly") @Nullable String role,
            @Option(
                            names = "--console-only",
                            negatable = true,
                            description =
                                    "whether the password, which has to be a new one then, is for the console alone")
                    @Nullable
                    Boolean consoleOnly)
            throws Exception {
        Map<String, Object> change = new HashMap<>();
        put(change, "password", password);
        put(change, "role", role);
        put(change, "consoleOnly", consoleOnly);
        if (change.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "Nothing to change: give --password, --role or --console-only.");
        }
        try (ServerClient server = server()) {
            server.send("PATCH", at(name), ServerClient.json(change));
            varve.out().println("Changed " + name + ".");
            varve.out().flush();
            return 0;
        }
    }

    private static void put(Map<String, Object> change, String key, @Nullable Object value) {
        if (value != null) {
            change.put(key, value);
        }
    }

    @Command(name = "list", description = "List all users with their roles.")
    int list() throws Exception {
        try (ServerClient server = server()) {
            for (JsonNode user : server.send("GET", "/users", "")) {
                varve.out()
                        .printf(
                                "%-24s %s%s%n",
                                user.path("name").asString(),
                                user.path("role").asString(),
                                user.path("consoleOnly").asBoolean() ? FOR_CONSOLE : "");
            }
            varve.out().flush();
            return 0;
        }
    }

    @Command(name = "remove", description = "Remove a user with all its keys.")
    int remove(@Parameters(paramLabel = "NAME") String name) throws Exception {
        try (ServerClient server = server()) {
            server.send("DELETE", at(name), "");
            varve.out().println("Removed " + name + ".");
            varve.out().flush();
            return 0;
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "varve user needs one of: add, change, list, remove.");
    }

    private static String at(String name) {
        return "/users/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private ServerClient server() throws IOException, SettingsException {
        return ServerClient.of(varve.settings().settings().dataDir());
    }
}
