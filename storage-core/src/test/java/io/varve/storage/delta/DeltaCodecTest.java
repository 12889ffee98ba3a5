package io.varve.storage.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDictTrainer;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeltaCodecTest {

    @ParameterizedTest
    @EnumSource(Edits.Kind.class)
    void whatGoesInComesOut(Edits.Kind kind) throws CorruptionException {
        long seed = 1977;
        Random random = new Random(seed);
        for (int round = 0; round < 150; round++) {
            byte[] base = kind.make(random, 1 + random.nextInt(1 << random.nextInt(18)));
            byte[] stream = Edits.edit(base, random.nextInt(40), kind, random);
            int offset = random.nextInt(stream.length + 1);
            int length = random.nextInt(stream.length - offset + 1);
            // So much is never exceeded: every delta pays.
            int storedBytes = 2 * length + 200;
            ByteBuffer delta =
                    DeltaCodec.encode(stream, offset, length, base, storedBytes).orElseThrow();
            assertThat(DeltaCodec.decode(delta, base, length))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(Arrays.copyOfRange(stream, offset, offset + length));
        }
    }

    /** Every chunk length, up to the longest, must find what it has in common with its base at any distance. */
    @ParameterizedTest
    @ValueSource(ints = {16 << 10, 64 << 10, 256 << 10, 1 << 20, (1 << 20) + 1, 4 << 20, 16 << 20})
    void smallEditsMakeSmallDeltas(int length) throws CorruptionException {
        Random random = new Random(length);
        byte[] base = Edits.Kind.RANDOM.make(random, length);
        byte[] target = base.clone();
        for (int i = 0; i < 10; i++) {
            target[random.nextInt(length)]++;
        }
        // The halves change places, so that what is alike lies far apart.
        byte[] swapped = new byte[length];
        System.arraycopy(target, length / 2, swapped, 0, length - length / 2);
        System.arraycopy(target, 0, swapped, length - length / 2, length / 2);

        ByteBuffer delta = DeltaCodec.encode(swapped, 0, length, base, length).orElseThrow();

        assertThat(delta.remaining()).isLessThan(Math.max(500, length / 1000));
        assertThat(DeltaCodec.decode(delta, base, length)).isEqualTo(swapped);
    }

    @Test
    void whatDoesNotPayIsRefused() {
        Random random = new Random(5);
        byte[] base = Edits.Kind.RANDOM.make(random, 50_000);
        byte[] edited = Edits.edit(base, 20, Edits.Kind.RANDOM, random);
        byte[] other = Edits.Kind.RANDOM.make(random, 50_000);
        int bytes = DeltaCodec.encode(edited, 0, edited.length, base, edited.length)
                .orElseThrow()
                .remaining();

        assertThat(DeltaCodec.encode(other, 0, other.length, base, other.length))
                .as("nothing in common")
                .isEmpty();
        assertThat(DeltaCodec.encode(edited, 0, edited.length, base, bytes * 100 / 85))
                .as("85 %")
                .isPresent();
        assertThat(DeltaCodec.encode(edited, 0, edited.length, base, bytes * 100 / 91))
                .as("91 %")
                .isEmpty();
        assertThat(DeltaCodec.encode(edited, 0, edited.length, base, 0))
                .as("smaller than nothing")
                .isEmpty();
    }

    /** Nothing of a dictionary's meaning is looked for in a user's bytes, even if they are one. */
    @Test
    void aDictionaryIsABaseLikeAnyOther() throws CorruptionException {
        Random random = new Random(11);
        ZstdDictTrainer trainer = new ZstdDictTrainer(1 << 20, 20_000);
        for (int i = 0; i < 1000; i++) {
            trainer.addSample(Edits.Kind.TEXT.make(random, 800));
        }
        byte[] dictionary = trainer.trainSamples();
        assertThat(Zstd.getDictIdFromDict(dictionary)).as("it is a real one").isNotZero();
        byte[] forged = dictionary.clone();
        Arrays.fill(forged, 8, 200, (byte) 0xFF);

        for (byte[] base : List.of(dictionary, forged)) {
            byte[] target = Edits.edit(base, 5, Edits.Kind.TEXT, random);
            ByteBuffer delta =
                    DeltaCodec.encode(target, 0, target.length, base, 5000).orElseThrow();
            assertThat(DeltaCodec.decode(delta, base, target.length)).isEqualTo(target);
        }
    }

    @Test
    void everyKindOfBufferDecodesAndKeepsItsPosition() throws CorruptionException {
        Random random = new Random(2);
        byte[] base = Edits.Kind.TEXT.make(random, 30_000);
        byte[] target = Edits.edit(base, 9, Edits.Kind.TEXT, random);
        ByteBuffer delta =
                DeltaCodec.encode(target, 0, target.length, base, 10_000).orElseThrow();
        ByteBuffer heap = ByteBuffer.allocate(delta.remaining() + 9).position(5);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.capacity()).position(5);
        for (ByteBuffer whole : List.of(heap, direct)) {
            whole.put(delta.duplicate()).limit(whole.position()).position(5);
            for (ByteBuffer part : List.of(whole, whole.asReadOnlyBuffer(), whole.slice())) {
                int position = part.position();
                assertThat(DeltaCodec.decode(part, base, target.length)).isEqualTo(target);
                assertThat(part.position()).isEqualTo(position);
            }
        }
    }

    /** What one version wrote, all later ones read. */
    @Test
    void storedDeltasStayReadable() throws CorruptionException {
        String line = "Every layer of sediment is one year, and every version is one thin layer.\n";
        String target = "Every layer of sediment is one day, and every version is one thick layer.\n" + line + line;
        byte[] base = line.repeat(3).getBytes(StandardCharsets.US_ASCII);
        byte[] delta = HexFormat.of().parseHex("28b52ffd20de95000028646179636b030099b0519809719a260001");

        byte[] decoded = DeltaCodec.decode(ByteBuffer.wrap(delta), base, target.length());
        assertThat(new String(decoded, StandardCharsets.US_ASCII)).isEqualTo(target);
    }

    @ParameterizedTest
    @EnumSource(Edits.Kind.class)
    void damagedBytesAreNeverAnythingButCorruption(Edits.Kind kind) {
        long seed = 4711;
        Random random = new Random(seed);
        byte[] base = kind.make(random, 20_000);
        byte[] target = Edits.edit(base, 30, kind, random);
        ByteBuffer delta =
                DeltaCodec.encode(target, 0, target.length, base, 20_000).orElseThrow();
        for (int round = 0; round < 3000; round++) {
            byte[] damaged = new byte[delta.remaining()];
            delta.get(delta.position(), damaged);
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            int bytes = random.nextInt(3) == 0 ? random.nextInt(damaged.length + 1) : damaged.length;
            byte[] other = random.nextInt(3) == 0 ? kind.make(random, random.nextInt(30_000)) : base;
            decodesOrIsCorrupt(ByteBuffer.wrap(damaged, 0, bytes), other, target.length, seed, round);
        }
    }

    @Test
    void randomBytesAndLengthsAreNeverAnythingButCorruption() {
        long seed = 815;
        Random random = new Random(seed);
        for (int round = 0; round < 5000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 4) {
                // The magic number, so that the decoder gets past its first check.
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0xFD2FB528);
            }
            byte[] base = new byte[random.nextInt(100)];
            decodesOrIsCorrupt(ByteBuffer.wrap(bytes), base, random.nextInt(3000), seed, round);
        }
    }

    private static void decodesOrIsCorrupt(ByteBuffer delta, byte[] base, int length, long seed, int round) {
        try {
            assertThat(DeltaCodec.decode(delta, base, length))
                    .as("seed %d, round %d", seed, round)
                    .hasSize(length);
        } catch (CorruptionException expected) {
            assertThat(expected).as("seed %d, round %d", seed, round).hasMessageContaining("delta");
        }
    }

    @Test
    void aWrongLengthIsCorruption() {
        byte[] base = Edits.Kind.TEXT.make(new Random(1), 10_000);
        ByteBuffer delta = DeltaCodec.encode(base, 0, 9000, base, 9000).orElseThrow();
        for (int length : new int[] {-1, 0, 8999, 9001, DeltaCodec.PLAIN_BYTES_MAX + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> DeltaCodec.decode(delta, base, length))
                    .as("length %d", length)
                    .isInstanceOf(CorruptionException.class);
        }
    }

    @Test
    void chunksThatAreTooLongAreRefused() {
        byte[] tooLong = new byte[DeltaCodec.PLAIN_BYTES_MAX + 1];

        assertThatThrownBy(() -> DeltaCodec.encode(tooLong, 0, tooLong.length, new byte[9], 9))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeltaCodec.encode(new byte[9], 0, 9, tooLong, 9))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void manyThreadsEncodeAndDecode() throws Exception {
        Random random = new Random(8);
        byte[] base = Edits.Kind.TEXT.make(random, 100_000);
        byte[] target = Edits.edit(base, 25, Edits.Kind.TEXT, random);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> decoded = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                decoded.add(threads.submit(() -> DeltaCodec.decode(
                        DeltaCodec.encode(target, 0, target.length, base, target.length)
                                .orElseThrow(),
                        base,
                        target.length)));
            }
            for (Future<byte[]> each : decoded) {
                assertThat(each.get()).isEqualTo(target);
            }
        }
    }
}
