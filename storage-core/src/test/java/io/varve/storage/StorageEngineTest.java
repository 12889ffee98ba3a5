package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.IoFutures;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine over a real directory, with RocksDB and direct I/O where the disk allows it. */
class StorageEngineTest {
    @TempDir
    Path data;

    @Test
    void everythingIsBackAfterAReopening() throws IOException {
        byte[] bytes = random(1, 3_000_000);
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "a/b.bin", bytes);
            assertThat(engine.access().addUser("alice", "correct horse", AccessControl.Role.USER))
                    .isInstanceOf(AccessControl.UserAdded.Added.class);
        }
        try (StorageEngine engine = open()) {
            requireHolds(engine, "a/b.bin", bytes);
            assertThat(engine.access().authenticate("alice", "correct horse"))
                    .isInstanceOf(Authentication.Granted.class);
            assertThat(engine.access().authenticate("alice", "wrong")).isInstanceOf(Authentication.Denied.class);
            assertThat(engine.generatedRoot())
                    .as("made at the first start only")
                    .isEmpty();
        }
        assertThat(OfflineStore.check(data, EngineSettings.Tiers.NONE, data.resolve("scratch"))
                        .findings())
                .isEmpty();
    }

    @Test
    void lostMetadataIsRebuiltFromCheckpointAndJournal() throws IOException {
        byte[] early = random(2, 100_000);
        byte[] late = random(3, 200_000);
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", early);
            engine.settle(false);
            put(engine, "late", late);
        }
        DataDirectory.erase(data.resolve("meta"));
        try (StorageEngine engine = open()) {
            requireHolds(engine, "early", early);
            requireHolds(engine, "late", late);
        }
        assertThat(OfflineStore.check(data, EngineSettings.Tiers.NONE, data.resolve("scratch"))
                        .findings())
                .isEmpty();
    }

    /** Somebody forgot to mount a disk: what looks like a new store would collect all segments as garbage. */
    @Test
    void aStoreWithoutItsJournalIsNotTakenForANewOne() throws IOException {
        byte[] bytes = random(4, 300_000);
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "a", bytes);
        }
        Path journal = data.resolve("journal");
        Path elsewhere = data.resolve("elsewhere");
        Files.move(journal, elsewhere);
        assertThatThrownBy(() -> OfflineStore.rebuild(EngineSettings.of(data), false, (commits, sequence) -> {}))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("neither a journal nor a checkpoint");
        DataDirectory.erase(data.resolve("meta"));
        assertThatThrownBy(this::open).isInstanceOf(CorruptionException.class);
        DataDirectory.erase(journal);
        Files.move(elsewhere, journal);
        try (StorageEngine engine = open()) {
            requireHolds(engine, "a", bytes);
        }
    }

    /** After a crash, when the last commits would be dropped as if their content had never reached the disk. */
    @ParameterizedTest(name = "rebuilt: {0}")
    @ValueSource(booleans = {true, false})
    void aStoreWithoutItsSegmentsIsNotOpened(boolean rebuilt) throws IOException {
        byte[] early = random(5, 300_000);
        byte[] late = random(6, 300_000);
        Path journal = data.resolve("journal");
        Path copy = data.resolve("journal-copy");
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", early);
        }
        try (StorageEngine engine = open()) {
            put(engine, "late", late);
            // As a crash leaves it: without what a clean stop adds.
            copy(journal, copy);
        }
        DataDirectory.erase(journal);
        Files.move(copy, journal);
        if (rebuilt) {
            DataDirectory.erase(data.resolve("meta"));
        }
        Path segments = data.resolve("segments");
        Path elsewhere = data.resolve("elsewhere");
        Files.move(segments, elsewhere);
        assertThatThrownBy(this::open)
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("is its disk mounted");
        DataDirectory.erase(segments);
        Files.move(elsewhere, segments);
        try (StorageEngine engine = open()) {
            requireHolds(engine, "early", early);
            requireHolds(engine, "late", late);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void damagedMetadataIsRebuilt() throws IOException {
        byte[] bytes = random(4, 100_000);
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "file", bytes);
        }
        try (Stream<Path> files = Files.list(data.resolve("meta"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
                byte[] content = Files.readAllBytes(file);
                Arrays.fill(content, 0, Math.min(content.length, 4096), (byte) 0x5A);
                Arrays.fill(content, Math.max(0, content.length - 64), content.length, (byte) 0x5A);
                Files.write(file, content);
            }
        }
        try (StorageEngine engine = open()) {
            requireHolds(engine, "file", bytes);
        }
    }

    @Test
    void flippedBitsInSegmentsAreNeverGivenOut() throws IOException {
        byte[] bytes = random(5, 1_000_000);
        byte[] other = random(6, 1_000_000);
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "damaged", bytes);
            engine.settle(false);
            put(engine, "whole", other);
        }
        flipBit(500_000);
        try (StorageEngine engine = open()) {
            Entry entry = engine.namespace().find(path("damaged")).orElseThrow();
            assertThatThrownBy(() -> {
                        try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
                            reader.readAllBytes();
                        }
                    })
                    .isInstanceOf(io.varve.storage.io.CorruptionException.class);
            requireHolds(engine, "whole", other);
        }
        assertThat(OfflineStore.check(data, EngineSettings.Tiers.NONE, data.resolve("scratch"))
                        .findings())
                .as("fsck names the file, then the chunk")
                .satisfiesExactly(
                        file -> assertThat(file).startsWith("file 'photos/damaged': "),
                        chunk -> assertThat(chunk).startsWith("chunk "));
    }

    @Test
    void aCheckNamesEveryPlaceOfADamagedChunk() throws IOException {
        byte[] bytes = random(7, 1_000_000);
        try (StorageEngine engine = open()) {
            Namespace namespace = engine.namespace();
            namespace.createBucket("photos", "root");
            put(engine, "now", bytes);
            put(engine, "overwritten", bytes);
            put(engine, "gone/deep/deleted", bytes);
            put(engine, "moved/away", bytes);
            put(engine, "vanished/with its last file", bytes);
            engine.settle(false);
            put(engine, "overwritten", new byte[5000]);
            namespace.delete(path("gone/"), WriteOptions.folders("root"));
            namespace.delete(path("vanished/with its last file"), WriteOptions.keys("root"));
            namespace.move(path("moved/"), path("here/"), false, WriteOptions.folders("root"));
            Upload upload =
                    namespace.keyUploads().begin(path("parts"), PutRequest.ofType(""), WriteOptions.keys("root"));
            try (ContentWriter writer = namespace.write(ContentHints.NONE)) {
                writer.write(bytes);
                try (StagedContent content = writer.finish()) {
                    namespace.keyUploads().putPart(upload, 3, content, new EntityTag("x"), Attributes.NONE);
                }
            }
        }
        flipBit(500_000);
        assertThat(OfflineStore.check(data, EngineSettings.Tiers.NONE, data.resolve("scratch"))
                        .findings())
                .filteredOn(finding -> !finding.startsWith("chunk "))
                .satisfiesExactlyInAnyOrder(
                        finding -> assertThat(finding).startsWith("file 'photos/now': "),
                        finding -> assertThat(finding).startsWith("file 'photos/here/away': "),
                        finding -> assertThat(finding).startsWith("file 'photos/overwritten', the version of 20"),
                        finding -> assertThat(finding).startsWith("file 'photos/gone/deep/deleted', deleted: "),
                        finding -> assertThat(finding)
                                .startsWith("file 'photos/vanished/with its last file', the version of 20"),
                        finding ->
                                assertThat(finding).startsWith("part 3 of an unfinished upload of 'photos/parts': "));
    }

    /** Damages the first segment. */
    private void flipBit(int at) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("segments"))) {
            Path first = files.sorted().findFirst().orElseThrow();
            byte[] content = Files.readAllBytes(first);
            content[at] ^= 4;
            Files.write(first, content);
        }
    }

    @Test
    void onlyOneMayHoldADataDirectory() throws IOException {
        try (StorageEngine engine = open()) {
            assertThat(engine.refusal()).isEmpty();
            assertThatThrownBy(this::open)
                    .isInstanceOf(DataDirectoryHeldException.class)
                    .hasMessageContaining(data.toString());
            assertThatThrownBy(() -> OfflineStore.check(data, EngineSettings.Tiers.NONE, data.resolve("scratch")))
                    .isInstanceOf(DataDirectoryHeldException.class);
        }
    }

    /** As where a disk does not answer: what the committer still uses is neither closed nor given to another. */
    @Test
    @Timeout(120)
    void whatACommitIsStillAtWorkOnStaysOpen() throws Exception {
        StorageEngine engine = open();
        engine.namespace().createBucket("photos", "root");
        CompletableFuture<Void> held = new CompletableFuture<>();
        CompletableFuture<Boolean> answered = new CompletableFuture<>();
        Thread client = Thread.ofPlatform().start(() -> {
            try {
                answered.complete(engine.committer().commit(commit -> {
                    IoFutures.join(held);
                    commit.put(Family.SYSTEM, new byte[] {1, 2, 3}, new byte[] {4});
                    return true;
                }));
            } catch (IOException e) {
                answered.completeExceptionally(e);
            }
        });
        while (client.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        engine.committer().setCloseTimeout(Duration.ofMillis(10));
        assertThatThrownBy(engine::close).hasMessageContaining("did not end");
        assertThatThrownBy(this::open).isInstanceOf(DataDirectoryHeldException.class);
        held.complete(null);
        assertThat(answered.get()).isTrue();
        engine.committer().setCloseTimeout(Duration.ofMinutes(1));
        engine.close();
        try (StorageEngine again = open()) {
            assertThat(again.committer().view().get(Family.SYSTEM, new byte[] {1, 2, 3}))
                    .containsExactly(4);
        }
    }

    @Test
    void aFullDiskRefusesWritesAndAllowsDeletes() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "file", random(7, 1000));
        }
        EngineSettings settings = settings();
        EngineSettings full = new EngineSettings(
                data,
                settings.chunking(),
                settings.root(),
                settings.history(),
                Long.MAX_VALUE,
                settings.memory(),
                settings.background(),
                settings.safety(),
                settings.tiers(),
                settings.diskCache(),
                settings.metadataDirectory(),
                settings.encryption(),
                settings.io());
        try (StorageEngine engine = StorageEngine.open(full, InstantSource.system(), new SimpleMeterRegistry())) {
            assertThatThrownBy(() -> put(engine, "more", random(8, 1000))).isInstanceOf(StorageException.NoSpace.class);
            assertThat(engine.namespace().delete(path("file"), WriteOptions.keys("root")))
                    .isPresent();
        }
    }

    @Test
    void secretsAreForNobodyElsesEyes() throws IOException {
        try (StorageEngine engine = open()) {
            assertThat(engine.generatedRoot()).isPresent();
            for (String file : List.of("master.key", "root")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                                data.resolve("keys").resolve(file))))
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void statisticsTellTheSaving() throws IOException {
        try (StorageEngine engine = open()) {
            engine.namespace().createBucket("photos", "root");
            byte[] bytes = random(9, 500_000);
            put(engine, "one", bytes);
            put(engine, "two", bytes);
            StoreStatistics statistics = engine.statistics();
            assertThat(statistics.files()).isEqualTo(2);
            assertThat(statistics.logicalBytes()).isEqualTo(1_000_000);
            assertThat(statistics.uniqueBytes()).isEqualTo(500_000);
        }
    }

    @Test
    void freeSpaceIsWhatTheFileSystemSays() throws IOException {
        try (StorageEngine engine = open()) {
            long free = Files.getFileStore(data).getUsableSpace();
            assertThat(engine.freeBytes()).isCloseTo(free, within(free / 10));
            assertThat(engine.statistics().freeBytes()).isCloseTo(free, within(free / 10));
        }
    }

    private StorageEngine open() throws IOException {
        return StorageEngine.open(settings(), InstantSource.system(), new SimpleMeterRegistry());
    }

    private EngineSettings settings() {
        return EngineSettings.of(data).withHistory(RetentionPolicy.of(Duration.ofHours(1)));
    }

    private static void put(StorageEngine engine, String key, byte[] bytes) throws IOException {
        Namespace namespace = engine.namespace();
        try (ContentWriter writer = namespace.write(ContentHints.NONE)) {
            writer.write(bytes);
            try (StagedContent content = writer.finish()) {
                namespace.put(path(key), content, PutRequest.ofType(""), WriteOptions.keys("root"));
            }
        }
    }

    private static void requireHolds(StorageEngine engine, String key, byte[] bytes) throws IOException {
        Entry entry = engine.namespace().find(path(key)).orElseThrow();
        try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
            assertThat(Arrays.mismatch(reader.readAllBytes(), bytes)).isEqualTo(-1);
        }
    }

    private static EntryPath path(String key) {
        return new EntryPath("photos", key);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
