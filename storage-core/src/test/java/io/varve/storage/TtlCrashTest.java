package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.TimeToLive;
import io.varve.storage.namespace.TtlRule;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power fails at random writes while files with times to live come, move and go. After each restart no file is missing that was not
 * due, none is left after a round that was, and the index agrees with the files.
 */
class TtlCrashTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final Duration RULE = Duration.ofMinutes(30);

    /** When each file is due, by its path; only of files whose last change was answered. */
    private final Map<String, Instant> due = new HashMap<>();

    private final Set<String> inDoubt = new HashSet<>();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void onlyWhatIsDueIsGone(long seed) throws Exception {
        Random random = new Random(seed);
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        try (StoreFixture store = new StoreFixture(journal, segments, true, now)) {
            store.namespace().createBucket("bucket", "tester");
            store.namespace().ttl().setRule("bucket", new TtlRule("r", RULE));
        }
        for (int crash = 0; crash < 10; crash++) {
            now = now.plusSeconds(random.nextInt(1200));
            StoreFixture store = new StoreFixture(journal, segments, true, now);
            verify(store, "seed " + seed + ", crash " + crash);
            (random.nextInt(4) > 0 ? journal : segments).crashAt(1 + random.nextInt(40));
            now = changeUntilCrash(store, random);
            journal = journal.crash(random.nextLong());
            segments = segments.crash(random.nextLong());
        }
        try (StoreFixture store = new StoreFixture(journal, segments, true, now.plusSeconds(10))) {
            verify(store, "seed " + seed + ", end");
        }
    }

    private Instant changeUntilCrash(StoreFixture store, Random random) {
        try {
            for (int i = 0; i < 400; i++) {
                store.advance(Duration.ofSeconds(random.nextInt(60)));
                change(store, random);
            }
        } catch (IOException | StorageException e) {
            // The power is off.
        }
        try {
            store.close();
        } catch (IOException e) {
            // It is.
        }
        return store.now();
    }

    private void change(StoreFixture store, Random random) throws IOException {
        EntryPath file = file(random);
        switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> put(store, file, random);
            case 4 -> {
                EntryPath to = file(random);
                if (store.namespace().find(file).isPresent() && !file.equals(to)) {
                    inDoubt.add(file.toString());
                    inDoubt.add(to.toString());
                    answered(store.namespace().move(file, to, true, KEYS).entry());
                    due.remove(file.toString());
                    inDoubt.remove(file.toString());
                }
            }
            case 5 -> moveFolders(store);
            case 6 -> {
                store.sweep();
                due.values().removeIf(moment -> !moment.isAfter(store.now()));
            }
            default -> store.checkpoint();
        }
    }

    private void put(StoreFixture store, EntryPath file, Random random) throws IOException {
        inDoubt.add(file.toString());
        Attributes attributes = random.nextInt(3) == 0
                ? Attributes.NONE
                : new TimeToLive.For(Duration.ofMinutes(1 + random.nextInt(60))).in(Attributes.NONE);
        byte[] bytes = new byte[random.nextInt(3000)];
        random.nextBytes(bytes);
        try (StagedContent content = store.stage(bytes)) {
            answered(store.namespace()
                    .put(file, content, PutRequest.ofType("").withAttributes(attributes), KEYS)
                    .entry());
        }
    }

    private void answered(Entry entry) {
        due.put(entry.path().toString(), dueOf(entry));
        inDoubt.remove(entry.path().toString());
    }

    private static Instant dueOf(Entry entry) {
        Instant own = entry.expires().orElse(Instant.MAX);
        Instant ruled = entry.path().key().startsWith("r") ? entry.written().plus(RULE) : Instant.MAX;
        return own.isBefore(ruled) ? own : ruled;
    }

    /** The folders r and s change their names. */
    private void moveFolders(StoreFixture store) {
        EntryPath ruled = new EntryPath("bucket", "r/");
        EntryPath spare = new EntryPath("bucket", "s/");
        Set<String> before = Set.copyOf(due.keySet());
        inDoubt.addAll(before);
        EntryPath from = store.namespace().find(ruled).isPresent() ? ruled : spare;
        if (store.namespace().find(from).isPresent()) {
            store.namespace().move(from, from.equals(ruled) ? spare : ruled, true, KEYS);
        }
        refresh(store);
    }

    private void refresh(StoreFixture store) {
        due.clear();
        inDoubt.clear();
        for (String folder : new String[] {"r/", "s/"}) {
            for (int i = 0; i < 6; i++) {
                store.namespace().find(new EntryPath("bucket", folder + i)).ifPresent(this::answered);
            }
        }
    }

    private void verify(StoreFixture store, String where) throws IOException {
        due.forEach((path, moment) -> {
            if (!inDoubt.contains(path) && moment.isAfter(store.now())) {
                EntryPath file = new EntryPath("bucket", path.substring("bucket/".length()));
                assertThat(store.namespace().find(file))
                        .as("%s: %s", where, path)
                        .isPresent();
            }
        });
        store.requireClean();
        store.sweep();
        refresh(store);
        assertThat(due.values())
                .as(where)
                .allSatisfy(moment -> assertThat(moment).isAfter(store.now()));
        store.requireClean();
    }

    private static EntryPath file(Random random) {
        return new EntryPath("bucket", (random.nextBoolean() ? "r/" : "s/") + random.nextInt(6));
    }
}
