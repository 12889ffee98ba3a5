package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.fingerprint.Fingerprint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However many miss a chunk, it is read once; and who waits for another is not drawn into what that one meets. */
@Timeout(60)
class SharedReadsTest {
    private static final Fingerprint A = Fingerprint.of(new byte[] {1}, 0, 1);
    private static final Fingerprint B = Fingerprint.of(new byte[] {2}, 0, 1);

    private final SharedReads reads = new SharedReads();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    private static Map<Fingerprint, byte[]> bytes(Set<Fingerprint> chunks) {
        Map<Fingerprint, byte[]> bytes = new HashMap<>();
        chunks.forEach(chunk -> bytes.put(chunk, chunk.toHex().getBytes(StandardCharsets.US_ASCII)));
        return bytes;
    }

    /** The first one waits until it is told to go on. */
    private Map<Fingerprint, byte[]> slowly(Set<Fingerprint> chunks) {
        asked.addAndGet(chunks.size());
        begun.countDown();
        try {
            assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return bytes(chunks);
    }

    private void awaitJoined(long chunks) {
        while (reads.joined() < chunks) {
            Thread.onSpinWait();
        }
    }

    @Test
    void manyReadersOfAChunkReadItOnce() throws Exception {
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Map<Fingerprint, byte[]>>> found = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Set<Fingerprint> wanted = i % 2 == 0 ? Set.of(A) : Set.of(A, B);
                found.add(readers.submit(() -> reads.read(wanted, this::slowly)));
                assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            }
            // One reads A and one B, which waits for A afterwards; nine wait for A, and nine for both.
            awaitJoined(27);
            go.countDown();
            for (Future<Map<Fingerprint, byte[]>> each : found) {
                assertThat(each.get().get(A)).isEqualTo(bytes(Set.of(A)).get(A));
            }
            assertThat(found.get(1).get().get(B)).isEqualTo(bytes(Set.of(B)).get(B));
        }
        assertThat(asked).hasValue(2);
        assertThat(reads.read(Set.of(A), SharedReadsTest::bytes)).containsOnlyKeys(A);
    }

    @Test
    void whatOneMeetsIsNoReasonForAnother() throws Exception {
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Map<Fingerprint, byte[]>> failing = readers.submit(() -> reads.read(Set.of(A, B), chunks -> {
                slowly(chunks);
                throw new IOException("its own trouble");
            }));
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            Future<Map<Fingerprint, byte[]>> waiting =
                    readers.submit(() -> reads.read(Set.of(A), SharedReadsTest::bytes));
            awaitJoined(1);
            go.countDown();
            assertThatThrownBy(failing::get).hasRootCauseMessage("its own trouble");
            assertThat(waiting.get()).containsOnlyKeys(A);
        }
        assertThat(reads.read(Set.of(B), SharedReadsTest::bytes)).containsOnlyKeys(B);
    }
}
