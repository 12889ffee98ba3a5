package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.ListPage;
import io.varve.storage.namespace.ListQuery;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.TimeToLive;
import io.varve.storage.namespace.TtlPlan;
import io.varve.storage.namespace.TtlRule;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random writes with and without a time to live, changes of rules, and moves of files and folders, beside a model that knows when each file
 * is due. After every round exactly the files are left that are not; nothing else ever goes. Restarts rebuild all from the journal.
 */
class TtlModelTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");
    private static final String[] BUCKETS = {"one", "two"};
    private static final String[] SEGMENTS = {"a", "b", "c"};
    private static final String[] PREFIXES = {"", "a", "a/", "a/b/", "b/c"};

    /** A file as the model knows it: the commit that wrote it, and when it is due by its own time. */
    private record Known(long written, Optional<Instant> expires) {}

    private final Map<String, Known> files = new TreeMap<>();
    private final Map<String, Map<String, Duration>> rules = new HashMap<>();

    @ParameterizedTest(name = "seed {0}, {1}")
    @CsvSource({"1, 30d", "2, 30d", "3, none", "4, none", "5, 1h", "6, last=1", "7, forever", "8, 10m"})
    void exactlyWhatIsDueGoes(long seed, String history) throws IOException {
        Random random = new Random(seed);
        RetentionPolicy policy = RetentionPolicy.parse(history).orElseThrow();
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        Instant now = Instant.parse("2026-01-01T00:00:30Z");
        StoreFixture store = new StoreFixture(journal, segments, policy, now);
        for (String bucket : BUCKETS) {
            store.namespace().createBucket(bucket, "tester");
        }
        long swept = 0;
        for (int round = 0; round < 500; round++) {
            change(store, random);
            if (random.nextInt(5) == 0) {
                store.advance(Duration.ofMinutes(random.nextInt(20)));
            }
            if (random.nextInt(12) == 0) {
                swept += sweep(store);
            }
            if (random.nextInt(25) == 0) {
                store.expire(random.nextInt(4) == 0);
                store.collectSome();
            }
            if (random.nextInt(60) == 0) {
                now = store.now().plusSeconds(60);
                store.checkpoint();
                store.close();
                store = new StoreFixture(journal, segments, policy, now);
            }
            if (random.nextInt(50) == 0) {
                assertThat(listed(store)).isEqualTo(files);
                store.requireClean();
            }
        }
        store.advance(Duration.ofHours(10));
        swept += sweep(store);
        assertThat(swept).as("files that went by themselves").isGreaterThan(20);
        store.requireClean();
        endAll(store);
        store.close();
    }

    /** A round of the job, and what the plan said of it before. */
    private long sweep(StoreFixture store) throws IOException {
        long planned = 0;
        for (String bucket : BUCKETS) {
            TtlPlan plan = store.namespace().ttl().plan(bucket, 1000);
            planned += plan.files();
            for (TtlPlan.PlannedDeletion deletion : plan.deletions()) {
                String path = deletion.path().toString();
                assertThat(isDue(path, Objects.requireNonNull(files.get(path)), store.now()))
                        .as(path)
                        .isTrue();
            }
        }
        files.entrySet().removeIf(file -> isDue(file.getKey(), file.getValue(), store.now()));
        long swept = store.sweep();
        assertThat(listed(store)).isEqualTo(files);
        assertThat(swept).isEqualTo(planned);
        assertThat(store.sweep()).isZero();
        return swept;
    }

    private boolean isDue(String path, Known file, Instant now) {
        if (file.expires().filter(moment -> !moment.isAfter(now)).isPresent()) {
            return true;
        }
        int slash = path.indexOf('/');
        String key = path.substring(slash + 1);
        Instant written = Instant.EPOCH.plusNanos(file.written() * 1000);
        return rulesOf(path.substring(0, slash)).entrySet().stream()
                .anyMatch(rule -> key.startsWith(rule.getKey())
                        && !written.plus(rule.getValue()).isAfter(now));
    }

    private static Map<String, Known> listed(StoreFixture store) {
        Map<String, Known> found = new TreeMap<>();
        for (String bucket : BUCKETS) {
            for (ListPage.Item item : store.namespace()
                    .list(bucket, new ListQuery("", "", "", 10_000))
                    .items()) {
                Entry entry = ((ListPage.Key) item).entry();
                if (!entry.isDirectory()) {
                    found.put(entry.path().toString(), new Known(entry.sequence(), entry.expires()));
                }
            }
        }
        return found;
    }

    // ---- changes

    private void change(StoreFixture store, Random random) throws IOException {
        EntryPath file = file(random);
        EntryPath folder = folder(random);
        try {
            switch (random.nextInt(16)) {
                case 0, 1, 2, 3, 4 -> put(store, file, random);
                case 5 -> {
                    store.namespace().delete(file, KEYS);
                    files.remove(file.toString());
                }
                case 6 -> {
                    store.namespace().delete(folder, FOLDERS);
                    files.keySet().removeIf(path -> path.startsWith(folder.toString()));
                }
                case 7, 8 -> moveFile(store, file, file(random));
                case 9, 10, 11 -> moveFolder(store, folder, folder(random));
                case 12 -> copy(store, file, folder, random);
                case 13 -> {
                    Optional<TimeToLive> wanted = timeToLive(store, random);
                    Entry changed = store.namespace().ttl().set(file, wanted, KEYS);
                    remember(changed);
                }
                default -> changeRule(store, random);
            }
        } catch (StorageException e) {
            assertThat(e)
                    .isInstanceOfAny(
                            StorageException.NoSuchEntry.class,
                            StorageException.EntryExists.class,
                            StorageException.InvalidTarget.class);
        }
    }

    private void remember(Entry entry) {
        files.put(entry.path().toString(), new Known(entry.sequence(), entry.expires()));
    }

    private void put(StoreFixture store, EntryPath file, Random random) throws IOException {
        byte[] bytes = new byte[random.nextInt(100)];
        random.nextBytes(bytes);
        Optional<TimeToLive> wanted = timeToLive(store, random);
        Attributes attributes = wanted.map(time -> time.in(Attributes.NONE)).orElse(Attributes.NONE);
        try (StagedContent content = store.stage(bytes)) {
            Entry entry = store.namespace()
                    .put(file, content, PutRequest.ofType("").withAttributes(attributes), KEYS)
                    .entry();
            assertThat(entry.expires()).isEqualTo(wanted.map(time -> expected(time, entry)));
            remember(entry);
        }
    }

    private static Instant expected(TimeToLive time, Entry entry) {
        return switch (time) {
            case TimeToLive.For length -> entry.written().plus(length.age());
            case TimeToLive.Until until -> until.moment();
        };
    }

    private static Optional<TimeToLive> timeToLive(StoreFixture store, Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Optional.of(new TimeToLive.For(Duration.ofMinutes(1 + random.nextInt(120))));
            case 1 -> Optional.of(new TimeToLive.Until(store.now().plusSeconds(1 + random.nextInt(5000))));
            default -> Optional.empty();
        };
    }

    private void moveFile(StoreFixture store, EntryPath from, EntryPath to) {
        Known before = files.get(from.toString());
        Entry moved = store.namespace().move(from, to, true, KEYS).entry();
        assertThat(before).isNotNull();
        assertThat(moved.expires()).isEqualTo(before == null ? Optional.empty() : before.expires());
        files.remove(from.toString());
        remember(moved);
    }

    private void moveFolder(StoreFixture store, EntryPath from, EntryPath to) {
        store.namespace().move(from, to, true, KEYS);
        Map<String, Known> moved = new TreeMap<>();
        files.entrySet().removeIf(file -> {
            boolean under = file.getKey().startsWith(from.toString());
            if (under) {
                moved.put(to + file.getKey().substring(from.toString().length()), file.getValue());
            }
            return under || file.getKey().startsWith(to.toString());
        });
        files.putAll(moved);
    }

    /** A copy is there to stay, by its own time, and written anew, by that of a rule. */
    private void copy(StoreFixture store, EntryPath file, EntryPath folder, Random random) {
        if (random.nextBoolean()) {
            Entry copy = store.namespace()
                    .copy(file, file(random), Optional.empty(), true, true, KEYS)
                    .entry();
            assertThat(copy.expires()).isEmpty();
            remember(copy);
            return;
        }
        EntryPath to = folder(random);
        store.namespace().copy(folder, to, Optional.empty(), true, true, KEYS);
        files.keySet().removeIf(path -> path.startsWith(to.toString()));
        List<Entry> copies = new ArrayList<>();
        for (ListPage.Item item : store.namespace()
                .list(to.bucket(), new ListQuery(to.key(), "", "", 10_000))
                .items()) {
            Entry entry = ((ListPage.Key) item).entry();
            if (!entry.isDirectory()) {
                copies.add(entry);
            }
        }
        assertThat(copies).allSatisfy(copy -> assertThat(copy.expires()).isEmpty());
        assertThat(copies)
                .extracting(
                        copy -> copy.path().toString().substring(to.toString().length()))
                .containsExactlyInAnyOrderElementsOf(files.keySet().stream()
                        .filter(path -> path.startsWith(folder.toString()))
                        .map(path -> path.substring(folder.toString().length()))
                        .toList());
        copies.forEach(this::remember);
    }

    private void changeRule(StoreFixture store, Random random) {
        String bucket = BUCKETS[random.nextInt(2)];
        String prefix = PREFIXES[random.nextInt(PREFIXES.length)];
        if (random.nextInt(3) == 0) {
            Duration age = Duration.ofMinutes(20 + random.nextInt(200));
            store.namespace().ttl().setRule(bucket, new TtlRule(prefix, age));
            rulesOf(bucket).put(prefix, age);
        } else {
            boolean there = store.namespace().ttl().removeRule(bucket, prefix);
            assertThat(there).isEqualTo(rulesOf(bucket).remove(prefix) != null);
        }
        assertThat(store.namespace().ttl().rules(bucket))
                .hasSize(rulesOf(bucket).size());
    }

    private Map<String, Duration> rulesOf(String bucket) {
        return rules.computeIfAbsent(bucket, ignored -> new HashMap<>());
    }

    private static EntryPath file(Random random) {
        return new EntryPath(BUCKETS[random.nextInt(4) == 0 ? 1 : 0], key(random) + "f" + random.nextInt(2));
    }

    private static EntryPath folder(Random random) {
        String key = key(random);
        return new EntryPath(BUCKETS[random.nextInt(4) == 0 ? 1 : 0], key.isEmpty() ? "a/" : key);
    }

    private static String key(Random random) {
        StringBuilder key = new StringBuilder();
        for (int depth = random.nextInt(4); depth > 0; depth--) {
            key.append(SEGMENTS[random.nextInt(SEGMENTS.length)]).append('/');
        }
        return key.toString();
    }

    /** Nothing of times to live is left when all else is gone. */
    private static void endAll(StoreFixture store) throws IOException {
        for (String bucket : BUCKETS) {
            for (ListPage.Item item : store.namespace()
                    .list(bucket, new ListQuery("", "/", "", 10_000))
                    .items()) {
                EntryPath path = item instanceof ListPage.Key key
                        ? key.entry().path()
                        : new EntryPath(bucket, ((ListPage.Prefix) item).prefix());
                store.namespace().delete(path, FOLDERS);
            }
            store.namespace().retention().set(bucket, Optional.of(RetentionPolicy.NONE));
            store.namespace().deleteBucket(bucket, FOLDERS);
        }
        store.settle();
        store.sweep();
        store.settle();
        try (Cursor cursor = store.metadata().scan(Family.DUE, new byte[0], null)) {
            assertThat(cursor.next()).as("a row of DUE is left").isFalse();
        }
    }
}
