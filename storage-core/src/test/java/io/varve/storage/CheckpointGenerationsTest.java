package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.journal.GroupVisitor;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two generations of checkpoints, and what a clean stop leaves. The fixture rebuilds its metadata at every opening. */
class CheckpointGenerationsTest {
    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private StoreFixture open() throws IOException {
        now = now.plusSeconds(60);
        return new StoreFixture(journal, segments, true, now);
    }

    private static EntryPath path(int i) {
        return new EntryPath("bucket", "file " + i);
    }

    private static byte[] content(int i) {
        return ("content of file " + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private void store(int from, int to) throws IOException {
        try (StoreFixture store = open()) {
            if (from == 0) {
                store.namespace().createBucket("bucket", "tester");
            }
            for (int i = from; i < to; i++) {
                store.put(path(i), content(i));
            }
            store.checkpoint();
        }
    }

    private void requireFiles(int count) throws IOException {
        try (StoreFixture store = open()) {
            for (int i = 0; i < count; i++) {
                assertThat(store.read(path(i))).isEqualTo(content(i));
            }
            store.requireClean();
        }
    }

    private List<String> checkpoints() throws IOException {
        return journal.list().stream().filter(name -> name.endsWith(".ckp")).toList();
    }

    @Test
    void oneRottenCheckpointCostsNothingTwoStopTheStart() throws IOException {
        store(0, 20);
        store(20, 25);
        assertThat(checkpoints()).hasSize(2);
        DeviceFiles.flipBit(journal, checkpoints().getLast(), 4_200 * Byte.SIZE);
        requireFiles(25);
        DeviceFiles.flipBit(journal, checkpoints().getLast(), 4_200 * Byte.SIZE);
        DeviceFiles.flipBit(journal, checkpoints().getFirst(), 4_200 * Byte.SIZE);
        requireFiles(25);
        DeviceFiles.flipBit(journal, checkpoints().getLast(), 4_200 * Byte.SIZE);
        assertThatThrownBy(this::open).isInstanceOf(CorruptionException.class).hasMessageContaining("checkpoint");
    }

    @Test
    void aRottenOlderOneDoesNotCountAsCover() throws IOException {
        store(0, 20);
        store(20, 25);
        try (StoreFixture store = open()) {
            store.put(path(25), content(25));
            DeviceFiles.flipBit(journal, checkpoints().getFirst(), 4_200 * Byte.SIZE);
            DeviceFiles.flipBit(journal, checkpoints().getLast(), 4_200 * Byte.SIZE);
            store.checkpoint();
        }
        assertThat(checkpoints()).as("two new ones").hasSize(2);
        DeviceFiles.flipBit(journal, checkpoints().getLast(), 4_200 * Byte.SIZE);
        requireFiles(26);
    }

    @Test
    void theJournalThatTheOlderNeedsIsBounded() throws IOException {
        store(0, 2_000);
        store(2_000, 4_000);
        long checkpoint = journal.size(checkpoints().getLast());
        long all = 0;
        for (String name : journal.list()) {
            all += journal.size(name);
        }
        assertThat(all).isLessThanOrEqualTo(3 * checkpoint + (64 << 10));
        requireFiles(4_000);
    }

    @Test
    void aCleanStopLeavesNoGroupInDoubt() throws IOException {
        try (StoreFixture store = open()) {
            store.namespace().createBucket("bucket", "tester");
            store.put(path(0), content(0));
        }
        List<Boolean> doubts = new ArrayList<>();
        try (Journal read = Journal.open(journal, StoreFixture.STORE, JournalOptions.defaults(), Sealing.NONE)) {
            read.replay(0, (group, inDoubt) -> {
                doubts.add(inDoubt);
                return GroupVisitor.Verdict.KEEP;
            });
        }
        assertThat(doubts).isNotEmpty().doesNotContain(true);
    }
}
