package io.varve.storage.journal;

import io.varve.storage.io.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes bytes of any length one behind the other, in as few aligned writes as its buffer allows. For one thread. */
final class PaddedWriter {

    private final BlockDevice device;
    private final ByteBuffer buffer;
    private final long begin;
    private long bufferFrom;

    /**
     * @param buffer aligned; this writer's own until it is finished
     * @param position where to begin, a multiple of 4096
     */
    PaddedWriter(BlockDevice device, ByteBuffer buffer, long position) {
        this.device = device;
        this.buffer = buffer.clear();
        this.begin = position;
        this.bufferFrom = position;
    }

    /** Where the next byte goes. */
    long position() {
        return bufferFrom + buffer.position();
    }

    /** Takes all remaining bytes. */
    void put(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            int length = Math.min(buffer.remaining(), source.remaining());
            buffer.put(buffer.position(), source, source.position(), length);
            buffer.position(buffer.position() + length);
            source.position(source.position() + length);
            if (!buffer.hasRemaining()) {
                writeBuffer();
            }
        }
    }

    /** Fills up the last block with zeros and writes what is left. */
    void finish() throws IOException {
        pad();
        if (buffer.position() > 0) {
            writeBuffer();
        }
    }

    /**
     * As {@link #finish}, and makes everything durable; does nothing if it takes more than one write.
     *
     * @return whether everything is durable
     */
    boolean finishDurably() throws IOException {
        if (bufferFrom > begin || buffer.position() == 0) {
            return false;
        }
        pad();
        int length = buffer.position();
        device.writeDurably(buffer.flip(), bufferFrom);
        bufferFrom += length;
        buffer.clear();
        return true;
    }

    private void pad() {
        while (buffer.position() % BlockDevice.BLOCK != 0) {
            buffer.put((byte) 0);
        }
    }

    private void writeBuffer() throws IOException {
        int length = buffer.position();
        device.write(buffer.flip(), bufferFrom);
        bufferFrom += length;
        buffer.clear();
    }
}
