package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.Recovery;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store with a second copy in another directory: what a start, a repair and a comparison make of damage on one side. */
class MirroredStoreTest extends StoreInDirectory {
    private static final int BLOCK = 4096;
    private static final int GROUP_HEADER_BYTES = 64;

    private static Object fileKey(Path file) throws IOException {
        return String.valueOf(
                Files.readAttributes(file, BasicFileAttributes.class).fileKey());
    }

    /** A byte in the second group of every file that has three; groups end in padding. */
    private void spoilJournal(boolean headers) throws IOException {
        int spoilt = 0;
        for (Path file : filesOf(data.resolve("journal"))) {
            byte[] bytes = Files.readAllBytes(file);
            List<Integer> groups = IntStream.iterate(BLOCK, at -> at < bytes.length, at -> at + BLOCK)
                    .filter(at -> new String(bytes, at, 4, StandardCharsets.US_ASCII).equals("VGRP"))
                    .boxed()
                    .toList();
            if (file.toString().endsWith(".log") && groups.size() >= 3) {
                bytes[groups.get(1) + GROUP_HEADER_BYTES]++;
                if (headers) {
                    bytes[10]++;
                }
                Files.write(file, bytes);
                spoilt++;
            }
        }
        assertThat(spoilt).isPositive();
    }

    @Test
    void aServerStartsOnTheMirrorWhenThePrimaryIsLost() throws IOException {
        Path copy = Files.createDirectory(home.resolve("mirror"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 400_000);
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
            assertThat(engine.mirror().state()).contains(Mirror.State.FRESH);
            put(engine, "late", 2, 400_000);
            assertThatThrownBy(() -> open(copy, EngineSettings.Safety.DEFAULT))
                    .as("it is in use")
                    .isInstanceOf(DataDirectoryHeldException.class);
        }
        Object identity = fileKey(copy.resolve("FORMAT"));
        try (StorageEngine engine = open(data, safety)) {
            assertThat(fileKey(copy.resolve("FORMAT")))
                    .as("not written without need: the other copy may be lost in that moment")
                    .isEqualTo(identity);
            assertThat(engine.mirror().state()).as("trusted after a clean stop").contains(Mirror.State.FRESH);
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
        spoilJournal(true);
        assertThatThrownBy(() -> open(data, EngineSettings.Safety.DEFAULT)).isInstanceOf(CorruptionException.class);
        try (StorageEngine engine = open(data, safety)) {
            assertThat(engine.mirror().state().orElseThrow() == Mirror.State.FRESH)
                    .isEqualTo(clean);
            put(engine, "afterwards", 77, 20_000);
        }
        requireModel(data);
    }

    /** An empty disk in the place of the store's must not cost the mirror what it has. */
    @Test
    void aStoreThatLostEverythingDoesNotTakeTheMirrorAlong() throws IOException {
        Path copy = Files.createDirectory(home.resolve("mirror"));
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT.withMirror(copy);
        try (StorageEngine engine = open(data, safety)) {
            engine.namespace().createBucket("photos", "root");
            put(engine, "early", 1, 200_000);
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
        }
        for (String directory : List.of("journal", "segments", DataDirectory.METADATA)) {
            DataDirectory.erase(data.resolve(directory));
        }
        assertThatThrownBy(() -> open(data, safety))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("start on the mirror");
        requireModel(copy);
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
        spoilJournal(false);
        assertThatThrownBy(() -> OfflineStore.rebuild(EngineSettings.of(data), true, (commits, sequence) -> {}))
                .isInstanceOf(CorruptionException.class);
        try (StorageEngine engine = open(data, safety)) {
            assertThat(await(engine, engine.jobs().mirror()).state()).isEqualTo(Jobs.State.DONE);
            assertThat(engine.mirror().state()).contains(Mirror.State.FRESH);
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
            assertThat(engine.mirror().state()).contains(Mirror.State.STALE);
            assertThat(engine.mirror().trouble().orElseThrow()).contains("no directory");
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

    /** As a bug would leave it: in the journal, too. */
    private void miscount() throws IOException {
        try (DataDirectory directory = DataDirectory.open(data, DataDirectory.chunkingOf(data));
                SegmentStore segments = SegmentStore.open(
                        SegmentPlaces.of(FileDeviceDirectory.open(directory.subdirectory("segments"))),
                        directory.storeId(),
                        SegmentOptions.defaults(),
                        Optional.empty(),
                        Sealing.NONE);
                Journal journal = Journal.open(
                        FileDeviceDirectory.open(directory.subdirectory("journal")),
                        directory.storeId(),
                        JournalOptions.defaults(),
                        Sealing.NONE)) {
            Recovery.Result recovered = Recovery.recover(
                    journal,
                    Checkpoints.open(FileDeviceDirectory.open(directory.subdirectory("journal")), directory.storeId()),
                    new RocksSource(data.resolve(DataDirectory.METADATA), 8 << 20, Sealing.NONE, directory.storeId()),
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
                OfflineStore.repair(EngineSettings.of(data), home.resolve("scratch"), InstantSource.system());
        assertThat(clean.isClean()).isTrue();
        assertThat(data.resolve("journal").resolve(Mirror.MARKER))
                .as("nothing was changed")
                .doesNotExist();
        miscount();
        StoreCheck.Report found = OfflineStore.check(data, EngineSettings.Tiers.NONE, home.resolve("scratch"));
        assertThat(found.findings()).hasSize(3);
        assertThat(found.correctable()).isEqualTo(3);
        OfflineStore.Repaired repaired =
                OfflineStore.repair(EngineSettings.of(data), home.resolve("scratch"), InstantSource.system());
        assertThat(repaired.corrected()).isEqualTo(3);
        assertThat(repaired.isClean()).isTrue();
        DataDirectory.erase(data.resolve(DataDirectory.METADATA));
        requireModel(data);
        try (StorageEngine engine = open(data, safety)) {
            assertThat(engine.mirror().state()).get().isNotEqualTo(Mirror.State.FRESH);
        }
    }
}
