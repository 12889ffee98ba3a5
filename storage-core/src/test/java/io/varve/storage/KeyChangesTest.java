package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyUploads.PartReference;
import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.UploadQuery;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes by S3's rules that touch several keys, and uploads that nobody ends. */
class KeyChangesTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.withBucket();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static KeyVersions.Delete delete(String key, WriteOptions options) {
        return new KeyVersions.Delete(path(key), Optional.empty(), false, options);
    }

    @Test
    void manyDeletesTakeFewCommits() throws IOException {
        List<KeyVersions.Delete> deletes = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            String key = "d" + i % 7 + "/" + i;
            store.put(path(key), bytes(key));
            deletes.add(delete(key, KEYS));
        }
        deletes.add(delete("never/there", KEYS));
        long before = store.committer().statistics().commits();
        assertThat(store.namespace().keyVersions().deleteAll(deletes))
                .hasSize(601)
                .allMatch(outcome -> outcome instanceof KeyVersions.Outcome.Done);
        assertThat(store.committer().statistics().commits() - before).isEqualTo(3);
        store.namespace().deleteBucket("bucket", KEYS);
    }

    @Test
    void aRefusedDeleteLeavesTheOthersOfItsCommit() throws IOException {
        store.put(path("a"), bytes("a"));
        store.put(path("b"), bytes("b"));
        WriteOptions never = KEYS.when(current -> {
            throw new StorageException.PreconditionFailed("never");
        });
        List<KeyVersions.Outcome> outcomes = store.namespace()
                .keyVersions()
                .deleteAll(List.of(delete("a", never), delete("b", KEYS), delete("b", KEYS)));
        assertThat(outcomes.get(0))
                .isInstanceOfSatisfying(
                        KeyVersions.Outcome.Refused.class,
                        refused ->
                                assertThat(refused.reason()).isInstanceOf(StorageException.PreconditionFailed.class));
        assertThat(outcomes.subList(1, 3)).allMatch(outcome -> outcome instanceof KeyVersions.Outcome.Done);
        assertThat(store.read(path("a"))).isEqualTo(bytes("a"));
        assertThat(store.namespace().find(path("b"))).isEmpty();
    }

    @Test
    void aCopyAsksForItsSourceInTheStepThatMakesIt() throws IOException {
        store.put(path("from"), bytes("bytes"));
        WriteOptions never = KEYS.whenSource(source -> {
            assertThat(source.orElseThrow().size()).isEqualTo(5);
            throw new StorageException.PreconditionFailed("never");
        });
        assertThatThrownBy(() ->
                        store.namespace().copyKey(path("from"), Optional.empty(), path("to"), Optional.empty(), never))
                .isInstanceOf(StorageException.PreconditionFailed.class);
        assertThat(store.namespace().find(path("to"))).isEmpty();
        store.namespace().copyKey(path("from"), Optional.empty(), path("to/"), Optional.empty(), KEYS);
        store.namespace().copyKey(path("to/"), Optional.empty(), path("back"), Optional.empty(), KEYS);
        store.namespace().delete(path("from"), KEYS);
        store.settle();
        assertThat(store.read(path("to/"))).isEqualTo(bytes("bytes"));
        assertThat(store.read(path("back"))).isEqualTo(bytes("bytes"));
        assertThat(store.namespace().find(path("back")).orElseThrow().isDirectory())
                .isFalse();
    }

    private Upload begin(String key) {
        return store.namespace().keyUploads().begin(path(key), PutRequest.ofType(""), KEYS);
    }

    private List<Upload> uploads(String prefix, UploadQuery.After after, int limit) {
        return store.namespace().keyUploads().list(new UploadQuery("bucket", prefix, after, limit));
    }

    @Test
    void uploadsAreListedFromAnyPlaceOn() {
        List<Upload> begun = new ArrayList<>();
        for (String key : List.of("a", "a", "a/b", "a/c", "a0", "\u00e4")) {
            store.advance(Duration.ofSeconds(1));
            begun.add(begin(key));
        }
        store.namespace().createBucket("bucket2", "tester");
        store.namespace().keyUploads().begin(new EntryPath("bucket2", "a"), PutRequest.ofType(""), KEYS);
        assertThat(uploads("", new UploadQuery.Start(), 100)).isEqualTo(begun);
        assertThat(uploads("", new UploadQuery.Start(), 2)).isEqualTo(begun.subList(0, 2));
        assertThat(uploads("a/", new UploadQuery.Start(), 100)).isEqualTo(begun.subList(2, 4));
        assertThat(uploads("", new UploadQuery.Id("a", begun.get(0).id()), 100)).isEqualTo(begun.subList(1, 6));
        assertThat(uploads("", new UploadQuery.Key("a"), 100)).isEqualTo(begun.subList(2, 6));
        assertThat(uploads("", new UploadQuery.Below("a/"), 100)).isEqualTo(begun.subList(4, 6));
        assertThat(uploads("a/", new UploadQuery.Key("a0"), 100)).isEmpty();
        store.namespace().keyUploads().abort(begun.get(2));
        assertThat(uploads("a/", new UploadQuery.Start(), 100)).containsExactly(begun.get(3));
        store.namespace().deleteBucket("bucket", KEYS);
        store.namespace().createBucket("bucket", "tester");
        assertThat(uploads("", new UploadQuery.Start(), 100)).isEmpty();
    }

    /** Before there were rows for the order of keys. */
    @Test
    void uploadsOfAnOlderStoreAreListedToo() throws IOException {
        List<Upload> begun = List.of(begin("a"), begin("b"));
        store.committer().commit(commit -> {
            for (Upload upload : begun) {
                String place = "\1bucket\0" + upload.path().key() + "\0" + upload.id();
                commit.delete(Family.UPLOADS, bytes(place));
            }
            return true;
        });
        assertThat(uploads("", new UploadQuery.Start(), 100)).isEmpty();
        InstantSource clock = InstantSource.fixed(store.now());
        Namespace opened = new Namespace(
                store.committer(), store.chunks(), clock, RetentionPolicy.of(Duration.ofDays(30)), () -> {});
        assertThat(opened.keyUploads().list(UploadQuery.all("bucket", ""))).isEqualTo(begun);
    }

    @Test
    void uploadsThatNobodyGoesOnWithEnd() throws IOException {
        Upload idle = store.namespace().keyUploads().begin(path("k"), PutRequest.ofType(""), KEYS);
        Upload busy = store.namespace().keyUploads().begin(path("k"), PutRequest.ofType(""), KEYS);
        store.advance(Duration.ofDays(8));
        try (StagedContent content = store.stage(bytes("part"))) {
            store.namespace().keyUploads().putPart(busy, 1, content, new EntityTag("x"), Attributes.NONE);
        }
        Instant limit = store.now().minus(Duration.ofDays(7));
        assertThat(store.namespace().keyUploads().endIdleSince(limit)).isEqualTo(1);
        assertThat(store.namespace().keyUploads().list(UploadQuery.all("bucket", "")))
                .extracting(Upload::id)
                .containsExactly(busy.id());
        assertThatThrownBy(() -> store.namespace().keyUploads().find(path("k"), idle.id()))
                .isInstanceOf(StorageException.NoSuchUpload.class);
    }

    @Test
    void aPartCanBeARangeOfAnEntryByReference() throws IOException {
        byte[] bytes = new byte[3_000_000];
        new Random(5).nextBytes(bytes);
        Entry source = store.put(path("from"), bytes).entry();
        Random random = new Random(7);
        for (int round = 0; round < 30; round++) {
            int offset = round == 0 ? 0 : random.nextInt(bytes.length);
            int length = round == 0 ? bytes.length : random.nextInt(bytes.length - offset + 1);
            Upload upload = store.namespace().keyUploads().begin(path("to"), PutRequest.ofType(""), KEYS);
            Part part = store.namespace()
                    .keyUploads()
                    .putPartCopy(upload, 1, source, offset, length, new EntityTag("x"), Attributes.NONE);
            Entry joined = store.namespace()
                    .keyUploads()
                    .complete(upload, List.of(new PartReference(1, part.etag())), PutRequest.ofType(""), 0, KEYS)
                    .entry();
            assertThat(store.read(joined))
                    .as("%d bytes from %d", length, offset)
                    .isEqualTo(Arrays.copyOfRange(bytes, offset, offset + length));
        }
        store.requireClean();
        store.namespace().delete(path("from"), KEYS);
        store.settle();
        store.requireClean();
        assertThat(store.namespace().find(path("to")).orElseThrow().size()).isPositive();
        store.read(path("to"));
    }

    @Test
    void aCopiedRangeStoresOnlyItsEdges() throws IOException {
        byte[] bytes = new byte[2_000_000];
        new Random(5).nextBytes(bytes);
        Entry source = store.put(path("from"), bytes).entry();
        Upload upload = store.namespace().keyUploads().begin(path("to"), PutRequest.ofType(""), KEYS);
        long before = store.chunks().ingestStatistics().bytesStored();
        store.namespace()
                .keyUploads()
                .putPartCopy(upload, 1, source, 12_345, 1_900_000, new EntityTag("x"), Attributes.NONE);
        assertThat(store.chunks().ingestStatistics().bytesStored() - before).isLessThan(100_000);
    }
}
