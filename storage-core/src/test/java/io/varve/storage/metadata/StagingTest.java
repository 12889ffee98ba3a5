package io.varve.storage.metadata;

import static io.varve.storage.metadata.MetadataStoreContract.everything;
import static io.varve.storage.metadata.MetadataStoreContract.key;
import static io.varve.storage.metadata.MetadataStoreContract.scan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StagingTest {
    private final MemoryMetadataStore store = new MemoryMetadataStore();

    @AfterEach
    void leaksNoCursor() throws IOException {
        assertThat(store.statistics().openCursors()).isZero();
        store.close();
    }

    @Test
    void readsItsOwnChangesAndTheStoreDoesNot() throws IOException {
        store.apply(new Batch()
                .put(Family.NOW, key("a"), key("1"))
                .put(Family.NOW, key("b"), key("2"))
                .put(Family.NOW, key("d"), key("4")));
        Staging staging = Staging.over(store);
        staging.put(Family.NOW, key("c"), key("3"));
        staging.put(Family.NOW, key("a"), key("changed"));
        staging.delete(Family.NOW, key("b"));
        assertThat(staging.get(Family.NOW, key("a"))).isEqualTo(key("changed"));
        assertThat(staging.get(Family.NOW, key("b"))).isNull();
        assertThat(staging.get(Family.NOW, key("d"))).isEqualTo(key("4"));
        assertThat(scan(staging, Family.NOW, "", null)).containsExactly("a=changed", "c=3", "d=4");
        assertThat(scan(staging, Family.NOW, "b", "d")).containsExactly("c=3");
        assertThat(scan(staging, Family.NOW, "d", "b")).isEmpty();
        assertThat(scan(store, Family.NOW, "", null)).containsExactly("a=1", "b=2", "d=4");
        store.apply(staging.toBatch());
        assertThat(scan(store, Family.NOW, "", null)).containsExactly("a=changed", "c=3", "d=4");
    }

    @Test
    void anAddedCounterIsReadOverTheOneBelowAndWrittenAsAnAdd() throws IOException {
        store.apply(new Batch().add(Family.COUNTS, key("a"), 10).add(Family.COUNTS, key("b"), 1));
        Staging staging = Staging.over(store);
        staging.add(Family.COUNTS, key("a"), 2);
        staging.add(Family.COUNTS, key("a"), -3);
        staging.add(Family.COUNTS, key("new"), 4);
        staging.delete(Family.COUNTS, key("b"));
        staging.add(Family.COUNTS, key("b"), 7);
        assertThat(staging.counter(Family.COUNTS, key("a"))).isEqualTo(9);
        assertThat(staging.counter(Family.COUNTS, key("b"))).isEqualTo(7);
        assertThat(staging.counter(Family.COUNTS, key("new"))).isEqualTo(4);
        // 61 is "a"; the sum travels as an add, so that a count another commit changes meanwhile is not overwritten.
        assertThat(BatchTest.changes(staging.toBatch()))
                .containsExactly("add COUNTS 61 -1", "put COUNTS 62 0700000000000000", "add COUNTS 6e6577 4");
    }

    @Test
    void aBatchIsSortedByKeyAcrossFamilies() throws IOException {
        Staging staging = Staging.over(store);
        staging.put(Family.CANDIDATES, new byte[] {1}, new byte[0]);
        staging.put(Family.CHUNKS, new byte[] {2}, new byte[0]);
        staging.add(Family.COUNTS, new byte[] {(byte) 0x90}, 1);
        staging.put(Family.CHUNKS, new byte[] {1}, new byte[0]);
        staging.add(Family.COUNTS, new byte[] {1}, 1);
        assertThat(BatchTest.changes(staging.toBatch()))
                .containsExactly(
                        "put CHUNKS 01 ", "add COUNTS 01 1", "put CANDIDATES 01 ", "put CHUNKS 02 ", "add COUNTS 90 1");
    }

    @Test
    void aChildIsMergedOrDiscardedWhole() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")).add(Family.COUNTS, key("n"), 1));
        Staging group = Staging.over(store);
        group.add(Family.COUNTS, key("n"), 1);

        Staging refused = group.child();
        refused.delete(Family.NOW, key("a"));
        refused.add(Family.COUNTS, key("n"), 100);
        assertThat(refused.counter(Family.COUNTS, key("n"))).isEqualTo(102);
        refused.discard();
        assertThat(refused.isEmpty()).isTrue();
        assertThat(refused.sizeBytes()).isZero();

        Staging held = group.child();
        assertThat(held.get(Family.NOW, key("a"))).isEqualTo(key("1"));
        held.put(Family.NOW, key("b"), key("2"));
        held.add(Family.COUNTS, key("n"), 10);
        held.mergeIntoParent();
        assertThat(held.isEmpty()).isTrue();
        assertThat(held.get(Family.NOW, key("b"))).isEqualTo(key("2"));
        assertThat(BatchTest.changes(group.toBatch())).containsExactly("put NOW 62 32", "add COUNTS 6e 11");
        assertThatIllegalStateException().isThrownBy(group::mergeIntoParent);
    }

    @Test
    void aCursorDoesNotSeeWhatIsStagedAfterItWasOpened() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")).put(Family.NOW, key("c"), key("3")));
        Staging staging = Staging.over(store);
        staging.put(Family.NOW, key("b"), key("2"));
        staging.put(Family.NOW, key("d"), key("4"));
        List<String> seen = new ArrayList<>();
        try (Cursor cursor = staging.scan(Family.NOW, key("a"), null)) {
            while (cursor.next()) {
                seen.add(new String(cursor.key(), java.nio.charset.StandardCharsets.UTF_8));
                staging.delete(Family.NOW, cursor.key());
                staging.delete(Family.NOW, key("d"));
                staging.put(Family.NOW, key("e"), key("5"));
            }
        }
        assertThat(seen).containsExactly("a", "b", "c", "d");
        assertThat(scan(staging, Family.NOW, "", null)).containsExactly("e=5");
    }

    @Test
    void aCursorClosesTheOneBelowAndStandsOnNoKeyOutsideItsRange() throws IOException {
        store.apply(new Batch().put(Family.NOW, key("a"), key("1")));
        Staging staging = Staging.over(store);
        staging.put(Family.NOW, key("b"), key("2"));
        Cursor cursor = staging.scan(Family.NOW, key("a"), null);
        assertThatIllegalStateException().isThrownBy(cursor::key);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isFalse();
        assertThatIllegalStateException().isThrownBy(cursor::value);
        cursor.close();
        cursor.close();
        assertThatThrownBy(cursor::next).isInstanceOf(IOException.class);
        assertThat(store.statistics().openCursors()).isZero();
    }

    @Test
    void refusesWhatABatchRefuses() {
        Staging staging = Staging.over(store);
        assertThatIllegalArgumentException().isThrownBy(() -> staging.put(Family.NOW, new byte[0], key("v")));
        assertThatIllegalArgumentException().isThrownBy(() -> staging.add(Family.NOW, key("k"), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> staging.put(Family.USAGE, key("k"), new byte[9]));
        assertThatIllegalArgumentException().isThrownBy(() -> staging.counter(Family.NOW, key("k")));
        assertThat(staging.isEmpty()).isTrue();
    }

    @Test
    void whatIsNotStagedIsAskedBelowInOneCall() throws IOException {
        CountingView below = new CountingView(store);
        Staging staging = Staging.over(below);
        staging.put(Family.NOW, key("put"), key("1"));
        staging.delete(Family.NOW, key("deleted"));
        staging.add(Family.COUNTS, key("n"), 1);
        assertThat(below.reads).isZero();
        assertThat(staging.get(Family.NOW, key("put"))).isNotNull();
        assertThat(staging.get(Family.NOW, key("deleted"))).isNull();
        assertThat(below.reads).isZero();
        List<byte @Nullable []> values =
                staging.multiGet(Family.NOW, List.of(key("x"), key("put"), key("deleted"), key("y")));
        assertThat(values).hasSize(4);
        assertThat(values.get(1)).isEqualTo(key("1"));
        assertThat(below.reads).isEqualTo(1);
        assertThat(below.keysRead).isEqualTo(2);
    }

    /** A stack of stagings over a store behaves as a store to which everything was applied at once. */
    @Test
    void behavesLikeTheStoreItWillBecome() throws IOException {
        for (long seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            MemoryMetadataStore base = new MemoryMetadataStore();
            base.apply(RandomBatches.batch(random, 40));
            Deque<Staging> stack = new ArrayDeque<>(List.of(Staging.over(base)));
            // The model of each staging is the store it would make.
            Deque<MemoryMetadataStore> models = new ArrayDeque<>(List.of(copy(base)));
            for (int step = 0; step < 150; step++) {
                String where = "seed " + seed + ", step " + step;
                Staging top = stack.getLast();
                switch (random.nextInt(12)) {
                    case 0 -> {
                        if (stack.size() < 4) {
                            stack.addLast(top.child());
                            models.addLast(copy(models.getLast()));
                        }
                    }
                    case 1 -> {
                        if (stack.size() > 1) {
                            MemoryMetadataStore merged = models.removeLast();
                            stack.removeLast().mergeIntoParent();
                            models.removeLast();
                            models.addLast(merged);
                        }
                    }
                    case 2 -> {
                        if (stack.size() > 1) {
                            stack.removeLast().discard();
                            models.removeLast();
                        }
                    }
                    case 3 -> assertThat(everything(top)).as(where).isEqualTo(everything(models.getLast()));
                    case 4, 5 -> compareReads(random, top, models.getLast(), where);
                    default -> {
                        Batch batch = RandomBatches.batch(random, 4);
                        models.getLast().apply(batch);
                        batch.forEach(stage(top));
                    }
                }
            }
            while (stack.size() > 1) {
                stack.removeLast().mergeIntoParent();
            }
            Batch batch = Batch.decode(stack.getLast().toBatch().encode());
            assertThat(stack.getLast().sizeBytes()).isGreaterThanOrEqualTo(batch.sizeBytes());
            base.apply(batch);
            assertThat(everything(base)).as("seed %d", seed).isEqualTo(everything(models.getLast()));
            assertThat(base.statistics().openCursors()).isZero();
        }
    }

    private static void compareReads(Random random, MetadataView actual, MetadataView model, String where)
            throws IOException {
        Family family = RandomBatches.family(random);
        List<byte[]> keys = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            keys.add(RandomBatches.key(random));
        }
        assertThat(Arrays.deepToString(actual.multiGet(family, keys).toArray()))
                .as(where)
                .isEqualTo(Arrays.deepToString(model.multiGet(family, keys).toArray()));
        assertThat(actual.get(family, keys.getFirst())).as(where).isEqualTo(model.get(family, keys.getFirst()));
        byte[] from = RandomBatches.key(random);
        byte[] to = random.nextBoolean() ? null : RandomBatches.key(random);
        try (Cursor seen = actual.scan(family, from, to);
                Cursor expected = model.scan(family, from, to)) {
            while (expected.next()) {
                assertThat(seen.next()).as(where).isTrue();
                assertThat(seen.key()).as(where).isEqualTo(expected.key());
                assertThat(seen.value()).as(where).isEqualTo(expected.value());
            }
            assertThat(seen.next()).as(where).isFalse();
        }
    }

    private static MemoryMetadataStore copy(MetadataView view) throws IOException {
        Batch batch = new Batch();
        for (Family family : Family.values()) {
            try (Cursor cursor = view.scan(family, new byte[0], null)) {
                while (cursor.next()) {
                    batch.put(family, cursor.key(), cursor.value());
                }
            }
        }
        MemoryMetadataStore copy = new MemoryMetadataStore();
        copy.apply(batch);
        return copy;
    }

    private static Batch.Visitor stage(Staging staging) {
        return new Batch.Visitor() {
            @Override
            public void put(Family family, byte[] key, byte[] value) {
                staging.put(family, key, value);
            }

            @Override
            public void delete(Family family, byte[] key) {
                staging.delete(family, key);
            }

            @Override
            public void add(Family family, byte[] key, long delta) {
                staging.add(family, key, delta);
            }
        };
    }

    /** Counts what is read through it. */
    private static final class CountingView implements MetadataView {
        private final MetadataView view;
        private int reads;
        private int keysRead;

        CountingView(MetadataView view) {
            this.view = view;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) throws IOException {
            reads++;
            keysRead++;
            return view.get(family, key);
        }

        @Override
        public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
            reads++;
            keysRead += keys.size();
            return view.multiGet(family, keys);
        }

        @Override
        public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
            reads++;
            return view.scan(family, from, toExclusive);
        }
    }
}
