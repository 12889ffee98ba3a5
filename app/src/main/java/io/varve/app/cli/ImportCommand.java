package io.varve.app.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve import}: brings a directory into the running server, and takes that back. */
@Command(
        name = "import",
        description = {
            "Bring a directory's files into a bucket or folder, with their modification times. The command reads them as",
            "whoever runs it and sends them to the running server.",
            "",
            "import DIR BUCKET[/FOLDER]    run it again to go on after an interruption, or to bring what is new",
            "import --list                 imports that can be taken back",
            "import --rollback ID          take one back: what it brought goes, what it replaced comes back",
            "",
            "Exit code 0: all of DIR is there; 1: not all, and what is missing was named.",
        })
final class ImportCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..2", paramLabel = "DIR TARGET", description = "A directory here, and where to bring it.")
    private List<String> words = List.of();

    @Option(names = "--verify", description = "Have the server read everything back, and compare; also what is there.")
    private boolean verify;

    @Option(names = "--overwrite", description = "Replace files that are there with other content; history keeps them.")
    private boolean overwrite;

    @Option(
            names = "--skip-special",
            description = "Leave out symbolic links, devices, pipes and sockets without calling that a problem.")
    private boolean skipSpecial;

    @Option(names = "--rollback", paramLabel = "ID", description = "Take an import back.")
    private @Nullable String rollback;

    @Option(names = "--list", description = "List imports that can be taken back.")
    private boolean list;

    @Override
    public Integer call() throws Exception {
        boolean transfer = rollback == null && !list;
        if (words.size() != (transfer ? 2 : 0)) {
            throw new ParameterException(
                    spec.commandLine(), "Give DIR and BUCKET[/FOLDER], or --list, or --rollback ID.");
        }
        Path data = varve.settings().settings().dataDir();
        try (ServerClient server = ServerClient.of(data)) {
            if (rollback != null) {
                return rollBack(server, rollback);
            }
            if (list) {
                list(server);
                return 0;
            }
            return bring(server, Path.of(words.getFirst()), words.getLast(), data.toRealPath());
        } finally {
            varve.out().flush();
        }
    }

    private int bring(ServerClient server, Path directory, String target, Path data)
            throws IOException, InterruptedException {
        if (!Files.isDirectory(directory)) {
            throw new IOException("There is no directory " + directory + ".");
        }
        Path source = directory.toRealPath();
        if (source.startsWith(data)) {
            throw new IOException(source + " belongs to the server, and grows with what it takes.");
        }
        JsonNode begun = server.send(
                "POST", "/imports", ServerClient.json(Map.of("source", source.toString(), "target", target)));
        String id = begun.path("id").asString();
        varve.err()
                .printf(
                        "Import %s of %s to %s. Run the same command to go on; take it back by ./varve import --rollback %s%n",
                        id, source, begun.path("target").asString(), id);
        try (Transfer transfer = new Transfer(varve.err(), isTerminal())) {
            TreeImport tree = new TreeImport(
                    new FilesClient(server, Optional.empty()),
                    transfer,
                    id,
                    data,
                    new TreeImport.Options(verify, overwrite, skipSpecial));
            tree.count(source);
            tree.bring(source, begun.path("target").asString());
            transfer.await();
            boolean whole = transfer.problems() == 0;
            if (whole) {
                server.send("POST", "/imports/" + id + "/finish", "");
            }
            varve.out().println(transfer.summary("imported", verify));
            return whole ? 0 : VarveCommand.FAILED;
        }
    }

    private void list(ServerClient server) throws IOException {
        for (JsonNode known : server.send("GET", "/imports", "")) {
            varve.out()
                    .printf(
                            "%-14s%-30s%-11s%s to %s%n",
                            known.path("id").asString(),
                            known.path("started").asString(),
                            known.path("state").asString(),
                            known.path("source").asString(),
                            known.path("target").asString());
        }
    }

    private int rollBack(ServerClient server, String id) throws IOException, InterruptedException {
        JsonNode job = server.send("POST", "/imports/" + HistoryCommand.encoded(id) + "/rollback", "");
        JsonNode done = JobRun.follow(server, job, varve.err());
        done.path("left").forEach(line -> varve.err().println(line.asString()));
        varve.err().flush();
        long left = done.path("leftTotal").asLong();
        varve.out()
                .printf(
                        "Taken back: %,d removed, %,d restored, %,d left.%n",
                        done.path("removed").asLong(), done.path("restored").asLong(), left);
        return left == 0 ? 0 : VarveCommand.FAILED;
    }

    /** Whether somebody watches. */
    static boolean isTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
}
