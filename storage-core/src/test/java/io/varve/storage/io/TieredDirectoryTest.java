package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TieredDirectoryTest extends DeviceDirectoryContract {
    private final MemoryDeviceDirectory near = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory far = new MemoryDeviceDirectory();

    /** One whose home is not the first place. */
    @Override
    DeviceDirectory directory() throws IOException {
        return TieredDirectory.of(List.of(near, far)).at(1);
    }

    @Test
    void filesAreMadeAtHomeAndFoundEverywhere() throws IOException {
        TieredDirectory first = TieredDirectory.of(List.of(near, far));
        first.create("a").close();
        first.at(1).create("b").close();
        assertThat(near.list()).containsExactly("a");
        assertThat(far.list()).containsExactly("b");
        assertThat(first.list()).containsExactly("a", "b");
        assertThat(first.at(1).list()).containsExactly("a", "b");
        assertThat(first.placeOf("a")).isZero();
        assertThat(first.placeOf("b")).isEqualTo(1);
        first.delete("b");
        assertThat(far.list()).isEmpty();
    }

    @Test
    void aNameIsNeverGivenTwice() throws IOException {
        TieredDirectory first = TieredDirectory.of(List.of(near, far));
        near.create("a").close();
        far.create("b").close();
        assertThatThrownBy(() -> first.at(1).create("a")).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> first.rename("b", "a")).isInstanceOf(IOException.class);
        assertThat(first.list()).containsExactly("a", "b");
        far.create("a").close();
        assertThatThrownBy(() -> TieredDirectory.of(List.of(near, far)))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("two tiers");
    }

    @Test
    void aRenamedFileStaysWhereItLies() throws IOException {
        TieredDirectory first = TieredDirectory.of(List.of(near, far));
        far.create("a").close();
        first.rename("a", "b");
        assertThat(far.list()).containsExactly("b");
        assertThat(near.list()).isEmpty();
    }

    @Test
    void aFailingPlaceHoldsUpOnlyWhoLivesThere() throws IOException {
        Faults faults = new Faults(1);
        TieredDirectory first = TieredDirectory.of(List.of(near, new FaultyDeviceDirectory(far, faults)));
        faults.failDirectorySync(1);
        first.sync();
        assertThatThrownBy(() -> first.at(1).sync()).isInstanceOf(IOException.class);
        first.create("a").close();
        first.sync();
    }
}
