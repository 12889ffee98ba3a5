package io.varve.storage.cache;

import static io.varve.storage.cache.SmallCaches.NAME;
import static io.varve.storage.cache.SmallCaches.SEGMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.cache.SmallCaches.TestClock;
import io.varve.storage.compression.Codec;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes of a cache file, as {@code docs/format.md} shows them: superblocks, segment header, entries, footer. */
class RawCacheFormatTest {
    private final TestClock clock = new TestClock();

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private MemoryDeviceDirectory written() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        try (RawCache cache = SmallCaches.open(disk, 8, clock)) {
            cache.set(text("a"), ByteBuffer.wrap(text("first value")), RawCache.Keeping.PLAIN);
            cache.set(
                    text("b"),
                    ByteBuffer.wrap(text("for an hour")),
                    new RawCache.Keeping(Optional.of(Duration.ofHours(1)), "tag", Codec.RAW));
            cache.set(text("a"), ByteBuffer.wrap(text("second value")), RawCache.Keeping.PLAIN);
            cache.delete(text("c"));
        }
        return disk;
    }

    @Test
    void isWrittenAsItAlwaysWas() throws IOException {
        byte[] file = DeviceFiles.read(written(), NAME);
        String golden = DeviceFiles.golden(RawCacheFormatTest.class, "raw-1.hex");
        assertThat(DeviceFiles.dump(file)).isEqualTo(golden);
    }

    @Test
    void isReadAsItAlwaysWas() throws IOException {
        MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
        DeviceFiles.write(disk, NAME, DeviceFiles.parse(DeviceFiles.golden(RawCacheFormatTest.class, "raw-1.hex")));
        try (RawCache cache = SmallCaches.open(disk, 8, clock)) {
            assertThat(cache.contents().entries()).isEqualTo(2);
            assertThat(cache.get(text("a"))).isEqualTo(text("second value"));
            assertThat(cache.get(text("b"))).isEqualTo(text("for an hour"));
            assertThat(cache.get(text("c"))).isNull();
            assertThat(cache.upkeep().evictTag("tag")).isEqualTo(1);
        }
    }

    @Test
    void aNewerFormatIsRefused() throws IOException {
        MemoryDeviceDirectory disk = written();
        byte[] file = DeviceFiles.read(disk, NAME);
        for (int place = 0; place < 2; place++) {
            ByteBuffer block = ByteBuffer.wrap(file, place * 4096, 4096).slice();
            block.put(8, (byte) 2).putInt(12, 0);
            int crc = Checksums.crc32c(block);
            block.putInt(12, Integer.reverseBytes(crc));
        }
        DeviceFiles.write(disk, NAME, file);
        assertThatThrownBy(() -> SmallCaches.open(disk, 8, clock))
                .isInstanceOf(Superblock.ForeignException.class)
                .hasMessageContaining("version 2");
        assertThat(DeviceFiles.read(disk, NAME)).isEqualTo(file);
    }

    @Test
    void decodersTakeAnyBytes() throws IOException {
        byte[] file = DeviceFiles.read(written(), NAME);
        Random random = new Random(4);
        for (int round = 0; round < 100; round++) {
            byte[] damaged = file.clone();
            int from = random.nextInt(file.length / 512) * 512;
            byte[] noise = new byte[Math.min(512 * (1 + random.nextInt(2 * SEGMENT / 512)), file.length - from)];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, damaged, from, noise.length);
            MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
            DeviceFiles.write(disk, NAME, damaged);
            try (RawCache cache = SmallCaches.open(disk, 8, clock)) {
                byte[] found = cache.get(text("a"));
                assertThat(found == null || Arrays.equals(found, text("second value")))
                        .isTrue();
            } catch (Superblock.ForeignException e) {
                assertThat(from).isLessThan(8192);
            }
        }
    }
}
