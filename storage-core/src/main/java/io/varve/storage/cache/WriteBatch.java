package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import java.nio.ByteBuffer;

/**
 * A run of whole blocks of a segment that is being filled, or waits to be written. Filled under its log's lock; what is in it may be read
 * by any thread, which verifies what it read.
 */
final class WriteBatch {
    private final int segment;
    private final int start;
    private final ByteBuffer buffer;
    private volatile int length;
    private volatile boolean mustNotBeLost;

    /**
     * An empty batch.
     *
     * @param start where in the segment it begins, in bytes
     */
    WriteBatch(int segment, int start, ByteBuffer buffer) {
        this.segment = segment;
        this.start = start;
        this.buffer = buffer;
    }

    int segment() {
        return segment;
    }

    int start() {
        return start;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** How many bytes of it are filled. */
    int length() {
        return length;
    }

    int room() {
        return buffer.capacity() - length;
    }

    /** Says that so many bytes more are filled. */
    void filled(int bytes) {
        int before = length;
        length = before + bytes;
    }

    /** Says that older records come back if this is lost. */
    void mustNotBeLost() {
        mustNotBeLost = true;
    }

    /** Whether older records come back if this is lost. */
    boolean isIndispensable() {
        return mustNotBeLost;
    }

    /** What is to be written: whole blocks, the last one filled up with zeros. */
    ByteBuffer blocks() {
        int end = (int) AlignedBuffers.roundUp(length);
        for (int at = length; at < end; at++) {
            buffer.put(at, (byte) 0);
        }
        return buffer.duplicate().clear().limit(end);
    }

    boolean has(int wantedSegment, int offset) {
        return segment == wantedSegment && start <= offset && offset < start + length;
    }
}
