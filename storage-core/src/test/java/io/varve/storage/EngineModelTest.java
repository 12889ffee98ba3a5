package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.ListPage;
import io.varve.storage.namespace.ListQuery;
import io.varve.storage.namespace.NamespaceTotals;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Usage;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random changes of a bucket against a sorted map of keys, with reopening, expiry and collection in between. */
class EngineModelTest {
    private static final EntryPath ROOT = EntryPath.root("bucket");
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");
    private static final String[] SEGMENTS = {"a", "b", "a.txt", "a-", "ü", "z", "\u0001", "\uD83D\uDE00", "\uFFFD"};

    private final SortedMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithASortedMap(long seed) throws IOException {
        Random random = new Random(seed);
        boolean history = seed % 2 == 0;
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        StoreFixture store = new StoreFixture(journal, segments, history, now);
        store.namespace().createBucket("bucket", "tester");
        for (int round = 0; round < 300; round++) {
            change(store, random);
            if (random.nextInt(10) == 0) {
                compareListing(store, random);
            }
            if (random.nextInt(60) == 0) {
                store.settle();
                compareAll(store);
            }
            if (random.nextInt(12) == 0) {
                store.reencode(random.nextInt(6));
            }
            if (random.nextInt(60) == 0) {
                store.compact(random.nextInt(101));
                compareAll(store);
            }
            if (random.nextInt(100) == 0) {
                store.checkpoint();
            }
            if (random.nextInt(80) == 0) {
                store.close();
                now = now.plusSeconds(60);
                store = new StoreFixture(journal, segments, history, now);
                compareAll(store);
            }
        }
        compareAll(store);
        for (byte[] key : List.copyOf(model.keySet())) {
            store.namespace().delete(path(key), KEYS);
        }
        model.clear();
        store.settle();
        compareAll(store);
        assertThat(store.segments().ids())
                .as("nothing is left, so no segment is")
                .isEmpty();
        store.close();
    }

    private void change(StoreFixture store, Random random) throws IOException {
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> {
                byte[] key = randomKey(random);
                byte[] content = content(random);
                store.put(path(key), content);
                model.put(key, content);
            }
            case 4, 5 -> {
                byte[] key = someKey(random);
                Optional<Entry> removed = store.namespace().delete(path(key), KEYS);
                assertThat(removed.isPresent()).isEqualTo(model.remove(key) != null);
            }
            case 6 -> {
                byte[] from = someKey(random);
                byte[] to = randomKey(random);
                if (model.containsKey(from)) {
                    store.namespace().copy(path(from), path(to), Optional.empty(), true, true, KEYS);
                    model.put(to, model.get(from));
                }
            }
            case 7 -> moveDirectory(store, random);
            case 8 -> deleteDirectory(store, random);
            default -> copyDirectory(store, random);
        }
    }

    private void moveDirectory(StoreFixture store, Random random) throws IOException {
        EntryPath from = new EntryPath("bucket", segment(random) + "/");
        EntryPath to = new EntryPath("bucket", segment(random) + "/");
        try {
            store.namespace().move(from, to, false, FOLDERS);
        } catch (StorageException.NoSuchEntry | StorageException.EntryExists | StorageException.InvalidTarget e) {
            return;
        }
        rename(from, to, true);
    }

    private void copyDirectory(StoreFixture store, Random random) throws IOException {
        EntryPath from = new EntryPath("bucket", segment(random) + "/");
        EntryPath to = new EntryPath("bucket", segment(random) + "/");
        try {
            store.namespace().copy(from, to, Optional.empty(), false, true, FOLDERS);
        } catch (StorageException.NoSuchEntry | StorageException.EntryExists | StorageException.InvalidTarget e) {
            return;
        }
        rename(from, to, false);
        // A copied folder exists by name; taking that away again keeps the model a plain map of keys.
        store.namespace().delete(to, KEYS);
    }

    private void rename(EntryPath from, EntryPath to, boolean move) {
        Map<byte[], byte[]> moved = new TreeMap<>(Arrays::compareUnsigned);
        for (var entry : List.copyOf(model.entrySet())) {
            String key = new String(entry.getKey(), StandardCharsets.UTF_8);
            if (key.startsWith(from.key())) {
                moved.put(utf8(to.key() + key.substring(from.key().length())), entry.getValue());
                if (move) {
                    model.remove(entry.getKey());
                }
            }
        }
        model.putAll(moved);
    }

    private void deleteDirectory(StoreFixture store, Random random) throws IOException {
        if (random.nextInt(3) > 0) {
            return;
        }
        String directory = segment(random) + "/";
        store.namespace().delete(new EntryPath("bucket", directory), FOLDERS);
        model.keySet().removeIf(key -> new String(key, StandardCharsets.UTF_8).startsWith(directory));
    }

    private void compareListing(StoreFixture store, Random random) {
        String prefix = random.nextBoolean() ? "" : segment(random) + (random.nextBoolean() ? "/" : "");
        String delimiter = random.nextInt(3) == 0 ? "" : random.nextInt(4) == 0 ? "a" : "/";
        int limit = random.nextInt(5) + 1;
        List<String> listed = new ArrayList<>();
        String after = "";
        ListPage page;
        do {
            page = store.namespace().list("bucket", new ListQuery(prefix, delimiter, after, limit));
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            for (ListPage.Item item : page.items()) {
                listed.add(
                        switch (item) {
                            case ListPage.Key key -> key.entry().path().key();
                            case ListPage.Prefix rollUp -> "-> " + rollUp.prefix();
                        });
            }
            after = page.next();
        } while (page.truncated());
        assertThat(listed)
                .as("prefix '%s' delimiter '%s' limit %d", prefix, delimiter, limit)
                .isEqualTo(expectedListing(prefix, delimiter));
    }

    private List<String> expectedListing(String prefix, String delimiter) {
        List<String> expected = new ArrayList<>();
        for (byte[] bytes : model.keySet()) {
            String key = new String(bytes, StandardCharsets.UTF_8);
            if (key.startsWith(prefix)) {
                int at = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
                String told = at < 0 ? key : "-> " + key.substring(0, at + delimiter.length());
                if (!expected.contains(told)) {
                    expected.add(told);
                }
            }
        }
        return expected;
    }

    private void compareAll(StoreFixture store) throws IOException {
        List<String> keys = new ArrayList<>();
        for (ListPage.Item item : store.namespace()
                .list("bucket", new ListQuery("", "", "", 10_000))
                .items()) {
            Entry entry = ((ListPage.Key) item).entry();
            keys.add(entry.path().key());
            assertThat(store.read(entry))
                    .as(entry.path().key())
                    .isEqualTo(model.get(utf8(entry.path().key())));
        }
        assertThat(keys)
                .isEqualTo(model.keySet().stream()
                        .map(k -> new String(k, StandardCharsets.UTF_8))
                        .toList());
        long bytes = model.values().stream().mapToLong(c -> c.length).sum();
        assertThat(store.namespace().usage(ROOT)).isEqualTo(new Usage(bytes, model.size()));
        NamespaceTotals totals = NamespaceTotals.read(store.metadata());
        assertThat(totals.bytes()).isEqualTo(bytes);
        assertThat(totals.files()).isEqualTo(model.size());
        store.requireClean();
    }

    private byte[] someKey(Random random) {
        List<byte[]> keys = List.copyOf(model.keySet());
        return keys.isEmpty() || random.nextInt(4) == 0 ? randomKey(random) : keys.get(random.nextInt(keys.size()));
    }

    private static byte[] randomKey(Random random) {
        StringBuilder key = new StringBuilder(segment(random));
        for (int depth = random.nextInt(3); depth > 0; depth--) {
            key.append('/').append(segment(random));
        }
        return utf8(key.toString());
    }

    private static String segment(Random random) {
        return SEGMENTS[random.nextInt(SEGMENTS.length)];
    }

    /**
     * Few different beginnings, so that chunks are shared; now and then enough for manifest pages. Two of three compress, and the edits
     * of what resembles it make deltas.
     */
    private static byte[] content(Random random) {
        int length = random.nextInt(8) == 0 ? random.nextInt(1_500_000) : random.nextInt(20_000);
        byte[] bytes = new byte[length];
        int seed = random.nextInt(3);
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < length && seed > 0; i++) {
            bytes[i] &= 0x0F;
        }
        if (length > 0 && random.nextBoolean()) {
            bytes[random.nextInt(length)]++;
        }
        return bytes;
    }

    private static EntryPath path(byte[] key) {
        return new EntryPath("bucket", new String(key, StandardCharsets.UTF_8));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
