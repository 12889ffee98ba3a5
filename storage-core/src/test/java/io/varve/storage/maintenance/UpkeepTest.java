package io.varve.storage.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.chunkstore.TierMover;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class UpkeepTest {
    /** So slow that what the test stores takes a quarter of an hour. */
    private static final long BYTES_PER_SECOND = 8 << 10;

    private static Upkeep upkeep(StoreFixture store) throws IOException {
        TierMover.Rules due = new TierMover.Rules(Map.of(), Duration.ZERO);
        return new Upkeep(
                store.namespace(),
                store.chunks(),
                store.metadataCheckpoints(),
                store.segments(),
                store.metadata(),
                store::now,
                new Upkeep.Rules(
                        Duration.ofHours(1),
                        60,
                        BYTES_PER_SECOND,
                        Duration.ofDays(1),
                        Duration.ofMinutes(1),
                        5,
                        Duration.ZERO,
                        Duration.ofDays(1),
                        new TierMoves.Rules(due, Duration.ofHours(1), 100, 0)));
    }

    @Test
    @Timeout(240)
    void whoWaitsForTheEndOfARoundDoesNotWaitForAllItsWork() throws Exception {
        byte[] bytes = new byte[8 << 20];
        new Random(1).nextBytes(bytes);
        try (StoreFixture store = StoreFixture.withBucket();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Upkeep upkeep = upkeep(store)) {
            store.put(new EntryPath("bucket", "large"), bytes);
            store.advance(Duration.ofHours(1));
            upkeep.start();
            while (upkeep.reencodingStatistics().bytesRead() == 0) {
                Thread.onSpinWait();
            }
            Future<Upkeep.Report> settled = threads.submit(() -> upkeep.settle(false));
            assertThat(settled.get(120, TimeUnit.SECONDS)).isNotNull();
            assertThat(store.read(new EntryPath("bucket", "large"))).isEqualTo(bytes);
        }
    }

    /** The journal would grow without end. */
    @Test
    @Timeout(120)
    void aRoundThatFailsKeepsNobodyFromWritingCheckpoints() throws Exception {
        try (StoreFixture store = StoreFixture.withBucket();
                Upkeep upkeep = upkeep(store)) {
            store.checkpoint();
            store.committer().commit(commit -> {
                // What an upload left that ended: a part that cannot be decoded.
                commit.put(Family.UPLOADS, new byte[] {0, 'x'}, new byte[0]);
                commit.put(Family.PARTS, new byte[] {'x', 0, 0, 0, 0, 1}, new byte[] {1});
                return true;
            });
            store.advance(Duration.ofDays(2));
            assertThatThrownBy(() -> upkeep.settle(false)).isInstanceOf(StorageException.class);
            MetadataCheckpoints checkpoints = store.metadataCheckpoints();
            assertThat(checkpoints.isDue(store.now(), Duration.ofDays(1))).isTrue();
            upkeep.start();
            while (checkpoints.isDue(store.now(), Duration.ofDays(1))) {
                Thread.onSpinWait();
            }
        }
    }
}
