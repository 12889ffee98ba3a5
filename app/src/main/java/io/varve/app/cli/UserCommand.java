package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve user}: users of the running server. */
@Command(name = "user", description = "Add, list and remove users.")
final class UserCommand implements Runnable {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Command(name = "add", description = "Add a user. Name and password are also its S3 access and secret key.")
    int add(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--password", required = true, paramLabel = "P") String password,
            @Option(names = "--role", defaultValue = "user", description = "admin, user (default) or readonly")
                    String role)
            throws Exception {
        try (ServerClient server = server()) {
            server.send("POST", "/users", ServerClient.json(Map.of("name", name, "password", password, "role", role)));
            varve.out().println("Added " + role + " " + name + ".");
            varve.out().flush();
            return 0;
        }
    }

    @Command(name = "list", description = "List all users with their roles.")
    int list() throws Exception {
        try (ServerClient server = server()) {
            for (JsonNode user : server.send("GET", "/users", "")) {
                varve.out()
                        .printf(
                                "%-24s %s%n",
                                user.path("name").asString(), user.path("role").asString());
            }
            varve.out().flush();
            return 0;
        }
    }

    @Command(name = "remove", description = "Remove a user with all its keys.")
    int remove(@Parameters(paramLabel = "NAME") String name) throws Exception {
        try (ServerClient server = server()) {
            server.send(
                    "DELETE",
                    "/users/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"),
                    "");
            varve.out().println("Removed " + name + ".");
            varve.out().flush();
            return 0;
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "varve user needs one of: add, list, remove.");
    }

    private ServerClient server() throws IOException, SettingsException {
        return ServerClient.of(varve.settings().settings().dataDir());
    }
}
