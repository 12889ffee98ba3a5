package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Import;
import io.varve.storage.namespace.Imports;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.ListPage;
import io.varve.storage.namespace.ListQuery;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.VersionPage;
import io.varve.storage.namespace.Versioning;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Imports: what they bring, and that taking them back leaves everything else alone. */
class ImportsTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");
    private static final Instant MODIFIED = Instant.parse("2001-02-03T04:05:06.000007Z");

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private StoreFixture store;
    private Imports imports;

    ImportsTest() throws IOException {
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-01-01T00:00:00Z"));
        imports = store.namespace().imports();
    }

    @AfterEach
    void close() throws IOException {
        store.requireClean();
        store.close();
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private Entry bring(Import which, String key, String text, boolean overwrite) throws IOException {
        try (StagedContent content = store.stage(text.getBytes(StandardCharsets.UTF_8))) {
            return imports.put(which, path(key), content, Attributes.NONE, MODIFIED, overwrite, FOLDERS);
        }
    }

    private void write(String key, String text) throws IOException {
        store.put(path(key), text.getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> all() throws IOException {
        Map<String, String> found = new TreeMap<>();
        for (ListPage.Item item : store.namespace()
                .list("bucket", new ListQuery("", "", "", 10_000))
                .items()) {
            Entry entry = ((ListPage.Key) item).entry();
            found.put(entry.path().key(), new String(store.read(entry), StandardCharsets.UTF_8));
        }
        return found;
    }

    private Imports.Rollback rollback(Import which) {
        return imports.rollback(which, KEYS, ignored -> {});
    }

    @Test
    void whatAnImportBroughtGoesAndTheBucketItMade() throws IOException {
        Import begun = imports.begin("here", path("a/b"), "tester");
        assertThat(begun.target()).isEqualTo(path("a/b/"));
        assertThat(begun.madeBucket()).isTrue();
        imports.makeFolder(begun, path("a/b/empty/"), Optional.of(MODIFIED), FOLDERS);
        Entry file = bring(begun, "a/b/file", "one", false);
        assertThat(file.modified()).isEqualTo(MODIFIED);
        assertThat(store.namespace().find(path("a/b/empty/")).orElseThrow().modified())
                .isEqualTo(MODIFIED);
        assertThat(Imports.of(file)).contains(begun.id());
        imports.finish(begun);
        Instant now = store.now();
        store.close();
        store = new StoreFixture(journal, segments, true, now);
        imports = store.namespace().imports();
        Import known = imports.find(begun.id()).orElseThrow();
        assertThat(known.state()).isEqualTo(Import.State.FINISHED);
        assertThat(known.source()).isEqualTo("here");

        Imports.Rollback done = rollback(known);
        assertThat(done.removed()).isEqualTo(3);
        assertThat(done.leftTotal()).isZero();
        assertThat(store.namespace().findBucket("bucket")).isEmpty();
        assertThat(imports.list()).isEmpty();
    }

    @Test
    void anUnfinishedOneGoesOn() {
        Import first = imports.begin("here", path("a"), "tester");
        assertThat(imports.begin("here", path("a/"), "tester")).isEqualTo(first);
        assertThat(imports.begin("there", path("a"), "tester").id()).isNotEqualTo(first.id());
        imports.finish(first);
        assertThat(imports.begin("here", path("a"), "tester").id()).isNotEqualTo(first.id());
    }

    @Test
    void onlyWhatItBroughtItselfIsReplacedUnasked() throws IOException {
        Import begun = imports.begin("here", path(""), "tester");
        write("theirs", "old");
        bring(begun, "mine", "first", false);
        bring(begun, "mine", "second", false);
        assertThatThrownBy(() -> bring(begun, "theirs", "new", false)).isInstanceOf(StorageException.EntryExists.class);
        bring(begun, "theirs", "new", true);
        bring(begun, "theirs", "newer", false);
        assertThat(all()).isEqualTo(Map.of("mine", "second", "theirs", "newer"));
        Imports.Rollback done = rollback(begun);
        assertThat(done.removed()).isEqualTo(1);
        assertThat(done.restored()).isEqualTo(1);
        assertThat(all()).isEqualTo(Map.of("theirs", "old"));
    }

    @Test
    void whatHistoryLetGoIsNamedAndStays() throws IOException {
        Import begun = imports.begin("here", path(""), "tester");
        store.namespace().retention().set("bucket", Optional.of(RetentionPolicy.NONE));
        write("theirs", "old");
        write("locked", "old");
        bring(begun, "theirs", "new", true);
        bring(begun, "held", "new", true);
        store.namespace().lock(path("held"), new LockRequest("me", true, false, 100), FOLDERS);
        Imports.Rollback done = rollback(begun);
        assertThat(done.leftTotal()).isEqualTo(2);
        assertThat(done.left())
                .anySatisfy(
                        line -> assertThat(line).isEqualTo("bucket/theirs: what it replaced is no longer in history"))
                .anySatisfy(line -> assertThat(line).startsWith("bucket/held: "));
        assertThat(all()).isEqualTo(Map.of("theirs", "new", "locked", "old", "held", "new"));
        assertThat(imports.find(begun.id())).isPresent();
        store.advance(Duration.ofSeconds(200));
        assertThat(rollback(begun).removed()).isEqualTo(1);
    }

    /** Else it would leave something behind its own back, for good. */
    @Test
    void nothingComesThatIsBeingTakenBack() throws IOException {
        Import begun = imports.begin("here", path("in"), "tester");
        bring(begun, "in/locked", "one", false);
        store.namespace().lock(path("in/locked"), new LockRequest("me", true, false, 100), FOLDERS);
        assertThat(rollback(begun).leftTotal()).isEqualTo(1);
        assertThat(imports.find(begun.id()).orElseThrow().state()).isEqualTo(Import.State.RETURNING);
        assertThatThrownBy(() -> bring(begun, "in/late", "two", false)).isInstanceOf(StorageException.Busy.class);
        assertThatThrownBy(() -> imports.makeFolder(begun, path("in/folder/"), Optional.empty(), FOLDERS))
                .isInstanceOf(StorageException.Busy.class);
        assertThatThrownBy(() -> imports.finish(begun)).isInstanceOf(StorageException.Busy.class);
        Import next = imports.begin("here", path("in"), "tester");
        assertThat(next.id()).isNotEqualTo(begun.id());
        store.advance(Duration.ofSeconds(200));
        assertThat(rollback(begun).removed()).isEqualTo(1);
        assertThatThrownBy(() -> bring(begun, "in/late", "two", false)).isInstanceOf(StorageException.Busy.class);
        assertThat(imports.list()).containsExactly(next);
        assertThat(rollback(next).leftTotal()).isZero();
        assertThat(all()).isEmpty();
    }

    /** What comes back is what it was: of the import before, and with its own time to live. */
    @Test
    void importsOverImportsAreTakenBackOneByOne() throws IOException {
        Import first = imports.begin("one", path(""), "tester");
        bring(first, "file", "one", false);
        imports.finish(first);
        write("mine", "old");
        store.namespace()
                .changeAttributes(
                        path("mine"),
                        attributes -> attributes.with(Attributes.EXPIRES, "1893456000000000"),
                        Optional.empty(),
                        FOLDERS);
        Import second = imports.begin("two", path(""), "tester");
        bring(second, "file", "two", true);
        bring(second, "mine", "two", true);
        assertThat(store.namespace().find(path("mine")).orElseThrow().expires()).isEmpty();
        assertThat(rollback(second).restored()).isEqualTo(2);
        assertThat(all()).isEqualTo(Map.of("file", "one", "mine", "old"));
        assertThat(store.namespace().find(path("mine")).orElseThrow().expires())
                .contains(Instant.parse("2030-01-01T00:00:00Z"));
        assertThat(rollback(first).removed()).isEqualTo(1);
        assertThat(all()).isEqualTo(Map.of("mine", "old"));
    }

    private String versions(String key) throws IOException {
        StringBuilder told = new StringBuilder();
        VersionPage.Query query = new VersionPage.Query(key, "", "", "", 100);
        for (VersionPage.Item item :
                store.namespace().keyVersions().list("bucket", query).items()) {
            KeyVersion version = ((VersionPage.Found) item).version();
            told.append(version.marker() ? "-" : new String(store.read(version.entry()), StandardCharsets.UTF_8));
        }
        return told.toString();
    }

    /** The newest version stands first in each. */
    @Test
    void inABucketWithVersioningNoVersionGoes() throws IOException {
        store.namespace().createBucket("bucket", "tester");
        store.namespace().keyVersions().setVersioning("bucket", Versioning.ENABLED);
        write("replaced", "1");
        store.advance(Duration.ofSeconds(1));
        Import begun = imports.begin("here", path(""), "tester");
        Entry brought = bring(begun, "new", "n", false);
        assertThat(brought.version()).isNotEqualTo(VersionId.NULL);
        assertThat(brought.modified()).isEqualTo(MODIFIED);
        bring(begun, "replaced", "2", true);
        store.advance(Duration.ofSeconds(1));
        bring(begun, "replaced", "3", true);
        assertThat(versions("replaced")).isEqualTo("321");
        imports.finish(begun);
        store.advance(Duration.ofSeconds(1));
        write("later", "l");

        Imports.Rollback done = rollback(begun);
        assertThat(done.left()).isEmpty();
        assertThat(done.removed()).isEqualTo(1);
        assertThat(done.restored()).isEqualTo(1);
        assertThat(versions("new")).isEqualTo("-n");
        assertThat(versions("replaced")).isEqualTo("1321");
        assertThat(all()).isEqualTo(Map.of("later", "l", "replaced", "1"));
        assertThat(Imports.of(store.namespace().find(path("replaced")).orElseThrow()))
                .isEmpty();
    }

    @Test
    void aFolderCannotStandWhereAFileIs() throws IOException {
        store.namespace().createBucket("bucket", "tester");
        write("a", "file");
        assertThatThrownBy(() -> imports.begin("here", path("a/b"), "tester"))
                .isInstanceOf(StorageException.KindConflict.class);
        assertThatThrownBy(() -> imports.begin("here", new EntryPath("No Bucket", "a"), "tester"))
                .isInstanceOf(StorageException.InvalidName.class);
        assertThat(all()).isEqualTo(Map.of("a", "file"));
    }

    @Test
    void aCopyIsNotTheImports() throws IOException {
        Import begun = imports.begin("here", path("in"), "tester");
        bring(begun, "in/file", "one", false);
        store.namespace().copy(path("in/file"), path("in/copy"), Optional.empty(), true, true, FOLDERS);
        store.namespace().copy(path("in/"), path("in-copy/"), Optional.empty(), true, true, FOLDERS);
        rollback(begun);
        assertThat(all())
                .isEqualTo(Map.of("in/copy", "one", "in-copy/", "", "in-copy/copy", "one", "in-copy/file", "one"));
    }

    /** Others write beside the import; after it is taken back, all is as if it had never been. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void allElseStaysAsItIs(long seed) throws IOException {
        Random random = new Random(seed);
        store.namespace().createBucket("bucket", "tester");
        Map<String, String> without = new TreeMap<>();
        for (int i = 0; i < 30; i++) {
            String key = key(random);
            write(key, "before " + i);
            without.put(key, "before " + i);
        }
        Import begun = imports.begin("here", path(""), "tester");
        for (int i = 0; i < 200; i++) {
            store.advance(Duration.ofSeconds(1));
            String key = key(random);
            switch (random.nextInt(4)) {
                case 0 -> {
                    write(key, "others " + i);
                    without.put(key, "others " + i);
                }
                case 1 -> {
                    store.namespace().delete(path(key), KEYS);
                    without.remove(key);
                }
                default -> {
                    EntryPath folder = path(key).parent();
                    imports.makeFolder(begun, folder, Optional.of(MODIFIED), KEYS);
                    try (StagedContent content = store.stage(("import " + i).getBytes(StandardCharsets.UTF_8))) {
                        imports.put(begun, path(key), content, Attributes.NONE, MODIFIED, true, KEYS);
                    }
                }
            }
            if (random.nextInt(40) == 0) {
                Instant now = store.now();
                store.close();
                store = new StoreFixture(journal, segments, true, now);
                imports = store.namespace().imports();
            }
        }
        assertThat(rollback(begun).leftTotal()).isZero();
        assertThat(all()).isEqualTo(without);
        Attributes none = Attributes.NONE;
        assertThat(store.namespace()
                        .list("bucket", new ListQuery("", "", "", 10_000))
                        .items())
                .allSatisfy(item ->
                        assertThat(((ListPage.Key) item).entry().attributes()).isEqualTo(none));
    }

    private static String key(Random random) {
        return "d" + random.nextInt(3) + "/e" + random.nextInt(2) + "/f" + random.nextInt(4);
    }
}
