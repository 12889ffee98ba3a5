package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store gets a new master key while clients write, and nothing of it needs the old one afterwards. */
@Timeout(120)
class LiveKeyRotationTest {
    private static final int HEADERS_BYTES = 2 * 4096;

    @TempDir
    Path home;

    private Path data;
    private Path keys;
    private Path mirror;
    private Path copies;
    private final Map<String, byte[]> model = new ConcurrentSkipListMap<>();

    @BeforeEach
    void name() throws IOException {
        data = home.resolve("data");
        keys = Files.createDirectory(home.resolve("keys"));
        mirror = Files.createDirectory(home.resolve("mirror"));
        copies = Files.createDirectory(home.resolve("copies"));
    }

    private EngineSettings settings(Path directory, boolean mirrored) {
        EngineSettings.Safety safety = EngineSettings.Safety.DEFAULT;
        return EngineSettings.of(directory)
                .withHistory(RetentionPolicy.NONE)
                .withDiskCache(new EngineSettings.DiskCache(OptionalLong.of(0), Optional.empty(), "s3-fifo"))
                .withSafety(mirrored ? safety.withMirror(mirror).withCheckpointCopies(copies) : safety)
                .withEncryption(new EngineSettings.Encryption(true, Optional.of(keys)));
    }

    private static StorageEngine open(EngineSettings settings) throws IOException {
        return StorageEngine.open(settings, InstantSource.system(), new SimpleMeterRegistry());
    }

    private static EntryPath path(String key) {
        return new EntryPath("photos", key);
    }

    private void put(StorageEngine engine, int file, int seed) throws IOException {
        byte[] bytes = new byte[40_000];
        new Random(seed).nextBytes(bytes);
        String key = "file-" + file;
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            writer.write(bytes);
            try (StagedContent staged = writer.finish()) {
                engine.namespace().put(path(key), staged, PutRequest.ofType(""), WriteOptions.keys("root"));
            }
        }
        model.put(key, bytes);
    }

    private void requireModel(StorageEngine engine) throws IOException {
        for (Map.Entry<String, byte[]> file : model.entrySet()) {
            Entry entry = engine.namespace().find(path(file.getKey())).orElseThrow();
            try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
                assertThat(reader.readAllBytes()).as(file.getKey()).isEqualTo(file.getValue());
            }
        }
    }

    private void requireSound(EngineSettings how) throws IOException {
        assertThat(OfflineStore.check(how, home.resolve("scratch")).findings()).isEmpty();
    }

    private static KeyRotation.Report rotate(StorageEngine engine) throws IOException {
        Jobs.Job job = StoreInDirectory.await(engine, engine.jobs().rotateKeys());
        assertThat(job.failure()).isNull();
        if (job.result() instanceof KeyRotation.Report report) {
            return report;
        }
        throw new AssertionError("no report: " + job);
    }

    /** Files under the directories whose bytes name a key. */
    private static List<String> naming(KeyRing.Generation key, Path... directories) throws IOException {
        ByteBuffer name = ByteBuffer.allocate(Long.BYTES).putLong(Long.parseUnsignedLong(key.id(), 16));
        String id = new String(name.array(), StandardCharsets.ISO_8859_1);
        List<String> found = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.filter(each -> !each.toString().contains("/meta/"))
                        .filter(Files::isRegularFile)
                        .toList()) {
                    String bytes = read(file);
                    if (bytes.contains(id) || bytes.contains(key.id())) {
                        found.add(file.toString());
                    }
                }
            }
        }
        return found;
    }

    /** Background work may delete a file at any moment. */
    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    @Test
    void clientsWriteOnAndNothingNeedsTheOldKeyAfterwards() throws Exception {
        KeyRing.Generation old;
        try (StorageEngine engine = open(settings(data, true))) {
            engine.namespace().createBucket("photos", "root");
            for (int i = 0; i < 10; i++) {
                put(engine, i, i);
            }
            engine.settle(false);
            assertThat(StoreInDirectory.await(engine, engine.jobs().mirror()).state())
                    .isEqualTo(Jobs.State.DONE);
            old = engine.masterKeys().needed().getFirst();
            assertThat(naming(old, data, mirror, copies))
                    .as("files under the old key")
                    .hasSizeGreaterThan(5);

            AtomicBoolean ended = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread writer = Thread.ofPlatform().daemon().start(() -> {
                try {
                    for (int i = 0; !ended.get(); i++) {
                        put(engine, i % 20, 1000 + i);
                        if (i % 25 == 24) {
                            engine.settle(false); // Compaction and checkpoints make and delete files, too.
                        }
                    }
                } catch (IOException | RuntimeException | AssertionError e) {
                    failure.set(e);
                }
            });
            for (int round = 2; round < 4; round++) {
                KeyRotation.Report report = rotate(engine);
                assertThat(report.newest().number()).isEqualTo(round);
                assertThat(report.left()).isEmpty();
                assertThat(report.superseded()).hasSize(1);
                assertThat(engine.masterKeys().needed()).containsExactly(report.newest());
            }
            ended.set(true);
            writer.join();
            assertThat(failure.get()).isNull();
            requireModel(engine);
            assertThat(engine.mirror().state()).contains(Mirror.State.FRESH);
        }
        for (int number = 1; number < 3; number++) {
            Files.delete(keys.resolve("at-rest-" + number + ".key"));
        }
        assertThat(naming(old, data, mirror, copies)).isEmpty();
        requireSound(settings(data, true));
        try (StorageEngine engine = open(settings(data, true))) {
            assertThat(engine.mirror().state()).as("it got the same bytes").contains(Mirror.State.FRESH);
            requireModel(engine);
        }
        try (StorageEngine engine = open(settings(mirror, false))) {
            requireModel(engine);
        }
    }

    /** A file whose header cannot be read keeps the old key needed; that is also where a rotation stands that was broken off. */
    @Test
    void whatIsNotDoneKeepsTheOldKeyNeeded() throws Exception {
        EngineSettings settings = settings(data, false);
        Path segment = data.resolve("segments").resolve("00000000.seg");
        try (StorageEngine engine = open(settings)) {
            assertThat(engine.masterKeys().needed()).hasSize(1);
            engine.namespace().createBucket("photos", "root");
            put(engine, 0, 0);
            engine.segments().seal();
            byte[] headers = overwrite(segment, new byte[HEADERS_BYTES]);

            KeyRotation.Report report = rotate(engine);
            assertThat(report.left()).singleElement().asString().contains("00000000.seg");
            assertThat(report.superseded()).isEmpty();
            assertThat(engine.masterKeys().needed()).hasSize(2);
            put(engine, 1, 1);
            overwrite(segment, headers);

            // As after a kill: what is on the disk now opens with both keys, and the server's rotation ends it.
            Path killed = home.resolve("killed");
            copy(data, killed);
            try (StorageEngine again = open(settings(killed, false))) {
                requireModel(again);
                report = rotate(again);
                assertThat(report.newest().number())
                        .as("it goes on with the same key")
                        .isEqualTo(2);
                assertThat(report.superseded()).hasSize(1);
            }
            // So does the rotation of a store that no server holds.
            copy(data, home.resolve("stopped"));
            assertThat(KeyRotation.rotate(settings(home.resolve("stopped"), false))
                            .superseded())
                    .hasSize(1);
            assertThat(rotate(engine).superseded()).hasSize(1);
        }
        Files.delete(keys.resolve("at-rest-1.key"));
        for (String store : List.of("data", "killed", "stopped")) {
            try (StorageEngine engine = open(settings(home.resolve(store), false))) {
                requireModel(engine);
            }
            requireSound(settings(home.resolve(store), false));
        }
    }

    /** The power fails between two files, and the server that is started then goes on where it was. */
    @Test
    void brokenOffBetweenTwoFilesItGoesOnInTheNextRun() throws Exception {
        try (StorageEngine engine = open(settings(data, false))) {
            engine.namespace().createBucket("photos", "root");
            for (int i = 0; i < 4; i++) {
                put(engine, i, i);
                engine.segments().seal();
            }
        }
        List<Path> stores = new ArrayList<>();
        for (int files : new int[] {0, 1, 3}) {
            Path store = home.resolve("broken-off-after-" + files);
            copy(data, store);
            rotateSome(store, files);
            stores.add(store);
            try (StorageEngine engine = open(settings(store, false))) {
                assertThat(engine.masterKeys().needed()).hasSize(2);
                requireModel(engine);
                KeyRing.Generation begun = engine.masterKeys().needed().getLast();
                KeyRotation.Report report = rotate(engine);
                assertThat(report.newest()).isEqualTo(begun);
                assertThat(report.superseded()).hasSize(1);
            }
        }
        Files.delete(keys.resolve("at-rest-1.key"));
        for (Path store : stores) {
            try (StorageEngine engine = open(settings(store, false))) {
                requireModel(engine);
            }
        }
    }

    /** What a rotation does until it is broken off behind so many segments. */
    private void rotateSome(Path store, int files) throws IOException {
        try (DataDirectory directory = DataDirectory.open(store, DataDirectory.chunkingOf(store))) {
            KeyRing ring = KeyRotation.begin(directory, KeyRing.open(keys));
            AtomicInteger left = new AtomicInteger(files);
            Rewrapping rewrapping = new Rewrapping(directory.storeId(), new Sealing(ring, true), () -> {
                if (left.getAndDecrement() == 0) {
                    throw new IOException("The power failed.");
                }
            });
            FileDeviceDirectory segments = FileDeviceDirectory.open(store.resolve("segments"));
            assertThat(Rewrapping.amount(segments)).isGreaterThan(3);
            assertThatThrownBy(() -> rewrapping.run(segments, List.of())).hasMessage("The power failed.");
            assertThat(rewrapping.files()).isEqualTo(files);
        }
    }

    @Test
    void aStoreThatWasNeverEncryptedHasNothingToRotate() throws IOException {
        EngineSettings clear =
                settings(data, false).withEncryption(new EngineSettings.Encryption(false, Optional.of(keys)));
        try (StorageEngine engine = open(clear)) {
            Jobs.Job job = StoreInDirectory.await(engine, engine.jobs().rotateKeys());
            assertThat(job.state()).isEqualTo(Jobs.State.FAILED);
            assertThat(job.failure()).contains("varve.encryption.at-rest");
            assertThat(engine.masterKeys().present()).isEmpty();
        }
        assertThatThrownBy(() -> KeyRotation.rotate(clear)).hasMessageContaining("varve.encryption.at-rest");
    }

    /** Gives what was there. */
    private static byte[] overwrite(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer before = ByteBuffer.allocate(bytes.length);
            assertThat(channel.read(before, 0)).isEqualTo(bytes.length);
            channel.write(ByteBuffer.wrap(bytes), 0);
            channel.force(true);
            return before.array();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                // The index is made anew of the journal, as RocksDB's files change while it is open.
                if (!from.relativize(file).startsWith("meta")) {
                    Files.copy(file, to.resolve(from.relativize(file)));
                }
            }
        }
    }
}
