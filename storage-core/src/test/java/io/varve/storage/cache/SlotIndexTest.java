package io.varve.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlotIndexTest {
    @Test
    void aWordSaysWhereAnEntryLies() {
        long word = Slot.of(12_345, (16 << 20) - 4096, 4096, 3, true);
        assertThat(Slot.segment(word)).isEqualTo(12_345);
        assertThat(Slot.offset(word)).isEqualTo((16 << 20) - 4096);
        assertThat(Slot.bytesToRead(word)).isEqualTo(4096);
        assertThat(Slot.uses(word)).isEqualTo(3);
        assertThat(Slot.expires(word)).isTrue();
        assertThat(Slot.pinned(word)).isFalse();
        assertThat(Slot.samePlace(word, Slot.withPinned(Slot.withUses(word, 0), true)))
                .isTrue();
        assertThat(Slot.bytesToRead(Slot.of(0, 4080, 32, 0, false))).isEqualTo(8192);
        assertThat(Slot.bytesToRead(Slot.of(0, 0, 16 << 20, 0, false))).isEqualTo(16 << 20);
    }

    @Test
    void agreesWithAMapWhileEntriesComeAndGo() {
        SlotIndex index = new SlotIndex();
        Map<Long, Long> model = new HashMap<>();
        Random random = new Random(5);
        for (int step = 0; step < 60_000; step++) {
            // Few different beginnings, so that homes collide and runs wrap around.
            long hash = (long) random.nextInt(4) << 58
                    | (random.nextInt(4) == 0 ? 0x3FFFFFFFFFFFFFFL : 0) - random.nextInt(3000);
            long word = Slot.of(random.nextInt(100), random.nextInt(1000) * 16, 100, 0, false);
            if (random.nextInt(3) > 0) {
                Long before = model.put(hash, word);
                assertThat(index.put(hash, word)).isEqualTo(before == null ? Slot.NONE : before);
            } else {
                Long before = model.remove(hash);
                assertThat(index.remove(hash, Slot.NONE)).isEqualTo(before == null ? Slot.NONE : before);
            }
        }
        assertThat(index.size()).isEqualTo(model.size());
        model.forEach((hash, word) -> assertThat(index.get(hash)).isEqualTo(word));
    }

    @Test
    void anEntryTakesLessThan24Bytes() {
        SlotIndex index = new SlotIndex();
        Random random = new Random(6);
        for (int entries = 1; entries <= 200_000; entries++) {
            index.put(random.nextLong(), Slot.of(1, 4096, 100, 0, false));
            if (entries >= 100_000 && entries % 5_000 == 0) {
                assertThat((double) index.bytes() / entries).isLessThan(24);
            }
        }
    }

    @Test
    void recoveryTakesTheNewestAndForgetsWhatWasDeleted() {
        SlotIndex index = new SlotIndex();
        long first = Slot.of(1, 4096, 100, 0, false);
        long second = Slot.of(2, 4096, 100, 0, false);
        index.recover(1, second, 9);
        index.recover(1, first, 4);
        index.recover(2, first, 4);
        index.recover(2, Slot.tombstone(), 5);
        index.recover(3, Slot.tombstone(), 4);
        index.recover(3, first, 5);
        index.recover(4, first, 5);
        index.recover(4, Slot.tombstone(), 5);
        index.recovered();
        assertThat(index.get(1)).isEqualTo(second);
        assertThat(index.get(2)).isEqualTo(Slot.NONE);
        assertThat(index.get(3)).isEqualTo(first);
        assertThat(index.get(4)).isEqualTo(Slot.NONE);
        assertThat(index.size()).isEqualTo(2);
    }
}
