package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class BufferPoolTest {

    private static final int BYTES = 8192;
    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void lendsAlignedBuffersUpToItsLimit() throws IOException {
        BufferPool pool = new BufferPool("varve.memory.buffers", 2 * BYTES + 1, BYTES, Duration.ZERO);
        assertThat(pool.limitBytes()).isEqualTo(2 * BYTES);
        BufferPool.Lease first = pool.acquire();
        BufferPool.Lease second = pool.acquire();

        assertThat(first.buffer().capacity()).isEqualTo(BYTES);
        assertThat(first.buffer().alignmentOffset(0, BlockDevice.BLOCK)).isZero();
        assertThat(second.buffer()).isNotSameAs(first.buffer());
        assertThat(pool.leasedBytes()).isEqualTo(2 * BYTES);
        assertThatThrownBy(pool::acquire).isInstanceOf(IOException.class).hasMessageContaining("varve.memory.buffers");
    }

    @Test
    void closingTwiceGivesBackOnce() throws IOException {
        BufferPool pool = new BufferPool("setting", 2 * BYTES, BYTES, Duration.ZERO);
        BufferPool.Lease lease = pool.acquire();
        lease.buffer().position(5).limit(7);
        lease.close();
        assertThatCode(lease::close).doesNotThrowAnyException();

        assertThat(pool.leasedBytes()).isZero();
        assertThatThrownBy(lease::buffer).isInstanceOf(IllegalStateException.class);
        ByteBuffer one = pool.acquire().buffer();
        ByteBuffer two = pool.acquire().buffer();
        assertThat(one).isNotSameAs(two);
        assertThat(one.remaining()).isEqualTo(BYTES);
        assertThatThrownBy(pool::acquire).isInstanceOf(IOException.class);
    }

    @Test
    void waitersGetWhatIsGivenBack() throws Exception {
        BufferPool pool = new BufferPool("setting", BYTES, BYTES, LONG);
        Semaphore done = new Semaphore(0);
        BufferPool.Lease held = pool.acquire();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                threads.execute(() -> {
                    try (BufferPool.Lease lease = pool.acquire()) {
                        lease.buffer().put(0, (byte) 1);
                        done.release();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
            assertThat(done.availablePermits()).isZero();
            held.close();
            done.acquire(10);
        }
        assertThat(pool.leasedBytes()).isZero();
    }

    @Test
    void waitingIsInterruptible() throws Exception {
        BufferPool pool = new BufferPool("setting", BYTES, BYTES, LONG);
        pool.acquire();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> interrupted = threads.submit(() -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(pool::acquire).isInstanceOf(InterruptedIOException.class);
                return Thread.interrupted();
            });
            assertThat(interrupted.get()).isTrue();
        }
        assertThat(pool.leasedBytes()).isEqualTo(BYTES);
    }

    @Test
    void refusesSizesThatCannotWork() {
        assertThatThrownBy(() -> new BufferPool("varve.memory.buffers", BYTES - 1, BYTES, LONG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("varve.memory.buffers");
        assertThatThrownBy(() -> new BufferPool("setting", BYTES, 1000, LONG))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AlignedBuffers.allocate(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AlignedBuffers.allocate(4095)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void roundsUpToBlocks() {
        assertThat(AlignedBuffers.roundUp(0)).isZero();
        assertThat(AlignedBuffers.roundUp(1)).isEqualTo(4096);
        assertThat(AlignedBuffers.roundUp(4096)).isEqualTo(4096);
        assertThat(AlignedBuffers.roundUp((1L << 40) + 1)).isEqualTo((1L << 40) + 4096);
    }
}
