package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
    @TempDir
    Path directory;

    @Test
    void saysWhatTheFileStoreSays() throws IOException {
        assertThat(DiskSpace.totalBytes(directory))
                .isEqualTo(Files.getFileStore(directory).getTotalSpace());
        assertThat(DiskSpace.usableBytes(directory)).isPositive().isLessThanOrEqualTo(DiskSpace.totalBytes(directory));
        assertThat(DiskSpace.kind(directory))
                .isEqualTo(Files.getFileStore(directory).type());
    }

    @Test
    void whatIsNotThereIsNoFullDisk() {
        Path gone = directory.resolve("gone");
        assertThatThrownBy(() -> DiskSpace.usableBytes(gone)).isInstanceOf(NoSuchFileException.class);
        assertThat(DiskSpace.kind(gone)).isEqualTo("unknown");
    }
}
