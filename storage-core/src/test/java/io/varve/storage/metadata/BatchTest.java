package io.varve.storage.metadata;

import static io.varve.storage.metadata.MetadataStoreContract.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchTest {
    /** The example of docs/format.md. */
    private static final String GOLDEN = """
            01 05
            42 00 05 00 00 00 07 61 03 6f 6e 65
            43 04 02 07 62 00
            82 06 00
            c5 00 02 fa ce 03
            45 02 01 01 08 ff ff ff ff ff ff ff 7f
            """;

    @Test
    void theEncodingIsTheOneInTheFormatPage() throws IOException {
        Batch batch = new Batch()
                .put(Family.NOW, new byte[] {0, 0, 0, 7, 'a'}, key("one"))
                .put(Family.PAST, new byte[] {0, 0, 0, 7, 7, 'b'}, new byte[0])
                .delete(Family.NOW, new byte[] {0, 0, 0, 7, 7, 'b'})
                .add(Family.COUNTS, new byte[] {(byte) 0xfa, (byte) 0xce}, -2)
                .put(Family.COUNTS, new byte[] {(byte) 0xfa, (byte) 0xce, 1}, Counters.encode(Long.MAX_VALUE));
        assertThat(HexFormat.ofDelimiter(" ").formatHex(batch.encode()))
                .isEqualTo(GOLDEN.strip().replace('\n', ' '));
        assertThat(changes(Batch.decode(golden()))).isEqualTo(changes(batch));
    }

    @Test
    void theEmptyBatchIsTwoBytes() throws IOException {
        assertThat(new Batch().encode()).containsExactly(1, 0);
        assertThat(Batch.decode(new byte[] {1, 0}).isEmpty()).isTrue();
    }

    @Test
    void everyBatchDecodesToItself() throws IOException {
        long seed = 7;
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            Batch batch = RandomBatches.batch(random, 30);
            byte[] encoded = batch.encode();
            assertThat(encoded.length).isLessThanOrEqualTo(batch.encodedBytesMax());
            Batch decoded = Batch.decode(encoded);
            assertThat(changes(decoded)).as("seed %d, round %d", seed, round).isEqualTo(changes(batch));
            assertThat(decoded.sizeBytes()).isEqualTo(batch.sizeBytes());
            assertThat(decoded.operations()).isEqualTo(batch.operations());
        }
    }

    @Test
    void encodesIntoAndDecodesFromPartOfABuffer() throws IOException {
        Batch batch = new Batch().put(Family.NOW, key("a"), key("1"));
        ByteBuffer buffer = ByteBuffer.allocateDirect(100);
        buffer.position(10);
        batch.encode(buffer);
        int end = buffer.position();
        assertThat(end).isEqualTo(10 + batch.encode().length);
        buffer.position(10).limit(end);
        assertThat(changes(Batch.decode(buffer))).isEqualTo(changes(batch));
        assertThat(buffer.hasRemaining()).isFalse();
        assertThatThrownBy(() -> batch.encode(ByteBuffer.allocate(3))).isInstanceOf(BufferOverflowException.class);
    }

    @Test
    void everyTruncationAndExtensionIsCorruption() throws IOException {
        byte[] golden = golden();
        for (int length = 0; length < golden.length; length++) {
            ByteBuffer part = ByteBuffer.wrap(golden, 0, length);
            assertThatThrownBy(() -> Batch.decode(part))
                    .as("the first %d bytes", length)
                    .isInstanceOf(CorruptionException.class);
        }
        byte[] longer = java.util.Arrays.copyOf(golden, golden.length + 1);
        assertThatThrownBy(() -> Batch.decode(longer)).isInstanceOf(CorruptionException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "'02 00', has format 2",
        "'01 01 3f 00 01 61', names family 63",
        "'01 01 02 00 01 61', unknown kind 0",
        "'01 01 82 00 00', empty key",
        "'01 01 82 01 01 61', shared key bytes",
        "'01 01 c2 00 01 61 02', holds no counters",
        "'01 01 45 00 01 61 01 00', counter of 1 bytes",
        "'01 01 42 00 01 61 05 00', value bytes",
        "'01 01 82 00 ff ff ff ff 07', key bytes",
        "'01 ff ff ff ff ff ff ff ff ff 01', changes",
        "'01 01 c5 00 01 61 ff ff ff ff ff ff ff ff ff ff ff', more than 10 bytes",
        "'01 00 00', followed by 1 bytes",
        "'01 01 82 00', ends too early",
    })
    void saysWhatIsWrongWithIt(String hex, String message) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        assertThatThrownBy(() -> Batch.decode(bytes))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(message);
    }

    @Test
    void randomBytesAndFlippedBytesAreABatchOrCorruption() throws IOException {
        long seed = 99;
        Random random = new Random(seed);
        int decoded = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes;
            if (round % 2 == 0) {
                bytes = RandomBatches.batch(random, 10).encode();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            } else {
                bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                if (bytes.length > 0) {
                    bytes[0] = 1;
                }
            }
            try {
                Batch batch = Batch.decode(bytes);
                assertThat(changes(Batch.decode(batch.encode())))
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(changes(batch));
                decoded++;
            } catch (CorruptionException expected) {
                assertThat(expected).hasMessageStartingWith("A metadata batch ");
            }
        }
        assertThat(decoded).as("flips inside values decode").isBetween(1000, 19_000);
    }

    @Test
    void fewBytesCannotStandForManyMoreThanABatchHolds() {
        // Every change takes 3 bytes and repeats a key of 8,192.
        int changes = 10_000;
        ByteBuffer bomb = ByteBuffer.allocate(20 + Batch.KEY_BYTES_MAX + 4 * changes);
        bomb.put(new byte[] {1, (byte) ((changes & 0x7f) | 0x80), (byte) (changes >> 7)});
        bomb.put(new byte[] {(byte) 0x82, 0, (byte) 0x80, 0x40}).put(new byte[Batch.KEY_BYTES_MAX]);
        for (int i = 1; i < changes; i++) {
            bomb.put(new byte[] {(byte) 0x82, (byte) 0x80, 0x40, 0});
        }
        assertThatThrownBy(() -> Batch.decode(bomb.flip()))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("more than 67108864 bytes");
    }

    @Test
    void refusesWhatCannotBeStored() {
        Batch batch = new Batch();
        assertThatIllegalArgumentException().isThrownBy(() -> batch.put(Family.NOW, new byte[0], key("v")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> batch.delete(Family.NOW, new byte[Batch.KEY_BYTES_MAX + 1]));
        assertThatIllegalArgumentException().isThrownBy(() -> batch.add(Family.NOW, key("k"), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> batch.put(Family.COUNTS, key("k"), new byte[7]));
        byte[] large = new byte[Batch.BYTES_MAX / 2];
        batch.put(Family.NOW, key("k"), large);
        assertThatIllegalStateException().isThrownBy(() -> batch.put(Family.NOW, key("l"), large));
        assertThat(batch.operations()).isEqualTo(1);
        assertThat(batch.sizeBytes()).isEqualTo(1 + large.length);
    }

    private static byte[] golden() {
        return HexFormat.ofDelimiter(" ").parseHex(GOLDEN.strip().replace('\n', ' '));
    }

    /** Returns the changes as text, so that they can be compared. */
    static List<String> changes(Batch batch) throws IOException {
        List<String> changes = new ArrayList<>();
        HexFormat hex = HexFormat.of();
        batch.forEach(new Batch.Visitor() {
            @Override
            public void put(Family family, byte[] key, byte[] value) {
                changes.add("put " + family + " " + hex.formatHex(key) + " " + hex.formatHex(value));
            }

            @Override
            public void delete(Family family, byte[] key) {
                changes.add("delete " + family + " " + hex.formatHex(key));
            }

            @Override
            public void add(Family family, byte[] key, long delta) {
                changes.add("add " + family + " " + hex.formatHex(key) + " " + delta);
            }
        });
        return changes;
    }
}
