package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deltas on chunks that lie in frames. */
class FramedBaseTest {
    private static final WriteOptions OPTIONS = WriteOptions.keys("tester");
    private static final EntryPath PATH = new EntryPath("bucket", "file");
    private static final int BYTES = 1_000_000;
    private static final int EDITS = 5;

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(
                new MemoryDeviceDirectory(), new MemoryDeviceDirectory(), true, Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void anEditOfWhatLiesInAFrameCostsTheEdit() throws IOException {
        byte[] first = text();
        Entry old = store.put(PATH, first).entry();
        store.reencode(1000);
        long before = ChunkTotals.read(store.metadata()).storedBytes();
        byte[] second = first.clone();
        edit(second, 1);
        Entry edited = store.put(PATH, second).entry();
        long arrived = ChunkTotals.read(store.metadata()).storedBytes();
        store.reencode(1000);
        long after = ChunkTotals.read(store.metadata()).storedBytes();
        assertThat(after - before).isBetween(1L, (arrived - before) / 20);
        assertThat(framedBases()).isPositive();
        assertThat(rows().values()).anyMatch(row -> row.page() && row.base().isPresent());
        assertThat(store.read(old)).isEqualTo(first);
        assertThat(store.read(edited)).isEqualTo(second);
        store.requireClean();
    }

    @Test
    void aBaseIsReadableInWhateverFrameItIsMoved() throws IOException {
        byte[] first = text();
        Entry old = store.put(PATH, first).entry();
        byte[] second = first.clone();
        edit(second, 2);
        EntryPath other = new EntryPath("bucket", "other");
        store.put(other, second);
        store.reencode(1000);
        assertThat(framedBases()).isPositive();
        // Only what the older file needs stays of the other one's frames.
        store.namespace().delete(other, OPTIONS);
        store.settle();
        assertThat(store.compact(100)).isPositive();
        assertThat(framedBases()).isPositive();
        assertThat(store.read(old)).isEqualTo(first);
        store.requireClean();
        store.namespace().delete(PATH, OPTIONS);
        store.settle();
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(new ChunkTotals(0, 0, 0, 0));
    }

    @Test
    void aChainEndsInAFrameAndKeepsItsLimit() throws IOException {
        byte[] bytes = text();
        Map<Integer, Entry> versions = new TreeMap<>();
        Map<Integer, byte[]> contents = new TreeMap<>();
        for (int version = 0; version < 8; version++) {
            versions.put(version, store.put(PATH, bytes).entry());
            contents.put(version, bytes.clone());
            store.reencode(1000);
            bytes[BYTES / 2 + version] ^= 1;
        }
        StandingDeltas standing = new StandingDeltas(store.metadata());
        int deepest = 0;
        for (ChunkRow row : rows().values()) {
            deepest = Math.max(deepest, standing.chain(row).size());
        }
        assertThat(deepest).isEqualTo(5);
        for (Map.Entry<Integer, Entry> each : versions.entrySet()) {
            assertThat(store.read(each.getValue())).isEqualTo(contents.get(each.getKey()));
        }
        store.requireClean();
    }

    private long framedBases() throws IOException {
        Map<Fingerprint, ChunkRow> rows = rows();
        return rows.values().stream()
                .filter(row -> row.base().isPresent()
                        && Objects.requireNonNull(rows.get(row.base().get())) instanceof ChunkRow.Framed)
                .count();
    }

    private Map<Fingerprint, ChunkRow> rows() throws IOException {
        Map<Fingerprint, ChunkRow> rows = new TreeMap<>();
        try (Cursor chunks = store.metadata().scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                rows.put(ChunkKeys.fingerprint(chunks.key()), ChunkRow.decode(chunks.value()));
            }
        }
        return rows;
    }

    private static byte[] text() {
        Random random = new Random(7);
        String[] words = new String[3000];
        for (int i = 0; i < words.length; i++) {
            words[i] = Long.toUnsignedString(random.nextLong(), 36).substring(0, 4 + random.nextInt(8)) + " ";
        }
        StringBuilder text = new StringBuilder(BYTES + 20);
        while (text.length() < BYTES) {
            text.append(words[random.nextInt(words.length)]);
        }
        return text.substring(0, BYTES).getBytes(StandardCharsets.US_ASCII);
    }

    private static void edit(byte[] bytes, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < EDITS; i++) {
            bytes[random.nextInt(bytes.length)] ^= 1;
        }
    }
}
