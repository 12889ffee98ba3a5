package io.varve.storage.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.PerfLevel;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

class RocksMetadataStoreTest extends MetadataStoreContract {
    private static final RocksMetadataOptions SMALL = new RocksMetadataOptions(1 << 20, 1 << 20, 32);

    @TempDir
    private Path temporary;

    @Override
    MetadataStore open() throws IOException {
        return RocksMetadataStore.open(temporary.resolve("contract"), RocksMetadataOptions.DEFAULTS);
    }

    @Test
    void hasEverythingAgainAfterItWasClosedInOrder() throws IOException {
        Path meta = temporary.resolve("meta");
        Random random = new Random(3);
        List<String> before;
        try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
            for (int i = 0; i < 100; i++) {
                store.apply(RandomBatches.batch(random, 20));
            }
            before = everything(store);
        }
        try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
            assertThat(everything(store)).isEqualTo(before).isNotEmpty();
            assertThat(store.statistics().diskBytes()).isPositive();
            assertThat(store.statistics().memoryBytes()).isPositive();
        }
    }

    @Test
    void anEmptyStoreTakesHardlyAnything() throws IOException {
        Path meta = temporary.resolve("meta");
        for (int start = 0; start < 3; start++) {
            try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
                assertThat(everything(store)).isEmpty();
            }
        }
        long bytes = 0;
        try (Stream<Path> files = Files.list(meta)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        assertThat(bytes).isLessThan(50_000);
    }

    @Test
    void flippedBytesAreCorruptionToEveryKindOfReadAndNeverAMissingKey() throws IOException {
        Path meta = temporary.resolve("meta");
        List<byte[]> keys = fill(meta, 2000);
        for (Path table : tables(meta)) {
            byte[] bytes = Files.readAllBytes(table);
            // Data blocks come first; what follows is needed to open the file.
            for (int at = 2000; at < bytes.length * 3 / 4; at += 4000) {
                bytes[at] ^= 0x10;
            }
            Files.write(table, bytes);
        }
        try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
            byte[] key = keys.get(100);
            assertThatThrownBy(() -> store.get(Family.CHUNKS, key))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining(meta.toString())
                    .hasMessageContaining("delete")
                    .hasMessageContaining("rebuilds");
            assertThatThrownBy(() -> store.multiGet(Family.CHUNKS, List.of(key, keys.get(101))))
                    .isInstanceOf(CorruptionException.class);
            assertThatThrownBy(() -> scan(store, Family.CHUNKS, "", null)).isInstanceOf(CorruptionException.class);
            assertThat(store.statistics().openCursors()).isZero();
        }
    }

    @Test
    void aMissingFileIsCorruption() throws IOException {
        Path meta = temporary.resolve("meta");
        fill(meta, 100);
        for (Path table : tables(meta)) {
            Files.delete(table);
        }
        assertThatThrownBy(() -> RocksMetadataStore.open(meta, SMALL))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("the next start rebuilds it from the journal");
    }

    @Test
    void aMissingOrTornManifestIsCorruption() throws IOException {
        Path meta = temporary.resolve("meta");
        fill(meta, 100);
        Path manifest = files(meta, "MANIFEST-").getFirst();
        byte[] bytes = Files.readAllBytes(manifest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(manifest, bytes);
        assertThatThrownBy(() -> RocksMetadataStore.open(meta, SMALL)).isInstanceOf(CorruptionException.class);
        Files.delete(manifest);
        assertThatThrownBy(() -> RocksMetadataStore.open(meta, SMALL)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void anEmptiedDirectoryIsAnEmptyStore() throws IOException {
        Path meta = temporary.resolve("meta");
        fill(meta, 100);
        for (Path file : files(meta, "")) {
            Files.delete(file);
        }
        try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
            assertThat(everything(store)).isEmpty();
        }
    }

    @Test
    void aDirectoryThatIsInUseIsRefused() throws IOException {
        Path meta = temporary.resolve("meta");
        try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
            assertThatThrownBy(() -> RocksMetadataStore.open(meta, SMALL))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
            assertThat(store.get(Family.NOW, key("a"))).isNull();
        }
    }

    @Test
    void aStoreOfANewerVersionIsRefusedByName() throws Exception {
        Path meta = temporary.resolve("meta");
        fill(meta, 10);
        try (Options options = new Options()) {
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            for (byte[] name : RocksDB.listColumnFamilies(options, meta.toString())) {
                descriptors.add(new ColumnFamilyDescriptor(name));
            }
            try (RocksDB database = RocksDB.open(meta.toString(), descriptors, handles)) {
                database.createColumnFamily(new ColumnFamilyDescriptor(key("dreams")))
                        .close();
                handles.forEach(ColumnFamilyHandle::close);
            }
        }
        assertThatThrownBy(() -> RocksMetadataStore.open(meta, SMALL))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another version")
                .hasMessageContaining("dreams");
    }

    @Test
    void aPathThatIsAFileIsRefused() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        assertThatThrownBy(() -> RocksMetadataStore.open(file, SMALL)).isInstanceOf(IOException.class);
    }

    @Test
    void optionsBelowTheirLimitsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RocksMetadataOptions(0, 1 << 20, 100));
        assertThatIllegalArgumentException().isThrownBy(() -> new RocksMetadataOptions(1 << 20, 1000, 100));
        assertThatIllegalArgumentException().isThrownBy(() -> new RocksMetadataOptions(1 << 20, 1 << 20, 3));
    }

    @Test
    void memoryStaysWithinTheOptions() throws IOException {
        RocksMetadataOptions options = new RocksMetadataOptions(2 << 20, 2 << 20, 64);
        try (RocksMetadataStore store = RocksMetadataStore.open(temporary.resolve("meta"), options)) {
            Random random = new Random(5);
            long most = 0;
            for (int i = 0; i < 300; i++) {
                Batch batch = new Batch();
                for (int j = 0; j < 50; j++) {
                    batch.put(Family.CHUNKS, bytes(random, 32), bytes(random, 1000));
                    batch.put(Family.NOW, bytes(random, 40), bytes(random, 100));
                }
                store.apply(batch);
                most = Math.max(most, store.statistics().memoryBytes());
            }
            // A memtable that is being flushed counts until its file is there.
            assertThat(most).isBetween(1L << 20, 3 * (options.cacheBytes() + options.writeBufferBytes()));
        }
    }

    @Test
    void aClosedStoreDoesNotAnswerFromMemory() throws IOException {
        RocksMetadataStore store = RocksMetadataStore.open(temporary.resolve("meta"), SMALL);
        store.apply(new Batch().put(Family.NOW, key("a"), key("b")));
        assertThat(store.get(Family.NOW, key("a"))).isEqualTo(key("b"));
        store.close();
        assertThatThrownBy(() -> store.get(Family.NOW, key("a"))).hasMessageContaining("closed");
    }

    @Test
    void closingWhileOthersReadWriteAndCompactEndsThemWithAnError() throws Exception {
        RocksMetadataStore store = RocksMetadataStore.open(temporary.resolve("meta"), SMALL);
        Random random = new Random(11);
        for (int i = 0; i < 200; i++) {
            store.apply(new Batch().put(Family.NOW, bytes(random, 16), bytes(random, 500)));
        }
        List<Attempt> attempts = List.of(
                () -> store.get(Family.NOW, key("a")),
                () -> store.apply(new Batch().put(Family.NOW, key("a"), key("b"))),
                () -> {
                    try (Cursor cursor = store.scan(Family.NOW, new byte[0], null)) {
                        while (cursor.next()) {
                            assertThat(cursor.key()).isNotEmpty();
                        }
                    }
                },
                () -> {
                    try (MetadataSnapshot snapshot = store.snapshot()) {
                        snapshot.get(Family.NOW, key("a"));
                    }
                },
                store::compact,
                store::statistics);
        CountDownLatch running = new CountDownLatch(attempts.size());
        List<Throwable> ends = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (Attempt attempt : attempts) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    attempt.run();
                    running.countDown();
                    while (true) {
                        attempt.run();
                    }
                } catch (IOException | RuntimeException e) {
                    synchronized (ends) {
                        ends.add(e);
                    }
                }
            }));
        }
        running.await();
        store.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ends)
                .hasSize(attempts.size())
                .allSatisfy(
                        end -> assertThat(end).isInstanceOf(IOException.class).hasMessageContaining("closed"));
    }

    /** Whoever empties a folder or works off a queue must not slow down every later look at its beginning. */
    @Test
    void aScanDoesNotStepOverManyTombstones() throws Exception {
        int deleted = 100_000;
        try (RocksMetadataStore store =
                        RocksMetadataStore.open(temporary.resolve("meta"), RocksMetadataOptions.DEFAULTS);
                Options options = new Options().setCreateIfMissing(true);
                // RocksDB counts per thread, whichever database one asks.
                RocksDB counts =
                        RocksDB.open(options, temporary.resolve("counts").toString())) {
            for (int i = 0; i < deleted; i += 1000) {
                Batch put = new Batch();
                for (int j = i; j < i + 1000; j++) {
                    put.put(Family.CANDIDATES, key("%08d".formatted(j)), new byte[0]);
                }
                store.apply(put);
            }
            store.apply(new Batch().put(Family.CANDIDATES, key("last"), new byte[0]));
            store.flush();
            for (int i = 0; i < deleted; i += 1000) {
                Batch delete = new Batch();
                for (int j = i; j < i + 1000; j++) {
                    delete.delete(Family.CANDIDATES, key("%08d".formatted(j)));
                }
                store.apply(delete);
            }
            store.flush();
            long stepped = deleted;
            for (int attempt = 0; attempt < 200 && stepped > 1000; attempt++) {
                Thread.sleep(25);
                stepped = steppedOver(counts, store);
            }
            assertThat(stepped).isLessThan(1000);
        }
    }

    private static long steppedOver(RocksDB counts, MetadataStore store) throws RocksDBException, IOException {
        counts.setPerfLevel(PerfLevel.ENABLE_COUNT);
        counts.getPerfContext().reset();
        try (Cursor cursor = store.scan(Family.CANDIDATES, new byte[0], null)) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).isEqualTo(key("last"));
        }
        long stepped = counts.getPerfContext().getInternalDeleteSkippedCount();
        counts.setPerfLevel(PerfLevel.DISABLE);
        return stepped;
    }

    /** Something done to a store. */
    private interface Attempt {
        void run() throws IOException;
    }

    private static List<byte[]> fill(Path meta, int chunks) throws IOException {
        Random random = new Random(17);
        List<byte[]> keys = new ArrayList<>();
        try (RocksMetadataStore store = RocksMetadataStore.open(meta, SMALL)) {
            Batch batch = new Batch();
            for (int i = 0; i < chunks; i++) {
                byte[] key = bytes(random, 32);
                keys.add(key);
                batch.put(Family.CHUNKS, key, bytes(random, 200));
            }
            store.apply(batch);
        }
        return keys;
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<Path> tables(Path meta) throws IOException {
        List<Path> tables = new ArrayList<>(files(meta, ""));
        tables.removeIf(file -> !file.toString().endsWith(".sst"));
        assertThat(tables).isNotEmpty();
        return tables;
    }

    private static List<Path> files(Path meta, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(meta)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
