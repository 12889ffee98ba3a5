package io.varve.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Chunks to store, and a way to see that they came back. */
final class Samples {

    static final UUID STORE = UUID.fromString("5d0b7a52-5f0e-4c1c-9d3f-0123456789ab");

    /** Small enough that a few hundred kilobytes roll over everything that can roll over. */
    static final SegmentOptions SMALL =
            new SegmentOptions(128 << 10, 60 << 10, 16 << 10, 3, 512 << 10, 4, Duration.ofSeconds(20));

    /** A chunk, its stored form being its plain form. */
    record Sample(ChunkRecord chunk, ByteBuffer payload) {

        static Sample of(byte[] bytes) {
            ByteBuffer payload = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
            Fingerprint fingerprint = Fingerprint.of(payload);
            return new Sample(new ChunkRecord(fingerprint, bytes.length, 1, 0, Checksums.xxh3(payload)), payload);
        }

        Stored appendTo(SegmentLease lease) throws IOException {
            return new Stored(this, lease.append(chunk, payload));
        }
    }

    /** A sample and where it went. */
    record Stored(Sample sample, SegmentAddress address) {

        ChunkLocation location() {
            return new ChunkLocation(sample.chunk().fingerprint(), address);
        }

        void assertReadFrom(SegmentStore store) throws IOException {
            try (StoredChunk read = store.read(address, sample.chunk().fingerprint())) {
                assertIs(read);
            }
        }

        void assertIs(StoredChunk read) {
            assertThat(read.address()).isEqualTo(address);
            assertThat(read.chunk()).isEqualTo(sample.chunk());
            assertThat(read.payload()).isEqualTo(sample.payload());
        }
    }

    private Samples() {}

    /** A small store, whose new segments are sealed or not. */
    static SegmentStore open(DeviceDirectory directory, Sealing sealing) throws IOException {
        return SegmentStore.open(SegmentPlaces.of(directory), STORE, SMALL, Optional.empty(), sealing);
    }

    /** Insists that one batch reads all of them. */
    static void assertReadTogether(SegmentStore store, List<Stored> stored) throws IOException {
        List<ChunkRead> reads =
                store.readMany(stored.stream().map(Stored::location).toList());
        for (int i = 0; i < stored.size(); i++) {
            try (StoredChunk chunk = (StoredChunk) reads.get(i)) {
                stored.get(i).assertIs(chunk);
            }
        }
    }

    static Sample random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return Sample.of(bytes);
    }
}
