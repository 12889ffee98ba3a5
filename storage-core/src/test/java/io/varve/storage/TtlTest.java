package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyUploads;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.TimeToLive;
import io.varve.storage.namespace.TtlPlan;
import io.varve.storage.namespace.TtlRule;
import io.varve.storage.namespace.TtlSweep;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.Version;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that go by themselves: single cases beside {@link TtlModelTest}. */
class TtlTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private StoreFixture store;
    private Namespace namespace;

    TtlTest() throws IOException {
        store = open(Instant.parse("2026-01-01T00:00:00Z"));
        namespace = store.namespace();
    }

    @BeforeEach
    void makeBucket() {
        namespace.createBucket("bucket", "tester");
    }

    @AfterEach
    void close() throws IOException {
        store.requireClean();
        store.close();
    }

    private StoreFixture open(Instant now) throws IOException {
        return new StoreFixture(journal, segments, true, now);
    }

    private void reopen() throws IOException {
        Instant now = store.now();
        store.close();
        store = open(now);
        namespace = store.namespace();
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private Entry put(String key, String timeToLive) throws IOException {
        Attributes attributes = timeToLive.isEmpty()
                ? Attributes.NONE
                : namespace.ttl().parse(timeToLive).orElseThrow().in(Attributes.NONE);
        try (StagedContent content = store.stage(key.getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
            return namespace
                    .put(path(key), content, PutRequest.ofType("").withAttributes(attributes), KEYS)
                    .entry();
        }
    }

    private boolean isThere(String key) {
        return namespace.find(path(key)).isPresent();
    }

    @Test
    void aFileGoesWhenItIsDueAndIsHistoryThen() throws IOException {
        Entry file = put("a/b/file", "7d");
        assertThat(file.expires()).contains(file.written().plus(Duration.ofDays(7)));
        put("a/b/stays", "");
        store.advance(Duration.ofDays(7).minusSeconds(1));
        assertThat(store.sweep()).isZero();
        store.advance(Duration.ofSeconds(2));
        assertThat(store.sweep()).isEqualTo(1);
        assertThat(isThere("a/b/file")).isFalse();
        assertThat(isThere("a/b/stays")).isTrue();
        List<Version> versions = namespace.versions(path("a/b/file"), Instant.MAX, 10);
        assertThat(versions).hasSize(1);
        assertThat(versions.getFirst().fate()).isEqualTo(Version.Fate.DELETED);
        // What is brought back is there to stay.
        Entry restored = namespace
                .restores()
                .restore(versions.getFirst(), path("a/b/file"), true, FOLDERS)
                .entry();
        assertThat(restored.expires()).isEmpty();
        store.advance(Duration.ofDays(20));
        assertThat(store.sweep()).isZero();
    }

    @Test
    void aRestoredFolderIsThereToStay() throws IOException {
        put("folder/file", "1h");
        Instant then = store.now().plusSeconds(1);
        store.advance(Duration.ofHours(2));
        assertThat(store.sweep()).isEqualTo(1);
        namespace
                .restores()
                .restore(namespace.at(then), Restores.Request.inPlace(path("folder/")), FOLDERS, ignored -> {});
        store.advance(Duration.ofDays(1));
        assertThat(store.sweep()).isZero();
        assertThat(namespace.find(path("folder/file")).orElseThrow().expires()).isEmpty();
    }

    @Test
    void aWholeBucketThatIsRestoredForgetsWhatWasDueInIt() throws IOException {
        put("folder/file", "1h");
        Instant then = store.now().plusSeconds(1);
        store.advance(Duration.ofMinutes(1));
        namespace.restores().restore(namespace.at(then), Restores.Request.inPlace(path("")), FOLDERS, ignored -> {});
        store.advance(Duration.ofDays(1));
        assertThat(store.sweep()).isZero();
        assertThat(isThere("folder/file")).isTrue();
    }

    @Test
    void aNewerVersionNeverGoesForAnOlderOne() throws IOException {
        put("file", "1h");
        put("file", "");
        put("other", "1h");
        put("other", "3h");
        store.advance(Duration.ofHours(2));
        assertThat(store.sweep()).isZero();
        store.advance(Duration.ofHours(2));
        assertThat(store.sweep()).isEqualTo(1);
        assertThat(isThere("file")).isTrue();
        assertThat(isThere("other")).isFalse();
    }

    @Test
    void whatIsWrittenBetweenLookingAndDeletingStays() throws IOException {
        namespace.ttl().setRule("bucket", new TtlRule("", Duration.ofHours(1)));
        for (int i = 0; i < 250; i++) {
            put("file-" + i, "");
        }
        store.advance(Duration.ofHours(2));
        TtlSweep sweep = namespace.ttl().sweep();
        sweep.begin(false);
        put("file-17", "");
        long files = 0;
        TtlSweep.Step step;
        do {
            step = sweep.step();
            files += step.files();
        } while (!step.finished());
        assertThat(files).isEqualTo(249);
        assertThat(isThere("file-17")).isTrue();
    }

    @Test
    void aLockedFileGoesWhenTheLockHasEnded() throws IOException {
        put("own", "1h");
        put("tmp/ruled", "");
        namespace.ttl().setRule("bucket", new TtlRule("tmp/", Duration.ofHours(1)));
        Lock own = lock("own");
        Lock ruled = lock("tmp/ruled");
        store.advance(Duration.ofHours(2));
        assertThat(store.sweep()).isZero();
        namespace.unlock(path("own"), own.token(), FOLDERS);
        namespace.unlock(path("tmp/ruled"), ruled.token(), FOLDERS);
        assertThat(store.sweep()).isEqualTo(2);
    }

    private Lock lock(String key) {
        return namespace.lock(path(key), new LockRequest("me", true, false, 86_400), FOLDERS);
    }

    @Test
    void aTimeToLiveIsSetAndTakenAwayWithoutANewVersion() throws IOException {
        Entry file = put("file", "");
        store.advance(Duration.ofHours(5));
        Entry set = namespace.ttl().set(path("file"), namespace.ttl().parse("6h"), KEYS);
        assertThat(set.sequence()).isEqualTo(file.sequence());
        assertThat(set.expires()).contains(file.written().plus(Duration.ofHours(6)));
        namespace.ttl().set(path("file"), Optional.empty(), KEYS);
        store.advance(Duration.ofHours(5));
        assertThat(store.sweep()).isZero();
        namespace.ttl().set(path("file"), namespace.ttl().parse("1h"), KEYS);
        reopen();
        assertThat(store.sweep()).isEqualTo(1);
        assertThatThrownBy(() -> namespace.ttl().set(path("file"), Optional.empty(), KEYS))
                .isInstanceOf(StorageException.NoSuchEntry.class);
        assertThatThrownBy(() -> namespace.ttl().set(path("folder/"), Optional.empty(), KEYS))
                .isInstanceOf(StorageException.InvalidTarget.class);
    }

    @Test
    void aFolderHasNone() throws IOException {
        try (StagedContent content = store.stage(new byte[0])) {
            PutRequest request =
                    PutRequest.ofType("").withAttributes(new TimeToLive.For(Duration.ofHours(1)).in(Attributes.NONE));
            assertThatThrownBy(() -> namespace.put(path("folder/"), content, request, KEYS))
                    .isInstanceOf(StorageException.InvalidTarget.class);
        }
    }

    @Test
    void anUploadInPartsCountsFromItsEnd() throws IOException {
        PutRequest request =
                PutRequest.ofType("").withAttributes(new TimeToLive.For(Duration.ofHours(2)).in(Attributes.NONE));
        Upload upload = namespace.keyUploads().begin(path("file"), request, KEYS);
        Part part;
        try (StagedContent content = store.stage(new byte[10])) {
            part = namespace.keyUploads().putPart(upload, 1, content, new EntityTag("x"), Attributes.NONE);
        }
        store.advance(Duration.ofHours(5));
        Entry file = namespace
                .keyUploads()
                .complete(
                        upload,
                        List.of(new KeyUploads.PartReference(1, part.etag())),
                        PutRequest.ofType("").withAttributes(upload.attributes()),
                        0,
                        KEYS)
                .entry();
        assertThat(file.expires()).contains(file.written().plus(Duration.ofHours(2)));
    }

    @Test
    void aRuleCoversWhatIsThereAndWhatComes() throws IOException {
        put("tmp/old", "");
        namespace.makeDirectory(path("tmp/by-name/"), Attributes.NONE, KEYS);
        put("tmp/by-name/deep/old", "");
        put("other", "");
        store.advance(Duration.ofDays(8));
        put("tmp/new", "");
        namespace.ttl().setRule("bucket", new TtlRule("tmp/", Duration.ofDays(7)));
        TtlPlan plan = namespace.ttl().plan("bucket", 1);
        assertThat(plan.files()).isEqualTo(2);
        assertThat(plan.deletions()).singleElement().satisfies(deletion -> {
            assertThat(deletion.path()).isEqualTo(path("tmp/by-name/deep/old"));
            assertThat(deletion.why()).isEqualTo("written 7d ago or earlier, under 'tmp/'");
        });
        assertThat(store.sweep()).isEqualTo(2);
        assertThat(isThere("tmp/by-name/")).isTrue();
        assertThat(isThere("tmp/by-name/deep/")).isFalse();
        assertThat(isThere("other")).isTrue();
        reopen();
        assertThat(namespace.ttl().rules("bucket")).containsExactly(new TtlRule("tmp/", Duration.ofDays(7)));
        store.advance(Duration.ofDays(7).minusSeconds(10));
        assertThat(store.sweep()).isZero();
        store.advance(Duration.ofSeconds(20));
        assertThat(store.sweep()).isEqualTo(1);
    }

    @Test
    void aFolderThatIsMovedUnderARuleIsSeen() throws IOException {
        namespace.ttl().setRule("bucket", new TtlRule("tmp/", Duration.ofHours(1)));
        put("old/file", "");
        store.advance(Duration.ofHours(2));
        put("tmp/new", "");
        assertThat(store.sweep()).isZero();
        namespace.move(path("old/"), path("tmp/old/"), false, KEYS);
        assertThat(store.sweep()).isEqualTo(1);
        assertThat(isThere("tmp/new")).isTrue();
    }

    @Test
    void rulesGoAndComeBackWithTheirBucket() throws IOException {
        namespace.ttl().setRule("bucket", new TtlRule("tmp/", Duration.ofHours(1)));
        put("tmp/file", "");
        Instant then = store.now().plusSeconds(1);
        store.advance(Duration.ofMinutes(1));
        namespace.delete(path("tmp/"), FOLDERS);
        namespace.deleteBucket("bucket", FOLDERS);
        namespace.createBucket("bucket", "tester");
        assertThat(namespace.ttl().rules("bucket")).isEmpty();
        namespace.deleteBucket("bucket", FOLDERS);
        namespace.restores().restore(namespace.at(then), Restores.Request.inPlace(path("")), FOLDERS, ignored -> {});
        assertThat(namespace.ttl().rules("bucket")).hasSize(1);
        namespace.retention().set("bucket", Optional.of(RetentionPolicy.NONE));
    }

    @Test
    void manyFilesGoInSteps() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 1_500; i++) {
            put("many/" + random.nextInt(30) + "/" + i, i % 2 == 0 ? "1h" : "");
        }
        namespace.ttl().setRule("bucket", new TtlRule("many/1", Duration.ofHours(1)));
        store.advance(Duration.ofHours(2));
        long planned = namespace.ttl().plan("bucket", 0).files();
        assertThat(planned).isGreaterThan(750);
        assertThat(store.sweep()).isEqualTo(planned);
        assertThat(namespace.usage(path("")).files()).isEqualTo(1_500 - planned);
    }

    @Test
    void timesAreReadAndRefused() {
        assertThat(namespace.ttl().parse("7d")).contains(new TimeToLive.For(Duration.ofDays(7)));
        assertThat(namespace.ttl().parse(" 2w ")).contains(new TimeToLive.For(Duration.ofDays(14)));
        assertThat(namespace.ttl().parse("2026-02-01"))
                .contains(new TimeToLive.Until(Instant.parse("2026-02-01T00:00:00Z")));
        for (String wrong :
                new String[] {"", "0s", "7", "-1d", "soon", "2001y", "2025-12-31", "2026-01-01T00:00:00Z"}) {
            assertThat(namespace.ttl().parse(wrong)).as(wrong).isEmpty();
        }
    }

    @Test
    void aBucketHasSoManyRulesAtMost() {
        for (int i = 0; i < 1_000; i++) {
            namespace.ttl().setRule("bucket", new TtlRule("prefix-" + i, Duration.ofDays(1)));
        }
        namespace.ttl().setRule("bucket", new TtlRule("prefix-7", Duration.ofDays(2)));
        assertThatThrownBy(() -> namespace.ttl().setRule("bucket", new TtlRule("more", Duration.ofDays(1))))
                .isInstanceOf(StorageException.InvalidTarget.class)
                .hasMessageContaining("1000 rules");
        assertThatThrownBy(() -> namespace.ttl().setRule("nowhere", new TtlRule("", Duration.ofDays(1))))
                .isInstanceOf(StorageException.NoSuchBucket.class);
    }
}
