package io.varve.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve mirror}: makes a stale mirror fresh, and waits for it. */
@Command(
        name = "mirror",
        description =
                "Compare the mirror with the store, copy what differs, and wait until it is fresh (varve.mirror.dir).")
final class MirrorCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Override
    public Integer call() throws Exception {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            JsonNode report = JobRun.run(server, Map.of("kind", "mirror"), varve.err());
            varve.out()
                    .printf(
                            "Fresh: %d files copied (%d bytes), %d were the same, %d removed.%n",
                            report.path("filesCopied").asLong(),
                            report.path("bytesCopied").asLong(),
                            report.path("filesSame").asLong(),
                            report.path("filesRemoved").asLong());
            long unreadable = report.path("blocksUnreadable").asLong();
            if (unreadable > 0) {
                varve.out()
                        .printf(
                                "%d blocks of 4 KiB could be read in neither copy: ./varve scrub names the files.%n",
                                unreadable);
            }
            varve.out().flush();
            return 0;
        }
    }
}
