package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.Mirror;
import io.varve.storage.maintenance.BackupRestore;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.sealing.KeyMissingException;
import io.varve.storage.sealing.KeyRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store in a real directory that is encrypted, was, or becomes so; and what somebody sees who has the disks without the key. */
class EncryptedStoreTest {
    private static final String WORD = "sediment-of-eleven-thousand-years";
    private static final String NAME = "the-name-of-a-secret-file";

    @TempDir
    Path home;

    private Path data;
    private Path keys;
    private final Map<String, byte[]> model = new TreeMap<>();

    @BeforeEach
    void name() throws IOException {
        data = home.resolve("data");
        keys = Files.createDirectory(home.resolve("keys"));
    }

    private EngineSettings settings(boolean atRest) {
        return EngineSettings.of(data)
                .withHistory(RetentionPolicy.NONE)
                .withDiskCache(new EngineSettings.DiskCache(OptionalLong.of(16 << 20), Optional.empty(), "s3-fifo"))
                .withEncryption(new EngineSettings.Encryption(atRest, Optional.of(keys)));
    }

    private StorageEngine open(boolean atRest) throws IOException {
        return open(settings(atRest));
    }

    private static StorageEngine open(EngineSettings settings) throws IOException {
        return StorageEngine.open(settings, InstantSource.system(), new SimpleMeterRegistry());
    }

    private static EntryPath path(String key) {
        return new EntryPath("photos", key);
    }

    /** Content that compresses, resembles the others, and says a word. */
    private static byte[] content(int seed) {
        Random random = new Random(seed / 2);
        StringBuilder text = new StringBuilder();
        while (text.length() < 120_000) {
            text.append(WORD).append(' ').append(random.nextInt(100_000)).append('\n');
        }
        text.insert(60_000, "edition " + seed);
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private void put(StorageEngine engine, String key, byte[] content) throws IOException {
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            writer.write(content);
            try (StagedContent staged = writer.finish()) {
                engine.namespace().put(path(key), staged, PutRequest.ofType("text/plain"), WriteOptions.keys("root"));
            }
        }
        model.put(key, content);
    }

    private void fill(StorageEngine engine) throws IOException {
        engine.namespace().createBucket("photos", "root");
        for (int i = 0; i < 6; i++) {
            put(engine, NAME + "-" + i, content(i));
        }
        put(engine, "small", WORD.getBytes(StandardCharsets.US_ASCII));
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

    /** Whether a word stands in any file below a directory, whose names do not begin with one of the exceptions. */
    private List<String> filesWith(String word, String... exceptions) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = data.relativize(file).toString();
                boolean excepted = Stream.of(exceptions).anyMatch(name::startsWith);
                if (!excepted
                        && Files.readString(file, StandardCharsets.ISO_8859_1).contains(word)) {
                    found.add(name);
                }
            }
        }
        return found;
    }

    private List<String> filesTelling(String... exceptions) throws IOException {
        ByteBuffer fingerprint = ByteBuffer.allocate(Fingerprint.BYTES);
        Fingerprint.of(ByteBuffer.wrap(WORD.getBytes(StandardCharsets.US_ASCII)))
                .write(fingerprint);
        List<String> found = new ArrayList<>();
        for (String word : List.of(
                "sediment-of-", NAME, "text/plain", new String(fingerprint.array(), StandardCharsets.ISO_8859_1))) {
            found.addAll(filesWith(word, exceptions));
        }
        return found;
    }

    @Test
    void nothingOutsideTheMetadataTellsContentNamesOrFingerprints() throws IOException {
        try (StorageEngine engine = open(true)) {
            fill(engine);
            engine.settle(false);
            requireModel(engine);
            put(engine, "later", content(99));
            assertThat(engine.encryptsAtRest()).isTrue();
            assertThat(engine.encrypted().clearBytes()).isZero();
            assertThat(engine.encrypted().sealedBytes()).isPositive();
        }
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
            assertThat(engine.diskCache().cache().orElseThrow().statistics().puts())
                    .as("chunks went into the disk cache")
                    .isPositive();
        }
        assertThat(filesTelling("meta/")).isEmpty();
        // Keys of the metadata are names and fingerprints; its values are not to be read.
        assertThat(filesWith("sediment-of-")).isEmpty();
        assertThat(filesWith("text/plain")).isEmpty();
        assertThat(keys.resolve("master.key")).exists();
        assertThat(data.resolve("keys")).doesNotExist();
        DataDirectory.erase(data.resolve("meta"));
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
        requireSound(settings(true));
    }

    @Test
    void aStoreInClearBecomesEncryptedAndClearAgain() throws IOException {
        try (StorageEngine engine = open(false)) {
            fill(engine);
            assertThat(engine.encrypted().sealedBytes()).isZero();
        }
        assertThat(Files.readString(data.resolve("FORMAT"))).contains("format=2");
        assertThat(filesTelling("meta/")).isNotEmpty();
        try (StorageEngine engine = open(true)) {
            assertThat(engine.encrypted().clearBytes()).isPositive();
            requireModel(engine);
            engine.settle(false);
            assertThat(engine.encrypted().clearBytes()).isZero();
            requireModel(engine);
        }
        assertThat(Files.readString(data.resolve("FORMAT")))
                .contains("format=3")
                .contains("keys=1:");
        assertThat(filesTelling("meta/")).isEmpty();
        requireSound(settings(true));
        try (StorageEngine engine = open(false)) {
            requireModel(engine);
            engine.settle(false);
            assertThat(engine.encrypted().sealedBytes()).isZero();
            requireModel(engine);
        }
        requireSound(settings(false));
    }

    @Test
    void withoutTheKeyNothingIsTouched() throws IOException {
        try (StorageEngine engine = open(true)) {
            fill(engine);
        }
        Path key = keys.resolve("at-rest-1.key");
        byte[] right = Files.readAllBytes(key);
        DataDirectory.erase(data.resolve("meta"));
        for (boolean another : new boolean[] {false, true}) {
            Files.deleteIfExists(key);
            if (another) {
                Files.write(key, new byte[32]);
            }
            for (boolean atRest : new boolean[] {false, true}) {
                assertThatThrownBy(() -> open(atRest))
                        .isInstanceOf(KeyMissingException.class)
                        .hasMessageContaining("at-rest-1.key")
                        .hasMessageContaining(keys.toString())
                        .hasMessageContaining("Nothing was changed");
            }
            assertThat(data.resolve("meta")).doesNotExist();
        }
        Files.write(key, right);
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
        assertThatThrownBy(() -> open(settings(true)
                        .withEncryption(new EngineSettings.Encryption(true, Optional.of(home.resolve("not mounted"))))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("varve.keys.dir");
    }

    @Test
    void keysThatWereNotMovedAreNotMadeAnew() throws IOException {
        try (StorageEngine engine = open(settings(false).withEncryption(EngineSettings.Encryption.NONE))) {
            fill(engine);
        }
        assertThatThrownBy(() -> open(true))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("move all files of that directory");
        assertThat(StoreInDirectory.filesOf(keys)).isEmpty();
        for (Path key : StoreInDirectory.filesOf(data.resolve("keys"))) {
            Files.move(key, keys.resolve(key.getFileName()));
        }
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
    }

    /** A command line may lack the server's settings. */
    @Test
    void whoLooksAtAStoreLeavesItAsItIs() throws IOException {
        try (StorageEngine engine = open(false)) {
            fill(engine);
        }
        OfflineStore.rebuild(settings(true), true, (commits, last) -> {});
        requireSound(settings(true));
        assertThat(Files.readString(data.resolve("FORMAT"))).contains("format=2");
        assertThat(keys.resolve("at-rest-1.key")).doesNotExist();
        try (StorageEngine engine = open(true)) {
            engine.settle(false);
        }
        requireSound(settings(false));
        OfflineStore.rebuild(settings(false), false, (commits, last) -> {});
        KeyRotation.rotate(settings(false));
        assertThat(filesTelling("meta/")).isEmpty();
        assertThat(filesWith("text/plain")).isEmpty();
        assertThat(filesWith("sediment-of-")).isEmpty();
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
            assertThat(engine.encrypted().clearBytes()).isZero();
        }
    }

    @Test
    void mirrorAndBackupAreEncryptedAndGetNoKeysThatLieElsewhere() throws IOException {
        Path mirror = Files.createDirectory(home.resolve("mirror"));
        Path backup = home.resolve("backup");
        EngineSettings mirrored = settings(true).withSafety(EngineSettings.Safety.DEFAULT.withMirror(mirror));
        try (StorageEngine engine = open(mirrored)) {
            fill(engine);
            assertThat(StoreInDirectory.await(engine, engine.jobs().mirror()).state())
                    .isEqualTo(Jobs.State.DONE);
            assertThat(StoreInDirectory.await(engine, engine.jobs().backup(backup, false))
                            .state())
                    .isEqualTo(Jobs.State.DONE);
        }
        for (Path copy : List.of(mirror, backup)) {
            data = copy;
            assertThat(filesTelling()).isEmpty();
            assertThat(filesWith("at-rest", "FORMAT", "BACKUP")).isEmpty();
            try (Stream<Path> files = Files.walk(copy)) {
                assertThat(files.filter(file -> file.toString().endsWith(".key")))
                        .isEmpty();
            }
        }
        data = mirror;
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
        data = home.resolve("restored");
        BackupRestore.run(backup, data, new JobControl());
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
        requireSound(settings(true));
    }

    @Test
    void rotationMakesTheOldKeySuperfluous() throws IOException {
        Path mirror = Files.createDirectory(home.resolve("mirror"));
        EngineSettings mirrored = settings(true).withSafety(EngineSettings.Safety.DEFAULT.withMirror(mirror));
        assertThatThrownBy(() -> KeyRotation.rotate(mirrored)).isInstanceOf(IOException.class);
        try (StorageEngine engine = open(mirrored)) {
            fill(engine);
            assertThat(StoreInDirectory.await(engine, engine.jobs().mirror()).state())
                    .isEqualTo(Jobs.State.DONE);
            assertThatThrownBy(() -> KeyRotation.rotate(mirrored)).isInstanceOf(DataDirectoryHeldException.class);
        }
        KeyRing.Generation old = KeyRotation.keys(mirrored).needed().getFirst();
        KeyRotation.Report report = KeyRotation.rotate(mirrored);
        assertThat(report.newest().number()).isEqualTo(2);
        assertThat(report.files()).isPositive();
        assertThat(report.left()).isEmpty();
        assertThat(report.superseded()).containsExactly(old);
        assertThat(KeyRotation.keys(mirrored).needed()).containsExactly(report.newest());
        assertThat(KeyRotation.keys(mirrored).present()).containsExactly(old, report.newest());
        Files.delete(keys.resolve(old.file()));
        assertThat(filesWith(old.id())).isEmpty();
        try (StorageEngine engine = open(mirrored)) {
            assertThat(engine.mirror().state()).as("it got the same bytes").contains(Mirror.State.FRESH);
            requireModel(engine);
            put(engine, "later", content(7));
        }
        requireSound(mirrored);
        data = mirror;
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
    }

    /** FORMAT names the new key before a file is under it; a rotation that ended there is gone on with. */
    @Test
    void aRotationThatWasBrokenOffGoesOn() throws IOException {
        try (StorageEngine engine = open(true)) {
            fill(engine);
        }
        KeyRing.open(keys).withNewGeneration();
        // This start sees a newer key, and uses it.
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
            put(engine, "later", content(8));
        }
        KeyRotation.Keys before = KeyRotation.keys(settings(true));
        assertThat(before.needed()).hasSize(2);
        KeyRotation.Report report = KeyRotation.rotate(settings(true));
        assertThat(report.newest().number()).isEqualTo(2);
        assertThat(report.superseded()).containsExactly(before.needed().getFirst());
        Files.delete(keys.resolve("at-rest-1.key"));
        try (StorageEngine engine = open(true)) {
            requireModel(engine);
        }
    }

    /** Where nothing says otherwise, keys lie with the data and go along with its copies. */
    @Test
    void keysInTheDataDirectoryGoAlong() throws IOException {
        EngineSettings beside = settings(true).withEncryption(new EngineSettings.Encryption(true, Optional.empty()));
        Path backup = home.resolve("backup");
        try (StorageEngine engine = open(beside)) {
            fill(engine);
            assertThat(StoreInDirectory.await(engine, engine.jobs().backup(backup, false))
                            .state())
                    .isEqualTo(Jobs.State.DONE);
        }
        assertThat(backup.resolve("keys").resolve("at-rest-1.key"))
                .hasSameBinaryContentAs(data.resolve("keys").resolve("at-rest-1.key"));
    }
}
