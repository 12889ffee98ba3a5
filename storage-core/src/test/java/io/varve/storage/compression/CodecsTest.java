package io.varve.storage.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CodecsTest {
    private static final byte[] TEXT = "Every layer of sediment is one year, and every version is one thin layer.\n"
            .repeat(300)
            .getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @EnumSource(Codec.class)
    void whatGoesInComesOut(Codec codec) throws CorruptionException {
        Encoded encoded = Codecs.encode(TEXT, 5, TEXT.length - 5, codec);
        assertThat(encoded.codec()).isEqualTo(codec);
        byte[] plain = Codecs.decode(codec.id(), encoded.bytes(), TEXT.length - 5);
        assertThat(ByteBuffer.wrap(plain)).isEqualTo(ByteBuffer.wrap(TEXT, 5, TEXT.length - 5));
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void directBuffersDecodeToo(Codec codec) throws CorruptionException {
        ByteBuffer encoded = Codecs.encode(TEXT, 0, TEXT.length, codec).bytes();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(encoded.remaining()).put(encoded).flip();
        assertThat(Codecs.decode(codec.id(), direct, TEXT.length)).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void whatDoesNotGetSmallerIsStoredAsItIs(Codec codec) {
        byte[] random = new byte[10_000];
        new Random(1).nextBytes(random);
        assertThat(Codecs.encode(random, 0, random.length, codec).codec()).isEqualTo(Codec.RAW);
    }

    @ParameterizedTest
    @EnumSource(CompressionAdvice.class)
    void everyAdviceGivesTheBytesBack(CompressionAdvice advice) throws CorruptionException {
        Random random = new Random(7);
        for (int length : new int[] {0, 1, 63, 64, 100, 4096, 20_000}) {
            byte[] plain = new byte[length];
            random.nextBytes(plain);
            System.arraycopy(TEXT, 0, plain, 0, Math.min(length / 2, TEXT.length));
            Encoded encoded = Codecs.encode(plain, 0, length, advice);
            assertThat(Codecs.decode(encoded.codec().id(), encoded.bytes(), length))
                    .isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void damagedBytesAreNeverAnythingButCorruption(Codec codec) {
        long seed = 4711;
        Random random = new Random(seed);
        ByteBuffer encoded = Codecs.encode(TEXT, 0, TEXT.length, codec).bytes();
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = new byte[encoded.remaining()];
            encoded.get(encoded.position(), damaged);
            for (int flips = random.nextInt(4) + 1; flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            ByteBuffer cut = ByteBuffer.wrap(damaged, 0, random.nextInt(damaged.length) + 1);
            try {
                assertThat(Codecs.decode(codec.id(), cut, TEXT.length)).hasSize(TEXT.length);
            } catch (CorruptionException expected) {
                assertThat(expected).as("seed %d, round %d", seed, i).hasMessageContaining("chunk");
            }
        }
    }

    @Test
    void anUnknownCodecIsCorruption() {
        assertThatThrownBy(() -> Codecs.decode(7, ByteBuffer.allocate(1), 1)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void bytesWinOverNamesAndNamesOverTypes() {
        byte[] gzip = {0x1f, (byte) 0x8b, 8, 0};
        byte[] plain = "hello world".getBytes(StandardCharsets.UTF_8);
        assertThat(CompressionAdvice.of("text/plain", "a.txt", gzip, 0, 4)).isEqualTo(CompressionAdvice.INCOMPRESSIBLE);
        assertThat(CompressionAdvice.of("video/mp4", "a.txt", plain, 0, 11)).isEqualTo(CompressionAdvice.TEXT);
        assertThat(CompressionAdvice.of("text/html; charset=utf-8", "x", plain, 0, 11))
                .isEqualTo(CompressionAdvice.TEXT);
        assertThat(CompressionAdvice.of("", "x", plain, 0, 11)).isEqualTo(CompressionAdvice.UNKNOWN);
    }
}
