package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFileTest {
    @TempDir
    private Path directory;

    @Test
    void holdsTheContentAndNothingIsLeftBesideIt() throws IOException {
        Path file = directory.resolve("secret");
        PrivateFile.create(file, new byte[] {1, 2, 3});
        assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void onlyItsOwnerMayReadIt() throws IOException {
        assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("posix"), "a file system with modes");
        Path file = directory.resolve("secret");
        PrivateFile.create(file, new byte[1]);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void neverReplacesAFile() throws IOException {
        Path file = Files.writeString(directory.resolve("secret"), "old");
        assertThatThrownBy(() -> PrivateFile.create(file, new byte[1])).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("old");
    }

    @Test
    void goesOnAfterAnInterruptedAttempt() throws IOException {
        Path file = directory.resolve("secret");
        Files.writeString(directory.resolve("secret.new"), "half");
        PrivateFile.create(file, new byte[] {7});
        assertThat(file).hasBinaryContent(new byte[] {7});
    }

    @Test
    void needsItsDirectory() {
        assertThatThrownBy(() -> PrivateFile.create(directory.resolve("missing/secret"), new byte[1]))
                .isInstanceOf(NoSuchFileException.class);
    }
}
