package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link BlockDevice} promises, for every implementation. */
abstract class BlockDeviceContract {

    private static final String NAME = "device";

    private DeviceDirectory directory;
    private BlockDevice device;

    /** A new, empty directory whose devices are under test; aborts the test where the machine has none of the kind. */
    abstract DeviceDirectory directory() throws IOException;

    @BeforeEach
    void createDevice() throws IOException {
        directory = directory();
        device = directory.create(NAME);
    }

    @AfterEach
    void closeDevice() throws IOException {
        if (device != null) {
            device.close();
        }
    }

    @Test
    void isEmptyAtFirst() throws IOException {
        ByteBuffer dst = AlignedBuffers.allocate(BLOCK);

        assertThat(device.size()).isZero();
        assertThat(device.read(dst, 0)).isZero();
        assertThat(dst.position()).isZero();
    }

    @Test
    void readsWhatWasWrittenAndMovesPositions() throws IOException {
        ByteBuffer src = pattern(1, 4);
        device.write(src, 0);
        assertThat(src.hasRemaining()).isFalse();

        ByteBuffer dst = AlignedBuffers.allocate(4 * BLOCK).position(BLOCK).limit(3 * BLOCK);
        assertThat(device.read(dst, BLOCK)).isEqualTo(2 * BLOCK);
        assertThat(dst.position()).isEqualTo(3 * BLOCK);
        assertThat(dst.slice(BLOCK, 2 * BLOCK)).isEqualTo(src.slice(BLOCK, 2 * BLOCK));
    }

    @Test
    void writesDurablyWhatIsThereAndWhatIsNot() throws Exception {
        device.write(pattern(1, 4), 0);
        ByteBuffer inside = pattern(2, 2);
        device.writeDurably(inside, BLOCK);
        assertThat(inside.hasRemaining()).isFalse();
        ByteBuffer part = pattern(3, 3).position(BLOCK).limit(2 * BLOCK);
        device.writeDurably(part.asReadOnlyBuffer(), 6 * BLOCK);
        device.writeDurably(AlignedBuffers.allocate(BLOCK).limit(0), 0);

        assertThat(content(0, 1)).isEqualTo(pattern(1, 4).slice(0, BLOCK));
        assertThat(content(1, 2)).isEqualTo(pattern(2, 2));
        assertThat(content(3, 1)).isEqualTo(pattern(1, 4).slice(3 * BLOCK, BLOCK));
        assertThat(content(4, 2)).isEqualTo(ByteBuffer.allocate(2 * BLOCK));
        assertThat(content(6, 1)).isEqualTo(pattern(3, 3).slice(BLOCK, BLOCK));
        assertThat(device.size()).isEqualTo(7 * BLOCK);
        assertThatThrownBy(() -> device.writeDurably(pattern(1, 1), 1)).isInstanceOf(IllegalArgumentException.class);
        inVirtualThread(() -> {
            device.writeDurably(pattern(4, 1), 0);
            return null;
        });
        assertThat(content(0, 1)).isEqualTo(pattern(4, 1));
        device.close();
        assertThatThrownBy(() -> device.writeDurably(pattern(1, 1), 0)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void writesFromReadOnlyBuffers() throws IOException {
        device.write(pattern(1, 1).asReadOnlyBuffer(), 0);

        assertThat(content(0, 1)).isEqualTo(pattern(1, 1));
    }

    @Test
    void readsStopAtTheEnd() throws IOException {
        device.write(pattern(1, 2), 0);

        assertThat(device.read(AlignedBuffers.allocate(4 * BLOCK), BLOCK)).isEqualTo(BLOCK);
        assertThat(device.read(AlignedBuffers.allocate(BLOCK), 2 * BLOCK)).isZero();
        assertThat(device.read(AlignedBuffers.allocate(BLOCK), 1L << 40)).isZero();
    }

    @Test
    void emptyTransfersDoNothing() throws IOException {
        ByteBuffer empty = AlignedBuffers.allocate(BLOCK).limit(0);

        device.write(empty, 0);
        assertThat(device.size()).isZero();
        assertThat(device.read(empty, 0)).isZero();
    }

    @Test
    void gapsReadAsZeros() throws IOException {
        device.write(pattern(1, 1), 8 * BLOCK);

        assertThat(device.size()).isEqualTo(9 * BLOCK);
        assertThat(content(0, 8)).isEqualTo(ByteBuffer.allocate(8 * BLOCK));
    }

    @Test
    void truncationCutsAndNeverGrows() throws IOException {
        device.write(pattern(1, 4), 0);

        device.truncate(8 * BLOCK);
        assertThat(device.size()).isEqualTo(4 * BLOCK);
        device.truncate(BLOCK);
        assertThat(device.size()).isEqualTo(BLOCK);

        device.write(pattern(2, 1), 3 * BLOCK);
        assertThat(content(0, 1)).isEqualTo(pattern(1, 4).limit(BLOCK));
        assertThat(content(1, 2)).as("cut blocks do not come back").isEqualTo(ByteBuffer.allocate(2 * BLOCK));
    }

    @Test
    void refusesWhatIsNotAligned() {
        ByteBuffer block = AlignedBuffers.allocate(2 * BLOCK);
        List<ByteBuffer> crooked = List.of(
                ByteBuffer.allocate(BLOCK),
                block.duplicate().limit(BLOCK - 512),
                block.duplicate().position(512).limit(512 + BLOCK));
        for (ByteBuffer buffer : crooked) {
            assertThatThrownBy(() -> device.read(buffer, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> device.write(buffer, 0)).isInstanceOf(IllegalArgumentException.class);
        }
        for (long position : new long[] {-BLOCK, 1, 512}) {
            assertThatThrownBy(() -> device.read(block, position)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> device.write(block, position)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> device.truncate(position)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> device.read(block.asReadOnlyBuffer(), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void batchesReadEachRequest() throws IOException {
        device.write(pattern(1, 8), 0);
        List<ReadRequest> requests = new ArrayList<>();
        for (int block : new int[] {5, 0, 7, 3, 9}) {
            requests.add(new ReadRequest(AlignedBuffers.allocate(2 * BLOCK), (long) block * BLOCK));
        }
        assertThatThrownBy(() -> requests.getFirst().bytesRead()).isInstanceOf(IllegalStateException.class);

        device.readMany(requests);

        int[] lengths = {2 * BLOCK, 2 * BLOCK, BLOCK, 2 * BLOCK, 0};
        ByteBuffer all = pattern(1, 8);
        for (int i = 0; i < lengths.length; i++) {
            ReadRequest request = requests.get(i);
            assertThat(request.bytesRead()).isEqualTo(lengths[i]);
            if (lengths[i] > 0) {
                assertThat(request.dst().flip()).isEqualTo(all.slice((int) request.position(), lengths[i]));
            }
        }
    }

    @Test
    void survivesClosingAndOpeningAgain() throws IOException {
        device.write(pattern(3, 2), 0);
        device.sync();
        device.close();

        device = directory.open(NAME);

        assertThat(content(0, 2)).isEqualTo(pattern(3, 2));
        assertThat(directory.size(NAME)).isEqualTo(2 * BLOCK);
    }

    @Test
    void refusesEverythingOnceClosed() throws IOException {
        ByteBuffer block = AlignedBuffers.allocate(BLOCK);
        device.write(block, 0);
        device.close();
        assertThatCode(device::close).doesNotThrowAnyException();

        assertThatThrownBy(() -> device.read(block.clear(), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> device.write(block.clear(), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(device::sync).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(device::size).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> device.truncate(0)).isInstanceOf(ClosedChannelException.class);
        ReadRequest request = new ReadRequest(block.clear(), 0);
        device.readMany(List.of(request));
        assertThatThrownBy(request::bytesRead).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void behavesLikeAnArrayUnderRandomOperations() throws IOException {
        long seed = 4096;
        Random random = new Random(seed);
        byte[] model = new byte[64 * BLOCK];
        int size = 0;
        for (int round = 0; round < 400; round++) {
            int block = random.nextInt(56);
            int blocks = 1 + random.nextInt(8);
            switch (random.nextInt(8)) {
                case 0 -> {
                    device.truncate((long) block * BLOCK);
                    Arrays.fill(model, Math.min(size, block * BLOCK), size, (byte) 0);
                    size = Math.min(size, block * BLOCK);
                }
                case 1, 2, 3 -> {
                    ByteBuffer src = pattern(round, blocks);
                    device.write(src, (long) block * BLOCK);
                    src.flip().get(model, block * BLOCK, blocks * BLOCK);
                    size = Math.max(size, (block + blocks) * BLOCK);
                }
                case 4 -> device.sync();
                default -> {
                    ByteBuffer dst = AlignedBuffers.allocate(blocks * BLOCK);
                    int expected = Math.clamp(size - block * BLOCK, 0, blocks * BLOCK);
                    assertThat(device.read(dst, (long) block * BLOCK)).isEqualTo(expected);
                    assertThat(dst.flip())
                            .as("seed %d, round %d", seed, round)
                            .isEqualTo(ByteBuffer.wrap(model, block * BLOCK, expected));
                }
            }
            assertThat(device.size()).isEqualTo(size);
        }
    }

    @Test
    void anInterruptedThreadWorksOnAndStaysInterrupted() throws Exception {
        inVirtualThread(() -> {
            Thread.currentThread().interrupt();
            device.write(pattern(1, 2), 0);
            device.sync();
            device.truncate(BLOCK);
            assertThat(device.size()).isEqualTo(BLOCK);
            assertThat(content(0, 1)).isEqualTo(pattern(1, 2).limit(BLOCK));
            assertThat(Thread.interrupted()).isTrue();
            return null;
        });

        assertThat(content(0, 1))
                .as("for other threads too")
                .isEqualTo(pattern(1, 2).limit(BLOCK));
    }

    @Test
    void interruptsInTheMiddleHarmNobody() throws Exception {
        int blocks = 64;
        ByteBuffer expected = pattern(1, blocks);
        device.write(pattern(1, blocks), 0);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 4; i++) {
            boolean writes = i == 0;
            threads.add(Thread.ofVirtual()
                    .uncaughtExceptionHandler((ignored, failure) -> failures.add(failure))
                    .start(() -> {
                        ByteBuffer buffer = AlignedBuffers.allocate(blocks * BLOCK);
                        for (int round = 0; round < 100; round++) {
                            assertThatCode(() -> {
                                        if (writes) {
                                            device.write(expected.duplicate(), 0);
                                            device.sync();
                                        } else {
                                            device.read(buffer.clear(), 0);
                                            assertThat(buffer.flip()).isEqualTo(expected);
                                        }
                                    })
                                    .doesNotThrowAnyException();
                        }
                    }));
        }
        while (threads.stream().anyMatch(Thread::isAlive)) {
            threads.forEach(Thread::interrupt);
            Thread.sleep(0, 200_000);
        }

        assertThat(failures).isEmpty();
        assertThat(content(0, blocks)).isEqualTo(expected);
    }

    @Test
    void readersSeeWholeBlocksBesideAWriter() throws Exception {
        int blocks = 16;
        device.write(uniform((byte) 0, blocks), 0);
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            List<Future<Void>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(threads.submit(() -> {
                    ByteBuffer all = AlignedBuffers.allocate(blocks * BLOCK);
                    while (!stop.get()) {
                        device.read(all.clear(), 0);
                        for (int block = 0; block < blocks; block++) {
                            assertThat(all.get(block * BLOCK)).isBetween((byte) 0, (byte) 50);
                        }
                    }
                    return null;
                }));
            }
            for (byte value = 1; value <= 50; value++) {
                device.write(uniform(value, blocks), 0);
            }
            stop.set(true);
            for (Future<Void> reader : readers) {
                reader.get();
            }
        }
        assertThat(content(0, blocks)).isEqualTo(uniform((byte) 50, blocks));
    }

    private ByteBuffer content(int block, int blocks) throws IOException {
        ByteBuffer dst = AlignedBuffers.allocate(blocks * BLOCK);
        assertThat(device.read(dst, (long) block * BLOCK)).isEqualTo(blocks * BLOCK);
        return dst.flip();
    }

    private static void inVirtualThread(Callable<Void> action) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(action).get();
        }
    }

    private static ByteBuffer pattern(int seed, int blocks) {
        byte[] bytes = new byte[blocks * BLOCK];
        new Random(seed).nextBytes(bytes);
        return AlignedBuffers.allocate(bytes.length).put(bytes).flip();
    }

    private static ByteBuffer uniform(byte value, int blocks) {
        byte[] bytes = new byte[blocks * BLOCK];
        Arrays.fill(bytes, value);
        return AlignedBuffers.allocate(bytes.length).put(bytes).flip();
    }
}
