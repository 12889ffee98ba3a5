package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store in a real directory, and what is in it by the test's own account. */
abstract class StoreInDirectory {
    @TempDir
    Path home;

    Path data;
    final Map<String, byte[]> model = new HashMap<>();

    @BeforeEach
    void name() {
        data = home.resolve("data");
    }

    StorageEngine open() throws IOException {
        return open(data, EngineSettings.Safety.DEFAULT);
    }

    static StorageEngine open(Path directory, EngineSettings.Safety safety) throws IOException {
        return StorageEngine.open(
                EngineSettings.of(directory).withHistory(RetentionPolicy.NONE).withSafety(safety),
                InstantSource.system(),
                new SimpleMeterRegistry());
    }

    static EntryPath path(String key) {
        return new EntryPath("photos", key);
    }

    void put(StorageEngine engine, String key, int seed, int bytes) throws IOException {
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

    void delete(StorageEngine engine, String key) {
        engine.namespace().delete(path(key), WriteOptions.keys("root"));
        model.remove(key);
    }

    void requireModel(Path directory) throws IOException {
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
    static Jobs.Job await(StorageEngine engine, Jobs.Job started) {
        Jobs.Job job = started;
        while (job.state() == Jobs.State.RUNNING) {
            Thread.onSpinWait();
            job = engine.jobs().find(started.id()).orElseThrow();
        }
        return job;
    }

    static Object done(StorageEngine engine, Jobs.Job started) {
        return Objects.requireNonNull(await(engine, started).result());
    }

    static List<Path> filesOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }
}
