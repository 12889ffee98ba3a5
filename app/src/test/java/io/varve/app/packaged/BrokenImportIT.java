package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports and exports whose server or client is killed in the middle: run again, they lose nothing and bring nothing twice. */
class BrokenImportIT {
    private static final int FOLDERS = 20;
    private static final int FILES_EACH = 75;
    private static final int FILES = FOLDERS * FILES_EACH;

    /** So much is there when something is killed. */
    private static final int SOME = FILES / 10;

    @TempDir
    Path home;

    @Test
    void killedImportsGoOn() throws Exception {
        Installation installation = Installation.in(home);
        Path tree = tree();
        try (ServerProcess server = installation.serve()) {
            Process client = installation.begin("import", tree.toString(), "photos");
            try {
                server.await("some files are there", () -> server.metric("varve_files") > SOME);
                server.kill();
                assertThat(client.waitFor()).isEqualTo(1);
            } finally {
                client.destroyForcibly().waitFor();
            }
        }
        double kept;
        try (ServerProcess server = installation.serve()) {
            kept = server.metric("varve_files");
            assertThat(kept).isBetween((double) SOME, FILES - 1.0);
            Process client = installation.begin("import", tree.toString(), "photos");
            try {
                server.await("more files are there", () -> server.metric("varve_files") > kept + SOME);
            } finally {
                client.destroyForcibly().waitFor();
            }
            double more = server.metric("varve_files");
            assertThat(more).isLessThan(FILES);

            assertThat(run(installation, 0, "import", tree.toString(), "photos", "--verify"))
                    .contains(String.format("Imported: %,d files are there,", FILES))
                    .contains("all read back and the same. 0 problems.");
            assertThat(server.metric("varve_files")).isEqualTo(FILES);
            assertThat(server.metric("varve_history_versions")).isZero();
            assertThat(run(installation, 0, "import", "--list").lines())
                    .hasSize(1)
                    .allMatch(l -> l.contains("finished"));

            exportIsKilled(installation, tree);
            String id = run(installation, 0, "import", "--list").split(" ", 2)[0];
            rollbackIsKilled(installation, server, id);
        }
        try (ServerProcess server = installation.serve()) {
            String id = run(installation, 0, "import", "--list").split(" ", 2)[0];
            assertThat(run(installation, 0, "import", "--list")).contains("returning");
            assertThat(run(installation, 0, "import", "--rollback", id)).contains(" 0 restored, 0 left.");
            assertThat(server.metric("varve_files")).isZero();
            assertThat(run(installation, 0, "import", "--list")).isEmpty();
            try (DavClient dav = DavClient.of(server)) {
                assertThat(dav.get("photos/").statusCode()).isEqualTo(404);
            }
            server.stop();
        }
        assertThat(run(installation, 0, "fsck")).contains("Clean: ");
    }

    private void exportIsKilled(Installation installation, Path tree) throws Exception {
        Path out = home.resolve("out");
        Process client = installation.begin("export", "photos", out.toString());
        try {
            while (files(out) < SOME) {
                assertThat(client.isAlive()).isTrue();
                Thread.onSpinWait();
            }
        } finally {
            client.destroyForcibly().waitFor();
        }
        assertThat(files(out)).isLessThan(FILES);
        assertThat(run(installation, 0, "export", "photos", out.toString(), "--verify"))
                .contains(String.format("Exported: %,d files are there,", FILES));
        assertThat(contents(out)).isEqualTo(contents(tree));
    }

    private static void rollbackIsKilled(Installation installation, ServerProcess server, String id) throws Exception {
        Process client = installation.begin("import", "--rollback", id);
        try {
            server.await("some files are gone", () -> server.metric("varve_files") < FILES - SOME);
            assertThat(server.metric("varve_files")).isPositive();
            server.kill();
            assertThat(client.waitFor()).isEqualTo(1);
        } finally {
            client.destroyForcibly().waitFor();
        }
    }

    private Path tree() throws IOException {
        Path tree = home.resolve("tree");
        Random random = new Random(1);
        for (int folder = 0; folder < FOLDERS; folder++) {
            Path directory = Files.createDirectories(tree.resolve("folder " + folder));
            for (int file = 0; file < FILES_EACH; file++) {
                byte[] bytes = new byte[1 + random.nextInt(20_000)];
                random.nextBytes(bytes);
                Path path = Files.write(directory.resolve("file " + file), bytes);
                Files.setLastModifiedTime(path, FileTime.from(Instant.ofEpochSecond(1_000_000_000L + file)));
            }
            Files.setLastModifiedTime(directory, FileTime.from(Instant.ofEpochSecond(999_999_999)));
        }
        return tree;
    }

    /** Files that have their names: others come and go. */
    private static long files(Path directory) throws IOException {
        long count = 0;
        for (int folder = 0; folder < FOLDERS; folder++) {
            Path below = directory.resolve("folder " + folder);
            if (Files.isDirectory(below)) {
                try (Stream<Path> paths = Files.list(below)) {
                    count += paths.filter(
                                    path -> String.valueOf(path.getFileName()).startsWith("file "))
                            .count();
                }
            }
        }
        return count;
    }

    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(p -> !p.equals(directory)).toList()) {
                String what = Files.isDirectory(path)
                        ? ""
                        : HexFormat.of().formatHex(Digests.sha256(Files.readAllBytes(path)));
                found.put(directory.relativize(path).toString(), what + " " + Files.getLastModifiedTime(path));
            }
        }
        return found;
    }

    private static String run(Installation installation, int exit, String... words) throws Exception {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
