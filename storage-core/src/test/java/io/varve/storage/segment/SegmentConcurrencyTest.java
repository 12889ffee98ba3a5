package io.varve.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SegmentConcurrencyTest {

    private static final int APPENDERS = 8;
    private static final int RECORDS_EACH = 60;

    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final Faults faults = new Faults(8).delayUpTo(Duration.ofMillis(1));

    private SegmentStore open() throws IOException {
        return open(Sealing.NONE);
    }

    private SegmentStore open(Sealing sealing) throws IOException {
        return Samples.open(new FaultyDeviceDirectory(disk, faults), sealing);
    }

    /** Whoever deletes empty segments relies on it: one that is neither open nor pinned stays so. */
    @Test
    void aSegmentThatIsAtRestStaysSo() throws Exception {
        CountDownLatch appended = new CountDownLatch(1);
        try (SegmentStore store = open();
                ExecutorService threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            Future<Set<Integer>> watcher = threads.submit(() -> {
                Set<Integer> atRest = new HashSet<>();
                Set<Integer> woken = new HashSet<>();
                while (appended.getCount() > 0) {
                    for (int segment : store.ids()) {
                        if (!store.isOpen(segment) && !store.isPinned(segment)) {
                            atRest.add(segment);
                        } else if (atRest.contains(segment)) {
                            woken.add(segment);
                        }
                    }
                }
                return woken;
            });
            Random random = new Random(5);
            for (int n = 0; n < 400; n++) {
                try (SegmentLease lease = store.lease()) {
                    Samples.random(random, 20_000).appendTo(lease);
                }
                store.seal();
            }
            appended.countDown();
            assertThat(watcher.get()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void manyAppendersReadersAndOneCommitterShareAStore(boolean sealed) throws Exception {
        Sealing sealing = sealed ? TestKeys.sealed() : Sealing.NONE;
        Queue<Stored> stored = new ConcurrentLinkedQueue<>();
        CountDownLatch appending = new CountDownLatch(APPENDERS);
        try (SegmentStore store = open(sealing);
                ExecutorService threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < APPENDERS; i++) {
                Random random = new Random(i);
                work.add(() -> {
                    try (SegmentLease lease = store.lease()) {
                        for (int n = 0; n < RECORDS_EACH; n++) {
                            Stored one = Samples.random(random, random.nextInt(20_000))
                                    .appendTo(lease);
                            if (n % 7 == 0) {
                                one.assertReadFrom(store);
                            }
                            stored.add(one);
                        }
                    } finally {
                        appending.countDown();
                    }
                    return null;
                });
            }
            work.add(() -> {
                while (appending.getCount() > 0) {
                    store.flush();
                    store.sync();
                }
                return null;
            });
            work.add(() -> {
                while (appending.getCount() > 0) {
                    for (Stored one : stored) {
                        one.assertReadFrom(store);
                    }
                }
                return null;
            });
            join(threads.invokeAll(work));
            store.flush();
            assertThat(stored).hasSize(APPENDERS * RECORDS_EACH);
            assertThat(stored.stream().map(Stored::address).distinct()).hasSize(APPENDERS * RECORDS_EACH);
            assertThat(store.statistics().recordsAppended()).isEqualTo(APPENDERS * RECORDS_EACH);
            assertThat(store.statistics().readBufferBytes()).isZero();
            assertThat(store.statistics().writeBufferBytes()).isZero();
        }
        try (SegmentStore store = open(sealing)) {
            for (Stored one : stored) {
                one.assertReadFrom(store);
            }
        }
    }

    /** A reader gets the right bytes or learns that the segment is gone, and the files do go. */
    @Test
    void segmentsAreDeletedWhileTheyAreRead() throws Exception {
        List<Stored> stored = new ArrayList<>();
        try (SegmentStore store = open();
                ExecutorService threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            Random random = new Random(9);
            try (SegmentLease lease = store.lease()) {
                for (int i = 0; i < 12; i++) {
                    stored.add(Samples.random(random, 5_000).appendTo(lease));
                    store.seal();
                }
            }
            CountDownLatch deleting = new CountDownLatch(1);
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                work.add(() -> {
                    while (deleting.getCount() > 0) {
                        for (Stored one : stored) {
                            try {
                                one.assertReadFrom(store);
                            } catch (SegmentMissingException e) {
                                assertThat(e.segment()).isEqualTo(one.address().segment());
                            }
                        }
                    }
                    return null;
                });
            }
            work.add(() -> {
                try {
                    for (int id : store.ids()) {
                        Thread.sleep(2);
                        store.delete(id);
                    }
                } finally {
                    deleting.countDown();
                }
                return null;
            });
            join(threads.invokeAll(work));
            assertThat(store.ids()).isEmpty();
            assertThat(disk.list()).isEmpty();
            assertThat(store.statistics().failedDeletions()).isZero();
        }
    }

    private static void join(List<Future<Void>> outcomes) throws ExecutionException, InterruptedException {
        for (Future<Void> outcome : outcomes) {
            outcome.get();
        }
    }
}
