package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** Directories that are brought in and written out by the command line, broken off, run again and taken back. */
class ImportExportIT {

    @TempDir
    static Path home;

    private static Installation installation;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws Exception {
        // As ./varve does where no locale is set: names are UTF-8.
        installation = Installation.in(home).with("LC_ALL", "C.UTF-8");
        server = installation.serve();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aTreeComesBackAsItWas() throws Exception {
        Path tree = tree("whole");
        String imported = run(0, "import", tree.toString(), "there-and-back/deep/folder", "--verify");
        assertThat(imported)
                .contains(
                        "Imported: 45 files are there, 0 of them since before, all read back and the same. 0 problems.");
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.get("there-and-back/deep/folder/d1/f3").body())
                    .isEqualTo(Files.readAllBytes(tree.resolve("d1/f3")));
            assertThat(dav.get("there-and-back/deep/folder/empty/").statusCode())
                    .isEqualTo(200);
        }
        assertThat(run(0, "import", tree.toString(), "there-and-back/deep/folder"))
                .contains("45 files are there, 45 of them since before");

        Path back = home.resolve("back");
        assertThat(run(0, "export", "there-and-back/deep/folder", back.toString(), "--verify"))
                .contains(
                        "Exported: 45 files are there, 0 of them since before, all read back and the same. 0 problems.");
        assertThat(contents(back)).isEqualTo(contents(tree));
        Files.delete(back.resolve("d1/f3"));
        Files.writeString(back.resolve("d1/.varve-export-interrupted"), "half");
        assertThat(run(0, "export", "there-and-back/deep/folder", back.toString()))
                .contains("45 files are there, 44 of them since before");
        assertThat(contents(back)).isEqualTo(contents(tree));
    }

    @Test
    void whatIsNotBroughtIsNamed() throws Exception {
        Path tree = tree("odd");
        Files.createSymbolicLink(tree.resolve("link"), Path.of("d1"));
        Files.writeString(tree.resolve("changed"), "one");
        // As one character, and as two.
        Files.writeString(tree.resolve("caf\u00e9"), "one");
        Files.writeString(tree.resolve("cafe\u0301"), "two");
        String first = run(1, "import", tree.toString(), "odd-names");
        assertThat(first)
                .contains(tree.resolve("link") + ": is a symbolic link and was not imported")
                .contains("looks like another name beside it")
                .contains("NOT ALL was imported: 48 files are there, 0 of them since before. 1 problems.");
        Files.delete(tree.resolve("link"));

        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.get("odd-names/caf%C3%A9").body()).isEqualTo("one".getBytes(StandardCharsets.UTF_8));
            assertThat(dav.get("odd-names/cafe%CC%81").body()).isEqualTo("two".getBytes(StandardCharsets.UTF_8));
            assertThat(dav.put("odd-names/changed", "by others".getBytes(StandardCharsets.UTF_8))
                            .statusCode())
                    .isEqualTo(204);
        }
        assertThat(run(1, "import", tree.toString(), "odd-names"))
                .contains(tree.resolve("changed") + ": is there already with OTHER CONTENT")
                .contains("1 problems.");
        assertThat(run(0, "import", tree.toString(), "odd-names", "--overwrite"))
                .contains("48 files are there, 47 of them since before");

        Path back = home.resolve("odd back");
        Files.createDirectories(back);
        Files.writeString(back.resolve("changed"), "something else");
        assertThat(run(1, "export", "odd-names", back.toString()))
                .contains("odd-names/changed: something else is there")
                .contains("NOT ALL was exported: 47 files");
        assertThat(Files.readString(back.resolve("changed"))).isEqualTo("something else");
        assertThat(run(0, "export", "odd-names", back.toString(), "--overwrite"))
                .contains("48 files are there, 47");
        assertThat(contents(back)).isEqualTo(contents(tree));
    }

    @Test
    void damageOnTheWayIsFoundByVerifying() throws Exception {
        Path tree = tree("checked");
        run(0, "import", tree.toString(), "checked");
        Path file = tree.resolve("d0/f1");
        FileTime modified = Files.getLastModifiedTime(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[0]++;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, modified);
        assertThat(run(0, "import", tree.toString(), "checked")).contains("45 of them since before");
        assertThat(run(1, "import", tree.toString(), "checked", "--verify"))
                .contains(file + ": is there already with OTHER CONTENT");
        Path back = home.resolve("checked back");
        assertThat(run(0, "export", "checked", back.toString())).contains("Exported");
        Files.write(back.resolve("d0/f1"), bytes);
        Files.setLastModifiedTime(back.resolve("d0/f1"), modified);
        assertThat(run(1, "export", "checked", back.toString(), "--verify"))
                .contains("checked/d0/f1: something else is there");
    }

    @Test
    void anImportIsTakenBack() throws Exception {
        Path tree = tree("unwanted");
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("kept")).isEqualTo(201);
            assertThat(dav.makeFolder("kept/d0")).isEqualTo(201);
            dav.put("kept/d0/f1", "what was there".getBytes(StandardCharsets.UTF_8));
            dav.put("kept/mine", "mine".getBytes(StandardCharsets.UTF_8));
            String printed = run(0, "import", tree.toString(), "kept", "--overwrite");
            Matcher id = Pattern.compile("Import (\\S+) of").matcher(printed);
            assertThat(id.find()).isTrue();
            assertThat(run(0, "import", "--list"))
                    .containsPattern(id.group(1) + " .* finished +"
                            + Pattern.quote(tree.toRealPath().toString()));
            assertThat(dav.get("kept/d0/f1").body()).isEqualTo(Files.readAllBytes(tree.resolve("d0/f1")));
            dav.put("kept/d1/f2", "written since".getBytes(StandardCharsets.UTF_8));
            assertThat(run(0, "import", "--rollback", id.group(1))).contains(" 1 restored, 0 left.");
            assertThat(new String(dav.get("kept/d0/f1").body(), StandardCharsets.UTF_8))
                    .isEqualTo("what was there");
            assertThat(dav.get("kept/d1/f2").statusCode()).isEqualTo(200);
            assertThat(dav.get("kept/mine").statusCode()).isEqualTo(200);
            assertThat(dav.get("kept/d0/f2").statusCode()).isEqualTo(404);
            assertThat(dav.get("kept/empty/").statusCode()).isEqualTo(404);
            assertThat(run(1, "import", "--rollback=" + id.group(1))).contains("There is no import");
        }
    }

    @Test
    void oddNamesAndTimesComeBack() throws Exception {
        Path tree = Files.createDirectories(home.resolve("names"));
        for (String name : new String[] {
            "with space",
            " leading and trailing ",
            "100%",
            "a+b",
            "what?",
            "#1",
            "new\nline",
            "tab\t",
            "quote'\"",
            "back\\slash",
            "semi;colon",
            "amp&ersand",
            "-rf",
            ".hidden",
            "con",
            "colon:",
            "*",
            "\ud83d\ude00",
            "\u65e5\u672c",
            "n".repeat(255)
        }) {
            Files.writeString(tree.resolve(name), name);
            Files.writeString(
                    Files.createDirectories(tree.resolve("folder " + name.codePointAt(0)))
                            .resolve(name),
                    name);
        }
        Files.setLastModifiedTime(tree.resolve("con"), FileTime.from(Instant.parse("1960-02-03T04:05:06.700008Z")));
        Files.setLastModifiedTime(tree.resolve("100%"), FileTime.from(Instant.parse("2200-02-03T04:05:06Z")));
        Files.setLastModifiedTime(tree.resolve("folder " + (int) 'c'), FileTime.from(Instant.EPOCH));
        assertThat(run(0, "import", tree.toString(), "odd-tree", "--verify")).contains("Imported: 40 files");
        assertThat(run(0, "import", tree.toString(), "odd-tree")).contains("40 of them since before");
        Path back = home.resolve("names back");
        assertThat(run(0, "export", "odd-tree", back.toString(), "--verify")).contains("Exported: 40 files");
        assertThat(contents(back)).isEqualTo(contents(tree));
    }

    @Test
    void whatIsNoFileIsNamedOrLeftOut() throws Exception {
        Path tree = tree("special");
        Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
        Files.createSymbolicLink(tree.resolve("loop"), tree);
        shell(tree, "mkfifo pipe && touch \"$(printf 'no\\377text')\"");
        Path secret = Files.writeString(tree.resolve("secret"), "secret");
        Files.setPosixFilePermissions(secret, Set.of());
        // Whoever is root may read it all the same.
        boolean readable = Files.isReadable(secret);
        String printed = run(1, "import", tree.toString(), "special-files");
        assertThat(printed)
                .contains(tree.resolve("dangling") + ": is a symbolic link")
                .contains(tree.resolve("loop") + ": is a symbolic link")
                .contains(tree.resolve("pipe") + ": is neither file nor directory")
                .contains(": has a name that is not text")
                .contains(readable ? " 4 problems." : " 5 problems.");
        assertThat(printed.contains(secret + ": may not be read or written")).isEqualTo(!readable);
        shell(tree, "rm -f no* secret");
        assertThat(run(0, "import", tree.toString(), "special-files", "--skip-special"))
                .contains(tree.resolve("pipe") + ": is neither file nor directory")
                .contains(" 0 problems.");
        assertThat(run(0, "import", "--list")).containsPattern("finished .*special to special-files/");

        Path data = installation.data();
        assertThat(run(1, "import", data.resolve("journal").toString(), "own")).contains("belongs to the server");
        assertThat(run(1, "export", "special-files", data.resolve("out").toString()))
                .contains("belongs to the server");
        Path around = Files.createDirectories(home.resolve("around"));
        Files.createSymbolicLink(around.resolve("data"), data);
        assertThat(run(1, "import", around.toString(), "own")).contains("is a symbolic link");
    }

    @Test
    void keysThatNoFileSystemHoldsAreNamed() throws Exception {
        try (S3Client s3 = S3Clients.of(server)) {
            s3.createBucket(request -> request.bucket("keys"));
            for (String key : new String[] {"fine", "both", "both/below", "a//b", "../up", "folder/", "content/"}) {
                S3Clients.put(
                        s3, "keys", key, key.equals("folder/") ? new byte[0] : key.getBytes(StandardCharsets.UTF_8));
            }
        }
        Path out = home.resolve("keys out");
        assertThat(run(1, "export", "keys", out.toString()))
                .contains("keys/both: is both a file and a folder")
                .contains("keys/both/: is both a file and a folder")
                .contains("keys/a//: is no name that a file system can hold")
                .contains("keys/../: is no name that a file system can hold")
                .contains("keys/content/: is a folder with content of its own")
                .contains("NOT ALL was exported: 1 files");
        assertThat(contents(out).keySet()).containsExactly("a", "content", "fine", "folder");
        assertThat(home.resolve("up")).doesNotExist();
    }

    @Test
    void theStateOfAMomentIsExported() throws Exception {
        Path tree = tree("moment");
        run(0, "import", tree.toString(), "moments");
        Map<String, String> then = contents(tree);
        String moment = Instant.now().toString();
        Path file = tree.resolve("d1/f4");
        Files.writeString(file, "changed since");
        assertThat(run(0, "import", tree.toString(), "moments", "--overwrite")).contains("44 of them since before");
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.delete("moments/d2/")).isEqualTo(204);
        }
        Path past = home.resolve("past");
        assertThat(run(0, "export", "moments", past.toString(), "--at", moment, "--verify"))
                .contains("Exported: 45 files are there, 0 of them since before, all read back and the same.");
        assertThat(contents(past)).isEqualTo(then);
        Path present = home.resolve("present");
        assertThat(run(0, "export", "moments", present.toString())).contains("Exported: 30 files");
        assertThat(present.resolve("d1/f4")).hasContent("changed since");
        assertThat(run(1, "export", "moments", present.toString(), "--at", "2001-01-01"))
                .contains("varve: ");
        assertThat(run(1, "export", "moments", present.toString(), "--at", "lately"))
                .contains("is no moment");
    }

    /** The client has less memory than the file has bytes. */
    @Test
    void aHugeFileTakesLittleMemory() throws Exception {
        Path tree = Files.createDirectories(home.resolve("huge"));
        long bytes = 90L << 20;
        try (RandomAccessFile file = new RandomAccessFile(tree.resolve("file").toFile(), "rw")) {
            file.setLength(bytes);
            file.seek(bytes / 2);
            file.write(1);
        }
        installation = installation.withJava("-Xmx64m", "-XX:TieredStopAtLevel=1");
        assertThat(run(0, "import", tree.toString(), "huge-files", "--verify")).contains("Imported: 1 files");
        Path back = home.resolve("huge back");
        assertThat(run(0, "export", "huge-files", back.toString(), "--verify")).contains("Exported: 1 files");
        assertThat(Files.mismatch(tree.resolve("file"), back.resolve("file"))).isEqualTo(-1);
        Files.delete(back.resolve("file"));
    }

    @Test
    void wrongWordsAreRefused() throws Exception {
        assertThat(run(1, "import", home.resolve("missing").toString(), "bucket"))
                .contains("There is no directory");
        assertThat(run(2, "import", home.toString())).contains("Give DIR and BUCKET[/FOLDER]");
        assertThat(run(1, "import", tree("small").toString(), "No Bucket")).contains("varve: ");
        assertThat(run(1, "export", "no-such-bucket", home.resolve("x").toString()))
                .contains("does not exist");
        assertThat(home.resolve("x")).doesNotExist();
    }

    /** 45 files in four folders, some of several chunks, with times of their own. */
    private static Path tree(String name) throws IOException {
        Path tree = Files.createDirectories(home.resolve(name));
        Random random = new Random(name.hashCode());
        for (int folder = 0; folder < 3; folder++) {
            Path directory = Files.createDirectories(tree.resolve("d" + folder));
            for (int file = 0; file < 15; file++) {
                byte[] bytes = new byte[file % 5 == 0 ? 300_000 : 1 + random.nextInt(3000)];
                random.nextBytes(bytes);
                Path path = Files.write(directory.resolve("f" + file), bytes);
                Files.setLastModifiedTime(
                        path, FileTime.from(Instant.ofEpochSecond(1_000_000_000L + file, 123_456_000)));
            }
        }
        Files.createDirectories(tree.resolve("empty"));
        for (String directory : new String[] {"d0", "d1", "d2", "empty"}) {
            Files.setLastModifiedTime(tree.resolve(directory), FileTime.from(Instant.ofEpochSecond(999_999_999)));
        }
        return tree;
    }

    /** Every path below a directory with its time, and a file with what it holds. */
    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(p -> !p.equals(directory)).toList()) {
                String what = Files.isDirectory(path)
                        ? ""
                        : HexFormat.of().formatHex(Digests.sha256(Files.readAllBytes(path)));
                Instant modified = Files.getLastModifiedTime(path).toInstant().truncatedTo(ChronoUnit.MICROS);
                found.put(directory.relativize(path).toString(), what + " " + modified);
            }
        }
        return found;
    }

    private static void shell(Path directory, String command) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
    }

    private static String run(int exit, String... words) throws Exception {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
