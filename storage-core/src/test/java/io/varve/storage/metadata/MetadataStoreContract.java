package io.varve.storage.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every metadata store promises. A subclass says only how a store is made. */
abstract class MetadataStoreContract {
    private MetadataStore store;

    /** Opens an empty store. */
    abstract MetadataStore open() throws IOException;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    void closeStoreWithoutLeaks() throws IOException {
        try (MetadataStore closing = store) {
            assertThat(closing.statistics().openCursors()).isZero();
            assertThat(closing.statistics().openSnapshots()).isZero();
        } catch (IOException e) {
            // The test closed the store itself.
            assertThat(e).hasMessageContaining("closed");
        }
    }

    @Test
    void aKeyThatWasNeverPutIsNull() throws IOException {
        assertThat(store.get(Family.NOW, key("a"))).isNull();
        assertThat(store.counter(Family.COUNTS, key("a"))).isZero();
        assertThat(store.get(Family.COUNTS, key("a"))).isNull();
    }

    @Test
    void aBatchIsVisibleWhenApplyReturnsAndLastChangeWins() throws IOException {
        store.apply(new Batch()
                .put(Family.NOW, key("a"), key("1"))
                .put(Family.NOW, key("b"), key("2"))
                .delete(Family.NOW, key("b"))
                .delete(Family.NOW, key("c"))
                .put(Family.NOW, key("c"), key("3"))
                .put(Family.PAST, key("a"), new byte[0]));
        assertThat(store.get(Family.NOW, key("a"))).isEqualTo(key("1"));
        assertThat(store.get(Family.NOW, key("b"))).isNull();
        assertThat(store.get(Family.NOW, key("c"))).isEqualTo(key("3"));
        assertThat(store.get(Family.PAST, key("a"))).isEmpty();
        assertThat(store.get(Family.PAST, key("b"))).isNull();
    }

    @Test
    void anEmptyBatchChangesNothing() throws IOException {
        store.apply(new Batch());
        for (Family family : Family.values()) {
            assertThat(scan(store, family, "", null)).isEmpty();
        }
    }

    @Test
    void familiesDoNotShareKeys() throws IOException {
        Batch batch = new Batch();
        for (Family family : Family.values()) {
            batch.put(family, key("same"), Counters.encode(family.id()));
        }
        store.apply(batch);
        for (Family family : Family.values()) {
            assertThat(store.get(family, key("same"))).isEqualTo(Counters.encode(family.id()));
            assertThat(scan(store, family, "", null)).hasSize(1);
        }
    }

    @Test
    void addsAreSummedUpInAnyMixtureWithPutAndDelete() throws IOException {
        store.apply(new Batch()
                .add(Family.COUNTS, key("a"), 5)
                .add(Family.COUNTS, key("a"), -7)
                .put(Family.COUNTS, key("b"), Counters.encode(Long.MAX_VALUE))
                .add(Family.COUNTS, key("c"), 1));
        store.apply(new Batch()
                .add(Family.COUNTS, key("a"), 1)
                .add(Family.COUNTS, key("b"), -1)
                .delete(Family.COUNTS, key("c"))
                .add(Family.COUNTS, key("c"), 40));
        store.apply(new Batch().add(Family.COUNTS, key("c"), 2).add(Family.COUNTS, key("d"), 0));
        assertThat(store.counter(Family.COUNTS, key("a"))).isEqualTo(-1);
        assertThat(store.counter(Family.COUNTS, key("b"))).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(store.counter(Family.COUNTS, key("c"))).isEqualTo(42);
        assertThat(store.get(Family.COUNTS, key("d"))).isEqualTo(Counters.encode(0));
        assertThat(store.counter(Family.USAGE, key("a"))).isZero();
    }

    @Test
    void onlyCounterFamiliesHaveCounters() {
        assertThatIllegalArgumentException().isThrownBy(() -> store.counter(Family.NOW, key("a")));
    }

    @Test
    void multiGetAnswersInTheOrderOfTheKeys() throws IOException {
        store.apply(new Batch().put(Family.CHUNKS, key("a"), key("1")).put(Family.CHUNKS, key("c"), key("3")));
        List<byte @Nullable []> values = store.multiGet(Family.CHUNKS, List.of(key("c"), key("b"), key("a"), key("c")));
        assertThat(values).hasSize(4);
        assertThat(values.get(0)).isEqualTo(key("3"));
        assertThat(values.get(1)).isNull();
        assertThat(values.get(2)).isEqualTo(key("1"));
        assertThat(values.get(3)).isEqualTo(key("3"));
        assertThat(store.multiGet(Family.CHUNKS, List.of())).isEmpty();
    }

    @Test
    void aScanIsOrderedByUnsignedBytesAndBounded() throws IOException {
        Batch batch = new Batch();
        for (int i : new int[] {0x80, 0, 0xff, 0x7f, 1}) {
            batch.put(Family.NOW, new byte[] {(byte) i}, new byte[] {(byte) i});
        }
        batch.put(Family.NOW, new byte[] {0, 0}, new byte[0]);
        store.apply(batch);
        assertThat(keys(store.scan(Family.NOW, new byte[0], null)))
                .containsExactly("00", "0000", "01", "7f", "80", "ff");
        assertThat(keys(store.scan(Family.NOW, new byte[] {0, 0}, new byte[] {(byte) 0x80})))
                .containsExactly("0000", "01", "7f");
        assertThat(keys(store.scan(Family.NOW, new byte[] {0, 1}, null))).containsExactly("01", "7f", "80", "ff");
        assertThat(keys(store.scan(Family.NOW, new byte[] {2}, new byte[] {2}))).isEmpty();
        assertThat(keys(store.scan(Family.NOW, new byte[] {9}, new byte[] {1}))).isEmpty();
    }

    @Test
    void aPrefixScanEndsWithThePrefix() throws IOException {
        Batch batch = new Batch();
        byte[][] keys = {
            {1},
            {1, (byte) 0xff},
            {1, (byte) 0xff, (byte) 0xff},
            {1, (byte) 0xff, 0, 7},
            {2},
            {(byte) 0xff},
            {(byte) 0xff, 3}
        };
        for (byte[] key : keys) {
            batch.put(Family.PAST, key, new byte[0]);
        }
        store.apply(batch);
        assertThat(keys(store.scanPrefix(Family.PAST, new byte[] {1, (byte) 0xff})))
                .containsExactly("01ff", "01ff0007", "01ffff");
        assertThat(keys(store.scanPrefix(Family.PAST, new byte[] {(byte) 0xff})))
                .containsExactly("ff", "ff03");
        assertThat(keys(store.scanPrefix(Family.PAST, new byte[0]))).hasSize(keys.length);
    }

    @Test
    void aCursorShowsItsRangeAsItWasWhenOpened() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")).put(Family.NOW, key("b"), key("2")));
        try (Cursor cursor = store.scan(Family.NOW, key("a"), null)) {
            store.apply(new Batch()
                    .delete(Family.NOW, key("b"))
                    .put(Family.NOW, key("a"), key("changed"))
                    .put(Family.NOW, key("c"), key("3")));
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.value()).isEqualTo(key("1"));
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.value()).isEqualTo(key("2"));
            assertThat(cursor.next()).isFalse();
            assertThat(cursor.next()).isFalse();
        }
        assertThat(scan(store, Family.NOW, "", null)).containsExactly("a=changed", "c=3");
    }

    @Test
    void aCursorStandsOnNoKeyBeforeTheFirstBehindTheLastAndWhenClosed() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")));
        Cursor cursor = store.scan(Family.NOW, key("a"), null);
        assertThatIllegalStateException().isThrownBy(cursor::key);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isFalse();
        assertThatIllegalStateException().isThrownBy(cursor::value);
        cursor.close();
        cursor.close();
        assertThatIllegalStateException().isThrownBy(cursor::key);
        assertThatThrownBy(cursor::next).isInstanceOf(IOException.class);
    }

    @Test
    void aSnapshotStaysAsItWas() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")).add(Family.USAGE, key("u"), 7));
        MetadataSnapshot snapshot = store.snapshot();
        Cursor cursor = snapshot.scan(Family.NOW, new byte[0], null);
        store.apply(new Batch()
                .put(Family.NOW, key("a"), key("2"))
                .put(Family.NOW, key("b"), key("3"))
                .add(Family.USAGE, key("u"), 1));
        store.flush();
        assertThat(snapshot.get(Family.NOW, key("a"))).isEqualTo(key("1"));
        assertThat(snapshot.multiGet(Family.NOW, List.of(key("b"), key("a"))).get(0))
                .isNull();
        assertThat(snapshot.counter(Family.USAGE, key("u"))).isEqualTo(7);
        assertThat(scan(snapshot, Family.NOW, "", null)).containsExactly("a=1");
        assertThat(store.statistics().openSnapshots()).isEqualTo(1);
        snapshot.close();
        snapshot.close();
        assertThatThrownBy(() -> snapshot.get(Family.NOW, key("a"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> snapshot.scan(Family.NOW, key("a"), null)).isInstanceOf(IOException.class);
        try (cursor) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.value()).isEqualTo(key("1"));
            assertThat(cursor.next()).isFalse();
        }
    }

    @Test
    void compactionAndFlushChangeNoContent() throws IOException {
        for (int i = 0; i < 300; i++) {
            store.apply(new Batch()
                    .put(Family.NOW, key("k%03d".formatted(i)), key("v" + i))
                    .add(Family.COUNTS, key("c" + i % 7), i % 2 == 0 ? 1 : -1));
            if (i % 100 == 50) {
                store.flush();
            }
        }
        for (int i = 0; i < 290; i++) {
            store.apply(new Batch().delete(Family.NOW, key("k%03d".formatted(i))));
        }
        List<String> before = everything(store);
        store.flush();
        store.compact();
        assertThat(everything(store)).isEqualTo(before).hasSize(17);
    }

    @Test
    void statisticsCountOpenCursorsAndAboutTheKeys() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")).put(Family.NOW, key("b"), key("1")));
        try (Cursor first = store.scan(Family.NOW, key("a"), null);
                Cursor second = store.scan(Family.PAST, key("a"), key("b"))) {
            assertThat(first.next()).isTrue();
            assertThat(second.next()).isFalse();
            assertThat(store.statistics().openCursors()).isEqualTo(2);
        }
        assertThat(store.statistics().openCursors()).isZero();
        assertThat(store.statistics().keysEstimated())
                .containsEntry(Family.NOW, 2L)
                .containsEntry(Family.PAST, 0L);
    }

    @Test
    void closingWithOpenReadersClosesThem() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")).put(Family.NOW, key("b"), key("1")));
        Cursor cursor = store.scan(Family.NOW, key("a"), null);
        MetadataSnapshot snapshot = store.snapshot();
        Cursor snapshotCursor = snapshot.scan(Family.NOW, key("a"), null);
        assertThat(cursor.next()).isTrue();
        store.close();
        store.close();
        assertThatThrownBy(cursor::next).isInstanceOf(IOException.class).hasMessageContaining("closed");
        assertThatThrownBy(snapshotCursor::next).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> snapshot.get(Family.NOW, key("a"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.get(Family.NOW, key("a"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.multiGet(Family.NOW, List.of(key("a")))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.scan(Family.NOW, key("a"), null)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.apply(new Batch())).isInstanceOf(IOException.class);
        assertThatThrownBy(store::snapshot).isInstanceOf(IOException.class);
        assertThatThrownBy(store::flush).isInstanceOf(IOException.class);
        assertThatThrownBy(store::compact).isInstanceOf(IOException.class);
        cursor.close();
        snapshotCursor.close();
        snapshot.close();
    }

    @Test
    void readersSeeEveryBatchWholeOrNotAtAll() throws Exception {
        int batches = 400;
        Thread writer = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 1; i <= batches; i++) {
                    byte[] value = Counters.encode(i);
                    store.apply(new Batch()
                            .put(Family.SYSTEM, key("applied"), value)
                            .put(Family.NOW, key("x"), value)
                            .put(Family.NOW, key("y"), value)
                            .add(Family.COUNTS, key("n"), 1));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        long seen = 0;
        while (seen < batches) {
            try (MetadataSnapshot snapshot = store.snapshot()) {
                seen = snapshot.counter(Family.COUNTS, key("n"));
                byte[] value = seen == 0 ? null : Counters.encode(seen);
                assertThat(snapshot.get(Family.SYSTEM, key("applied"))).isEqualTo(value);
                assertThat(snapshot.get(Family.NOW, key("x"))).isEqualTo(value);
            }
            try (Cursor cursor = store.scan(Family.NOW, key("x"), null)) {
                if (cursor.next()) {
                    byte[] x = cursor.value();
                    assertThat(cursor.next()).isTrue();
                    assertThat(cursor.value()).isEqualTo(x);
                }
            }
            assertThat(writer.isAlive() || store.counter(Family.COUNTS, key("n")) == batches)
                    .as("the writer works")
                    .isTrue();
        }
        writer.join();
    }

    @Test
    void behavesLikeASortedMap() throws IOException {
        long seed = 20260411;
        Random random = new Random(seed);
        try (MemoryMetadataStore model = new MemoryMetadataStore()) {
            for (int round = 0; round < 300; round++) {
                Batch batch = RandomBatches.batch(random, 12);
                store.apply(batch);
                model.apply(batch);
                if (round % 60 == 59) {
                    store.flush();
                }
                if (round % 10 == 9) {
                    assertThat(everything(store))
                            .as("seed %d, round %d", seed, round)
                            .isEqualTo(everything(model));
                }
            }
        }
    }

    static byte[] key(String text) {
        return text.getBytes(UTF_8);
    }

    /** Closes the cursor and returns the keys it shows as hexadecimal digits. */
    static List<String> keys(Cursor opened) throws IOException {
        List<String> keys = new ArrayList<>();
        try (Cursor cursor = opened) {
            while (cursor.next()) {
                keys.add(HexFormat.of().formatHex(cursor.key()));
            }
        }
        return keys;
    }

    /** Returns the entries of a range of textual keys and values as {@code key=value}. */
    static List<String> scan(MetadataView view, Family family, String from, @Nullable String to) throws IOException {
        List<String> entries = new ArrayList<>();
        try (Cursor cursor = view.scan(family, key(from), to == null ? null : key(to))) {
            while (cursor.next()) {
                entries.add(new String(cursor.key(), UTF_8) + "=" + new String(cursor.value(), UTF_8));
            }
        }
        return entries;
    }

    /** Returns every entry of every family. */
    static List<String> everything(MetadataView view) throws IOException {
        List<String> entries = new ArrayList<>();
        for (Family family : Family.values()) {
            try (Cursor cursor = view.scan(family, new byte[0], null)) {
                while (cursor.next()) {
                    entries.add(family + " " + Arrays.toString(cursor.key()) + " " + Arrays.toString(cursor.value()));
                }
            }
        }
        return entries;
    }
}
