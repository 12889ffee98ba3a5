package io.varve.app.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Compares what a store gave back with what it was given, byte by byte. */
final class SameContent {
    private SameContent() {}

    /**
     * Checks a restored version.
     *
     * @param target the directory that got it
     * @throws IOException if a file differs, lacks, or was not asked for
     */
    static void check(Path version, Path target) throws IOException {
        Path base = Files.isDirectory(version) ? version : Corpus.folder(version);
        List<Path> wanted = Corpus.files(version).stream().map(base::relativize).toList();
        List<Path> restored =
                Corpus.files(target).stream().map(target::relativize).toList();
        if (!wanted.equals(restored)) {
            throw new IOException(
                    "Restored " + restored.size() + " files, not the " + wanted.size() + " of " + version + ".");
        }
        for (Path file : wanted) {
            if (Files.mismatch(base.resolve(file), target.resolve(file)) != -1) {
                throw new IOException("Restored " + file + " of " + version + " with other bytes.");
            }
        }
    }
}
