package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.Mirror;
import io.varve.storage.maintenance.BackupRestore;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tiers in real directories: a disk that is not there is told by name, and never taken for an empty one. */
class TierDirectoriesTest {
    private static final byte[] CONTENT = new byte[700_000];

    @TempDir
    Path home;

    private Path data;
    private Path warm;
    private Path cold;

    @BeforeEach
    void name() throws IOException {
        new Random(1).nextBytes(CONTENT);
        data = home.resolve("data");
        warm = Files.createDirectory(home.resolve("warm"));
        cold = Files.createDirectory(home.resolve("cold"));
    }

    /** Nothing may stay hot or warm. */
    private EngineSettings.Tiers tiers(Optional<Path> warmDirectory, Optional<Path> coldDirectory) {
        return new EngineSettings.Tiers(warmDirectory, coldDirectory, 0, 0, Duration.ZERO, Duration.ofDays(1), 100);
    }

    private EngineSettings.Tiers both() {
        return tiers(Optional.of(warm), Optional.of(cold));
    }

    private StorageEngine open(EngineSettings.Tiers tiers) throws IOException {
        return open(data, tiers);
    }

    private static StorageEngine open(Path directory, EngineSettings.Tiers tiers) throws IOException {
        return StorageEngine.open(
                EngineSettings.of(directory).withTiers(tiers), InstantSource.system(), new SimpleMeterRegistry());
    }

    private void fill() throws IOException {
        try (StorageEngine engine = open(both())) {
            engine.namespace().createBucket("bucket", "root");
            try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
                writer.write(CONTENT);
                try (StagedContent content = writer.finish()) {
                    engine.namespace()
                            .put(
                                    new EntryPath("bucket", "file"),
                                    content,
                                    PutRequest.ofType(""),
                                    WriteOptions.keys("root"));
                }
            }
            TierMoves.Report report = engine.settle(false).tiers();
            assertThat(report).isNotNull();
            assertThat(engine.tiers().places().getLast().chunkBytes()).isGreaterThan(CONTENT.length);
        }
        assertThat(segmentsIn(cold)).isNotEmpty();
        assertThat(segmentsIn(data)).isEmpty();
    }

    private static void requireHolds(StorageEngine engine) throws IOException {
        Entry entry = engine.namespace().find(new EntryPath("bucket", "file")).orElseThrow();
        try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
            assertThat(reader.readAllBytes()).isEqualTo(CONTENT);
        }
    }

    private static List<Path> segmentsIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("segments"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void theStoreIsTheSameAfterARestartAndWithoutItsMetadata() throws IOException {
        fill();
        try (StorageEngine engine = open(both())) {
            requireHolds(engine);
        }
        assertThat(OfflineStore.check(data, both(), home.resolve("scratch")).findings())
                .isEmpty();
        OfflineStore.rebuild(EngineSettings.of(data).withTiers(both()), false, (commits, sequence) -> {});
        try (StorageEngine engine = open(both())) {
            requireHolds(engine);
        }
    }

    @Test
    void withoutItsTiersTheStoreSaysWhatToDo() throws IOException {
        fill();
        assertThatThrownBy(() -> open(EngineSettings.Tiers.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("varve.tiers.warm.dir names no directory")
                .hasMessageContaining(warm.toString())
                .hasMessageContaining("TIERS");
        assertThatThrownBy(() -> OfflineStore.check(data, EngineSettings.Tiers.NONE, home.resolve("scratch")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("varve.tiers.warm.dir");
        Path away = home.resolve("away");
        Files.move(cold, away);
        assertThatThrownBy(() -> open(both()))
                .hasMessageContaining("varve.tiers.cold.dir: there is no directory")
                .hasMessageContaining("Mount its disk");
        Files.createDirectory(cold);
        assertThatThrownBy(() -> open(both()))
                .hasMessageContaining("is not this store's cold tier")
                .hasMessageContaining("Mount its disk");
        assertThat(cold).as("nothing was made there").isEmptyDirectory();
        try (StorageEngine engine = open(tiers(Optional.of(warm), Optional.of(away)))) {
            requireHolds(engine);
        }
        try (StorageEngine engine = open(tiers(Optional.of(warm), Optional.of(away)))) {
            requireHolds(engine);
        }
    }

    @Test
    void tiersAreNotMistakenForEachOtherOrForAnotherStores() throws IOException {
        fill();
        assertThatThrownBy(() -> open(tiers(Optional.of(cold), Optional.of(warm))))
                .hasMessageContaining("is the cold tier of this store");
        assertThatThrownBy(() -> open(home.resolve("other"), both())).hasMessageContaining("of another store");
        Path full = Files.createDirectory(home.resolve("full"));
        Files.writeString(full.resolve("holiday.jpg"), "x");
        assertThatThrownBy(() -> open(home.resolve("third"), tiers(Optional.empty(), Optional.of(full))))
                .hasMessageContaining("is not empty and no tier");
        Path one = Files.createDirectory(home.resolve("one"));
        assertThatThrownBy(() -> open(home.resolve("fourth"), tiers(Optional.of(one), Optional.of(one))))
                .hasMessageContaining("varve.tiers.cold.dir");
        try (StorageEngine engine = open(both())) {
            assertThatThrownBy(() -> open(home.resolve("fifth"), both())).isInstanceOf(IOException.class);
            requireHolds(engine);
        }
    }

    @Test
    void aTierIsGivenUpByMovingItsFiles() throws IOException {
        fill();
        for (Path tier : List.of(warm, cold)) {
            for (Path segment : segmentsIn(tier)) {
                Files.move(segment, data.resolve("segments").resolve(segment.getFileName()));
            }
        }
        Files.delete(data.resolve(TierDirectories.LIST));
        try (StorageEngine engine = open(EngineSettings.Tiers.NONE)) {
            requireHolds(engine);
            assertThat(engine.tiers().places()).hasSize(1);
        }
        assertThat(OfflineStore.check(data, EngineSettings.Tiers.NONE, home.resolve("scratch"))
                        .findings())
                .isEmpty();
    }

    @Test
    void aSegmentInTwoTiersIsNotGuessedAt() throws IOException {
        fill();
        Path segment = segmentsIn(cold).getFirst();
        Files.copy(segment, data.resolve("segments").resolve(segment.getFileName()));
        assertThatThrownBy(() -> open(both()))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(segment.getFileName().toString());
        assertThat(segment).exists();
    }

    @Test
    void aBackupHoldsAllTiersAndIsRestoredIntoOne() throws Exception {
        fill();
        Path target = home.resolve("backup");
        try (StorageEngine engine = open(both())) {
            Jobs.Job job = engine.jobs().backup(target, false);
            while (engine.jobs().find(job.id()).orElseThrow().state() == Jobs.State.RUNNING) {
                Thread.onSpinWait();
            }
            assertThat(engine.jobs().find(job.id()).orElseThrow().state()).isEqualTo(Jobs.State.DONE);
        }
        Path restored = home.resolve("restored");
        BackupRestore.run(target, restored, new JobControl());
        assertThatThrownBy(() -> open(restored, both())).hasMessageContaining("does not know of them");
        assertThat(OfflineStore.check(restored, EngineSettings.Tiers.NONE, home.resolve("scratch"))
                        .findings())
                .isEmpty();
        try (StorageEngine engine = open(restored, EngineSettings.Tiers.NONE)) {
            requireHolds(engine);
        }
    }

    @Test
    void theMirrorHasAllTiersAndIsAStoreByItself() throws IOException {
        Path mirror = Files.createDirectory(home.resolve("mirror"));
        EngineSettings settings =
                EngineSettings.of(data).withTiers(both()).withSafety(EngineSettings.Safety.DEFAULT.withMirror(mirror));
        fill();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (StorageEngine engine = StorageEngine.open(settings, InstantSource.system(), meters)) {
            while (engine.mirror().state().orElseThrow() != Mirror.State.FRESH) {
                Thread.onSpinWait();
            }
            engine.settle(false);
        }
        try (StorageEngine engine = StorageEngine.open(settings, InstantSource.system(), new SimpleMeterRegistry())) {
            assertThat(engine.mirror().state()).contains(Mirror.State.FRESH);
            requireHolds(engine);
        }
        assertThat(segmentsIn(mirror)).isNotEmpty();
        try (StorageEngine engine = open(mirror, EngineSettings.Tiers.NONE)) {
            requireHolds(engine);
        }
    }
}
