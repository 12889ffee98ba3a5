package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever reads range after range has the next one at hand; whoever does not costs nothing. */
@Timeout(60)
class RangePrefetchTest {
    private static final EntryPath PATH = new EntryPath("bucket", "film");
    private static final int RANGE = 32 << 10;

    private final byte[] film = new byte[2 << 20];
    private StoreFixture store;
    private Content content;

    @BeforeEach
    void open() throws IOException {
        new Random(7).nextBytes(film);
        store = StoreFixture.withBucket();
        store.put(PATH, film);
        content = store.namespace().find(PATH).map(Entry::content).orElseThrow();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void read(int offset, int length) throws IOException {
        ChunkStore chunks = store.chunks();
        try (ContentReader reader = chunks.read(chunks.lease(), content, offset, RANGE)) {
            assertThat(reader.readNBytes(length)).isEqualTo(Arrays.copyOfRange(film, offset, offset + length));
        }
    }

    /** Whether memory has all that lies in a range. */
    private boolean isAtHand(int offset) throws IOException {
        LeafWalker walker = new LeafWalker(
                ChunkReader.pastCaches(store.metadata(), store.segments(), ignored -> {}), content, offset);
        boolean all = true;
        for (long at = offset; at < offset + RANGE && walker.advance(); ) {
            long before = walker.bytesToSkip();
            ManifestChild child = walker.next();
            all &= store.chunks().cache().containsAll(List.<Fingerprint>of(child.fingerprint()));
            at += child.length() - before;
        }
        return all;
    }

    @Test
    @Timeout(120)
    void theRangeAfterTwoInARowIsAtHandBeforeItIsAskedFor() throws IOException {
        read(0, RANGE);
        assertThat(store.chunks().ahead().rangesPrefetchedBytes()).isZero();
        read(RANGE, RANGE);
        while (!isAtHand(2 * RANGE)) {
            Thread.onSpinWait();
        }
        long misses = store.chunks().cache().misses();
        read(2 * RANGE, RANGE);
        assertThat(store.chunks().cache().misses()).isEqualTo(misses);
        for (int at = 3 * RANGE; at < film.length; at += RANGE) {
            read(at, RANGE);
        }
        assertThat(store.chunks().ahead().rangesPrefetchedBytes()).isBetween((long) RANGE, (long) film.length);
    }

    @Test
    void rangesHereAndThereAndGivenUpOnesBringNothing() throws IOException {
        for (int at : new int[] {0, 10, 3, 20, 5, 40, 30}) {
            read(at * RANGE, RANGE);
        }
        for (int at = 7; at < 12; at++) {
            read(at * RANGE, RANGE / 2);
        }
        assertThat(store.chunks().ahead().rangesPrefetchedBytes()).isZero();
    }

    @Test
    void withoutAnythingLeftToReadAheadNothingIsBrought() throws IOException {
        Semaphore none = new Semaphore(RANGE);
        RangePrefetch ranges =
                new RangePrefetch(ChunkReader.pastCaches(store.metadata(), store.segments(), ignored -> {}), none);
        RangePrefetch.Run first = ranges.begin(content, 0);
        ranges.ended(first, content, 0, RANGE, true);
        RangePrefetch.Run second = ranges.begin(content, RANGE);
        assertThat(second).isSameAs(first);
        ranges.ended(second, content, RANGE, 2 * RANGE, true);
        assertThat(none.availablePermits()).isEqualTo(RANGE);
        assertThat(ranges.bytes()).isZero();
    }
}
