package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.NamespaceTotals;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Version;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random changes of a few buckets by both doors' rules, while a model keeps every state there was. Whatever expiry, a change of the
 * rules, a restart or a collection did in between: a moment shows exactly the state of then, or is refused.
 */
class HistoryModelTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");
    private static final String[] BUCKETS = {"one", "two"};
    private static final String[] SEGMENTS = {"a", "b", "a.txt", "a-", "ü", "\u0001", "z"};
    private static final List<String> POLICIES =
            List.of("none", "forever", "30m", "last=2", "1h,hourly=5", "20m,daily=2,last=1");

    /** Everything there was behind a commit: each entry by its path. */
    private record State(long moment, Map<String, Entry> entries) {}

    private final List<State> states = new ArrayList<>();

    @ParameterizedTest(name = "seed {0}, {1}, rules change: {2}")
    @CsvSource(
            delimiter = ';',
            value = {
                "1;forever;false",
                "2;1h;false",
                "3;1h;false",
                "4;1h,hourly=6,daily=3;false",
                "5;10m,hourly=4;false",
                "6;last=2;false",
                "7;30m,last=1,hourly=3;false",
                "8;none;false",
                "9;1h;true",
                "10;forever;true",
                "11;none;true",
                "12;10m,daily=2;true",
            })
    void aMomentIsShownAsItWasOrRefused(long seed, String rule, boolean rulesChange) throws IOException {
        Random random = new Random(seed);
        RetentionPolicy policy = RetentionPolicy.parse(rule).orElseThrow();
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        Instant now = Instant.parse("2026-01-01T00:10:30Z");
        StoreFixture store = new StoreFixture(journal, segments, policy, now);
        store.namespace().createBucket("one", "tester");
        remember(store);
        for (int round = 0; round < 400; round++) {
            change(store, random);
            remember(store);
            if (random.nextInt(4) == 0) {
                store.advance(Duration.ofMinutes(random.nextInt(25)));
            }
            if (rulesChange && random.nextInt(40) == 0) {
                changeRule(store, random);
            }
            if (random.nextInt(15) == 0) {
                store.expire(false);
                store.collectSome();
            }
            if (random.nextInt(60) == 0) {
                now = store.now().plusSeconds(60);
                store.checkpoint();
                store.close();
                store = new StoreFixture(journal, segments, policy, now);
            }
            if (random.nextInt(20) == 0) {
                verifySome(store, random, rulesChange ? RetentionPolicy.NONE : policy);
            }
        }
        store.expire(false);
        verifyAll(store, rulesChange ? RetentionPolicy.NONE : policy);
        store.requireClean();
        endAll(store);
        store.close();
    }

    private void endAll(StoreFixture store) throws IOException {
        for (Bucket bucket : store.namespace().buckets()) {
            store.namespace().retention().set(bucket.name(), Optional.of(RetentionPolicy.NONE));
            for (DirectoryStream all = store.namespace().children(EntryPath.root(bucket.name())); all.hasNext(); ) {
                store.namespace().delete(all.next().path(), FOLDERS);
            }
            store.namespace().deleteBucket(bucket.name(), FOLDERS);
        }
        for (String bucket : BUCKETS) {
            try {
                store.namespace().retention().set(bucket, Optional.of(RetentionPolicy.NONE));
            } catch (StorageException.NoSuchBucket e) {
                // Its history is gone, or there never was one.
            }
        }
        store.advance(Duration.ofDays(100));
        store.settle();
        store.advance(Duration.ofDays(100));
        store.settle();
        assertThat(NamespaceTotals.read(store.metadata())).isEqualTo(new NamespaceTotals(0, 0, 0, 0));
        store.requireClean();
        for (Family family : List.of(Family.NOW, Family.PAST, Family.ENDED, Family.CHUNKS)) {
            try (Cursor cursor = store.metadata().scan(family, new byte[0], null)) {
                assertThat(cursor.next()).as("a row of %s is left", family).isFalse();
            }
        }
    }

    // ---- the model

    private void remember(StoreFixture store) {
        Map<String, Entry> entries = new TreeMap<>();
        for (Bucket bucket : store.namespace().buckets()) {
            walk(EntryPath.root(bucket.name()), path -> store.namespace().children(path), entries);
        }
        states.add(new State(store.committer().publishedSequence(), entries));
    }

    private static void walk(
            EntryPath directory, Function<EntryPath, DirectoryStream> children, Map<String, Entry> entries) {
        // Also the empty root counts.
        for (DirectoryStream stream = children.apply(directory); stream.hasNext(); ) {
            Entry child = stream.next();
            entries.put(child.path().toString(), child);
            if (child.isDirectory()) {
                walk(child.path(), children, entries);
            }
        }
    }

    private void verifySome(StoreFixture store, Random random, RetentionPolicy policy) throws IOException {
        for (int i = 0; i < 5; i++) {
            verify(store, states.get(random.nextInt(states.size())), policy);
        }
        verifyVersions(store, new EntryPath(bucket(random), randomKey(random)), policy);
    }

    private void verifyAll(StoreFixture store, RetentionPolicy policy) throws IOException {
        for (State state : states) {
            verify(store, state, policy);
        }
        for (String first : SEGMENTS) {
            for (String second : SEGMENTS) {
                verifyVersions(store, new EntryPath("one", first + "/" + second), policy);
            }
        }
        long hour = 3_600_000_000L;
        for (long moment = states.getFirst().moment() / hour * hour + hour;
                moment < states.getLast().moment();
                moment += hour) {
            long at = moment;
            State then = states.stream().filter(s -> s.moment() <= at).toList().getLast();
            verify(store, new State(moment, then.entries()), policy);
        }
    }

    private void verify(StoreFixture store, State state, RetentionPolicy policy) throws IOException {
        PastView then = store.namespace().at(micros(state.moment()));
        for (String bucket : BUCKETS) {
            Map<String, Entry> expected = new TreeMap<>(state.entries());
            expected.keySet().removeIf(path -> !path.startsWith(bucket + "/"));
            Map<String, Entry> shown = new TreeMap<>();
            try {
                walk(EntryPath.root(bucket), then::children, shown);
            } catch (StorageException.OutOfHistory e) {
                assertThat(isDue(store, state.moment(), policy))
                        .as("%s at %s is refused: %s", bucket, then.moment(), e.getMessage())
                        .isFalse();
                continue;
            } catch (StorageException.NoSuchBucket e) {
                // Then it held nothing, or what told of it is gone with its history.
                if (!isDue(store, state.moment(), policy)) {
                    continue;
                }
            }
            assertThat(differences(shown, expected))
                    .as("%s at %s", bucket, then.moment())
                    .isEmpty();
            for (Entry entry : shown.values()) {
                if (!entry.isDirectory()) {
                    try (ContentReader reader = then.read(entry, 0, entry.size())) {
                        assertThat(reader.readAllBytes()).hasSize(Math.toIntExact(entry.size()));
                    }
                }
            }
        }
    }

    private static List<String> differences(Map<String, Entry> shown, Map<String, Entry> expected) {
        List<String> differences = new ArrayList<>();
        shown.forEach((path, entry) -> {
            if (!entry.equals(expected.get(path))) {
                differences.add(path + " shown as of " + entry.sequence());
            }
        });
        expected.forEach((path, entry) -> {
            if (!entry.equals(shown.get(path))) {
                differences.add(path + " expected as of " + entry.sequence());
            }
        });
        return differences;
    }

    /** Whether the rule promises that the moment can be shown. */
    private static boolean isDue(StoreFixture store, long moment, RetentionPolicy policy) {
        long now = micros(store.now());
        if (policy.forever() || moment > now - policy.age().toSeconds() * 1_000_000) {
            return !policy.isNone();
        }
        long hour = 3_600_000_000L;
        long day = 24 * hour;
        return (moment % hour == 0 && moment > now - policy.hourly() * hour)
                || (moment % day == 0 && moment > now - policy.daily() * day);
    }

    private void verifyVersions(StoreFixture store, EntryPath path, RetentionPolicy policy) throws IOException {
        List<Version> versions = store.namespace().versions(path, Instant.MAX, 1000);
        List<Version> paged = new ArrayList<>();
        Instant before = Instant.MAX;
        List<Version> page;
        do {
            page = store.namespace().versions(path, before, 2);
            paged.addAll(page);
            before = page.isEmpty() ? before : page.getLast().from();
        } while (!page.isEmpty());
        assertThat(paged).isEqualTo(versions);
        for (int i = 1; i < versions.size(); i++) {
            assertThat(versions.get(i).to().orElseThrow())
                    .isBeforeOrEqualTo(versions.get(i - 1).from());
        }
        for (State state : states) {
            Optional<Entry> expected = Optional.ofNullable(state.entries().get(path.toString()));
            Optional<Entry> told = versions.stream()
                    .filter(v -> micros(v.from()) <= state.moment()
                            && v.to().map(to -> micros(to) > state.moment()).orElse(true))
                    .map(Version::entry)
                    .findFirst();
            // What is told is true; what a rule promises is told.
            if (told.isPresent() || isDue(store, state.moment(), policy)) {
                assertThat(told).as("%s at %s", path, micros(state.moment())).isEqualTo(expected);
            }
        }
        for (Version version : versions) {
            try (ContentReader reader =
                    store.namespace().read(version, 0, version.entry().size())) {
                assertThat(reader.readAllBytes())
                        .hasSize(Math.toIntExact(version.entry().size()));
            }
        }
    }

    // ---- changes

    private static void changeRule(StoreFixture store, Random random) {
        Optional<RetentionPolicy> policy = random.nextInt(4) == 0
                ? Optional.empty()
                : RetentionPolicy.parse(POLICIES.get(random.nextInt(POLICIES.size())));
        try {
            store.namespace().retention().set(bucket(random), policy);
        } catch (StorageException.NoSuchBucket e) {
            // Not there at the moment.
        }
    }

    private static void change(StoreFixture store, Random random) throws IOException {
        EntryPath file = new EntryPath(bucket(random), randomKey(random));
        EntryPath folder = new EntryPath(bucket(random), segment(random) + "/");
        EntryPath other = new EntryPath(bucket(random), randomKey(random) + "/");
        WriteOptions options = random.nextBoolean() ? KEYS : FOLDERS;
        try {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> store.put(file, content(random), options);
                case 4 -> store.namespace().delete(file, options);
                case 5 -> store.namespace().delete(random.nextBoolean() ? folder : other, options);
                case 6 -> store.namespace().makeDirectory(other, Attributes.NONE, options);
                case 7 -> store.namespace().move(folder, other, random.nextBoolean(), options);
                case 8 -> store.namespace().copy(folder, other, Optional.empty(), random.nextBoolean(), true, options);
                case 9 -> store.namespace().move(file, other.asFile(), random.nextBoolean(), options);
                case 10 -> store.namespace().copy(file, other.asFile(), Optional.empty(), true, true, options);
                default -> changeBuckets(store, random);
            }
        } catch (StorageException e) {
            assertThat(e)
                    .isInstanceOfAny(
                            StorageException.NoSuchBucket.class,
                            StorageException.NoSuchEntry.class,
                            StorageException.NoSuchParent.class,
                            StorageException.EntryExists.class,
                            StorageException.KindConflict.class,
                            StorageException.BucketExists.class,
                            StorageException.BucketNotEmpty.class,
                            StorageException.InvalidTarget.class);
        }
    }

    private static void changeBuckets(StoreFixture store, Random random) {
        String bucket = bucket(random);
        if (store.namespace().findBucket(bucket).isEmpty()) {
            store.namespace().createBucket(bucket, "tester");
        } else if (random.nextInt(3) == 0) {
            for (DirectoryStream all = store.namespace().children(EntryPath.root(bucket)); all.hasNext(); ) {
                store.namespace().delete(all.next().path(), FOLDERS);
            }
            store.namespace().deleteBucket(bucket, FOLDERS);
        }
    }

    private static String bucket(Random random) {
        return BUCKETS[random.nextInt(4) == 0 ? 1 : 0];
    }

    private static String randomKey(Random random) {
        StringBuilder key = new StringBuilder(segment(random));
        for (int depth = random.nextInt(3); depth > 0; depth--) {
            key.append('/').append(segment(random));
        }
        return key.toString();
    }

    private static String segment(Random random) {
        return SEGMENTS[random.nextInt(SEGMENTS.length)];
    }

    private static byte[] content(Random random) {
        byte[] bytes = new byte[random.nextInt(20) == 0 ? random.nextInt(200_000) : random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Instant micros(long micros) {
        return Instant.EPOCH.plusNanos(Math.multiplyExact(micros, 1000L));
    }

    private static long micros(Instant time) {
        return time.getEpochSecond() * 1_000_000 + time.getNano() / 1000;
    }
}
