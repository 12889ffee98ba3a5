package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KnownContents;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A file is found by its hash as long as it is there, wherever it goes, by who may read it, and by nobody else. */
class KnownContentsTest {
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final int SIZE = (int) KnownContents.BYTES_MIN;

    private StoreFixture store;
    private Namespace namespace;
    private KnownContents known;

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.withBucket();
        namespace = store.namespace();
        namespace.createBucket("other", "tester");
        known = namespace.knownContents();
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private static byte[] bytes(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static Fingerprint hash(byte[] bytes) {
        return Fingerprint.of(bytes, 0, bytes.length);
    }

    private Entry put(EntryPath path, byte[] bytes, Attributes attributes) throws IOException {
        try (StagedContent content = store.stage(bytes)) {
            PutRequest request = PutRequest.ofType("image/png").withAttributes(attributes);
            return namespace.put(path, content, request, KEYS).entry();
        }
    }

    private Entry putHashed(EntryPath path, byte[] bytes) throws IOException {
        return put(path, bytes, KnownContents.in(Attributes.NONE, hash(bytes)));
    }

    private Optional<String> find(byte[] bytes) {
        return known.find(hash(bytes), bytes.length, path -> true)
                .map(entry -> entry.path().toString());
    }

    @Test
    void whatCameWithItsHashIsFoundAndCopiedWithoutItsBytes() throws IOException {
        byte[] bytes = bytes(1, 100_000);
        Attributes said = Attributes.NONE.with("u:secret", "of the first").with("t:tag", "x");
        put(path("a/b/first"), bytes, KnownContents.in(said, hash(bytes)));
        assertThat(find(bytes)).contains("bucket/a/b/first");
        assertThat(known.find(hash(bytes), bytes.length + 1, path -> true)).isEmpty();

        Instant modified = Instant.parse("2026-11-20T10:00:00Z");
        Entry found = known.find(hash(bytes), bytes.length, path -> true).orElseThrow();
        PutResult result = known.copy(found, path("second"), Optional.of(modified), false, FOLDERS);
        assertThat(result.created()).isTrue();
        Entry second = namespace.find(path("second")).orElseThrow();
        assertThat(second.content()).isEqualTo(found.content());
        assertThat(second.modified()).isEqualTo(modified);
        assertThat(second.contentType()).isEqualTo("image/png");
        assertThat(second.attributes()).isEqualTo(KnownContents.in(Attributes.NONE, hash(bytes)));
        assertThat(store.read(second)).isEqualTo(bytes);

        namespace.delete(path("a/b/first"), KEYS);
        assertThat(find(bytes)).contains("bucket/second");
        namespace.delete(path("second"), KEYS);
        assertThat(find(bytes)).isEmpty();
    }

    @Test
    void whatIsSmallSealedPutTogetherOrCameWithoutAHashIsNotKnown() throws IOException {
        byte[] small = bytes(1, SIZE - 1);
        putHashed(path("small"), small);
        assertThat(find(small)).isEmpty();

        byte[] bytes = bytes(2, SIZE);
        Attributes hashed = KnownContents.in(Attributes.NONE, hash(bytes));
        put(path("plain"), bytes, Attributes.NONE);
        put(path("sealed"), bytes, hashed.with(Attributes.SEALED, "aes"));
        put(path("parts"), bytes, hashed.with("c:type", "COMPOSITE"));
        put(path("nonsense"), bytes, Attributes.NONE.with("c:sha256", "no hash"));
        assertThat(find(bytes)).isEmpty();
        put(path("just right"), bytes, hashed);
        assertThat(find(bytes)).contains("bucket/just right");
    }

    @Test
    void aHashIsKeptLaterIfTheFileIsStillTheSame() throws IOException {
        byte[] bytes = bytes(9, SIZE);
        Entry plain = put(path("plain"), bytes, Attributes.NONE.with("u:a", "b"));
        assertThat(known.learn(plain, hash(bytes), FOLDERS)).isTrue();
        assertThat(find(bytes)).contains("bucket/plain");
        Entry after = namespace.find(path("plain")).orElseThrow();
        assertThat(after.sequence()).as("no version was made").isEqualTo(plain.sequence());
        assertThat(after.attributes().get("u:a")).contains("b");
        Entry parts = put(path("parts"), bytes(10, SIZE), Attributes.NONE.with("c:type", "COMPOSITE"));
        assertThat(known.learn(parts, hash(bytes(10, SIZE)), FOLDERS)).isFalse();
        assertThat(known.learn(put(path("small"), bytes(11, 9), Attributes.NONE), hash(bytes(11, 9)), FOLDERS))
                .isFalse();
        put(path("plain"), bytes(12, SIZE), Attributes.NONE);
        assertThatThrownBy(() -> known.learn(plain, hash(bytes), FOLDERS))
                .isInstanceOf(StorageException.PreconditionFailed.class);
        assertThat(find(bytes)).isEmpty();
    }

    @Test
    void itFollowsMovesAndGoesWithItsFolder() throws IOException {
        byte[] bytes = bytes(3, SIZE);
        putHashed(path("a/b/c/file"), bytes);
        namespace.move(path("a/b/"), path("a/moved/"), false, FOLDERS);
        assertThat(find(bytes)).contains("bucket/a/moved/c/file");
        namespace.move(path("a/moved/c/file"), path("a/renamed"), false, FOLDERS);
        assertThat(find(bytes)).contains("bucket/a/renamed");
        namespace.move(path("a/"), new EntryPath("other", "z/"), false, FOLDERS);
        assertThat(find(bytes)).contains("other/z/renamed");
        namespace.delete(new EntryPath("other", "z/"), FOLDERS);
        assertThat(find(bytes)).isEmpty();
    }

    @Test
    void onlyWhoMayReadItIsToldAndOnlySomeAreLookedAt() throws IOException {
        byte[] bytes = bytes(4, SIZE);
        for (int i = 0; i < 3; i++) {
            putHashed(path("secret/" + i), bytes);
        }
        putHashed(path("mine"), bytes);
        List<EntryPath> asked = new ArrayList<>();
        assertThat(known.find(
                        hash(bytes), SIZE, path -> asked.add(path) && path.key().equals("mine")))
                .map(Entry::path)
                .contains(path("mine"));
        assertThat(known.find(hash(bytes), SIZE, path -> false)).isEmpty();
        asked.clear();
        for (int i = 3; i < KnownContents.LOOKED_AT_MAX + 10; i++) {
            putHashed(path("secret/" + i), bytes);
        }
        assertThat(known.find(hash(bytes), SIZE, path -> !asked.add(path))).isEmpty();
        assertThat(asked).hasSize(KnownContents.LOOKED_AT_MAX);
    }

    @Test
    void locksQuotasAndWhatIsThereHoldAsForAnyWrite() throws IOException {
        byte[] bytes = bytes(5, SIZE);
        Entry found = putHashed(new EntryPath("other", "file"), bytes);
        put(path("there"), bytes(6, 10), Attributes.NONE.with("p:{x}y", "<y/>").with("u:old", "gone"));
        assertThatThrownBy(() -> known.copy(found, path("there"), Optional.empty(), false, FOLDERS))
                .isInstanceOf(StorageException.EntryExists.class);
        assertThatThrownBy(() -> known.copy(found, path("no/folder"), Optional.empty(), false, FOLDERS))
                .isInstanceOf(StorageException.NoSuchParent.class);
        namespace.quotas().set("bucket", OptionalLong.of(SIZE - 1));
        assertThatThrownBy(() -> known.copy(found, path("there"), Optional.empty(), true, FOLDERS))
                .isInstanceOf(StorageException.QuotaExceeded.class);
        namespace.quotas().set("bucket", OptionalLong.empty());
        namespace.lock(path("there"), new LockRequest("me", true, false, 600), WriteOptions.folders("somebody"));
        assertThatThrownBy(() -> known.copy(found, path("there"), Optional.empty(), true, FOLDERS))
                .isInstanceOf(StorageException.Locked.class);
        String token = namespace.locks(path("there")).getFirst().token();
        namespace.unlock(path("there"), token, WriteOptions.folders("somebody"));
        assertThat(known.copy(found, path("there"), Optional.empty(), true, FOLDERS)
                        .created())
                .isFalse();
        Attributes after = namespace.find(path("there")).orElseThrow().attributes();
        assertThat(after.get("p:{x}y")).contains("<y/>");
        assertThat(after.get("u:old")).isEmpty();

        putHashed(new EntryPath("other", "file"), bytes(7, SIZE));
        assertThatThrownBy(() -> known.copy(found, path("late"), Optional.empty(), true, FOLDERS))
                .isInstanceOf(StorageException.NoSuchEntry.class);
        assertThat(namespace.find(path("late"))).isEmpty();
    }

    /** Whatever happens to files, each row leads to a file of that hash or to a folder that was deleted, and each file that was put has one. */
    @Test
    void rowsAndFilesStayInStep() throws IOException {
        Random random = new Random(8);
        byte[][] contents = {bytes(10, SIZE), bytes(11, SIZE + 1), bytes(12, SIZE + 2)};
        for (int step = 0; step < 400; step++) {
            EntryPath path = path("d" + random.nextInt(3) + "/f" + random.nextInt(4));
            switch (random.nextInt(5)) {
                case 0, 1 -> putHashed(path, contents[random.nextInt(contents.length)]);
                case 2 -> put(path, contents[random.nextInt(contents.length)], Attributes.NONE);
                case 3 -> namespace.delete(path, KEYS);
                default -> {
                    EntryPath to = path("d" + random.nextInt(3) + "/f" + random.nextInt(4));
                    if (namespace.find(path).isPresent() && !path.equals(to)) {
                        namespace.move(path, to, true, KEYS);
                    }
                }
            }
        }
        store.requireClean();
        Map<Fingerprint, Integer> files = new HashMap<>();
        for (int d = 0; d < 3; d++) {
            for (int f = 0; f < 4; f++) {
                namespace
                        .find(path("d" + d + "/f" + f))
                        .filter(entry -> !entry.attributes().isEmpty())
                        .ifPresent(entry -> files.merge(hash(contents[(int) entry.size() - SIZE]), 1, Integer::sum));
            }
        }
        assertThat(rows()).isEqualTo(files);
        assertThat(files).isNotEmpty();
    }

    private Map<Fingerprint, Integer> rows() throws IOException {
        Map<Fingerprint, Integer> rows = new HashMap<>();
        try (Cursor cursor = store.metadata().scanPrefix(Family.DUE, new byte[] {3})) {
            while (cursor.next()) {
                ByteBuffer key = ByteBuffer.wrap(cursor.key()).position(1);
                rows.merge(Fingerprint.read(key), 1, Integer::sum);
            }
        }
        return rows;
    }
}
