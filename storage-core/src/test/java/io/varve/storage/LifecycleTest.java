package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.LifecycleRule;
import io.varve.storage.namespace.LifecycleRule.Expiration;
import io.varve.storage.namespace.LifecycleRule.Filter;
import io.varve.storage.namespace.LifecycleRule.Noncurrent;
import io.varve.storage.namespace.LifecycleRule.Transition;
import io.varve.storage.namespace.LifecycleSweep;
import io.varve.storage.namespace.ObjectLock;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageClass;
import io.varve.storage.namespace.UploadQuery;
import io.varve.storage.namespace.VersionLock;
import io.varve.storage.namespace.VersionPage;
import io.varve.storage.namespace.Versioning;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What lifecycle rules end, and what not. */
class LifecycleTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final Filter ALL = filter("", Map.of());

    private StoreFixture store;
    private KeyVersions versions;

    /** What was to be put elsewhere: the class and how many bytes. */
    private final List<String> moved = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(
                new MemoryDeviceDirectory(),
                new MemoryDeviceDirectory(),
                RetentionPolicy.of(Duration.ofDays(30)),
                Instant.parse("2026-01-01T10:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
        versions = store.namespace().keyVersions();
    }

    @AfterEach
    void close() throws IOException {
        store.requireClean();
        store.close();
    }

    private static Filter filter(String prefix, Map<String, String> tags) {
        return new Filter(false, prefix, new TreeMap<>(tags), -1, Long.MAX_VALUE);
    }

    private static LifecycleRule expiring(Filter filter, int days) {
        return new LifecycleRule(
                "e" + days,
                true,
                filter,
                Optional.of(new Expiration(days, Optional.empty())),
                false,
                Optional.empty(),
                0);
    }

    private void setRules(LifecycleRule... rules) {
        store.namespace()
                .changeBucketSettings(
                        "bucket",
                        settings -> settings.with(LifecycleRule.SETTING, LifecycleRule.toText(List.of(rules))));
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private void put(String key, int bytes, Map<String, String> tags) throws IOException {
        Attributes attributes = Attributes.NONE;
        for (var tag : tags.entrySet()) {
            attributes = attributes.with(Attributes.TAG + tag.getKey(), tag.getValue());
        }
        try (var content = store.stage("x".repeat(bytes).getBytes(StandardCharsets.UTF_8))) {
            store.namespace().put(path(key), content, PutRequest.ofType("").withAttributes(attributes), KEYS);
        }
    }

    private void delete(String key) {
        versions.delete(new KeyVersions.Delete(path(key), Optional.empty(), false, KEYS));
    }

    private long sweep() throws IOException {
        LifecycleSweep sweep = store.namespace().lifecycle(LifecycleRule.DAY);
        sweep.begin();
        long ended = 0;
        LifecycleSweep.Step step;
        do {
            step = sweep.step((content, to) -> {
                moved.add(to + " " + content.length());
                return true;
            });
            ended += step.versions();
        } while (!step.finished());
        return ended;
    }

    /** Keys in order, one for each version, a marker with a minus. */
    private List<String> list() {
        List<String> told = new ArrayList<>();
        for (VersionPage.Item item : versions.list("bucket", new VersionPage.Query("", "", "", "", 1000))
                .items()) {
            if (item instanceof VersionPage.Found found) {
                told.add(found.version().entry().path().key() + (found.version().marker() ? "-" : ""));
            }
        }
        return told;
    }

    @Test
    void filtersSayWhatExpires() throws IOException {
        put("logs/a", 1, Map.of());
        put("logs/tagged", 1, Map.of("keep", "no", "more", "x"));
        put("other", 1, Map.of("keep", "no"));
        put("logs/large", 100, Map.of());
        store.namespace().makeDirectory(path("logs/folder/"), Attributes.NONE, KEYS);
        setRules(
                expiring(filter("logs/", Map.of("keep", "no")), 2),
                new LifecycleRule(
                        "large",
                        true,
                        new Filter(false, "", new TreeMap<>(), 50, 200),
                        Optional.of(new Expiration(1, Optional.empty())),
                        false,
                        Optional.empty(),
                        0),
                new LifecycleRule(
                        "off",
                        false,
                        ALL,
                        Optional.of(new Expiration(1, Optional.empty())),
                        false,
                        Optional.empty(),
                        0));
        store.advance(Duration.ofHours(37));
        assertThat(sweep()).isZero();
        store.advance(Duration.ofHours(1));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("logs/a", "logs/folder/", "logs/tagged", "other");
        store.advance(Duration.ofDays(1));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("logs/a", "logs/folder/", "other");
        // History has it still.
        assertThat(store.namespace().versions(path("logs/tagged"), Instant.MAX, 9))
                .hasSize(1);
        setRules(new LifecycleRule(
                "date",
                true,
                ALL,
                Optional.of(new Expiration(0, Optional.of(Instant.parse("2026-02-01T00:00:00Z")))),
                false,
                Optional.empty(),
                0));
        assertThat(sweep()).isZero();
        store.advance(Duration.ofDays(30));
        assertThat(sweep()).isEqualTo(2);
        assertThat(list()).containsExactly("logs/folder/");
    }

    @Test
    void aShorterDayDoesNotWaitForMidnight() throws IOException {
        put("k", 1, Map.of());
        setRules(expiring(ALL, 2));
        LifecycleSweep sweep = store.namespace().lifecycle(Duration.ofSeconds(10));
        store.advance(Duration.ofSeconds(19));
        sweep.begin();
        assertThat(sweep.step((content, to) -> true).versions()).isZero();
        store.advance(Duration.ofSeconds(2));
        sweep.begin();
        assertThat(sweep.step((content, to) -> true).versions()).isEqualTo(1);
    }

    @Test
    void versionsThatAreNotCurrentGoInTheirOrder() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        for (int day = 0; day < 6; day++) {
            put("k", 1, Map.of());
            store.advance(Duration.ofDays(1));
        }
        setRules(new LifecycleRule("n", true, ALL, Optional.empty(), false, Optional.of(new Noncurrent(2, 1)), 0));
        store.advance(Duration.ofHours(20));
        // Five are not current; of those, the last stopped being so too lately.
        assertThat(sweep()).isEqualTo(4);
        assertThat(list()).hasSize(2);
        store.advance(Duration.ofDays(10));
        // One that is newer has to be there.
        assertThat(sweep()).isZero();
        put("k", 1, Map.of());
        store.advance(Duration.ofDays(3));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).hasSize(2);
    }

    @Test
    void expiredKeysGetMarkersAndLoneMarkersGo() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("a", 1, Map.of());
        put("b", 1, Map.of());
        delete("c");
        setRules(
                expiring(filter("a", Map.of()), 1),
                new LifecycleRule("rest", true, ALL, Optional.empty(), true, Optional.of(new Noncurrent(3, 0)), 0));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("a", "b");
        store.advance(Duration.ofDays(2));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("a-", "a", "b");
        store.advance(Duration.ofDays(5));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("a-", "b");
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("b");
    }

    @Test
    void lockedVersionsStayUntilTheirLockEnds() throws IOException {
        versions.setObjectLock("bucket", new ObjectLock(Optional.of(VersionLock.Mode.GOVERNANCE), 10, 0));
        put("k", 1, Map.of());
        put("k", 1, Map.of());
        setRules(new LifecycleRule("n", true, ALL, Optional.empty(), false, Optional.of(new Noncurrent(1, 0)), 0));
        store.advance(Duration.ofDays(5));
        assertThat(sweep()).isZero();
        store.advance(Duration.ofDays(6));
        assertThat(sweep()).isEqualTo(1);
        assertThat(list()).containsExactly("k");
    }

    @Test
    void uploadsThatNobodyCompletesEnd() throws IOException {
        store.namespace().keyUploads().begin(path("tmp/a"), PutRequest.ofType(""), KEYS);
        store.namespace().keyUploads().begin(path("b"), PutRequest.ofType(""), KEYS);
        setRules(new LifecycleRule("u", true, filter("tmp/", Map.of()), Optional.empty(), false, Optional.empty(), 3));
        store.advance(Duration.ofDays(3));
        sweep();
        assertThat(store.namespace().keyUploads().list(UploadQuery.all("bucket", "")))
                .hasSize(2);
        store.advance(Duration.ofHours(14));
        sweep();
        assertThat(store.namespace().keyUploads().list(UploadQuery.all("bucket", "")))
                .extracting(upload -> upload.path().key())
                .containsExactly("b");
    }

    private static LifecycleRule moving(Filter filter, Transition... transitions) {
        return new LifecycleRule("t", true, filter, Optional.empty(), false, Optional.empty(), 0)
                .with(List.of(transitions));
    }

    /** Keys with the storage class of each version. */
    private List<String> classes() {
        List<String> told = new ArrayList<>();
        for (VersionPage.Item item : versions.list("bucket", new VersionPage.Query("", "", "", "", 1000))
                .items()) {
            if (item instanceof VersionPage.Found found) {
                Entry entry = found.version().entry();
                told.add(entry.path().key() + " " + StorageClass.of(entry.attributes()));
            }
        }
        return told;
    }

    @Test
    void versionsGetOtherStorageClassesInTheirOrder() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("k", 3, Map.of());
        put("k", 4, Map.of());
        put("k", 5, Map.of());
        put("other", 6, Map.of());
        store.namespace().makeDirectory(path("folder/"), Attributes.NONE, KEYS);
        delete("gone");
        Instant before = store.namespace().find(path("k")).orElseThrow().modified();
        setRules(moving(
                ALL,
                new Transition(StorageClass.STANDARD_IA, true, 2, Optional.empty(), 0),
                new Transition(StorageClass.GLACIER_IR, true, 5, Optional.empty(), 0),
                new Transition(StorageClass.ONEZONE_IA, false, 1, Optional.empty(), 1)));
        sweep();
        assertThat(moved).isEmpty();
        store.advance(Duration.ofHours(38));
        sweep();
        assertThat(moved).as("the older of two that are not current").containsExactly("ONEZONE_IA 3");
        store.advance(Duration.ofDays(1));
        sweep();
        sweep();
        assertThat(moved).containsExactly("ONEZONE_IA 3", "STANDARD_IA 5", "STANDARD_IA 6");
        assertThat(classes())
                .containsExactly(
                        "folder/ STANDARD",
                        "gone STANDARD",
                        "k STANDARD_IA",
                        "k STANDARD",
                        "k ONEZONE_IA",
                        "other STANDARD_IA");
        assertThat(store.namespace().find(path("k")).orElseThrow().modified()).isEqualTo(before);
        put("other", 7, Map.of());
        store.advance(Duration.ofDays(3));
        sweep();
        assertThat(classes()).contains("k GLACIER_IR", "other STANDARD_IA");
    }

    @Test
    void whatCannotBeMovedKeepsItsClass() throws IOException {
        put("a", 1, Map.of());
        put("b", 2, Map.of());
        setRules(moving(ALL, new Transition(StorageClass.GLACIER_IR, true, 0, Optional.of(Instant.EPOCH), 0)));
        LifecycleSweep sweep = store.namespace().lifecycle(LifecycleRule.DAY);
        sweep.begin();
        sweep.step((content, to) -> {
            if (content.length() == 2) {
                throw new IOException("the disk is full");
            }
            return true;
        });
        assertThat(classes()).containsExactly("a GLACIER_IR", "b STANDARD");
        sweep();
        assertThat(classes()).containsExactly("a GLACIER_IR", "b GLACIER_IR");
    }

    @Test
    void rulesAreKeptAsTheyWere() {
        List<LifecycleRule> rules = List.of(
                expiring(new Filter(true, "a&b=\n%", new TreeMap<>(), -1, Long.MAX_VALUE), 7),
                new LifecycleRule(
                        "näme",
                        false,
                        new Filter(false, "p", new TreeMap<>(Map.of("k &", "v=", "l", "")), 5, 7),
                        Optional.of(new Expiration(0, Optional.of(Instant.parse("2130-02-01T00:00:00Z")))),
                        true,
                        Optional.of(new Noncurrent(3, 4)),
                        9),
                moving(
                        ALL,
                        new Transition(StorageClass.STANDARD_IA, true, 0, Optional.empty(), 0),
                        new Transition(
                                StorageClass.GLACIER_IR,
                                true,
                                0,
                                Optional.of(Instant.parse("2130-02-01T00:00:00Z")),
                                0),
                        new Transition(StorageClass.ONEZONE_IA, false, 8, Optional.empty(), 0),
                        new Transition(StorageClass.GLACIER_IR, false, 9, Optional.empty(), 2)));
        assertThat(LifecycleRule.of(Attributes.NONE.with(LifecycleRule.SETTING, LifecycleRule.toText(rules))))
                .isEqualTo(rules);
        assertThat(LifecycleRule.of(Attributes.NONE)).isEmpty();
    }
}
