package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.RetentionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Metadata on another disk is brought there, made anew where it is not, and never taken for that of another journal. */
class MetadataPlaceTest extends StoreInDirectory {
    private Path disk;

    @BeforeEach
    void makeDisk() throws IOException {
        disk = Files.createDirectory(home.resolve("disk"));
    }

    private EngineSettings settings(Path directory) {
        return EngineSettings.of(directory).withHistory(RetentionPolicy.NONE).withMetadata(disk);
    }

    private StorageEngine openElsewhere(Path directory) throws IOException {
        return StorageEngine.open(settings(directory), InstantSource.system(), new SimpleMeterRegistry());
    }

    private void requireModelElsewhere(Path directory) throws IOException {
        try (StorageEngine engine = openElsewhere(directory)) {
            for (Map.Entry<String, byte[]> file : model.entrySet()) {
                Entry entry = engine.namespace().find(path(file.getKey())).orElseThrow();
                try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
                    assertThat(reader.readAllBytes()).as(file.getKey()).isEqualTo(file.getValue());
                }
            }
        }
        assertThat(directory.resolve("meta")).doesNotExist();
        assertThat(OfflineStore.check(settings(directory), home.resolve("scratch"))
                        .findings())
                .isEmpty();
    }

    private Path own() throws IOException {
        return disk.resolve("varve-" + DataDirectory.storeIdOf(data));
    }

    /** Changes the metadata in a way that only a copy of its bytes has. */
    private static Path mark(Path metadata) throws IOException {
        return Files.writeString(metadata.resolve("mark"), "as it was");
    }

    private void fill() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "a", 1, 100_000);
            put(engine, "b", 2, 300_000);
        }
    }

    @Test
    void itIsBroughtThereOnceAndBackIfTheSettingGoes() throws IOException {
        fill();
        String mark = mark(data.resolve("meta")).getFileName().toString();
        requireModelElsewhere(data);
        assertThat(own().resolve("meta").resolve(mark))
                .as("its bytes were brought")
                .exists();
        assertThat(Files.getPosixFilePermissions(own())).isEqualTo(PosixFilePermissions.fromString("rwx------"));

        requireModel(data);
        assertThat(data.resolve("meta")).as("made anew in the data directory").isDirectory();
        try (StorageEngine engine = open()) {
            put(engine, "c", 3, 100_000);
        }
        requireModelElsewhere(data);
        assertThat(own().resolve("meta").resolve(mark))
                .as("what lay there is replaced")
                .doesNotExist();
    }

    @Test
    void aStoreThatBeginsWithItHasNoneInTheDataDirectory() throws IOException {
        try (StorageEngine engine = openElsewhere(data)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "a", 1, 100_000);
            assertThat(engine.hasSpace()).isTrue();
            assertThatThrownBy(() -> openElsewhere(data)).isInstanceOf(DataDirectoryHeldException.class);
        }
        assertThat(OfflineStore.rebuild(settings(data), false, (commits, last) -> {})
                        .metadataBytes())
                .isPositive();
        requireModelElsewhere(data);
    }

    @Test
    void aDiskThatIsNotMountedStopsTheStartAndALostOneDoesNot() throws IOException {
        fill();
        Files.delete(disk);
        assertThatThrownBy(() -> openElsewhere(data))
                .hasMessageContaining("varve.metadata.dir")
                .hasMessageContaining(disk.toString());
        assertThat(data.resolve("meta")).isDirectory();
        Files.createDirectory(disk);
        requireModelElsewhere(data);
        DataDirectory.erase(disk);
        Files.createDirectory(disk);
        requireModelElsewhere(data);
    }

    /** The metadata there knows commits that the restored journal does not. */
    @Test
    void aRestoredStoreMakesItAnewWhateverLiesThere() throws IOException {
        fill();
        requireModelElsewhere(data);
        Path backup = home.resolve("backup");
        copy(data, backup);
        Files.delete(backup.resolve("INDEX")); // No backup has it.
        Map<String, byte[]> then = new HashMap<>(model);
        try (StorageEngine engine = openElsewhere(data)) {
            put(engine, "later", 9, 200_000);
            delete(engine, "a");
        }
        DataDirectory.erase(data);
        copy(backup, data);
        model.clear();
        model.putAll(then);
        requireModelElsewhere(data);

        // A copy that has the file lies elsewhere than the metadata says.
        Path twin = home.resolve("twin");
        copy(data, twin);
        requireModelElsewhere(twin);
        requireModelElsewhere(data);
    }

    /** What a disk that was away for long holds is behind what the journal still has. */
    @Test
    void anOldOneIsMadeAnew() throws IOException {
        fill();
        requireModelElsewhere(data);
        Path old = home.resolve("old");
        copy(own(), old);
        for (int round = 0; round < 3; round++) {
            try (StorageEngine engine = openElsewhere(data)) {
                put(engine, "a", 20 + round, 100_000);
                engine.settle(false);
            }
        }
        DataDirectory.erase(own());
        copy(old, own());
        requireModelElsewhere(data);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }
}
