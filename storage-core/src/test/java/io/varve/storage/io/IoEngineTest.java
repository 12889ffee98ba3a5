package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IoEngineTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"nfs", "nfs4", "cifs", "smb3", "fuse.s3fs", "fuse.rclone", "fuse", "9p", "CIFS", "ceph"})
    void networkFileSystemsGetTheSafeMode(String type) throws IOException {
        IoEngine engine = IoEngine.probe(folder, Optional.empty(), type);

        assertThat(engine.kind()).isEqualTo(IoEngine.Kind.SAFE);
        assertThat(engine.reason()).contains("(" + type + ")");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "NTFS", "fusion"})
    void otherFileSystemsDoNot(String type) throws IOException {
        assertThat(IoEngine.probe(folder, Optional.empty(), type).kind()).isNotEqualTo(IoEngine.Kind.SAFE);
    }

    @Test
    void whatIsAskedForComesBeforeTheKindOfFileSystem() throws IOException {
        List<IoEngine.Kind> kinds = List.of(IoEngine.Kind.values());
        for (IoEngine.Kind asked : kinds) {
            IoEngine engine = IoEngine.probe(folder, Optional.of(asked), "nfs");

            assertThat(kinds.indexOf(engine.kind())).isGreaterThanOrEqualTo(kinds.indexOf(asked));
            assertThat(engine.kind() == IoEngine.Kind.SAFE).isEqualTo(asked == IoEngine.Kind.SAFE);
        }
    }

    @Test
    void allEnginesReadTheSameFile() throws IOException {
        byte[] expected = null;
        for (IoEngine.Kind kind : IoEngine.Kind.values()) {
            FileDeviceDirectory files = FileDeviceDirectory.open(folder, Optional.of(kind));
            if (expected == null) {
                expected = new byte[3 * BlockDevice.BLOCK];
                expected[BlockDevice.BLOCK] = 7;
                DeviceFiles.write(files, "file", expected);
            }
            assertThat(DeviceFiles.read(files, "file")).isEqualTo(expected);
            expected[2 * BlockDevice.BLOCK] = (byte) kind.text().hashCode();
            DeviceFiles.write(files, "file", expected);
        }
    }
}
