package io.varve.storage.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitterTest {
    private static final byte[] KEY = {1};

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(
                new MemoryDeviceDirectory(), new MemoryDeviceDirectory(), false, Instant.parse("2026-01-01T00:00:00Z"));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    /** Two clients make the same folder: the one that is told "it is there already" must find it there. */
    @Test
    void aRefusalIsNotToldBeforeItsReasonIsPublished() throws Exception {
        Committer committer = store.committer();
        CountDownLatch bothWait = new CountDownLatch(1);
        CompletableFuture<Boolean> foundByTheRefused = new CompletableFuture<>();
        Thread holdsTheCommitter = waitingThread(() -> committer.commit(commit -> {
            await(bothWait);
            return true;
        }));
        Thread makes = waitingThread(() -> committer.commit(commit -> {
            commit.put(Family.SYSTEM, KEY, new byte[] {2});
            return true;
        }));
        Thread comesSecond = waitingThread(() -> {
            try {
                committer.commit(commit -> {
                    if (commit.get(Family.SYSTEM, KEY) != null) {
                        throw new IOException("It is there already.");
                    }
                    return true;
                });
                foundByTheRefused.completeExceptionally(new AssertionError("It was not refused."));
            } catch (IOException e) {
                foundByTheRefused.complete(committer.view().get(Family.SYSTEM, KEY) != null);
            }
        });
        bothWait.countDown();
        assertThat(foundByTheRefused.get()).isTrue();
        holdsTheCommitter.join();
        makes.join();
        comesSecond.join();
    }

    /** Each fits a batch of metadata, together they do not. */
    @Test
    void largeTransactionsThatWaitTogetherAreCommittedApart() throws Exception {
        Committer committer = store.committer();
        CountDownLatch allWait = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        threads.add(waitingThread(() -> committer.commit(commit -> {
            await(allWait);
            return true;
        })));
        for (byte key = 1; key <= 3; key++) {
            byte[] own = {key};
            threads.add(waitingThread(() -> committer.commit(commit -> {
                commit.put(Family.SYSTEM, own, new byte[Batch.BYTES_MAX / 3 * 2]);
                return true;
            })));
        }
        allWait.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        for (byte key = 1; key <= 3; key++) {
            assertThat(committer.view().get(Family.SYSTEM, new byte[] {key})).hasSize(Batch.BYTES_MAX / 3 * 2);
        }
        assertThat(committer.refusal()).isNull();
    }

    /** What is known outside of the metadata changes between two groups, never in one. */
    @Test
    void aTransactionThatEndsItsGroupIsPublishedBeforeTheNextIsStaged() throws Exception {
        Committer committer = store.committer();
        CountDownLatch bothWait = new CountDownLatch(1);
        AtomicBoolean known = new AtomicBoolean();
        AtomicBoolean seen = new AtomicBoolean();
        List<Thread> threads = List.of(
                waitingThread(() -> committer.commit(commit -> {
                    await(bothWait);
                    return true;
                })),
                waitingThread(() -> committer.commit(commit -> {
                    commit.put(Family.SYSTEM, KEY, new byte[] {2});
                    commit.endGroup();
                    commit.afterPublish(() -> known.set(true));
                    return true;
                })),
                waitingThread(() -> committer.commit(commit -> {
                    seen.set(known.get());
                    return true;
                })));
        bothWait.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(seen).isTrue();
    }

    @Test
    void aTransactionThatIsNoBatchIsRefusedAlone() throws IOException {
        Committer committer = store.committer();
        assertThatThrownBy(() -> committer.commit(commit -> {
                    commit.put(Family.SYSTEM, KEY, new byte[Batch.BYTES_MAX / 2]);
                    commit.put(Family.SYSTEM, new byte[] {2}, new byte[Batch.BYTES_MAX / 2]);
                    return true;
                }))
                .isInstanceOf(IllegalStateException.class);
        committer.commit(commit -> {
            commit.put(Family.SYSTEM, KEY, new byte[] {3});
            return true;
        });
        assertThat(committer.view().get(Family.SYSTEM, KEY)).containsExactly(3);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Starts a thread and returns when it waits, which it does for the committer's answer alone. */
    private static Thread waitingThread(Action action) {
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                action.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        return thread;
    }
}
