package io.varve.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** When a commit has to wait for a sync: a segment that another thread is just syncing is not durable yet. */
class OpenSegmentTest {

    private interface DuringSync {
        void run() throws IOException;
    }

    /** A device on which something happens in the middle of a sync. */
    private static final class Device implements BlockDevice {
        private DuringSync during = () -> {};

        @Override
        public int read(ByteBuffer dst, long position) {
            return 0;
        }

        @Override
        public void write(ByteBuffer src, long position) {
            src.position(src.limit());
        }

        @Override
        public void sync() throws IOException {
            during.run();
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public void truncate(long size) {}

        @Override
        public void close() {}
    }

    private final Device device = new Device();
    private final OpenSegment segment = new OpenSegment(1, device, null);

    private void write() throws IOException {
        segment.write(ByteBuffer.allocate(BlockDevice.BLOCK), 0);
    }

    @Test
    void whatWasWrittenNeedsASyncUntilOneHasEnded() throws IOException {
        segment.named();
        assertThat(segment.needsSync()).isFalse();
        write();
        device.during = () -> assertThat(segment.needsSync()).isTrue();
        assertThat(segment.sync()).isTrue();
        assertThat(segment.needsSync()).isFalse();
        assertThat(segment.sync()).isFalse();
    }

    @Test
    void whatIsWrittenDuringASyncNeedsAnotherOne() throws IOException {
        segment.named();
        write();
        device.during = this::write;
        segment.sync();
        device.during = () -> {};
        assertThat(segment.needsSync()).isTrue();
        assertThat(segment.sync()).isTrue();
        assertThat(segment.needsSync()).isFalse();
    }

    @Test
    void aSyncThatFailedLeavesTheNeedOfOne() throws IOException {
        segment.named();
        write();
        device.during = () -> {
            throw new SyncFailedException("the disk is gone");
        };
        assertThatThrownBy(segment::sync).isInstanceOf(SyncFailedException.class);
        assertThat(segment.needsSync()).isTrue();
    }

    @Test
    void anUnnamedOrFinishedSegmentNeedsASyncThoughNothingWasWritten() {
        assertThat(segment.needsSync()).isTrue();
        segment.named();
        assertThat(segment.needsSync()).isFalse();
        segment.finish();
        assertThat(segment.needsSync()).isTrue();
    }
}
