package io.varve.storage.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {
    private static final int HEADER_BYTES = 3;
    private static final int MEMBER_BYTES = 44;

    @ParameterizedTest
    @EnumSource(Edits.Kind.class)
    void whatGoesInComesOut(Edits.Kind kind) throws CorruptionException {
        long seed = 1492;
        Random random = new Random(seed);
        FrameBuilder builder = new FrameBuilder();
        for (int round = 0; round < 15; round++) {
            List<byte[]> chunks = new ArrayList<>();
            int length = 1 + random.nextInt(1 << 18);
            while (builder.fits(length) && chunks.size() < 60) {
                byte[] chunk = kind.make(random, length);
                builder.add(fingerprint(chunks.size()), chunks.size() * 31L, chunk);
                chunks.add(chunk);
                length = 1 + random.nextInt(1 << random.nextInt(19));
            }
            assertThat(builder.members()).isEqualTo(chunks.size());
            assertHolds(Frame.read(builder.encode()), chunks, "seed " + seed + ", round " + round);
        }
    }

    private static void assertHolds(Frame frame, List<byte[]> chunks, String as) throws CorruptionException {
        assertThat(frame.members()).as(as).hasSize(chunks.size());
        byte[] all = frame.decode();
        assertThat(all).as(as).hasSize(frame.plainBytes());
        for (int i = 0; i < chunks.size(); i++) {
            Frame.Member member = frame.members().get(i);
            assertThat(member.fingerprint()).as(as).isEqualTo(fingerprint(i));
            assertThat(member.plainXxh3()).as(as).isEqualTo(i * 31L);
            assertThat(member.length()).as(as).isEqualTo(chunks.get(i).length);
            assertThat(Arrays.copyOfRange(all, member.offset(), member.offset() + member.length()))
                    .as(as)
                    .isEqualTo(chunks.get(i));
            assertThat(frame.decode(i)).as(as).isEqualTo(chunks.get(i));
        }
    }

    private static ByteBuffer fingerprint(int number) {
        return ByteBuffer.allocate(32).putInt(28, number);
    }

    @Test
    void aFrameTakesAllItMay() throws CorruptionException {
        FrameBuilder builder = new FrameBuilder();
        List<byte[]> chunks = new ArrayList<>();
        byte[] chunk = Edits.Kind.TEXT.make(new Random(1), Frame.PLAIN_BYTES_MAX / Frame.MEMBERS_MAX);
        while (builder.fits(chunk.length)) {
            builder.add(fingerprint(chunks.size()), chunks.size() * 31L, chunk);
            chunks.add(chunk);
        }
        assertThat(chunks).hasSize(Frame.MEMBERS_MAX);
        Frame frame = Frame.read(builder.encode());
        assertThat(frame.plainBytes()).isEqualTo(Frame.PLAIN_BYTES_MAX);
        assertHolds(frame, chunks, "full");

        byte[] single = Edits.Kind.RANDOM.make(new Random(2), Frame.PLAIN_BYTES_MAX);
        builder.add(fingerprint(0), 0, single);
        assertHolds(Frame.read(builder.encode()), List.of(single), "one member");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        FrameBuilder builder = new FrameBuilder();
        builder.add(fingerprint(0), 0, new byte[Frame.PLAIN_BYTES_MAX - 1]);

        assertThat(builder.fits(1)).isTrue();
        assertThat(builder.fits(2)).isFalse();
        assertThat(builder.fits(0)).isFalse();
        assertThatThrownBy(() -> builder.add(fingerprint(1), 0, new byte[2]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FrameBuilder().encode()).isInstanceOf(IllegalStateException.class);

        FrameBuilder many = new FrameBuilder();
        for (int i = 0; i < Frame.MEMBERS_MAX; i++) {
            many.add(fingerprint(i), 0, new byte[1]);
        }
        assertThat(many.fits(1)).isFalse();
    }

    /** The directory is what {@code docs/format.md} says; the block is whatever this version's compressor makes of it. */
    @Test
    void theDirectoryIsAsDescribed() {
        FrameBuilder builder = new FrameBuilder();
        ByteBuffer fingerprint = ByteBuffer.allocate(32);
        for (byte i = 0; i < 32; i++) {
            fingerprint.put(i, i);
        }
        builder.add(fingerprint, 0x1122334455667788L, new byte[0x10203]);
        byte[] directory = new byte[HEADER_BYTES + MEMBER_BYTES + 4];
        builder.encode().get(directory);

        assertThat(HexFormat.of().formatHex(directory))
                .isEqualTo("010100" + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                        + "8877665544332211" + "03020100" + "28b52ffd");
    }

    @Test
    void everyKindOfBufferIsRead() throws CorruptionException {
        ByteBuffer encoded = example();
        ByteBuffer heap = ByteBuffer.allocate(encoded.remaining() + 9).position(5);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.capacity()).position(5);
        byte[] plain = Frame.read(encoded).decode();
        for (ByteBuffer whole : List.of(heap, direct)) {
            whole.put(encoded.duplicate()).limit(whole.position()).position(5);
            for (ByteBuffer part : List.of(whole, whole.asReadOnlyBuffer())) {
                assertThat(Frame.read(part).decode()).isEqualTo(plain);
                assertThat(part.position()).isEqualTo(5);
            }
        }
    }

    @Test
    void aFingerprintCanBeReadMoreThanOnce() throws CorruptionException {
        Frame.Member member = Frame.read(example()).members().get(2);
        member.fingerprint().getLong();

        assertThat(member.fingerprint()).isEqualTo(fingerprint(2));
        assertThat(member.fingerprint().isReadOnly()).isTrue();
    }

    private static ByteBuffer example() {
        Random random = new Random(42);
        FrameBuilder builder = new FrameBuilder();
        for (int i = 0; i < 5; i++) {
            builder.add(fingerprint(i), i, Edits.Kind.TEXT.make(random, 5000));
        }
        return builder.encode();
    }

    @Test
    void damagedBytesAreNeverAnythingButCorruption() {
        long seed = 4711;
        Random random = new Random(seed);
        ByteBuffer encoded = example();
        int directoryBytes = HEADER_BYTES + 5 * MEMBER_BYTES;
        for (int round = 0; round < 4000; round++) {
            byte[] damaged = new byte[encoded.remaining()];
            encoded.get(encoded.position(), damaged);
            int range = random.nextBoolean() ? directoryBytes : damaged.length;
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(range)] ^= (byte) (1 << random.nextInt(8));
            }
            int bytes = random.nextInt(3) == 0 ? random.nextInt(damaged.length + 1) : damaged.length;
            decodesOrIsCorrupt(ByteBuffer.wrap(damaged, 0, bytes), seed, round);
        }
    }

    @Test
    void randomBytesAreNeverAnythingButCorruption() {
        long seed = 815;
        Random random = new Random(seed);
        for (int round = 0; round < 5000; round++) {
            int count = random.nextInt(4);
            ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + count * MEMBER_BYTES + random.nextInt(300))
                    .order(ByteOrder.LITTLE_ENDIAN);
            random.nextBytes(bytes.array());
            bytes.put(0, (byte) 1).putShort(1, (short) count);
            for (int i = 0; i < count; i++) {
                bytes.putInt(HEADER_BYTES + i * MEMBER_BYTES + 40, random.nextInt(5000));
            }
            int block = HEADER_BYTES + count * MEMBER_BYTES;
            if (bytes.capacity() - block > 4) {
                // The magic number, so that the decoder gets past its first check.
                bytes.putInt(block, 0xFD2FB528);
            }
            decodesOrIsCorrupt(bytes, seed, round);
        }
    }

    private static void decodesOrIsCorrupt(ByteBuffer bytes, long seed, int round) {
        try {
            Frame frame = Frame.read(bytes);
            int index = round % frame.members().size();
            assertThat(frame.decode(index))
                    .as("seed %d, round %d", seed, round)
                    .hasSize(frame.members().get(index).length());
            assertThat(frame.decode()).as("seed %d, round %d", seed, round).hasSize(frame.plainBytes());
        } catch (CorruptionException expected) {
            assertThat(expected).as("seed %d, round %d", seed, round).hasMessageContaining("frame");
        }
    }

    /** A length is believed up to the limit only, however many members share it. */
    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 20) - 4999})
    void lengthsBeyondTheLimitAreCorruption(int length) {
        ByteBuffer encoded = example().order(ByteOrder.LITTLE_ENDIAN);
        encoded.putInt(HEADER_BYTES + MEMBER_BYTES + 40, length);

        assertThatThrownBy(() -> Frame.read(encoded)).isInstanceOf(CorruptionException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 6, 1025, 65535})
    void countsThatCannotBeAreCorruption(int count) {
        ByteBuffer encoded = example().order(ByteOrder.LITTLE_ENDIAN);
        encoded.putShort(1, (short) count).limit(HEADER_BYTES + 5 * MEMBER_BYTES + 10);

        assertThatThrownBy(() -> Frame.read(encoded)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void aDirectoryThatPromisesMoreThanComesOutIsCorruption() throws CorruptionException {
        ByteBuffer encoded = example().order(ByteOrder.LITTLE_ENDIAN);
        encoded.putInt(HEADER_BYTES + 4 * MEMBER_BYTES + 40, 5001);
        Frame frame = Frame.read(encoded);

        assertThatThrownBy(frame::decode).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> frame.decode(4)).isInstanceOf(CorruptionException.class);
        assertThat(frame.decode(3)).hasSize(5000);
    }

    @Test
    void placesOutsideTheFrameAreRefused() throws CorruptionException {
        Frame frame = Frame.read(example());

        assertThatThrownBy(() -> frame.decode(5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> frame.decode(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
