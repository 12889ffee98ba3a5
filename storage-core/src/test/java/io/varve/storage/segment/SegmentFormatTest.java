package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.segment.Samples.Sample;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The bytes of {@code docs/format.md}, "Segments", and what becomes of other bytes. */
class SegmentFormatTest {

    private static final String FILE = "00000000.seg";
    private static final String GOLDEN = "segment-1.hex";

    private static Sample sample(String text) {
        ByteBuffer payload = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        ChunkRecord chunk = new ChunkRecord(
                Fingerprint.of(payload), payload.remaining(), 2, ChunkRecord.MANIFEST_PAGE, Checksums.xxh3(payload));
        return new Sample(chunk, payload.asReadOnlyBuffer());
    }

    @Test
    void writesTheGoldenSegment() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        try (SegmentStore store = SegmentStore.open(disk, STORE, SMALL);
                SegmentLease lease = store.lease()) {
            sample("A varve is one year's layer of sediment.").appendTo(lease);
            sample("").appendTo(lease);
            store.flush();
            sample("Next group.").appendTo(lease);
        }
        assertThat(DeviceFiles.dump(DeviceFiles.read(disk, FILE)))
                .isEqualTo(DeviceFiles.golden(SegmentFormatTest.class, GOLDEN));
    }

    @Test
    void readsTheGoldenSegment() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        DeviceFiles.write(disk, FILE, DeviceFiles.parse(DeviceFiles.golden(SegmentFormatTest.class, GOLDEN)));
        try (SegmentStore store = SegmentStore.open(disk, STORE, SMALL)) {
            Sample first = sample("A varve is one year's layer of sediment.");
            Sample last = sample("Next group.");
            new Stored(first, new SegmentAddress(0, 4_096, 40)).assertReadFrom(store);
            new Stored(sample(""), new SegmentAddress(0, 4_200, 0)).assertReadFrom(store);
            new Stored(last, new SegmentAddress(0, 8_192, 11)).assertReadFrom(store);
            assertThat(first.chunk().isManifestPage()).isTrue();
        }
    }

    @Test
    void anAddressHasItsGoldenBytes() throws IOException {
        SegmentAddress address = new SegmentAddress(0x01020304, 0x11121314, 0x21222324);
        ByteBuffer bytes = ByteBuffer.allocate(SegmentAddress.BYTES);
        address.write(bytes);
        assertThat(HexFormat.of().formatHex(bytes.array())).isEqualTo("040302011413121124232221");
        assertThat(SegmentAddress.read(bytes.flip())).isEqualTo(address);
        assertThat(bytes.hasRemaining()).isFalse();
    }

    @Test
    void bytesThatAreNoAddressAreCorruption() {
        long seed = 5;
        Random random = new Random(seed);
        int addresses = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = new byte[random.nextInt(16)];
            random.nextBytes(bytes);
            try {
                SegmentAddress address = SegmentAddress.read(ByteBuffer.wrap(bytes));
                ByteBuffer again = ByteBuffer.allocate(SegmentAddress.BYTES);
                address.write(again);
                assertThat(again.flip()).isEqualTo(ByteBuffer.wrap(bytes, 0, SegmentAddress.BYTES));
                addresses++;
            } catch (CorruptionException e) {
                assertThat(e).hasMessageContaining("segment address");
            }
        }
        assertThat(addresses).as("seed %d", seed).isPositive();
    }

    @Test
    void addressesSortAsTheyLieOnDisk() {
        SegmentAddress address = new SegmentAddress(1, 5_000, 10);
        assertThat(address)
                .isLessThan(new SegmentAddress(2, 4_096, 0))
                .isLessThan(new SegmentAddress(1, 5_001, 0))
                .isLessThan(new SegmentAddress(1, 5_000, 11))
                .hasToString("00000001.seg at 5000 (10 bytes)");
        assertThatThrownBy(() -> new SegmentAddress(0, 4_095, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anyOtherByteOrPlaceIsNoHeader() {
        RecordFormat format = new RecordFormat(STORE);
        RecordHeader header = new RecordHeader(sample("x").chunk(), 7, 42);
        ByteBuffer bytes = format.encode(3, 5_000, header);
        assertThat(format.decode(3, 5_000, bytes)).contains(header);
        assertThat(format.decode(4, 5_000, bytes)).isEmpty();
        assertThat(format.decode(3, 5_001, bytes)).isEmpty();
        assertThat(new RecordFormat(new UUID(1, 2)).decode(3, 5_000, bytes)).isEmpty();
        for (int bit = 0; bit < RecordFormat.HEADER_BYTES * Byte.SIZE; bit++) {
            byte[] damaged = new byte[RecordFormat.HEADER_BYTES];
            bytes.get(0, damaged);
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThat(format.decode(3, 5_000, ByteBuffer.wrap(damaged))).isEmpty();
        }
        for (int length = 0; length < RecordFormat.HEADER_BYTES; length++) {
            assertThat(format.decode(3, 5_000, bytes.slice(0, length))).isEqualTo(Optional.empty());
        }
    }
}
