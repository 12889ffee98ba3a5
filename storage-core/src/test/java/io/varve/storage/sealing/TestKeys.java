package io.varve.storage.sealing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;

/** Master keys for tests. */
public final class TestKeys {
    private TestKeys() {}

    /** Seals with a new key that lies nowhere. */
    public static Sealing sealed() {
        try {
            Path directory = Files.createTempDirectory("keys");
            try {
                return new Sealing(KeyRing.open(directory).withNewGeneration(), true);
            } finally {
                try (Stream<Path> files = Files.walk(directory)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A key of known bytes, all the same, in a directory. */
    public static KeyRing known(Path directory, int generation, int value) throws IOException {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) value);
        Files.write(directory.resolve("at-rest-" + generation + ".key"), key);
        return KeyRing.open(directory);
    }
}
