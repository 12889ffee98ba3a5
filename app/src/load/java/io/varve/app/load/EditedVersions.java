package io.varve.app.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The JDK's own sources, which every machine has that builds Varve, edited in steps that are the same in every run: of a hundred files two
 * get some lines changed, and of three hundred one goes and one comes.
 *
 * @param versions gets them
 * @param work an empty directory
 */
record EditedVersions(Path versions, Path work, BoundedCommands commands) {
    private static final int EDITED_OF_HUNDRED = 2;
    private static final int GONE_OF = 300;

    /** A tree of small files. */
    void tree(String prefix, int count) throws IOException {
        SplittableRandom random = new SplittableRandom(21);
        Path before = versions.resolve(FetchedVersions.ordered(0, "tree"));
        unpack(prefix, before);
        for (int i = 1; i < count; i++) {
            Path next = versions.resolve(FetchedVersions.ordered(i, "tree"));
            for (Path file : Corpus.files(before)) {
                Path copy = next.resolve(before.relativize(file).toString());
                Files.createDirectories(Corpus.folder(copy));
                Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
            edit(next, i, random);
            before = next;
        }
    }

    /** An ext4 image of such a tree, changed in place as a mounted one is. */
    void disk(String prefix, int count, int bytes) throws IOException {
        SplittableRandom random = new SplittableRandom(22);
        Path tree = work.resolve("tree");
        unpack(prefix, tree);
        Path image = versions.resolve(FetchedVersions.ordered(0, "disk.img"));
        String mebibytes = (bytes >> 20) + "m";
        commands.run(
                work,
                Map.of(),
                List.of("mke2fs", "-q", "-t", "ext4", "-d", tree.toString(), image.toString(), mebibytes));
        for (int i = 1; i < count; i++) {
            Path next = versions.resolve(FetchedVersions.ordered(i, "disk.img"));
            Files.copy(image, next);
            Edits edits = edit(tree, i, random);
            List<String> script = new ArrayList<>();
            edits.gone().forEach(file -> script.add("rm /" + tree.relativize(file)));
            for (Path file : edits.written()) {
                script.add("rm /" + tree.relativize(file));
                script.add("write " + file + " /" + tree.relativize(file));
            }
            Path commandFile = work.resolve("edits-" + i);
            Files.write(commandFile, script);
            commands.run(work, Map.of(), List.of("debugfs", "-w", "-f", commandFile.toString(), next.toString()));
            image = next;
        }
    }

    /** What a step did to a tree. */
    private record Edits(List<Path> gone, List<Path> written) {}

    private static Edits edit(Path tree, int step, SplittableRandom random) throws IOException {
        Edits edits = new Edits(new ArrayList<>(), new ArrayList<>());
        for (Path file : Corpus.files(tree)) {
            int chance = random.nextInt(100 * GONE_OF);
            if (chance < 100) {
                Files.delete(file);
                edits.gone().add(file);
            } else if (chance < 200) {
                Path added = file.resolveSibling("Added" + step + file.getFileName());
                Files.write(added, changed(Files.readAllLines(file, StandardCharsets.ISO_8859_1), step, random));
                edits.written().add(added);
            } else if (chance < 200 + EDITED_OF_HUNDRED * GONE_OF) {
                Files.write(file, changed(Files.readAllLines(file, StandardCharsets.ISO_8859_1), step, random));
                edits.written().add(file);
            }
        }
        return edits;
    }

    private static List<String> changed(List<String> lines, int step, SplittableRandom random) {
        List<String> changed = new ArrayList<>(lines);
        for (int edits = random.nextInt(1, 6); edits > 0; edits--) {
            int at = random.nextInt(changed.size() + 1);
            String line = String.format(
                    Locale.ROOT, "        // Step %d: case %d is handled by its caller.", step, random.nextInt(1000));
            if (at < changed.size() && random.nextBoolean()) {
                changed.set(at, line);
            } else {
                changed.add(at, line);
            }
        }
        return changed;
    }

    private static void unpack(String prefix, Path target) throws IOException {
        Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        try (ZipFile zip = new ZipFile(sources.toFile())) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                if (entry.getName().startsWith(prefix) && !entry.isDirectory()) {
                    Path file = target.resolve(entry.getName().substring(prefix.length()));
                    Files.createDirectories(Corpus.folder(file));
                    try (var content = zip.getInputStream(entry)) {
                        Files.copy(content, file);
                    }
                }
            }
        }
        if (!Files.isDirectory(target)) {
            throw new IOException(sources + " has nothing that begins with " + prefix + ".");
        }
    }
}
