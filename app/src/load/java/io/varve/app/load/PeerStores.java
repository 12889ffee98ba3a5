package io.varve.app.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The peers: Debian's deduplicating archivers, without encryption where they can do without, every version read whole (no list of files
 * that are taken to be unchanged), caches of theirs beside their data and not counted.
 */
final class PeerStores {
    private PeerStores() {}

    /** All of them. */
    static List<VersionStore> all(BoundedCommands commands) {
        return List.of(
                new Restic(commands, "auto"),
                new Restic(commands, "max"),
                new Borg(commands, "lz4"),
                new Borg(commands, "zstd"),
                new Bup(commands),
                new Casync(commands));
    }

    /** How versions are called where a store wants names. */
    private static String tag(int number) {
        return String.format(Locale.ROOT, "v%05d", number);
    }

    /** Where a command runs that is to store a version by a relative name. */
    private static Path base(Path version) {
        return Files.isDirectory(version) ? version : Corpus.folder(version);
    }

    /** That relative name. */
    private static String relative(Path version) {
        return Files.isDirectory(version) ? "." : String.valueOf(version.getFileName());
    }

    /** restic; it always encrypts. */
    private static final class Restic implements VersionStore {
        private final BoundedCommands commands;
        private final String compression;
        private Map<String, String> environment = Map.of();

        Restic(BoundedCommands commands, String compression) {
            this.commands = commands;
            this.compression = compression;
        }

        @Override
        public String name() {
            return "restic-" + compression;
        }

        @Override
        public String release() throws IOException {
            return commands.firstLine(List.of("restic", "version"));
        }

        @Override
        public Path open(Path directory) throws IOException {
            Path data = directory.resolve("data");
            environment = Map.of(
                    "RESTIC_REPOSITORY", data.toString(),
                    "RESTIC_PASSWORD", "load-and-measure",
                    "RESTIC_CACHE_DIR", directory.resolve("cache").toString());
            commands.run(directory, environment, List.of("restic", "init"));
            return data;
        }

        @Override
        public Cost put(int number, Path version) throws IOException {
            List<String> command = List.of(
                    "restic",
                    "backup",
                    "--force",
                    "--compression",
                    compression,
                    "--tag",
                    tag(number),
                    relative(version));
            return commands.run(base(version), environment, command);
        }

        @Override
        public Cost restore(int number, Path version, Path target) throws IOException {
            List<String> command =
                    List.of("restic", "restore", "latest", "--tag", tag(number), "--target", target.toString());
            return commands.run(target, environment, command);
        }
    }

    /** borg without encryption. */
    private static final class Borg implements VersionStore {
        private final BoundedCommands commands;
        private final String compression;
        private Map<String, String> environment = Map.of();

        Borg(BoundedCommands commands, String compression) {
            this.commands = commands;
            this.compression = compression;
        }

        @Override
        public String name() {
            return "borg-" + compression;
        }

        @Override
        public String release() throws IOException {
            return commands.firstLine(List.of("borg", "--version"));
        }

        @Override
        public Path open(Path directory) throws IOException {
            Path data = directory.resolve("data");
            environment = Map.of(
                    "BORG_REPO", data.toString(),
                    "BORG_BASE_DIR", directory.resolve("home").toString(),
                    "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes");
            commands.run(directory, environment, List.of("borg", "init", "--encryption=none"));
            return data;
        }

        @Override
        public Cost put(int number, Path version) throws IOException {
            List<String> command = List.of(
                    "borg",
                    "create",
                    "--files-cache=disabled",
                    "--compression=" + compression,
                    "::" + tag(number),
                    relative(version));
            return commands.run(base(version), environment, command);
        }

        @Override
        public Cost restore(int number, Path version, Path target) throws IOException {
            return commands.run(target, environment, List.of("borg", "extract", "::" + tag(number)));
        }
    }

    /** bup: git's pack files. */
    private static final class Bup implements VersionStore {
        private final BoundedCommands commands;
        private Path directory = Path.of("");
        private Map<String, String> environment = Map.of();

        Bup(BoundedCommands commands) {
            this.commands = commands;
        }

        @Override
        public String name() {
            return "bup";
        }

        @Override
        public String release() throws IOException {
            return "bup " + commands.firstLine(List.of("bup", "--version"));
        }

        @Override
        public Path open(Path own) throws IOException {
            directory = own;
            Path data = own.resolve("data");
            environment = Map.of("BUP_DIR", data.toString(), "HOME", own.toString());
            commands.run(own, environment, List.of("bup", "init"));
            return data;
        }

        @Override
        public Cost put(int number, Path version) throws IOException {
            String index = directory.resolve("index-" + number).toString();
            Cost indexed = commands.run(
                    directory,
                    environment,
                    List.of("bup", "index", "--indexfile", index, "--update", version.toString()));
            List<String> save = new ArrayList<>(List.of("bup", "save", "--indexfile", index, "--name", tag(number)));
            save.add("--strip-path=" + base(version));
            save.add(version.toString());
            return indexed.plus(commands.run(directory, environment, save));
        }

        @Override
        public Cost restore(int number, Path version, Path target) throws IOException {
            List<String> command =
                    List.of("bup", "restore", "--outdir", target.toString(), "/" + tag(number) + "/latest/.");
            return commands.run(target, environment, command);
        }
    }

    /** casync: one file for each chunk, one index for each version. */
    private static final class Casync implements VersionStore {
        private final BoundedCommands commands;
        private Path data = Path.of("");

        Casync(BoundedCommands commands) {
            this.commands = commands;
        }

        @Override
        public String name() {
            return "casync";
        }

        @Override
        public String release() throws IOException {
            return commands.firstLine(List.of("casync", "--version"));
        }

        @Override
        public Path open(Path directory) throws IOException {
            data = Files.createDirectory(directory.resolve("data"));
            return data;
        }

        @Override
        public Cost put(int number, Path version) throws IOException {
            List<String> command = List.of(
                    "casync", "make", "--with=unix", "--store=" + chunks(), index(number, version), version.toString());
            return commands.run(data, Map.of(), command);
        }

        @Override
        public Cost restore(int number, Path version, Path target) throws IOException {
            Path place = Files.isDirectory(version) ? target : target.resolve(relative(version));
            List<String> command = List.of(
                    "casync",
                    "extract",
                    "--with=unix",
                    "--store=" + chunks(),
                    index(number, version),
                    place.toString());
            return commands.run(data, Map.of(), command);
        }

        private Path chunks() {
            return data.resolve("chunks.castr");
        }

        private String index(int number, Path version) {
            String suffix = Files.isDirectory(version) ? ".caidx" : ".caibx";
            return data.resolve(tag(number) + suffix).toString();
        }
    }
}
