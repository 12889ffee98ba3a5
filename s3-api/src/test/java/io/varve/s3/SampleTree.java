package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A small tree of files with names and sizes that have tripped clients and servers. */
final class SampleTree {

    private SampleTree() {}

    static void write(Path root) throws IOException {
        Random random = new Random(99);
        Map<String, Integer> sizes = new TreeMap<>(Map.of(
                "empty", 0,
                "one", 1,
                "with space and + plus.txt", 100,
                "deep/er/and/deeper/file", 5000,
                "ümläut/€ and 😀", 321,
                "percent%20 & amp; 'quote'", 77,
                "big.bin", 12 << 20));
        for (int i = 0; i < 30; i++) {
            sizes.put("many/" + i + ".txt", i * 100);
        }
        for (Map.Entry<String, Integer> file : sizes.entrySet()) {
            Path path = root.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            byte[] bytes = new byte[file.getValue()];
            random.nextBytes(bytes);
            Files.write(path, bytes);
        }
    }

    static void assertSame(Path expected, Path actual) throws IOException {
        try (Stream<Path> files = Files.walk(expected)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(actual.resolve(expected.relativize(file))).hasSameBinaryContentAs(file);
            }
        }
        try (Stream<Path> mine = Files.walk(expected);
                Stream<Path> theirs = Files.walk(actual)) {
            assertThat(theirs.filter(Files::isRegularFile).count())
                    .isEqualTo(mine.filter(Files::isRegularFile).count());
        }
    }
}
