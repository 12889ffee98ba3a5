package io.varve.storage.metadata;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.sealing.KeyMissingException;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The contract of metadata stores, and what lies in the store below. */
class SealedMetadataStoreTest extends MetadataStoreContract {
    private static final UUID STORE = new UUID(1, 2);
    private static final byte[] KEY = "a key".getBytes(US_ASCII);
    private static final byte[] VALUE = "a value".getBytes(US_ASCII);

    private final Sealing sealing = TestKeys.sealed();
    private final MemoryMetadataStore below = new MemoryMetadataStore();

    @Override
    MetadataStore open() throws IOException {
        return SealedMetadataStore.open(new MemoryMetadataStore(), sealing, STORE);
    }

    @Test
    void valuesAreSealedAndKeysCountersAndNothingAreNot() throws IOException {
        MetadataStore sealed = SealedMetadataStore.open(below, sealing, STORE);
        sealed.apply(new Batch()
                .put(Family.NOW, KEY, VALUE)
                .put(Family.CANDIDATES, KEY, new byte[0])
                .add(Family.COUNTS, KEY, 7));
        assertThat(sealed.get(Family.NOW, KEY)).isEqualTo(VALUE);
        byte[] stored = Objects.requireNonNull(below.get(Family.NOW, KEY));
        assertThat(stored).hasSize(VALUE.length + 28);
        assertThat(new String(stored, US_ASCII)).doesNotContain("value");
        assertThat(below.get(Family.CANDIDATES, KEY)).isEmpty();
        assertThat(below.counter(Family.COUNTS, KEY)).isEqualTo(7);
        assertThat(sealed.counter(Family.COUNTS, KEY)).isEqualTo(7);
        assertThat(SealedMetadataStore.isSealed(below)).isTrue();
        assertThat(SealedMetadataStore.isSealed(sealed))
                .as("rows of keys are nobody's business")
                .isFalse();
        try (MetadataSnapshot snapshot = sealed.snapshot();
                Cursor system = snapshot.scan(Family.SYSTEM, new byte[0], null)) {
            assertThat(system.next()).isFalse();
            assertThat(snapshot.get(Family.NOW, KEY)).isEqualTo(VALUE);
        }
    }

    @Test
    void laterOpeningsReadWhatEarlierOnesWrote() throws IOException {
        for (int opening = 0; opening < 3; opening++) {
            MetadataStore sealed = SealedMetadataStore.open(below, sealing, STORE);
            sealed.apply(new Batch().put(Family.NOW, new byte[] {(byte) opening}, VALUE));
            for (int earlier = 0; earlier <= opening; earlier++) {
                assertThat(sealed.get(Family.NOW, new byte[] {(byte) earlier})).isEqualTo(VALUE);
            }
        }
        assertThat(below.get(Family.NOW, new byte[] {0})).isNotEqualTo(below.get(Family.NOW, new byte[] {1}));
        assertThatThrownBy(() -> SealedMetadataStore.open(below, TestKeys.sealed(), STORE))
                .isInstanceOf(KeyMissingException.class);
        assertThatThrownBy(() -> SealedMetadataStore.open(below, sealing, new UUID(3, 4)))
                .isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> SealedMetadataStore.open(below, Sealing.NONE, STORE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aValueThatWasChangedOrMovedIsDamage() throws IOException {
        MetadataStore sealed = SealedMetadataStore.open(below, sealing, STORE);
        sealed.apply(new Batch().put(Family.NOW, KEY, VALUE));
        byte[] stored = Objects.requireNonNull(below.get(Family.NOW, KEY));
        for (int bit = 0; bit < stored.length * Byte.SIZE; bit++) {
            byte[] changed = stored.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            below.apply(new Batch().put(Family.NOW, KEY, changed));
            assertThatThrownBy(() -> sealed.get(Family.NOW, KEY)).isInstanceOf(CorruptionException.class);
        }
        below.apply(new Batch().put(Family.NOW, KEY, new byte[3]));
        assertThatThrownBy(() -> sealed.get(Family.NOW, KEY)).isInstanceOf(CorruptionException.class);
        byte[] other = "another key".getBytes(US_ASCII);
        below.apply(new Batch().put(Family.NOW, other, stored).put(Family.PAST, KEY, stored));
        assertThatThrownBy(() -> sealed.get(Family.NOW, other)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> sealed.get(Family.PAST, KEY)).isInstanceOf(CorruptionException.class);
    }
}
