package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server with a second copy: what it stands in for, what it mends, and that a server starts on it. */
class MirrorIT {
    private static final int FILES = 12;
    private static final int FILE_BYTES = 300_000;
    private static final int SIGTERM_EXIT = 143;
    private static final int FRESH = 1;
    private static final int BLOCK = 4096;
    private static final int GROUP_HEADER_BYTES = 64;

    @TempDir
    Path home;

    private Path mirror;
    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        mirror = Files.createDirectories(home.resolve("mirror"));
        installation = Installation.in(home).with("VARVE_MIRROR_DIR", mirror.toString());
    }

    @Test
    void theMirrorStandsInAndMends() throws Exception {
        try (ServerProcess server = installation.serve()) {
            server.await("the mirror is fresh", () -> server.metric("varve_mirror_state") == FRESH);
            store(server, 0, FILES);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        spoilSegments();
        // A fresh mirror is believed: nothing is compared, and what is read finds the damage.
        try (ServerProcess server = installation.serve()) {
            requireFiles(server, FILES);
            assertThat(server.metric("varve_mirror_rescued_records_total")).isPositive();
            assertThat(server.metric("varve_damaged_chunks")).isZero();
            store(server, FILES, FILES + 1);
            // The mirror has everything, but nobody noted so.
            server.kill();
        }
        spoilSegments();
        // A stale one is compared at once, perhaps before anything is read; what differs is mended, not copied over the
        // good one.
        try (ServerProcess server = installation.serve()) {
            requireFiles(server, FILES + 1);
            assertThat(run(0, "mirror")).startsWith("Fresh: ");
            assertThat(server.metric("varve_mirror_state")).isEqualTo(FRESH);
            assertThat(server.metric("varve_damaged_chunks")).isZero();
            assertThat(run(0, "scrub")).contains("Clean: ");
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        // Each copy by itself is whole again.
        assertThat(run(0, "fsck")).contains("Clean: ");
        assertThat(installation
                        .with("VARVE_DATA_DIR", mirror.toString())
                        .run("fsck")
                        .output())
                .contains("Clean: ");
    }

    @Test
    void aDamagedJournalIsMendedAtTheStart() throws Exception {
        try (ServerProcess server = installation.serve()) {
            store(server, 0, FILES);
            assertThat(run(0, "mirror")).startsWith("Fresh: ");
            store(server, FILES, FILES + 3);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        removeAll(installation.data().resolve("meta"));
        spoilJournal();
        Outcome refused = installation.run("rebuild");
        assertThat(refused.exit()).as(refused.output()).isEqualTo(1);
        assertThat(refused.output()).contains("Restore the journal's files from a backup or mirror");
        try (ServerProcess server = installation.serve()) {
            assertThat(server.output()).contains("The journal has been mended from the mirror");
            requireFiles(server, FILES + 3);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        assertThat(run(0, "fsck")).contains("Clean: ");
    }

    @Test
    void aServerStartsOnTheMirrorWhenTheDiskIsLost() throws Exception {
        try (ServerProcess server = installation.serve()) {
            server.await("the mirror is fresh", () -> server.metric("varve_mirror_state") == FRESH);
            store(server, 0, FILES);
            server.kill();
        }
        removeAll(installation.data());
        Installation onMirror = Installation.in(home).with("VARVE_DATA_DIR", mirror.toString());
        try (ServerProcess server = onMirror.serve()) {
            requireFiles(server, FILES);
            store(server, FILES, FILES + 1);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        assertThat(onMirror.run("fsck").output()).contains("Clean: ");
    }

    private static byte[] content(int file) {
        byte[] bytes = new byte[FILE_BYTES];
        new Random(file).nextBytes(bytes);
        return bytes;
    }

    private static void store(ServerProcess server, int from, int to) throws Exception {
        try (DavClient dav = DavClient.of(server)) {
            dav.makeFolder("photos");
            for (int file = from; file < to; file++) {
                assertThat(dav.put("photos/" + file, content(file)).statusCode())
                        .isEqualTo(201);
            }
        }
    }

    private static void requireFiles(ServerProcess server, int count) throws Exception {
        try (DavClient dav = DavClient.of(server)) {
            for (int file = 0; file < count; file++) {
                assertThat(dav.get("photos/" + file).body()).as("file " + file).isEqualTo(content(file));
            }
        }
    }

    /** Every chunk of the first copy, more or less. */
    private void spoilSegments() throws IOException {
        for (Path file : filesOf(installation.data().resolve("segments"))) {
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 10_000; at < bytes.length; at += 1 << 16) {
                bytes[at]++;
            }
            Files.write(file, bytes);
        }
    }

    /** The second group of every file that has three, where it certainly has a byte: groups end in padding. */
    private void spoilJournal() throws IOException {
        int spoilt = 0;
        for (Path file : filesOf(installation.data().resolve("journal"))) {
            byte[] bytes = Files.readAllBytes(file);
            List<Integer> groups = IntStream.iterate(BLOCK, at -> at < bytes.length, at -> at + BLOCK)
                    .filter(at -> new String(bytes, at, 4, StandardCharsets.US_ASCII).equals("VGRP"))
                    .boxed()
                    .toList();
            if (file.toString().endsWith(".log") && groups.size() >= 3) {
                bytes[groups.get(1) + GROUP_HEADER_BYTES]++;
                Files.write(file, bytes);
                spoilt++;
            }
        }
        assertThat(spoilt).isPositive();
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    private String run(int exit, String... words) throws Exception {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
