package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDeviceDirectoryTest extends DeviceDirectoryContract {

    @TempDir
    private Path folder;

    @Override
    DeviceDirectory directory() throws IOException {
        return FileDeviceDirectory.open(folder.resolve("devices"));
    }

    @Test
    void makesPrivateDirectoriesAndFiles() throws IOException {
        assumeTrue(
                folder.getFileSystem().supportedFileAttributeViews().contains("posix"), "No POSIX permissions here.");
        Path deep = folder.resolve("one/two");

        FileDeviceDirectory.open(deep).create("a").close();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("one"))))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep.resolve("a"))))
                .isEqualTo("rw-------");
    }

    @Test
    void seesOnlyDevices() throws IOException {
        Files.createFile(folder.resolve("device"));
        Files.createFile(folder.resolve("not a device"));
        Files.createFile(folder.resolve(".hidden"));
        Files.createDirectory(folder.resolve("folder"));

        DeviceDirectory directory = FileDeviceDirectory.open(folder);

        assertThat(directory.list()).containsExactly("device");
        assertThat(directory.exists("folder")).isFalse();
    }

    @Test
    void probesTheEngineAndLeavesNothingBehind() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));

        FileDeviceDirectory directory = FileDeviceDirectory.open(empty);

        assertThat(directory.engine()).isEqualTo(IoEngine.probe(empty));
        assertThat(directory.engine().reason())
                .contains(Files.getFileStore(empty).type());
        assertThat(empty).isEmptyDirectory();
    }

    @Test
    void aFileInThePlaceOfTheDirectoryIsAnError() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> FileDeviceDirectory.open(file)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> FileDeviceDirectory.open(file.resolve("below")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void readsFilesThatEndInsideABlock() throws IOException {
        Files.write(folder.resolve("odd"), new byte[BlockDevice.BLOCK + 100]);
        DeviceDirectory directory = FileDeviceDirectory.open(folder);

        try (BlockDevice device = directory.open("odd")) {
            assertThat(device.size()).isEqualTo(BlockDevice.BLOCK + 100);
            assertThat(device.read(AlignedBuffers.allocate(4 * BlockDevice.BLOCK), 0))
                    .isEqualTo(BlockDevice.BLOCK + 100);
            assertThat(device.read(AlignedBuffers.allocate(BlockDevice.BLOCK), BlockDevice.BLOCK))
                    .isEqualTo(100);
        }
    }
}
