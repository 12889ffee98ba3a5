package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.cache.CacheStatistics;
import io.varve.storage.cache.RawCache;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.IoEngine;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk cache before the chunk store: it saves decoding, and no answer depends on it, whatever becomes of its file. */
class DiskCacheTest {
    private static final EngineSettings.DiskCache CACHE =
            new EngineSettings.DiskCache(OptionalLong.of(16 << 20), Optional.empty(), "s3-fifo");

    @TempDir
    Path data;

    private final byte[] first = text(1);
    private final byte[] second = edited(first);

    /** Two files that resemble each other, stored as differences and frames. */
    @BeforeEach
    void store() throws IOException {
        try (StorageEngine engine = open(EngineSettings.DiskCache.NONE, new SimpleMeterRegistry())) {
            engine.namespace().createBucket("notes", "root");
            put(engine, "first", first);
            put(engine, "second", second);
            engine.settle(false);
        }
    }

    private StorageEngine open(EngineSettings.DiskCache cache, MeterRegistry meters) throws IOException {
        return open(cache, EngineSettings.Encryption.NONE, meters);
    }

    private StorageEngine open(
            EngineSettings.DiskCache cache, EngineSettings.Encryption encryption, MeterRegistry meters)
            throws IOException {
        EngineSettings settings = EngineSettings.of(data)
                .withHistory(RetentionPolicy.NONE)
                .withDiskCache(cache)
                .withEncryption(encryption);
        return StorageEngine.open(settings, InstantSource.system(), meters);
    }

    private Path file() {
        return data.resolve("cache").resolve("raw.cache");
    }

    private void requireBoth(StorageEngine engine) throws IOException {
        requireHolds(engine, "first", first);
        requireHolds(engine, "second", second);
    }

    private static RawCache cacheOf(StorageEngine engine) {
        return engine.diskCache().cache().orElseThrow();
    }

    @Test
    void whatTookMoreThanOneReadIsThereByOneAfterARestart() throws IOException {
        try (StorageEngine engine = open(CACHE, new SimpleMeterRegistry())) {
            requireBoth(engine);
            assertThat(cacheOf(engine).statistics().puts()).isPositive();
        }
        MeterRegistry meters = new SimpleMeterRegistry();
        try (StorageEngine engine = open(CACHE, meters)) {
            requireBoth(engine);
            CacheStatistics done = cacheOf(engine).statistics();
            assertThat(done.hits()).isPositive();
            assertThat(done.puts())
                    .as("nothing that took more than one read was missing")
                    .isZero();
            assertThat(meters.get("varve.cache.disk.hits").functionCounter().count())
                    .isEqualTo((double) done.hits());
            assertThat(engine.diskCache().trouble()).isEmpty();
        }
    }

    @Test
    void aFileThatIsDeletedDamagedOrStrangeChangesNoAnswer() throws IOException {
        try (StorageEngine engine = open(CACHE, new SimpleMeterRegistry())) {
            requireBoth(engine);
            Files.delete(file());
            requireBoth(engine);
        }
        try (StorageEngine engine = open(CACHE, new SimpleMeterRegistry())) {
            requireBoth(engine);
        }
        byte[] bytes = Files.readAllBytes(file());
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            bytes[8192 + random.nextInt(bytes.length - 8192)] ^= (byte) (1 + random.nextInt(255));
        }
        Files.write(file(), bytes);
        try (StorageEngine engine = open(CACHE, new SimpleMeterRegistry())) {
            requireBoth(engine);
            requireBoth(engine);
        }
        Files.writeString(file(), "Somebody's notes, which nobody overwrites.");
        try (StorageEngine engine = open(CACHE, new SimpleMeterRegistry())) {
            requireBoth(engine);
            assertThat(engine.diskCache().trouble())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("raw.cache"));
        }
        assertThat(file()).hasContent("Somebody's notes, which nobody overwrites.");
    }

    @Test
    void sizePolicyAndEngineChangeWhileItServes() throws IOException {
        MeterRegistry meters = new SimpleMeterRegistry();
        try (StorageEngine engine = open(CACHE, meters)) {
            requireBoth(engine);
            long entries = cacheOf(engine).contents().entries();
            OptionalLong larger = OptionalLong.of(32 << 20);
            for (IoEngine.Kind kind : IoEngine.Kind.values()) {
                var changed = new EngineSettings.DiskCache(larger, Optional.empty(), "lru");
                engine.diskCache().change(changed, Optional.of(kind));
                assertThat(cacheOf(engine).contents().bytes()).isEqualTo(32 << 20);
                assertThat(cacheOf(engine).contents().entries()).isEqualTo(entries);
                requireBoth(engine);
            }
            var unknown = new EngineSettings.DiskCache(larger, Optional.empty(), "none such");
            assertThatThrownBy(() -> engine.diskCache().change(unknown, Optional.empty()))
                    .isInstanceOf(IllegalArgumentException.class);
            engine.diskCache().change(CACHE, Optional.empty());
            assertThat(cacheOf(engine).contents().bytes()).isEqualTo(16 << 20);
            requireBoth(engine);
            engine.diskCache().change(EngineSettings.DiskCache.NONE, Optional.empty());
            assertThat(engine.diskCache().cache()).isEmpty();
            requireBoth(engine);
            assertThat(meters.get("varve.cache.disk.entries").gauge().value()).isZero();
            engine.diskCache().change(CACHE, Optional.empty());
            requireBoth(engine);
            assertThat(meters.get("varve.cache.disk.entries").gauge().value()).isPositive();
        }
    }

    @Test
    void withEncryptionTheFileBeginsEmptyAlsoWhenItsSizeChanges() throws IOException {
        var encrypted = new EngineSettings.Encryption(true, Optional.empty());
        try (StorageEngine engine = open(CACHE, encrypted, new SimpleMeterRegistry())) {
            requireBoth(engine);
            assertThat(cacheOf(engine).contents().entries()).isPositive();
            var larger = new EngineSettings.DiskCache(OptionalLong.of(32 << 20), Optional.empty(), "s3-fifo");
            engine.diskCache().change(larger, Optional.empty());
            assertThat(cacheOf(engine).contents().bytes()).isEqualTo(32 << 20);
            assertThat(cacheOf(engine).contents().entries()).isZero();
            requireBoth(engine);
            assertThat(engine.diskCache().trouble()).isEmpty();
        }
    }

    @Test
    void whatLeavesTheStoreLeavesTheCache() throws IOException {
        try (StorageEngine engine = open(CACHE, new SimpleMeterRegistry())) {
            requireBoth(engine);
            assertThat(cacheOf(engine).contents().entries()).isPositive();
            engine.namespace().delete(new EntryPath("notes", "first"), WriteOptions.keys("root"));
            engine.namespace().delete(new EntryPath("notes", "second"), WriteOptions.keys("root"));
            engine.settle(true);
            assertThat(cacheOf(engine).contents().entries()).isZero();
        }
    }

    @Test
    void theSizeGoesByTheFreeSpaceWithinBounds() {
        assertThat(DiskCacheFile.sizeFor(3L << 30, 0)).isZero();
        assertThat(DiskCacheFile.sizeFor(4L << 30, 0)).isEqualTo(64L << 20);
        assertThat(DiskCacheFile.sizeFor(75L << 30, 0)).isEqualTo(1L << 30);
        assertThat(DiskCacheFile.sizeFor(74L << 30, 1L << 30)).isEqualTo(1L << 30);
        assertThat(DiskCacheFile.sizeFor(100L << 40, 0)).isEqualTo(8L << 30);
    }

    private static void put(StorageEngine engine, String key, byte[] bytes) throws IOException {
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            writer.write(bytes);
            try (StagedContent content = writer.finish()) {
                engine.namespace()
                        .put(
                                new EntryPath("notes", key),
                                content,
                                PutRequest.ofType("text/plain"),
                                WriteOptions.keys("root"));
            }
        }
    }

    private static void requireHolds(StorageEngine engine, String key, byte[] bytes) throws IOException {
        Entry entry = engine.namespace().find(new EntryPath("notes", key)).orElseThrow();
        try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
            assertThat(Arrays.mismatch(reader.readAllBytes(), bytes)).isEqualTo(-1);
        }
    }

    private static byte[] text(long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < 600_000) {
            text.append(Integer.toString(random.nextInt(40_000), 36)).append(random.nextInt(9) == 0 ? '\n' : ' ');
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] edited(byte[] text) {
        byte[] other = text.clone();
        for (int at = 5000; at < other.length; at += 40_000) {
            other[at] = '!';
        }
        return other;
    }
}
