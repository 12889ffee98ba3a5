package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.delta.VersionStrategy;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MemoryMetadataStore;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.segment.SegmentAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReencoderTest {
    private static final WriteOptions OPTIONS = WriteOptions.keys("tester");
    private static final EntryPath PATH = new EntryPath("bucket", "file");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final MemoryDeviceDirectory journalFiles = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segmentFiles = new MemoryDeviceDirectory();
    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(journalFiles, segmentFiles, true, NOW);
        store.namespace().createBucket("bucket", "tester");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void versionsOfOneFileAreStoredAsDifferencesAndTheNewestIsWhole() throws IOException {
        List<Entry> versions = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        byte[] bytes = words(1, 200_000);
        for (int version = 0; version < 4; version++) {
            edit(bytes, version, 400);
            versions.add(store.put(PATH, bytes).entry());
            contents.add(bytes.clone());
        }
        ChunkTotals before = ChunkTotals.read(store.metadata());
        assertThat(store.reencode(1000)).isTrue();
        ChunkTotals after = ChunkTotals.read(store.metadata());
        assertThat(after.chunks()).isEqualTo(before.chunks());
        assertThat(after.plainBytes()).isEqualTo(before.plainBytes());
        assertThat(after.storedBytes()).isLessThan(before.storedBytes() * 2 / 3);
        assertThat(deltas(versions.getLast())).isLessThan(deltas(versions.getFirst()) / 2);
        for (int version = 0; version < versions.size(); version++) {
            assertThat(Arrays.equals(store.read(versions.get(version)), contents.get(version)))
                    .isTrue();
        }
        assertThat(store.reencoder().statistics().deltas()).isPositive();
        assertThat(store.reencoder().statistics().stretches(VersionStrategy.DELTA))
                .isPositive();
        assertThat(store.reencoder().waiting()).isZero();
        store.requireClean();
    }

    @Test
    void chainsKeepTheirLimitHoweverManyVersionsThereAre() throws IOException {
        byte[] bytes = words(2, 60_000);
        List<Entry> versions = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        for (int version = 0; version < 16; version++) {
            edit(bytes, version, 50);
            versions.add(store.put(PATH, bytes).entry());
            contents.add(bytes.clone());
            if (version % 3 == 0) {
                store.reencode(1000);
            }
        }
        store.reencode(1000);
        StandingDeltas standing = new StandingDeltas(store.metadata());
        int deepest = 0;
        for (ChunkRow row : allRows().values()) {
            deepest = Math.max(deepest, standing.chain(row).size());
        }
        assertThat(deepest).isEqualTo(5);
        for (int version = 0; version < versions.size(); version++) {
            assertThat(store.read(versions.get(version))).isEqualTo(contents.get(version));
        }
        store.requireClean();
    }

    @Test
    void smallFilesShareFramesAndGoOneByOne() throws IOException {
        for (int i = 0; i < 60; i++) {
            store.put(file(i), words(i, 700));
        }
        ChunkTotals before = ChunkTotals.read(store.metadata());
        store.reencode(1000);
        ChunkTotals after = ChunkTotals.read(store.metadata());
        assertThat(store.reencoder().statistics().framed()).isEqualTo(60);
        assertThat(after.storedBytes()).isLessThan(before.storedBytes());
        assertThat(after.inlineBytes()).isZero();
        store.requireClean();
        for (int i = 0; i < 60; i += 2) {
            store.namespace().delete(file(i), OPTIONS);
        }
        store.settle();
        store.requireClean();
        assertThat(store.compact(90)).isPositive();
        store.requireClean();
        for (int i = 1; i < 60; i += 2) {
            assertThat(store.read(file(i))).isEqualTo(words(i, 700));
            store.namespace().delete(file(i), OPTIONS);
        }
        store.settle();
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(new ChunkTotals(0, 0, 0, 0));
        assertThat(store.segments().ids()).isEmpty();
    }

    @Test
    void aWholeFrameMovesAsItIs() throws IOException {
        for (int i = 0; i < 20; i++) {
            store.put(file(i), words(i, 1500));
        }
        store.reencode(1000);
        ChunkTotals before = ChunkTotals.read(store.metadata());
        assertThat(store.compact(101)).isEqualTo(before.storedBytes());
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(before);
        store.requireClean();
    }

    @Test
    void whatDoesNotCompressStaysAsItIs() throws IOException {
        store.put(PATH, random(1, 300_000));
        ChunkTotals before = ChunkTotals.read(store.metadata());
        store.reencode(1000);
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(before);
        long small = allRows().values().stream()
                .filter(row -> row instanceof ChunkRow.Inline)
                .mapToLong(ChunkRow::plainLength)
                .sum();
        // Beside those, three chunks at most are searched for what makes an archive.
        long searched = 3L * StoreFixture.CHUNKING.maxBytes();
        assertThat(store.reencoder().statistics().bytesRead()).isLessThanOrEqualTo(2 * small + searched);
    }

    @Test
    void anArchiveOfWhichEveryChunkChangedALittleIsStoredAsDifferences() throws IOException {
        byte[] archive = random(5, 300_000);
        store.put(PATH, archive);
        store.reencode(1000);
        byte[] next = archive.clone();
        for (int at = 0; at < next.length; at += 300) {
            next[at]++;
        }
        long before = ChunkTotals.read(store.metadata()).storedBytes();
        store.put(PATH, next);
        store.reencode(1000);
        assertThat(ChunkTotals.read(store.metadata()).storedBytes() - before).isLessThan(next.length / 4);
        assertThat(store.read(PATH)).isEqualTo(next);
        store.requireClean();
    }

    @Test
    void archivesOfOtherNamesAreFoundByWhatTheyHaveInCommon() throws IOException {
        store.put(PATH, archive(0));
        store.reencode(1000);
        long before = ChunkTotals.read(store.metadata()).storedBytes();
        byte[] next = archive(40);
        store.put(new EntryPath("bucket", "another"), next);
        store.reencode(1000);
        assertThat(ChunkTotals.read(store.metadata()).storedBytes() - before).isLessThan(next.length * 3L / 4);
        assertThat(store.read(new EntryPath("bucket", "another"))).isEqualTo(next);
        store.requireClean();
    }

    /** Files that do not compress, behind heads that are others in each archive; of ten files, one is, too. */
    private static byte[] archive(int changed) {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        for (int file = 0; file < 400; file++) {
            archive.writeBytes(new byte[] {'P', 'K', 3, 4, (byte) changed});
            archive.writeBytes(random(file % 10 == 0 && file > 0 ? file + changed * 1000L : file, 700));
        }
        return archive.toByteArray();
    }

    @Test
    void allGoesWhenNothingRefersToIt() throws IOException {
        byte[] bytes = words(3, 150_000);
        for (int version = 0; version < 9; version++) {
            edit(bytes, version, 200);
            store.put(PATH, bytes);
            store.reencode(1000);
        }
        store.namespace().delete(PATH, OPTIONS);
        store.settle();
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(new ChunkTotals(0, 0, 0, 0));
        for (Family family : List.of(Family.DELTAS, Family.FEATURES, Family.COUNTS, Family.CANDIDATES)) {
            try (Cursor rows = store.metadata().scan(family, new byte[0], null)) {
                assertThat(rows.next()).as(family.name()).isFalse();
            }
        }
        assertThat(store.segments().ids()).isEmpty();
    }

    @Test
    void aBaseStaysAsLongAsSomethingStandsOnIt() throws IOException {
        byte[] first = words(4, 100_000);
        Entry old = store.put(PATH, first).entry();
        byte[] second = first.clone();
        edit(second, 1, 300);
        EntryPath copy = new EntryPath("bucket", "copy");
        store.put(copy, second);
        store.reencode(1000);
        assertThat(rows(old).values()).anyMatch(row -> row.base().isPresent());
        store.namespace().delete(copy, OPTIONS);
        store.settle();
        store.requireClean();
        assertThat(store.read(old)).isEqualTo(first);
    }

    @Test
    void aRestartGoesOnWhereTheLastStepEnded() throws IOException {
        Map<Integer, byte[]> contents = new TreeMap<>();
        for (int i = 0; i < 30; i++) {
            byte[] bytes = words(i % 10, 20_000);
            edit(bytes, i, 30);
            contents.put(i, bytes);
            store.put(file(i), bytes);
        }
        long waiting = store.reencoder().waiting();
        boolean done = false;
        while (!done) {
            done = store.reencode(3);
            store.close();
            store = new StoreFixture(journalFiles, segmentFiles, true, NOW);
        }
        assertThat(waiting).isEqualTo(30);
        assertThat(store.reencoder().waiting()).isZero();
        for (Map.Entry<Integer, byte[]> each : contents.entrySet()) {
            assertThat(store.read(file(each.getKey()))).isEqualTo(each.getValue());
        }
        store.requireClean();
    }

    /** Only the new chunks of a long file cost anything. */
    @Test
    void anEditOfALongFileCostsTheEdit() throws IOException {
        byte[] bytes = words(5, 3_000_000);
        store.put(PATH, bytes);
        store.reencode(1000);
        long before = store.reencoder().statistics().bytesRead();
        bytes[1_500_000] ^= 1;
        store.put(PATH, bytes);
        store.reencode(1000);
        assertThat(store.reencoder().statistics().bytesRead() - before).isBetween(1000L, 100_000L);
        store.requireClean();
    }

    @Test
    void aDamagedBaseDamagesWhatStandsOnIt() throws IOException {
        byte[] bytes = words(6, 50_000);
        Entry old = store.put(PATH, bytes).entry();
        edit(bytes, 1, 200);
        store.put(PATH, bytes);
        store.reencode(1000);
        Map<Fingerprint, ChunkRow> rows = rows(old);
        Fingerprint base = rows.values().stream()
                .filter(row -> row.base().isPresent())
                .findFirst()
                .orElseThrow()
                .base()
                .orElseThrow();
        SegmentAddress place =
                Objects.requireNonNull(allRows().get(base)).address().orElseThrow();
        store.segments().seal();
        store.close();
        flip(place);
        store = new StoreFixture(journalFiles, segmentFiles, true, NOW);
        assertThatThrownBy(() -> store.read(old)).isInstanceOf(CorruptionException.class);
        try (MemoryMetadataStore scratch = new MemoryMetadataStore()) {
            StoreCheck.Report report =
                    new StoreCheck(store.metadata(), scratch, new ChunkAudit(store.metadata(), store.segments())).run();
            assertThat(report.findings())
                    .anyMatch(finding -> finding.startsWith("file 'bucket/file':"))
                    .anyMatch(finding -> finding.startsWith("file 'bucket/file', the version of"))
                    .anyMatch(finding -> finding.contains(base.toHex()));
            assertThat(report.findingsTotal()).isGreaterThan(3);
        }
    }

    private void flip(SegmentAddress place) throws IOException {
        try (BlockDevice device = segmentFiles.open("%08x.seg".formatted(place.segment()))) {
            ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK);
            int at = place.offset() + 100;
            device.read(block, at & -BlockDevice.BLOCK);
            block.clear();
            block.put(at % BlockDevice.BLOCK, (byte) ~block.get(at % BlockDevice.BLOCK));
            device.write(block, at & -BlockDevice.BLOCK);
            device.sync();
        }
    }

    private Map<Fingerprint, ChunkRow> allRows() throws IOException {
        Map<Fingerprint, ChunkRow> rows = new TreeMap<>();
        try (Cursor chunks = store.metadata().scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                rows.put(ChunkKeys.fingerprint(chunks.key()), ChunkRow.decode(chunks.value()));
            }
        }
        return rows;
    }

    private Map<Fingerprint, ChunkRow> rows(Entry entry) throws IOException {
        Map<Fingerprint, ChunkRow> all = allRows();
        Map<Fingerprint, ChunkRow> rows = new TreeMap<>();
        for (ManifestChild child : entry.content().children()) {
            List<ManifestChild> leaves = child.page() ? store.chunks().page(child.fingerprint()) : List.of(child);
            leaves.forEach(leaf -> rows.put(leaf.fingerprint(), Objects.requireNonNull(all.get(leaf.fingerprint()))));
        }
        return rows;
    }

    private long deltas(Entry entry) throws IOException {
        return rows(entry).values().stream()
                .filter(row -> row.base().isPresent())
                .count();
    }

    /** Text of words that come from one list, so that any two of them have something in common. */
    static byte[] words(long seed, int length) {
        Random words = new Random(99);
        String[] list = new String[2000];
        for (int i = 0; i < list.length; i++) {
            list[i] = Long.toUnsignedString(words.nextLong(), 36).substring(0, 2 + words.nextInt(8)) + " ";
        }
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(length + 20);
        while (text.length() < length) {
            text.append(list[random.nextInt(list.length)]);
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    /** Sets so many bytes to letters, anywhere. */
    static void edit(byte[] bytes, long seed, int edits) {
        Random random = new Random(seed);
        for (int i = 0; i < edits; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) ('A' + random.nextInt(26));
        }
    }

    private static EntryPath file(int number) {
        return new EntryPath("bucket", "file " + number);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
