package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentReadTest extends SegmentFixture {
    @Test
    void neighboursAreReadInOnePieceInAnyOrder() throws IOException {
        try (SegmentStore store = open()) {
            List<Stored> stored = append(store, 3_000, 5_000, 10, 7_000, 2_000, 9_000);
            store.flush();
            Collections.shuffle(stored, random);
            long before = faults.reads();
            Samples.assertReadTogether(store, stored);
            assertThat(faults.reads() - before).isOne();
            assertThat(store.statistics().readBufferBytes()).isZero();
        }
    }

    @Test
    void aLoneReadTakesOnlyItsOwnBlocks() throws IOException {
        try (SegmentStore store = open()) {
            Stored middle = append(store, 9_000, 3_000, 9_000).get(1);
            store.flush();
            middle.assertReadFrom(store);
            assertThat(store.statistics().bytesRead()).isEqualTo(BlockDevice.BLOCK);
            assertThat(store.statistics().reads()).isOne();
        }
    }

    @Test
    void aFailedReadOfAPieceIsTriedAgainRecordByRecord() throws IOException {
        List<Stored> stored;
        try (SegmentStore store = open()) {
            stored = append(store, 5_000, 5_000, 5_000, 5_000);
        }
        try (SegmentStore store = open()) {
            faults.failRead(1);
            Samples.assertReadTogether(store, stored);
            assertThat(store.statistics().reads()).isEqualTo(5);
        }
    }

    @Test
    void aDamagedRecordDoesNotHideTheOthersOfItsBatch() throws IOException {
        List<Stored> stored;
        try (SegmentStore store = open()) {
            stored = append(store, 5_000, 5_000, 5_000, 5_000);
        }
        int damagedAt = stored.get(1).address().offset();
        DeviceFiles.flipBit(disk, "00000000.seg", (damagedAt + 100L) * Byte.SIZE);
        try (SegmentStore store = open()) {
            List<ChunkRead> reads =
                    store.readMany(stored.stream().map(Stored::location).toList());
            for (int i = 0; i < reads.size(); i++) {
                switch (reads.get(i)) {
                    case StoredChunk chunk -> {
                        stored.get(i).assertIs(chunk);
                        chunk.close();
                    }
                    case UnreadableChunk unreadable -> {
                        assertThat(i).isOne();
                        assertThat(unreadable.cause())
                                .isInstanceOf(CorruptionException.class)
                                .hasMessageContaining("00000000.seg at " + damagedAt);
                    }
                }
            }
            assertThat(store.statistics().unreadableRecords()).isOne();
            assertThat(store.statistics().readBufferBytes()).isZero();
        }
    }

    @Test
    void refusesAnotherChunkAtTheAddress() throws IOException {
        try (SegmentStore store = open()) {
            SegmentAddress address = append(store, 100).getFirst().address();
            Fingerprint other = Fingerprint.of(ByteBuffer.allocate(1));
            assertThatThrownBy(() -> store.read(address, other)).isInstanceOf(CorruptionException.class);
        }
    }

    @Test
    void refusesAddressesThatNoRecordHas() throws IOException {
        try (SegmentStore store = open()) {
            Stored stored = append(store, 100).getFirst();
            Fingerprint fingerprint = stored.sample().chunk().fingerprint();
            store.flush();
            int offset = stored.address().offset();
            for (SegmentAddress wrong : List.of(
                    new SegmentAddress(0, offset + 1, 100),
                    new SegmentAddress(0, offset, 99),
                    new SegmentAddress(0, offset, 60 << 10),
                    new SegmentAddress(0, Integer.MAX_VALUE, 100),
                    new SegmentAddress(0, offset, Integer.MAX_VALUE))) {
                assertThatThrownBy(() -> store.read(wrong, fingerprint)).isInstanceOf(CorruptionException.class);
            }
            assertThat(store.statistics().readBufferBytes()).isZero();
        }
    }

    @Test
    void readersWaitForMemoryAndFailInTime() throws IOException {
        SegmentOptions impatient =
                new SegmentOptions(128 << 10, 40 << 10, 16 << 10, 2, 64 << 10, 4, Duration.ofMillis(20));
        try (SegmentStore store = SegmentStore.open(directory, STORE, impatient)) {
            Stored stored = append(store, 40 << 10).getFirst();
            Fingerprint fingerprint = stored.sample().chunk().fingerprint();
            try (StoredChunk first = store.read(stored.address(), fingerprint)) {
                stored.assertIs(first);
                assertThatThrownBy(() -> store.read(stored.address(), fingerprint))
                        .hasMessageContaining("65536 bytes for reads are in use");
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> store.read(stored.address(), fingerprint))
                        .isInstanceOf(InterruptedIOException.class);
                assertThat(Thread.interrupted()).isTrue();
            }
            stored.assertReadFrom(store);
        }
    }

    @Test
    void keepsOnlySoManyFilesOpen() throws IOException {
        List<Stored> stored = new ArrayList<>();
        try (SegmentStore store = open()) {
            for (int i = 0; i < 10; i++) {
                stored.addAll(append(store, 1_000));
                store.seal();
            }
            for (int round = 0; round < 2; round++) {
                for (Stored one : stored) {
                    one.assertReadFrom(store);
                    assertThat(store.statistics().openFiles()).isLessThanOrEqualTo(SMALL.openFiles());
                }
            }
        }
    }
}
