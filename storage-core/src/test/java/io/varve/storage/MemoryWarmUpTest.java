package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was asked for most is in memory after a restart, before anybody asks. */
@Timeout(60)
class MemoryWarmUpTest {
    private static final EntryPath HOT = new EntryPath("bucket", "hot");
    private static final EntryPath COLD = new EntryPath("bucket", "cold");
    private static final int LENGTH = 400_000;

    @TempDir
    Path data;

    private StorageEngine open(EngineSettings.Encryption encryption) throws IOException {
        return StorageEngine.open(
                EngineSettings.of(data).withEncryption(encryption), InstantSource.system(), new SimpleMeterRegistry());
    }

    private Path names() {
        return data.resolve("cache").resolve("hot.chunks");
    }

    private static void fill(StorageEngine engine) throws IOException {
        engine.namespace().createBucket("bucket", "root");
        put(engine, HOT, 1);
        put(engine, COLD, 2);
        for (int i = 0; i < 4; i++) {
            read(engine, HOT);
        }
        read(engine, COLD);
    }

    private static void put(StorageEngine engine, EntryPath path, int seed) throws IOException {
        byte[] bytes = new byte[LENGTH];
        new Random(seed).nextBytes(bytes);
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            writer.write(bytes);
            try (StagedContent content = writer.finish()) {
                engine.namespace().put(path, content, PutRequest.ofType("text/plain"), WriteOptions.keys("root"));
            }
        }
    }

    private static void read(StorageEngine engine, EntryPath path) throws IOException {
        Entry entry = engine.namespace().find(path).orElseThrow();
        try (ContentReader reader = engine.namespace().read(entry, 0, LENGTH)) {
            assertThat(reader.readAllBytes()).hasSize(LENGTH);
        }
    }

    @Test
    @Timeout(120)
    void whatWasReadOftenComesBackToMemoryByItself() throws IOException {
        try (StorageEngine engine = open(EngineSettings.Encryption.NONE)) {
            fill(engine);
            assertThat(engine.chunks().ahead().warmedBytes()).isZero();
        }
        assertThat(names()).exists();
        for (int restart = 0; restart < 2; restart++) {
            try (StorageEngine engine = open(EngineSettings.Encryption.NONE)) {
                while (engine.chunks().ahead().warmedBytes() < LENGTH) {
                    Thread.onSpinWait();
                }
                long misses = engine.chunks().cache().misses();
                read(engine, HOT);
                read(engine, HOT);
                assertThat(engine.chunks().cache().misses()).isEqualTo(misses);
                assertThat(engine.chunks().ahead().warmedBytes()).isEqualTo(LENGTH);
            }
        }
    }

    @Test
    void whereFilesAreEncryptedNoNamesLieAbout() throws IOException {
        try (StorageEngine engine = open(new EngineSettings.Encryption(true, Optional.empty()))) {
            fill(engine);
        }
        assertThat(names()).doesNotExist();
    }

    @Test
    void namesThatAreDamagedOrOfChunksThatAreGoneChangeNothing() throws IOException {
        try (StorageEngine engine = open(EngineSettings.Encryption.NONE)) {
            fill(engine);
        }
        byte[] bytes = Files.readAllBytes(names());
        bytes[bytes.length - 1] ^= 1;
        Files.write(names(), bytes);
        assertThat(MemoryWarmUp.read(names())).isEmpty();
        Files.write(names(), MemoryWarmUp.encode(List.of(Fingerprint.of(bytes, 0, 5))));
        try (StorageEngine engine = open(EngineSettings.Encryption.NONE)) {
            read(engine, HOT);
            assertThat(engine.damagedChunks()).isZero();
        }
    }

    @Test
    void theFileIsWrittenAsItAlwaysWas() throws IOException {
        byte[] bytes = MemoryWarmUp.encode(List.of(Fingerprint.of(new byte[] {1}, 0, 1)));
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("5641525645484f54" + "01000000" + "a5297cd9" + "01000000"
                        + "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a");
        Files.createDirectories(names().getParent());
        Files.write(names(), bytes);
        assertThat(MemoryWarmUp.read(names())).containsExactly(Fingerprint.of(new byte[] {1}, 0, 1));
    }
}
