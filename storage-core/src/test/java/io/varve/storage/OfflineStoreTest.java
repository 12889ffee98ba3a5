package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.maintenance.BackupRestore;
import io.varve.storage.maintenance.CollectionJob;
import io.varve.storage.maintenance.CompactionJob;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.Jobs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rebuilding, backing up and restoring real directories. */
class OfflineStoreTest extends StoreInDirectory {
    @Test
    void aRebuildPutsNewMetadataInThePlaceOfTheOld() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 200_000);
            engine.settle(false);
            put(engine, "late", 2, 300_000);
            assertThatThrownBy(() -> OfflineStore.rebuild(EngineSettings.of(data), false, (commits, sequence) -> {}))
                    .isInstanceOf(DataDirectoryHeldException.class)
                    .hasMessageContaining(data.toString());
        }
        Path mark = Files.createFile(data.resolve("meta").resolve("not from a rebuild"));
        OfflineStore.Rebuilt planned = OfflineStore.rebuild(EngineSettings.of(data), true, (commits, sequence) -> {});
        assertThat(planned.plan().checkpoint()).isPositive();
        assertThat(planned.plan().commits()).isPositive();
        assertThat(planned.plan().dropsLastGroup()).isFalse();
        assertThat(mark).as("a dry run changes nothing").exists();

        OfflineStore.Rebuilt rebuilt = OfflineStore.rebuild(EngineSettings.of(data), false, (commits, sequence) -> {});
        assertThat(rebuilt.plan()).isEqualTo(planned.plan());
        assertThat(rebuilt.metadataBytes()).isPositive();
        assertThat(mark).doesNotExist();
        assertThat(filesOf(data))
                .noneMatch(file -> file.getFileName().toString().startsWith("meta."));
        requireModel(data);
    }

    @Test
    void aRebuildFromADamagedJournalLeavesTheMetadataAlone() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "one", 1, 200_000);
            put(engine, "two", 2, 200_000);
        }
        Path log = filesOf(data.resolve("journal")).getFirst();
        byte[] bytes = Files.readAllBytes(log);
        bytes[4096 + 80] ^= 1;
        Files.write(log, bytes);
        assertThatThrownBy(() -> OfflineStore.rebuild(EngineSettings.of(data), false, (commits, sequence) -> {}))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(log.getFileName().toString());
        assertThat(data.resolve("meta")).isNotEmptyDirectory();
    }

    @Test
    void aCopyOfTheCheckpointSavesTheStore() throws IOException {
        Path copies = Files.createDirectory(home.resolve("copies"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withCheckpointCopies(copies);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "file", 1, 200_000);
            engine.settle(false);
            engine.settle(false);
        }
        List<Path> here = filesOf(data.resolve("journal")).stream()
                .filter(file -> file.toString().endsWith(".ckp"))
                .toList();
        assertThat(here).as("one generation here, its copy there").hasSize(1);
        assertThat(copies.resolve(here.getFirst().getFileName())).hasSameBinaryContentAs(here.getFirst());
        Files.delete(here.getFirst());
        DataDirectory.erase(data.resolve("meta"));
        assertThatThrownBy(this::open).isInstanceOf(CorruptionException.class);
        open(data, safety).close();
        requireModel(data);
    }

    @Test
    void backupsAreIncrementalAndRestoreWhatWasThere() throws IOException {
        Path target = home.resolve("backup");
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 900_000);
            put(engine, "deleted later", 2, 900_000);
            Jobs.Job dry = await(engine, engine.jobs().backup(target, true));
            assertThat(dry.result()).hasFieldOrPropertyWithValue("files", 1);
            assertThat(target).doesNotExist();

            Jobs.Job first = await(engine, engine.jobs().backup(target, false));
            assertThat(first.state()).as(first.failure()).isEqualTo(Jobs.State.DONE);
            assertThat(first.result()).hasFieldOrPropertyWithValue("files", 1);
            put(engine, "late", 3, 500_000);
            delete(engine, "deleted later");
            Jobs.Job second = await(engine, engine.jobs().backup(target, false));
            assertThat(second.result())
                    .hasFieldOrPropertyWithValue("files", 1)
                    .hasFieldOrPropertyWithValue("filesKept", 1);
            Map<String, byte[]> then = Map.copyOf(model);
            put(engine, "after the backup", 4, 100_000);
            model.clear();
            model.putAll(then);
        }
        assertThatThrownBy(() -> open(target, EngineSettings.Safety.DEFAULT))
                .as("a backup is never served")
                .hasMessageContaining("backup restore");
        Path restored = home.resolve("restored");
        BackupRestore.run(target, restored, new JobControl());
        requireModel(restored);
        try (StorageEngine engine = open(restored, EngineSettings.Safety.DEFAULT)) {
            assertThat(engine.namespace().find(path("after the backup"))).isEmpty();
            assertThat(engine.generatedRoot()).as("the keys came along").isEmpty();
            put(engine, "goes on", 5, 100_000);
        }
        requireModel(restored);
        assertThatThrownBy(() -> BackupRestore.run(target, restored, new JobControl()))
                .hasMessageContaining("not empty");
    }

    @Test
    void anInterruptedBackupGoesOnAndTheEarlierOneStaysWhole() throws IOException {
        Path target = home.resolve("backup");
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "one", 1, 300_000);
            await(engine, engine.jobs().backup(target, false));
            put(engine, "two", 2, 300_000);
            engine.settle(false);
            put(engine, "three", 3, 300_000);
            // The second of the two new segments cannot be written.
            Path blocked = target.resolve("segments").resolve("00000002.seg.copying");
            Files.createDirectories(blocked.resolve("in the way"));
            Jobs.Job failed = await(engine, engine.jobs().backup(target, false));
            assertThat(failed.state()).isEqualTo(Jobs.State.FAILED);
            Path earlier = home.resolve("earlier");
            BackupRestore.run(target, earlier, new JobControl());
            try (StorageEngine restored = open(earlier, EngineSettings.Safety.DEFAULT)) {
                assertThat(restored.namespace().find(path("one"))).isPresent();
                assertThat(restored.namespace().find(path("two"))).isEmpty();
            }
            DataDirectory.erase(blocked);
            Jobs.Job again = await(engine, engine.jobs().backup(target, false));
            assertThat(again.result())
                    .as("one was there, one was copied before the interruption")
                    .hasFieldOrPropertyWithValue("files", 1)
                    .hasFieldOrPropertyWithValue("filesKept", 2);
        }
        BackupRestore.run(target, home.resolve("restored"), new JobControl());
        requireModel(home.resolve("restored"));
    }

    @Test
    void aDamagedBackupIsNotRestored() throws IOException {
        Path target = home.resolve("backup");
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "one", 1, 300_000);
            await(engine, engine.jobs().backup(target, false));
        }
        Path segment = filesOf(target.resolve("segments")).getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[bytes.length / 2] ^= 4;
        Files.write(segment, bytes);
        assertThatThrownBy(() -> BackupRestore.run(target, home.resolve("restored"), new JobControl()))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(segment.toString());
        assertThat(home.resolve("restored").resolve("FORMAT"))
                .as("what is not whole is no store")
                .doesNotExist();
    }

    @Test
    void collectionAndCompactionSayWhatTheyWouldDoAndDoIt() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "kept", 1, 200_000);
            put(engine, "dropped", 2, 3_000_000);
            delete(engine, "dropped");
            CollectionJob.Report planned =
                    (CollectionJob.Report) done(engine, engine.jobs().collect(true));
            assertThat(planned.bytes()).isBetween(3_000_000L, 3_100_000L);
            CollectionJob.Report done =
                    (CollectionJob.Report) done(engine, engine.jobs().collect(false));
            assertThat(done.chunks()).isEqualTo(planned.chunks());
            assertThat(done.bytes()).isEqualTo(planned.bytes());
            await(engine, engine.jobs().settle(false));
            long before = engine.statistics().segmentBytes();
            put(engine, "dropped", 3, 3_000_000);
            delete(engine, "dropped");
            put(engine, "kept too", 4, 200_000);
            await(engine, engine.jobs().collect(false));
            CompactionJob.Report compacted =
                    (CompactionJob.Report) done(engine, engine.jobs().compact(60, false));
            assertThat(compacted.bytesFreed()).isGreaterThan(2_900_000L);
            assertThat(engine.statistics().segmentBytes()).isLessThan(before + 500_000);
            assertThat(engine.jobs().list()).hasSize(5).allMatch(job -> job.state() == Jobs.State.DONE);
        }
        requireModel(data);
    }
}
