package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.Recovery;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.maintenance.BackupRestore;
import io.varve.storage.maintenance.CollectionJob;
import io.varve.storage.maintenance.CompactionJob;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rebuilding, backing up and restoring real directories. */
class OfflineStoreTest {
    @TempDir
    Path home;

    private Path data;
    private final Map<String, byte[]> model = new HashMap<>();

    @BeforeEach
    void name() {
        data = home.resolve("data");
    }

    private StorageEngine open() throws IOException {
        return open(data, EngineSettings.Safety.DEFAULT);
    }

    private static StorageEngine open(Path directory, EngineSettings.Safety safety) throws IOException {
        return StorageEngine.open(
                EngineSettings.of(directory).withHistory(RetentionPolicy.NONE).withSafety(safety),
                InstantSource.system(),
                new SimpleMeterRegistry());
    }

    private static EntryPath path(String key) {
        return new EntryPath("photos", key);
    }

    private void put(StorageEngine engine, String key, int seed, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            writer.write(content);
            try (StagedContent staged = writer.finish()) {
                engine.namespace().put(path(key), staged, PutRequest.ofType(""), WriteOptions.keys("root"));
            }
        }
        model.put(key, content);
    }

    private void delete(StorageEngine engine, String key) {
        engine.namespace().delete(path(key), WriteOptions.keys("root"));
        model.remove(key);
    }

    private void requireModel(Path directory) throws IOException {
        try (StorageEngine engine = open(directory, EngineSettings.Safety.DEFAULT)) {
            for (Map.Entry<String, byte[]> file : model.entrySet()) {
                Entry entry = engine.namespace().find(path(file.getKey())).orElseThrow();
                try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
                    assertThat(reader.readAllBytes()).as(file.getKey()).isEqualTo(file.getValue());
                }
            }
        }
        assertThat(OfflineStore.check(directory, EngineSettings.Tiers.NONE, home.resolve("scratch"))
                        .findings())
                .isEmpty();
    }

    /** Waits for a job's end. */
    private static Jobs.Job await(StorageEngine engine, Jobs.Job started) {
        Jobs.Job job = started;
        while (job.state() == Jobs.State.RUNNING) {
            Thread.onSpinWait();
            job = engine.jobs().find(started.id()).orElseThrow();
        }
        return job;
    }

    private static Object done(StorageEngine engine, Jobs.Job started) {
        return Objects.requireNonNull(await(engine, started).result());
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    @Test
    void aRebuildPutsNewMetadataInThePlaceOfTheOld() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 200_000);
            engine.settle(false);
            put(engine, "late", 2, 300_000);
            assertThatThrownBy(() ->
                            OfflineStore.rebuild(data, EngineSettings.Tiers.NONE, false, (commits, sequence) -> {}))
                    .isInstanceOf(DataDirectoryHeldException.class)
                    .hasMessageContaining(data.toString());
        }
        Path mark = Files.createFile(data.resolve("meta").resolve("not from a rebuild"));
        OfflineStore.Rebuilt planned =
                OfflineStore.rebuild(data, EngineSettings.Tiers.NONE, true, (commits, sequence) -> {});
        assertThat(planned.plan().checkpoint()).isPositive();
        assertThat(planned.plan().commits()).isPositive();
        assertThat(planned.plan().dropsLastGroup()).isFalse();
        assertThat(mark).as("a dry run changes nothing").exists();

        OfflineStore.Rebuilt rebuilt =
                OfflineStore.rebuild(data, EngineSettings.Tiers.NONE, false, (commits, sequence) -> {});
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
        assertThatThrownBy(
                        () -> OfflineStore.rebuild(data, EngineSettings.Tiers.NONE, false, (commits, sequence) -> {}))
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
    void aServerStartsOnTheMirrorWhenThePrimaryIsLost() throws IOException {
        Path copy = Files.createDirectory(home.resolve("mirror"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 400_000);
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
            assertThat(engine.mirrorState()).contains(Mirror.State.FRESH);
            put(engine, "late", 2, 400_000);
            assertThatThrownBy(() -> open(copy, EngineSettings.Safety.DEFAULT))
                    .as("it is in use")
                    .isInstanceOf(DataDirectoryHeldException.class);
        }
        try (StorageEngine engine = open(data, safety)) {
            assertThat(engine.mirrorState()).as("trusted after a clean stop").contains(Mirror.State.FRESH);
            put(engine, "later", 3, 400_000);
        }
        DataDirectory.erase(data);
        requireModel(copy);
        try (StorageEngine engine = open(copy, EngineSettings.Safety.DEFAULT)) {
            assertThat(engine.generatedRoot()).as("the keys are there, too").isEmpty();
        }
    }

    /** After a clean stop, and after a crash, when nobody knows whether the mirror is fresh. */
    @ParameterizedTest(name = "clean stop: {0}")
    @ValueSource(booleans = {true, false})
    void aDamagedJournalIsMendedFromTheMirror(boolean clean) throws IOException {
        Path copy = Files.createDirectory(home.resolve("mirror"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 200_000);
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
            for (int i = 0; i < 10; i++) {
                put(engine, "file " + i, i, 20_000);
            }
        }
        if (!clean) {
            Files.createFile(data.resolve("journal").resolve(Mirror.MARKER));
        }
        DataDirectory.erase(data.resolve(DataDirectory.METADATA));
        for (Path file : filesOf(data.resolve("journal"))) {
            byte[] bytes = Files.readAllBytes(file);
            if (file.toString().endsWith(".log") && bytes.length > 3 * 4096) {
                bytes[2 * 4096 + 100]++;
                bytes[10]++;
                Files.write(file, bytes);
            }
        }
        assertThatThrownBy(() -> open(data, EngineSettings.Safety.DEFAULT)).isInstanceOf(CorruptionException.class);
        try (StorageEngine engine = open(data, safety)) {
            assertThat(engine.mirrorState().orElseThrow() == Mirror.State.FRESH).isEqualTo(clean);
            put(engine, "afterwards", 77, 20_000);
        }
        requireModel(data);
    }

    /** What nobody reads at the start may be damaged, too: a stale mirror is not made so as well, but gives what it has. */
    @Test
    void damageInTheJournalIsNotCopiedOverTheGoodCopy() throws IOException {
        Path copy = Files.createDirectory(home.resolve("mirror"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            await(engine, engine.jobs().mirror());
            for (int i = 0; i < 10; i++) {
                put(engine, "file " + i, i, 20_000);
            }
        }
        Files.createFile(data.resolve("journal").resolve(Mirror.MARKER));
        for (Path file : filesOf(data.resolve("journal"))) {
            byte[] bytes = Files.readAllBytes(file);
            if (file.toString().endsWith(".log") && bytes.length > 3 * 4096) {
                bytes[2 * 4096 + 100]++;
                Files.write(file, bytes);
            }
        }
        try (StorageEngine engine = open(data, safety)) {
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
            assertThat(engine.mirrorState()).contains(Mirror.State.FRESH);
        }
        DataDirectory.erase(data.resolve(DataDirectory.METADATA));
        requireModel(data);
        requireModel(copy);
    }

    @Test
    void aMirrorThatIsNotThereOrAnothersIsTold() throws IOException {
        Path copy = home.resolve("mirror");
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            assertThat(engine.mirrorState()).isEmpty();
            put(engine, "file", 1, 50_000);
        }
        Files.createDirectory(copy);
        try (StorageEngine engine = open(data, safety)) {
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
        }
        assertThatThrownBy(() -> open(home.resolve("other"), safety))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("holds another store");
        Files.createFile(copy.resolve("journal").resolve(Mirror.UNFINISHED));
        assertThatThrownBy(() -> open(copy, EngineSettings.Safety.DEFAULT))
                .hasMessageContaining("not copied to the end");
        requireModel(data);
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

    /** As a bug would leave it: in the journal, too. */
    private void miscount() throws IOException {
        try (DataDirectory directory = DataDirectory.open(data, DataDirectory.chunkingOf(data));
                SegmentStore segments = SegmentStore.open(
                        SegmentPlaces.of(FileDeviceDirectory.open(directory.subdirectory("segments"))),
                        directory.storeId(),
                        SegmentOptions.defaults(),
                        Optional.empty());
                Journal journal = Journal.open(
                        FileDeviceDirectory.open(directory.subdirectory("journal")),
                        directory.storeId(),
                        JournalOptions.defaults())) {
            Recovery.Result recovered = Recovery.recover(
                    journal,
                    Checkpoints.open(FileDeviceDirectory.open(directory.subdirectory("journal")), directory.storeId()),
                    new RocksSource(data.resolve(DataDirectory.METADATA), 8 << 20),
                    ChunkStore.tailCheck(segments));
            try (MetadataStore metadata = recovered.metadata();
                    Committer committer = Committer.start(
                            journal, segments, metadata, InstantSource.system(), recovered.lastSequence())) {
                committer.commit(commit -> {
                    try (Cursor counts = commit.scan(Family.COUNTS, new byte[0], null)) {
                        for (int chunks = 0; chunks < 3 && counts.next(); chunks++) {
                            commit.add(Family.COUNTS, counts.key(), 1 - 2 * (chunks % 2));
                        }
                    }
                    return true;
                });
            }
        }
    }

    @Test
    void aRepairPutsCountsRightAndTheMirrorIsNotTrustedThen() throws IOException {
        Path copy = Files.createDirectory(home.resolve("mirror"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "file", 1, 800_000);
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
        }
        OfflineStore.Repaired clean =
                OfflineStore.repair(data, EngineSettings.Tiers.NONE, home.resolve("scratch"), InstantSource.system());
        assertThat(clean.isClean()).isTrue();
        assertThat(data.resolve("journal").resolve(Mirror.MARKER))
                .as("nothing was changed")
                .doesNotExist();
        miscount();
        StoreCheck.Report found = OfflineStore.check(data, EngineSettings.Tiers.NONE, home.resolve("scratch"));
        assertThat(found.findings()).hasSize(3);
        assertThat(found.correctable()).isEqualTo(3);
        OfflineStore.Repaired repaired =
                OfflineStore.repair(data, EngineSettings.Tiers.NONE, home.resolve("scratch"), InstantSource.system());
        assertThat(repaired.corrected()).isEqualTo(3);
        assertThat(repaired.isClean()).isTrue();
        DataDirectory.erase(data.resolve(DataDirectory.METADATA));
        requireModel(data);
        try (StorageEngine engine = open(data, safety)) {
            assertThat(engine.mirrorState()).get().isNotEqualTo(Mirror.State.FRESH);
        }
    }
}
