package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rings under load, under refusals of the kernel, and at the end of devices. */
class RingTest {
    private static final int BLOCKS = 256;

    @TempDir
    private Path folder;

    private Path file;
    private final List<RingPool> pools = new ArrayList<>();

    @BeforeEach
    void writeFile() throws IOException {
        IoEngine engine = IoEngine.probe(folder);
        assumeTrue(engine.kind() == IoEngine.Kind.IO_URING, engine.reason());
        file = folder.resolve("file");
        byte[] bytes = new byte[BLOCKS * BLOCK];
        for (int block = 0; block < BLOCKS; block++) {
            bytes[block * BLOCK] = (byte) block;
            bytes[block * BLOCK + BLOCK - 1] = (byte) ~block;
        }
        Files.write(file, bytes);
    }

    @AfterEach
    void closeRings() throws IOException {
        for (RingPool pool : pools) {
            pool.trim();
            assertThat(pool.rings()).as("rings that nobody gave back").isZero();
        }
    }

    @Test
    void aLongBatchGoesThroughAShortRing() throws IOException {
        try (RingDevice device = device(pool(4, 1, SystemCalls::ringEnter))) {
            verify(device, random(1, 200));
        }
    }

    @Test
    void manyThreadsShareFewRings() throws Exception {
        RingPool pool = pool(8, 3, SystemCalls::ringEnter);
        try (RingDevice device = device(pool);
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService platform = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int seed = i;
                all.add((i % 4 == 0 ? platform : virtual).submit(() -> {
                    for (int round = 0; round < 10; round++) {
                        verify(device, random(seed * 100 + round, 1 + seed));
                        verifySingle(device, seed);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(pool.rings()).isLessThanOrEqualTo(3);
    }

    @Test
    void refusalsThatPassAreNotSeen() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        int[] errors = {Errno.EINTR, Errno.EAGAIN, Errno.EBUSY, Errno.ETIME};
        Ring.Kernel moody = (slot, fd, submit, wait, flags, argument, bytes) -> {
            int call = calls.getAndIncrement();
            return call % 3 == 2
                    ? SystemCalls.ringEnter(slot, fd, submit, wait, flags, argument, bytes)
                    : -errors[call % errors.length];
        };
        try (RingDevice device = device(pool(8, 1, moody))) {
            verify(device, random(2, 50));
        }
        assertThat(calls.get()).isGreaterThan(10);
    }

    @Test
    void aKernelThatTakesOneRequestAtATimeIsServed() throws IOException {
        Ring.Kernel slow = (slot, fd, submit, wait, flags, argument, bytes) ->
                SystemCalls.ringEnter(slot, fd, Math.min(submit, 1), Math.min(wait, 1), flags, argument, bytes);
        try (RingDevice device = device(pool(8, 1, slow))) {
            verify(device, random(3, 50));
        }
    }

    @Test
    void aRingThatBreaksFailsItsBatchAfterTheLastRequestAndIsReplaced() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        Ring.Kernel breaking = (slot, fd, submit, wait, flags, argument, bytes) -> switch (calls.getAndIncrement()) {
            case 0 -> SystemCalls.ringEnter(slot, fd, 3, 0, flags, argument, bytes);
            case 1 -> -Errno.EINVAL;
            default -> SystemCalls.ringEnter(slot, fd, submit, wait, flags, argument, bytes);
        };
        RingPool pool = pool(8, 1, breaking);
        try (RingDevice device = device(pool)) {
            List<ReadRequest> requests = random(4, 20);
            device.readMany(requests);
            int read = 0;
            for (ReadRequest request : requests) {
                try {
                    request.bytesRead();
                    read++;
                } catch (IOException e) {
                    assertThat(e).hasMessage("Invalid argument");
                }
            }
            assertThat(read).as("those that the kernel had taken").isEqualTo(3);

            verify(device, random(5, 20));
        }
        assertThat(pool.rings()).isOne();
    }

    @Test
    void errorsAndShortAnswersOfSingleRequests() throws IOException {
        ByteBuffer buffer = AlignedBuffers.allocate(4 * BLOCK);
        Transfer read = Transfer.read(0, buffer, 8 * BLOCK);
        assertThat(read.answered(BLOCK)).isFalse();
        assertThat(read.answered(-Errno.EINTR)).isFalse();
        assertThat(read.position()).isEqualTo(9 * BLOCK);
        assertThat(read.rest()).isEqualTo(3 * BLOCK);
        assertThat(read.answered(BLOCK + 100)).as("the end inside a block").isTrue();
        assertThat(read.finish()).isEqualTo(2 * BLOCK + 100);

        Transfer failing = Transfer.read(0, buffer.clear(), 0);
        assertThat(failing.answered(-Errno.EIO)).isTrue();
        assertThatThrownBy(failing::finish).isInstanceOf(IOException.class).hasMessage("Input/output error");

        Transfer write = Transfer.write(0, buffer.clear(), 0);
        assertThat(write.answered(2 * BLOCK + 512)).isFalse();
        assertThat(write.rest()).isEqualTo(2 * BLOCK);
        assertThat(write.answered(512)).as("nothing whole was written").isTrue();
        assertThatThrownBy(write::finish).hasMessage("No space left on device");

        Transfer refused = Transfer.write(0, buffer.clear(), 0);
        int answers = 0;
        while (!refused.answered(-Errno.EAGAIN)) {
            answers++;
        }
        assertThat(answers).isEqualTo(100);
    }

    @Test
    void closingLetsRunningReadsEndAndRefusesNewOnes() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 50; round++) {
                RingDevice device = device(RingPool.shared());
                List<Future<Integer>> readers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    int seed = i;
                    readers.add(threads.submit(() -> {
                        int rounds = 0;
                        while (true) {
                            try {
                                verify(device, random(seed, 8));
                                rounds++;
                            } catch (ClosedChannelException e) {
                                return rounds;
                            }
                        }
                    }));
                }
                device.close();
                for (Future<Integer> reader : readers) {
                    assertThat(reader.get()).isNotNegative();
                }
            }
        }
    }

    @Test
    void leavesNoDescriptors() throws IOException {
        ByteBuffer block = AlignedBuffers.allocate(BLOCK);
        device(RingPool.shared()).close();
        long before = descriptors();
        for (int i = 0; i < 10_000; i++) {
            try (RingDevice device = device(RingPool.shared())) {
                if (i % 100 == 0) {
                    device.readMany(List.of(new ReadRequest(block.clear(), 0)));
                }
            }
        }
        // Other tests may run beside this one; 10,000 leaked descriptors would still be seen.
        assertThat(descriptors() - before).isLessThan(100);
    }

    @Test
    void ringsComeAndGoWithoutARest() throws IOException {
        long before = descriptors();
        for (int i = 0; i < 200; i++) {
            RingPool pool = new RingPool(8, 1, SystemCalls::ringEnter);
            try (RingDevice device = device(pool)) {
                verify(device, random(i, 4));
            }
            pool.trim();
        }
        assertThat(descriptors() - before).isLessThan(100);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private RingPool pool(int depth, int rings, Ring.Kernel kernel) {
        RingPool pool = new RingPool(depth, rings, kernel);
        pools.add(pool);
        return pool;
    }

    private RingDevice device(RingPool pool) throws IOException {
        return new RingDevice(file, pool, () -> {});
    }

    private static List<ReadRequest> random(int seed, int count) {
        Random random = new Random(seed);
        List<ReadRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(new ReadRequest(
                    AlignedBuffers.allocate(BLOCK * (1 + random.nextInt(4))), (long) random.nextInt(BLOCKS) * BLOCK));
        }
        return requests;
    }

    private static void verify(BlockDevice device, List<ReadRequest> requests) throws IOException {
        device.readMany(requests);
        for (ReadRequest request : requests) {
            int first = (int) (request.position() / BLOCK);
            int expected = Math.min(request.dst().capacity() / BLOCK, BLOCKS - first);
            assertThat(request.bytesRead()).isEqualTo(expected * BLOCK);
            for (int i = 0; i < expected; i++) {
                assertThat(request.dst().get(i * BLOCK)).isEqualTo((byte) (first + i));
                assertThat(request.dst().get(i * BLOCK + BLOCK - 1)).isEqualTo((byte) ~(first + i));
            }
        }
    }

    private static void verifySingle(BlockDevice device, int block) throws IOException {
        ByteBuffer one = AlignedBuffers.allocate(BLOCK);
        assertThat(device.read(one, (long) block * BLOCK)).isEqualTo(BLOCK);
        assertThat(one.get(0)).isEqualTo((byte) block);
    }
}
