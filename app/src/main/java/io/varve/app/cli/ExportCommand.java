package io.varve.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve export}: writes the running server's files into a directory. */
@Command(
        name = "export",
        description = {
            "Write what a bucket or folder holds, or held at a moment, into a directory, with modification times. Run it",
            "again to go on after an interruption, or to get what is new; what is gone on the server stays in the directory.",
            "Exit code 0: all is there; 1: not all, and what is missing was named.",
        })
final class ExportCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "BUCKET, or BUCKET/FOLDER.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "DIR", description = "A directory here; made if missing.")
    private Path directory = Path.of("");

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "As it was at a moment: 2026-11-20T10:00:00Z, 2026-11-20 for its beginning (UTC).")
    private @Nullable String at;

    @Option(names = "--verify", description = "Read everything back from the disk, and compare; also what is there.")
    private boolean verify;

    @Option(names = "--overwrite", description = "Replace files that are there with other content.")
    private boolean overwrite;

    @Override
    public Integer call() throws Exception {
        Path data = varve.settings().settings().dataDir();
        try (ServerClient server = ServerClient.of(data);
                Transfer transfer = new Transfer(varve.err(), ImportCommand.isTerminal())) {
            FilesClient files = new FilesClient(server, Optional.ofNullable(at));
            String folder = source.endsWith("/") ? source : source + "/";
            JsonNode amount = files.amount(folder);
            transfer.expect(amount.path("files").asLong(), amount.path("bytes").asLong());
            Files.createDirectories(directory);
            Path target = directory.toRealPath();
            if (target.startsWith(data.toRealPath())) {
                throw new IOException(target + " belongs to the server: export to another directory.");
            }
            new TreeExport(files, transfer, verify, overwrite).write(folder, target, null);
            transfer.await();
            varve.out().println(transfer.summary("exported", verify));
            return transfer.problems() == 0 ? 0 : VarveCommand.FAILED;
        } finally {
            varve.out().flush();
        }
    }
}
