package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.VersionPage;
import io.varve.storage.namespace.Versioning;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random changes of a bucket with versioning, next to a plain model of what Amazon documents. */
class VersioningModelTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");
    private static final List<String> NAMES =
            List.of("a", "b/", "b/one", "b/two", "b/c/", "b/c/one", "b/c/d/e", "e/", "x/", "x/y", "x/\u0001z");

    /** A version or a marker of the model. */
    private record Kept(VersionId id, String text, boolean marker) {}

    /**
     * What was current at a moment that history still tells.
     *
     * @param texts by key
     */
    private record Snapshot(Instant moment, Map<String, String> texts) {}

    private final List<Snapshot> snapshots = new ArrayList<>();
    private final Map<String, Deque<Kept>> model = new TreeMap<>();
    private Versioning state = Versioning.NEVER;

    @ParameterizedTest
    @CsvSource({"1, 30d", "2, none", "3, last=2", "4, 1h", "5, forever", "6, none", "7, 30d"})
    void agreesWithTheModel(long seed, String retention) throws IOException {
        Random random = new Random(seed);
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        RetentionPolicy policy = RetentionPolicy.parse(retention).orElseThrow();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        StoreFixture store = new StoreFixture(journal, segments, policy, now);
        try {
            store.namespace().createBucket("bucket", "tester");
            for (int step = 0; step < 400; step++) {
                change(store, random);
                if (step % 20 == 19) {
                    compare(store, random);
                    comparePast(store, List.of("30d", "forever").contains(retention));
                }
                if (step % 100 == 99) {
                    store.requireClean();
                    now = store.now();
                    store.close();
                    store = new StoreFixture(journal, segments, policy, now);
                    compare(store, random);
                }
            }
            deleteEverything(store);
            store.namespace().deleteBucket("bucket", KEYS);
            store.advance(Duration.ofDays(400));
            store.settle();
            store.requireClean();
        } finally {
            store.close();
        }
    }

    private void change(StoreFixture store, Random random) throws IOException {
        String key = NAMES.get(random.nextInt(NAMES.size()));
        store.advance(Duration.ofMinutes(random.nextInt(30)));
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3, 4 -> put(store, key, "text " + random.nextInt(50));
            case 5, 6 -> delete(store, key);
            case 7, 8, 9 -> deleteSome(store, key, random);
            case 10 -> {
                if (random.nextInt(4) == 0) {
                    state = random.nextBoolean() ? Versioning.ENABLED : Versioning.SUSPENDED;
                    store.namespace().keyVersions().setVersioning("bucket", state);
                }
            }
            case 11 -> deleteFolder(store);
            case 12 -> move(store, key, NAMES.get(random.nextInt(NAMES.size())));
            default -> {
                if (random.nextBoolean()) {
                    store.settle();
                    snapshots.clear();
                } else {
                    store.expire(false);
                }
            }
        }
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private Deque<Kept> of(String key) {
        return model.computeIfAbsent(key, ignored -> new ArrayDeque<>());
    }

    private Optional<Kept> current(String key) {
        return Optional.ofNullable(of(key).peekFirst()).filter(kept -> !kept.marker());
    }

    private void put(StoreFixture store, String key, String text) throws IOException {
        VersionId id = store.put(path(key), text.getBytes(StandardCharsets.UTF_8))
                .entry()
                .version();
        wrote(key, id, text);
    }

    private void wrote(String key, VersionId id, String text) {
        assertThat(id.equals(VersionId.NULL)).isEqualTo(state != Versioning.ENABLED);
        if (state != Versioning.ENABLED) {
            of(key).removeIf(kept -> kept.id().equals(VersionId.NULL));
        }
        of(key).addFirst(new Kept(id, text, false));
    }

    private void delete(StoreFixture store, String key) {
        KeyVersions.Deleted deleted = store.namespace()
                .keyVersions()
                .delete(new KeyVersions.Delete(path(key), Optional.empty(), false, KEYS));
        assertThat(deleted.marker()).isEqualTo(state != Versioning.NEVER);
        gone(key, deleted.version().orElse(VersionId.NULL));
    }

    private void gone(String key, VersionId marker) {
        if (state != Versioning.ENABLED) {
            of(key).removeIf(kept -> kept.id().equals(VersionId.NULL));
        }
        if (state != Versioning.NEVER) {
            of(key).addFirst(new Kept(marker, "", true));
        }
    }

    /** One or several versions of a key in one request, some of them twice. */
    private void deleteSome(StoreFixture store, String key, Random random) {
        List<KeyVersions.Delete> deletes = new ArrayList<>();
        List<Kept> there = new ArrayList<>(of(key));
        for (int i = random.nextInt(4); i >= 0 && !there.isEmpty(); i--) {
            VersionId id = there.get(random.nextInt(there.size())).id();
            deletes.add(new KeyVersions.Delete(path(key), Optional.of(id), false, KEYS));
            of(key).removeIf(kept -> kept.id().equals(id));
        }
        assertThat(store.namespace().keyVersions().deleteAll(deletes))
                .allMatch(outcome -> outcome instanceof KeyVersions.Outcome.Done);
    }

    private void deleteFolder(StoreFixture store) {
        List<String> inside = NAMES.stream()
                .filter(name -> name.startsWith("b/") && current(name).isPresent())
                .toList();
        boolean there = store.namespace().delete(path("b/"), FOLDERS).isPresent();
        assertThat(there).isEqualTo(!inside.isEmpty());
        for (String name : inside) {
            gone(name, latest(store, name));
        }
    }

    private static VersionId latest(StoreFixture store, String key) {
        return store.namespace()
                .keyVersions()
                .latest(path(key))
                .map(KeyVersion::id)
                .orElse(VersionId.NULL);
    }

    private void move(StoreFixture store, String from, String to) {
        Optional<Kept> source = current(from);
        if (source.isEmpty() || from.equals(to) || from.endsWith("/") || to.endsWith("/")) {
            return;
        }
        VersionId id =
                store.namespace().move(path(from), path(to), true, KEYS).entry().version();
        wrote(to, id, source.get().text());
        gone(from, latest(store, from));
    }

    private void compare(StoreFixture store, Random random) throws IOException {
        List<String> expected = new ArrayList<>();
        model.forEach((key, kept) -> {
            boolean first = true;
            for (Kept one : kept) {
                expected.add(key + " " + one.id() + " " + (one.marker() ? "-" : one.text()) + (first ? " *" : ""));
                first = false;
            }
        });
        List<String> found = new ArrayList<>();
        VersionPage page = null;
        int limit = 1 + random.nextInt(20);
        while (page == null || page.truncated()) {
            String key = page == null ? "" : page.nextKey();
            String version = page == null ? "" : page.nextVersion();
            page = store.namespace().keyVersions().list("bucket", new VersionPage.Query("", "", key, version, limit));
            for (VersionPage.Item item : page.items()) {
                found.add(told(store, ((VersionPage.Found) item).version()));
            }
        }
        assertThat(found).isEqualTo(expected);
        for (String key : NAMES) {
            assertThat(store.namespace().find(path(key)).filter(Entry::explicit).isPresent())
                    .as(key)
                    .isEqualTo(current(key).isPresent());
        }
    }

    /** Every moment shows what was current then, whatever became of versions since. */
    private void comparePast(StoreFixture store, boolean remembered) throws IOException {
        for (Snapshot snapshot : snapshots) {
            PastView then = store.namespace().at(snapshot.moment());
            for (String key : NAMES) {
                Optional<Entry> entry = then.find(path(key)).filter(Entry::explicit);
                String text = entry.isEmpty() ? null : text(then, entry.get());
                assertThat(text)
                        .as(key + " at " + snapshot.moment())
                        .isEqualTo(snapshot.texts().get(key));
            }
        }
        if (remembered) {
            Map<String, String> texts = new TreeMap<>();
            for (String key : NAMES) {
                current(key).ifPresent(kept -> texts.put(key, kept.text()));
            }
            store.advance(Duration.ofSeconds(1));
            snapshots.add(new Snapshot(store.now(), texts));
            store.advance(Duration.ofSeconds(1));
        }
    }

    private static String text(PastView then, Entry entry) throws IOException {
        try (ContentReader reader = then.read(entry, 0, entry.size())) {
            return new String(reader.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String told(StoreFixture store, KeyVersion version) throws IOException {
        KeyVersion again = store.namespace()
                .keyVersions()
                .find(version.entry().path(), version.id())
                .orElseThrow();
        assertThat(again).isEqualTo(version);
        String text = version.marker() ? "-" : new String(store.read(version.entry()), StandardCharsets.UTF_8);
        return version.entry().path().key() + " " + version.id() + " " + text + (version.latest() ? " *" : "");
    }

    private void deleteEverything(StoreFixture store) {
        List<KeyVersions.Delete> deletes = new ArrayList<>();
        model.forEach((key, kept) -> kept.forEach(
                one -> deletes.add(new KeyVersions.Delete(path(key), Optional.of(one.id()), false, KEYS))));
        store.namespace().keyVersions().deleteAll(deletes);
    }
}
