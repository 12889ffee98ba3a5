package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve jobs}: maintenance that runs in the server. */
@Command(name = "jobs", description = "List maintenance jobs of the running server, or cancel one.")
final class JobsCommand implements Runnable {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Command(name = "list", description = "List jobs, the newest first.")
    int list() throws Exception {
        try (ServerClient server = server()) {
            for (JsonNode job : server.send("GET", "/jobs", "")) {
                varve.out()
                        .printf(
                                "%4d %-10s %-10s %s%n",
                                job.path("id").asLong(),
                                job.path("kind").asString(),
                                job.path("state").asString(),
                                job.path("failure").asString(JobRun.progressOf(job)));
            }
            varve.out().flush();
            return 0;
        }
    }

    @Command(name = "cancel", description = "Ask a job to stop at its next step.")
    int cancel(@Parameters(paramLabel = "ID") long id) throws Exception {
        try (ServerClient server = server()) {
            server.send("DELETE", "/jobs/" + id, "");
            varve.out().println("Job " + id + " stops at its next step.");
            varve.out().flush();
            return 0;
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "varve jobs needs one of: list, cancel.");
    }

    private ServerClient server() throws IOException, SettingsException {
        return ServerClient.of(varve.settings().settings().dataDir());
    }
}
