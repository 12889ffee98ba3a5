package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.NamespaceTotals;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.RestorePlan;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.RetentionPlan;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Version;
import io.varve.storage.namespace.Version.Fate;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bringing the past back, the rules of what is kept, and what crashes in between leave. */
class RestoreTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");

    private MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = open(Instant.parse("2026-01-01T00:00:30Z"));
        store.namespace().createBucket("bucket", "tester");
    }

    private StoreFixture open(Instant now) throws IOException {
        return new StoreFixture(journal, segments, RetentionPolicy.of(Duration.ofDays(30)), now);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void aFileComesBackAsANewVersion() throws IOException {
        put("a", "one");
        Instant then = moment();
        put("a", "second");
        Entry restored = restore(then, "a", "a").entry();
        assertThat(text("a")).isEqualTo("one");
        assertThat(restored.contentType()).isEqualTo("application/octet-stream");
        assertThat(versions("a")).extracting(Version::fate).containsExactly(Fate.CURRENT, Fate.REPLACED, Fate.REPLACED);
        assertThat(versions("a")).extracting(v -> v.entry().size()).containsExactly(3L, 6L, 3L);
        store.namespace().delete(path("a"), FOLDERS);
        restore(then, "a", "new/folder/b");
        assertThat(text("new/folder/b")).isEqualTo("one");
        assertThatThrownBy(() -> restore(then, "never", "x")).isInstanceOf(StorageException.NoSuchEntry.class);
        assertThatThrownBy(() -> restore(then, "a", "new/folder/b/c"))
                .isInstanceOf(StorageException.KindConflict.class);
        store.requireClean();
    }

    @Test
    void aFolderIsSwappedAsAWhole() throws IOException {
        for (int i = 0; i < 1200; i++) {
            put("f/" + i % 7 + "/" + i, "content " + i);
        }
        Instant then = moment();
        long bytes = NamespaceTotals.read(store.metadata()).bytes();
        store.namespace().delete(path("f/3/"), FOLDERS);
        put("f/4/4", "changed");
        put("f/new", "to go");
        Instant before = moment();

        List<Long> progress = new ArrayList<>();
        PastView past = store.namespace().at(then);
        Restores.Request request = Restores.Request.inPlace(path("f/"));
        RestorePlan plan = store.namespace().restores().plan(past, request, 3);
        assertThat(plan.replaced()).isEqualTo(1);
        assertThat(plan.removed()).isEqualTo(1);
        assertThat(plan.created()).isEqualTo(1 + 171);
        assertThat(plan.unchanged()).isEqualTo(1200 - 172);
        assertThat(plan.changes()).hasSize(3);
        PutResult result = store.namespace().restores().restore(past, request, FOLDERS, progress::add);
        assertThat(result.created()).isFalse();
        assertThat(progress.getLast()).isEqualTo(1207);
        assertThat(NamespaceTotals.read(store.metadata()).bytes()).isEqualTo(bytes);
        assertThat(text("f/4/4")).isEqualTo("content 4");
        assertThat(text("f/3/3")).isEqualTo("content 3");
        assertThat(store.namespace().find(path("f/new"))).isEmpty();
        assertThat(store.namespace().at(before).find(path("f/new"))).isPresent();
        assertThat(store.namespace().restores().plan(past, request, 3).changes())
                .isEmpty();
        store.settle();
        store.requireClean();
        assertThat(NamespaceTotals.read(store.metadata())).isEqualTo(new NamespaceTotals(1200, bytes, 0, 0));
    }

    @Test
    void aBucketComesBackInPlaceOrFromNothing() throws IOException {
        put("a", "one");
        put("f/b", "two");
        Instant then = moment();
        store.namespace().delete(path("f/"), FOLDERS);
        put("c", "three");
        Restores.Request whole = Restores.Request.inPlace(EntryPath.root("bucket"));
        store.namespace().restores().restore(store.namespace().at(then), whole, FOLDERS, ignored -> {});
        assertThat(text("f/b")).isEqualTo("two");
        assertThat(store.namespace().find(path("c"))).isEmpty();
        Instant restored = moment();

        store.namespace().delete(path("a"), KEYS);
        store.namespace().delete(path("f/"), FOLDERS);
        store.namespace().retention().set("bucket", Optional.of(RetentionPolicy.of(Duration.ofDays(9))));
        store.namespace().deleteBucket("bucket", FOLDERS);
        store.namespace().restores().restore(store.namespace().at(restored), whole, FOLDERS, ignored -> {});
        assertThat(text("a")).isEqualTo("one");
        assertThat(versions("a")).extracting(Version::fate).startsWith(Fate.CURRENT, Fate.DELETED);
        store.close();
        store = open(Instant.parse("2026-01-01T01:00:00Z"));
        assertThat(text("f/b")).isEqualTo("two");
        assertThat(store.namespace().at(then).find(path("f/b"))).isPresent();
        store.settle();
        store.requireClean();
    }

    @Test
    void locksAndConditionsHoldAgainstARestore() throws IOException {
        put("f/a", "one");
        Instant then = moment();
        put("f/a", "two");
        var lock = store.namespace().lock(path("f/a"), new LockRequest("me", true, false, 600), FOLDERS);
        assertThatThrownBy(() -> restore(then, "f/a", "f/a")).isInstanceOf(StorageException.Locked.class);
        assertThatThrownBy(() -> restore(then, "f/", "f/")).isInstanceOf(StorageException.Locked.class);
        WriteOptions holding = FOLDERS.holding(Set.of(lock.token())).when(current -> {
            throw new StorageException.PreconditionFailed("asked");
        });
        assertThatThrownBy(() -> store.namespace()
                        .restores()
                        .restore(store.namespace().at(then), Restores.Request.inPlace(path("f/a")), holding, n -> {}))
                .isInstanceOf(StorageException.PreconditionFailed.class);
        assertThat(text("f/a")).isEqualTo("two");
    }

    @Test
    void aMomentThatEndsMeanwhileIsNotHalfRestored() throws IOException {
        for (int i = 0; i < 1100; i++) {
            put("f/" + i, "content " + i);
        }
        Instant then = moment();
        store.namespace().delete(path("f/"), FOLDERS);
        PastView past = store.namespace().at(then);
        assertThatThrownBy(() -> store.namespace()
                        .restores()
                        .restore(past, Restores.Request.inPlace(path("f/")), FOLDERS, copied -> settled()))
                .isInstanceOfAny(StorageException.OutOfHistory.class, StorageException.NoSuchEntry.class);
        assertThat(store.namespace().find(path("f/"))).isEmpty();
        store.settle();
        store.requireClean();
        assertThat(NamespaceTotals.read(store.metadata())).isEqualTo(new NamespaceTotals(0, 0, 0, 0));
    }

    private void settled() {
        try {
            store.settle();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aCrashLeavesAllOfARestoreOrNothing(long seed) throws IOException {
        for (int i = 0; i < 1300; i++) {
            put("f/" + i % 3 + "/" + i, "content " + i);
        }
        Instant then = moment();
        store.namespace().delete(path("f/1/"), FOLDERS);
        put("f/new", "new");
        Random random = new Random(seed);
        (random.nextBoolean() ? journal : segments).crashAt(1 + random.nextInt(14));
        boolean answered = false;
        try {
            restore(then, "f/", "f/");
            answered = true;
        } catch (StorageException e) {
            // The power went off before it was done.
        }
        try {
            store.close();
        } catch (IOException e) {
            // The power is off.
        }
        journal = journal.crash(random.nextLong());
        segments = segments.crash(random.nextLong());
        store = open(Instant.parse("2026-01-01T02:00:00Z"));
        boolean restored = store.namespace().find(path("f/new")).isEmpty();
        assertThat(restored || !answered).as("seed %d", seed).isTrue();
        assertThat(store.namespace().usage(path("f/")).files())
                .as("seed %d", seed)
                .isEqualTo(restored ? 1300 : 1300 - 433 + 1);
        store.expire(false);
        store.settle();
        store.requireClean();
        assertThat(NamespaceTotals.read(store.metadata()).historyVersions()).isZero();
    }

    @Test
    void aFolderMovesWithinOneThatOnlyItsMembersHold() throws IOException {
        put("implicit/x/file", "content");
        store.namespace().move(path("implicit/x/"), path("implicit/y/"), false, FOLDERS);
        assertThat(text("implicit/y/file")).isEqualTo("content");
    }

    @Test
    void theLastVersionsAreKeptHoweverOld() throws IOException {
        rule("last=2");
        for (int i = 1; i <= 5; i++) {
            put("a", "x".repeat(i));
            put("gone/b", "y".repeat(i));
        }
        store.namespace().delete(path("gone/"), FOLDERS);
        store.advance(Duration.ofDays(400));
        RetentionPlan plan = store.namespace().retention().plan("bucket", Optional.empty(), 2);
        assertThat(plan.endings())
                .hasSize(2)
                .allSatisfy(end -> assertThat(end.why()).isEqualTo("not among the last 2 of its name"));
        assertThat(store.expire(false)).isEqualTo(plan.endedVersions()).isEqualTo(2 + 3);
        assertThat(versions("a")).extracting(v -> v.entry().size()).containsExactly(5L, 4L, 3L);
        assertThat(versions("gone/b")).extracting(v -> v.entry().size()).containsExactly(5L, 4L);
        assertThat(store.expire(true)).isZero();
        Version old = versions("gone/b").getLast();
        store.namespace().restores().restore(old, path("back"), true, FOLDERS);
        assertThat(text("back")).isEqualTo("yyyy");
        put("a", "123456");
        store.advance(Duration.ofSeconds(1));
        assertThat(store.expire(false)).isEqualTo(1);
        rule("none");
        store.advance(Duration.ofSeconds(1));
        assertThat(store.expire(false)).isEqualTo(4);
        store.requireClean();
    }

    @Test
    void thinningKeepsWholeMoments() throws IOException {
        rule("10m,hourly=4");
        for (int minute = 0; minute < 180; minute++) {
            put("busy", "minute " + minute);
            if (minute % 50 == 0) {
                put("calm", "minute " + minute);
            }
            store.advance(Duration.ofMinutes(1));
        }
        store.expire(false);
        PastView two = store.namespace().at(Instant.parse("2026-01-01T02:00:00Z"));
        assertThat(new String(bytes(two, "busy"), StandardCharsets.UTF_8)).isEqualTo("minute 119");
        assertThat(new String(bytes(two, "calm"), StandardCharsets.UTF_8)).isEqualTo("minute 100");
        assertThatThrownBy(() -> store.namespace()
                        .at(Instant.parse("2026-01-01T02:00:01Z"))
                        .find(path("busy")))
                .isInstanceOf(StorageException.OutOfHistory.class)
                .hasMessageContaining("2026-01-01T02:00:01Z")
                .hasMessageContaining("10m,hourly=4");
        // At two hours, in the last ten minutes, and now.
        assertThat(versions("busy")).hasSize(2 + 9 + 1);
        store.advance(Duration.ofHours(5));
        store.expire(false);
        assertThat(versions("busy")).hasSize(1);
        store.requireClean();
    }

    @Test
    void aShorterRuleHoldsForWhatIsThereAndALongerOneBringsNothingBack() throws IOException {
        for (int i = 0; i < 50; i++) {
            put("a", "version " + i);
            store.advance(Duration.ofHours(1));
        }
        Instant early = store.now().minus(Duration.ofHours(40));
        assertThat(store.namespace().at(early).find(path("a"))).isPresent();
        rule("10h");
        store.expire(false);
        assertThat(versions("a")).hasSize(10);
        rule("30d");
        store.expire(false);
        assertThatThrownBy(() -> store.namespace().at(early).find(path("a")))
                .isInstanceOf(StorageException.OutOfHistory.class);
        assertThat(store.namespace().retention().of("bucket").wholeSince()).isAfter(early);
        rule("none");
        assertThatThrownBy(() -> store.namespace().at(store.now()).find(path("a")))
                .isInstanceOf(StorageException.OutOfHistory.class)
                .hasMessageContaining("keeps no history");
    }

    private void rule(String text) {
        store.namespace().retention().set("bucket", RetentionPolicy.parse(text));
    }

    private PutResult restore(Instant then, String from, String to) {
        return store.namespace()
                .restores()
                .restore(
                        store.namespace().at(then),
                        new Restores.Request(path(from), path(to), true, true),
                        FOLDERS,
                        ignored -> {});
    }

    private Instant moment() {
        return Instant.EPOCH.plusNanos(store.committer().publishedSequence() * 1000);
    }

    private List<Version> versions(String key) {
        return store.namespace().versions(path(key), Instant.MAX, 1000);
    }

    private void put(String key, String text) throws IOException {
        store.put(path(key), text.getBytes(StandardCharsets.UTF_8));
    }

    private String text(String key) throws IOException {
        return new String(store.read(path(key)), StandardCharsets.UTF_8);
    }

    private byte[] bytes(PastView past, String key) throws IOException {
        Entry entry = past.find(path(key)).orElseThrow();
        try (var reader = past.read(entry, 0, entry.size())) {
            return reader.readAllBytes();
        }
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }
}
