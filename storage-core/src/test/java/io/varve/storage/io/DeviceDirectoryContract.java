package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link DeviceDirectory} promises, for every implementation. */
abstract class DeviceDirectoryContract {

    private DeviceDirectory directory;

    /** A new, empty directory. */
    abstract DeviceDirectory directory() throws IOException;

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = directory();
    }

    @Test
    void listsNamesInOrder() throws IOException {
        assertThat(directory.list()).isEmpty();
        for (String name : new String[] {"b", "a.log", "A", "10", "9", "a-1", "a_1"}) {
            directory.create(name).close();
        }

        assertThat(directory.list()).containsExactly("10", "9", "A", "a-1", "a.log", "a_1", "b");
        assertThat(directory.exists("b")).isTrue();
        assertThat(directory.exists("c")).isFalse();
    }

    @Test
    void createsOnlyWhatIsNotThere() throws IOException {
        write("a", 1);

        assertThatThrownBy(() -> directory.create("a")).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(directory.size("a")).isEqualTo(BLOCK);
    }

    @Test
    void whatIsMissingIsReportedAsMissing() {
        assertThatThrownBy(() -> directory.open("a")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> directory.size("a")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> directory.delete("a")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> directory.rename("a", "b")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void deletesWhatIsClosed() throws IOException {
        BlockDevice device = directory.create("a");
        BlockDevice again = directory.open("a");

        device.close();
        device.close();
        assertThatThrownBy(() -> directory.delete("a")).isInstanceOf(IllegalStateException.class);
        again.close();
        directory.delete("a");

        assertThat(directory.exists("a")).isFalse();
        assertThat(directory.list()).isEmpty();
    }

    @Test
    void renamesAndReplacesWhatIsClosed() throws IOException {
        write("old", 1);
        write("new", 2);
        try (BlockDevice reader = directory.open("old")) {
            assertThat(reader.size()).isEqualTo(BLOCK);
            assertThatThrownBy(() -> directory.rename("old", "new")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> directory.rename("new", "old")).isInstanceOf(IllegalStateException.class);
        }

        directory.rename("old", "new");

        assertThat(directory.list()).containsExactly("new");
        assertThat(read("new")).isEqualTo(1);
    }

    @Test
    void refusesNamesThatAreNone() {
        for (String name :
                new String[] {"", ".", "..", ".hidden", "a/b", "a\\b", "a b", "ä", "-a", "a\0", "x".repeat(129)}) {
            assertThatThrownBy(() -> directory.create(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory.open(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory.exists(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory.size(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory.delete(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory.rename(name, "a")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory.rename("a", name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void syncsAndKnowsItsRoom() throws IOException {
        write("a", 1);

        assertThatCode(directory::sync).doesNotThrowAnyException();
        assertThat(directory.usableBytes()).isPositive();
    }

    @Test
    void worksForInterruptedThreads() throws IOException {
        Thread.currentThread().interrupt();
        try {
            write("a", 1);
            directory.rename("a", "b");
            directory.sync();
            assertThat(directory.list()).containsExactly("b");
            directory.delete("b");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private void write(String name, int value) throws IOException {
        try (BlockDevice device = directory.create(name)) {
            device.write(AlignedBuffers.allocate(BLOCK).putInt(0, value), 0);
        }
    }

    private int read(String name) throws IOException {
        ByteBuffer dst = AlignedBuffers.allocate(BLOCK);
        try (BlockDevice device = directory.open(name)) {
            device.read(dst, 0);
        }
        return dst.getInt(0);
    }
}
