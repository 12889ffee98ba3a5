package io.varve.s3.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.error.S3Exception;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random framings, and random damage to them. */
class AwsChunkedInputStreamTest {

    private static final long SEED = 20261121;

    private static byte[] content(Random random) {
        byte[] content = new byte[random.nextInt(3) == 0 ? random.nextInt(60_000) : random.nextInt(300)];
        random.nextBytes(content);
        return content;
    }

    private static byte[] frame(byte[] content, Random random) {
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        for (int offset = 0; offset < content.length; ) {
            int size = Math.min(1 + random.nextInt(20_000), content.length - offset);
            raw.writeBytes(ascii(Integer.toHexString(size) + (random.nextBoolean() ? ";ext=1" : "") + "\r\n"));
            raw.write(content, offset, size);
            raw.writeBytes(ascii("\r\n"));
            offset += size;
        }
        raw.writeBytes(ascii("0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n"));
        return raw.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] decode(byte[] raw, Random random) throws IOException {
        InputStream in = new ByteArrayInputStream(raw) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(5000)));
            }
        };
        try (AwsChunkedInputStream chunks = new AwsChunkedInputStream(in, null, true, random.nextInt(3) - 1L)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 + random.nextInt(9000)];
            for (int count = chunks.read(buffer); count >= 0; count = chunks.read(buffer)) {
                assertThat(count).isPositive();
                out.write(buffer, 0, count);
            }
            assertThat(chunks.read()).isEqualTo(-1);
            return out.toByteArray();
        }
    }

    @Test
    void givesBackWhatWasFramed() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < 300; round++) {
            byte[] content = content(random);
            assertThat(decode(frame(content, random), random))
                    .as("seed %d round %d", SEED, round)
                    .isEqualTo(content);
        }
    }

    @Test
    void takesNoCutOffFramingForAWholeOne() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < 300; round++) {
            byte[] raw = frame(content(random), random);
            int end = raw.length - "x-amz-checksum-crc32: AAAAAA==\r\n\r\n".length();
            byte[] cut = java.util.Arrays.copyOf(raw, random.nextInt(end));
            try {
                byte[] decoded = decode(cut, random);
                throw new AssertionError("seed " + SEED + " round " + round + ": took " + decoded.length + " bytes");
            } catch (S3Exception expected) {
                assertThat(expected.error().status()).isEqualTo(400);
            }
        }
    }

    @Test
    void answersAnyDamage() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < 2000; round++) {
            byte[] raw = frame(content(random), random);
            for (int i = random.nextInt(5); i >= 0; i--) {
                raw[random.nextInt(Math.min(raw.length, 40))] = (byte) random.nextInt(256);
            }
            try {
                decode(raw, random);
            } catch (S3Exception expected) {
                assertThat(expected.error().status()).isEqualTo(400);
            }
        }
    }
}
