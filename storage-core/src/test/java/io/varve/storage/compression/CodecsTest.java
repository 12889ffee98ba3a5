package io.varve.storage.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @EnumSource(Codec.class)
    void randomBytesAndLengthsAreNeverAnythingButCorruption(Codec codec) {
        long seed = 815;
        Random random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (codec == Codec.ZSTD && bytes.length > 4) {
                // The magic number, so that the decoder gets past its first check.
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0xFD2FB528);
            }
            int length = random.nextInt(3000);
            try {
                assertThat(Codecs.decode(codec.id(), ByteBuffer.wrap(bytes), length))
                        .hasSize(length);
            } catch (CorruptionException expected) {
                assertThat(expected).as("seed %d, round %d", seed, i).hasMessageContaining("chunk");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void aWrongLengthIsCorruption(Codec codec) {
        ByteBuffer encoded = Codecs.encode(TEXT, 0, TEXT.length, codec).bytes();
        for (int length : new int[] {-1, 0, 1, TEXT.length - 1, TEXT.length + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> Codecs.decode(codec.id(), encoded, length))
                    .as("length %d", length)
                    .isInstanceOf(CorruptionException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void bytesAfterTheEndAreCorruption(Codec codec) {
        ByteBuffer encoded = Codecs.encode(TEXT, 0, TEXT.length, codec).bytes();
        ByteBuffer longer =
                ByteBuffer.allocate(encoded.remaining() + 7).put(encoded).rewind();

        assertThatThrownBy(() -> Codecs.decode(codec.id(), longer, TEXT.length))
                .isInstanceOf(CorruptionException.class);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void readOnlyBuffersAndPartsOfThemDecodeAndKeepTheirPosition(Codec codec) throws CorruptionException {
        ByteBuffer encoded = Codecs.encode(TEXT, 0, TEXT.length, codec).bytes();
        ByteBuffer heap = ByteBuffer.allocate(encoded.remaining() + 9).position(5);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.capacity()).position(5);
        for (ByteBuffer whole : List.of(heap, direct)) {
            whole.put(encoded.duplicate()).limit(whole.position()).position(5);
            for (ByteBuffer part : List.of(whole, whole.asReadOnlyBuffer(), whole.slice())) {
                int position = part.position();
                assertThat(Codecs.decode(codec.id(), part, TEXT.length)).isEqualTo(TEXT);
                assertThat(part.position()).isEqualTo(position);
            }
        }
    }

    @Test
    void samplesDecideWhereNobodyKnows() {
        byte[] random = new byte[100_000];
        new Random(3).nextBytes(random);
        byte[] hexadecimal = HexFormat.of().formatHex(random).getBytes(StandardCharsets.US_ASCII);
        byte[] mixed = random.clone();
        for (int i = 0; i < mixed.length; i += 4096) {
            System.arraycopy(TEXT, 0, mixed, i, Math.min(900, mixed.length - i));
        }

        assertThat(codecOf(random)).isEqualTo(Codec.RAW);
        assertThat(codecOf(TEXT)).isEqualTo(Codec.ZSTD);
        assertThat(codecOf(mixed)).isEqualTo(Codec.LZ4);
        assertThat(codecOf(hexadecimal)).as("only entropy coding helps").isEqualTo(Codec.ZSTD);
    }

    private static Codec codecOf(byte[] plain) {
        return Codecs.encode(plain, 0, plain.length, CompressionAdvice.UNKNOWN).codec();
    }

    @Test
    void manyThreadsShareTheContexts() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> decoded = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                decoded.add(threads.submit(() -> Codecs.decode(
                        Codec.ZSTD.id(),
                        Codecs.encode(TEXT, 0, TEXT.length, Codec.ZSTD).bytes(),
                        TEXT.length)));
            }
            for (Future<byte[]> each : decoded) {
                assertThat(each.get()).isEqualTo(TEXT);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void idsStayOnDiskForEver(Codec codec) throws CorruptionException {
        assertThat(Codec.ofId(codec.id())).isEqualTo(codec);
        assertThat(codec.id())
                .isEqualTo(
                        switch (codec) {
                            case RAW -> 0;
                            case LZ4 -> 1;
                            case ZSTD -> 2;
                        });
    }

    @Test
    void anUnknownCodecIsCorruption() {
        assertThatThrownBy(() -> Codecs.decode(7, ByteBuffer.allocate(1), 1)).isInstanceOf(CorruptionException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "504b0304140000",
                "1f8b0800",
                "28b52ffd00",
                "fd377a585a0000",
                "425a6839",
                "ffd8ffe0",
                "89504e470d0a1a0a00",
                "0000002066747970",
                "1a45dfa3",
                "52494646aabbccdd57454250",
                "fffb9064",
                "4944330400",
                "4f67675300"
            })
    void packedFormatsAreKnownByTheirFirstBytes(String hex) {
        byte[] head = HexFormat.of().parseHex("00" + hex);

        assertThat(CompressionAdvice.of("", "", head, 1, head.length - 1)).isEqualTo(CompressionAdvice.INCOMPRESSIBLE);
        assertThat(CompressionAdvice.of("", "", head, 1, 1)).isEqualTo(CompressionAdvice.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "image/png, '', INCOMPRESSIBLE",
                "IMAGE/JPEG, '', INCOMPRESSIBLE",
                "image/svg+xml, '', TEXT",
                "image/bmp, '', UNKNOWN",
                "video/mp4, '', INCOMPRESSIBLE",
                "application/pdf, report.pdf, UNKNOWN",
                "application/octet-stream, backup.tar, UNKNOWN",
                "application/octet-stream, backup.TGZ, INCOMPRESSIBLE",
                "application/octet-stream, Main.java, TEXT",
                "application/vnd.api+json, '', TEXT",
                "application/atom+xml; charset=utf-8, '', TEXT",
                "'', noextension, UNKNOWN",
                "'', zip, UNKNOWN",
                "'', folder.zip/data, UNKNOWN",
            })
    void namesAndTypesSayTheRest(String type, String name, CompressionAdvice expected) {
        assertThat(CompressionAdvice.of(type, name, new byte[0], 0, 0)).isEqualTo(expected);
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
