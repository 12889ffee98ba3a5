package io.varve.storage.metadata;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An ordered list of changes that a store applies as a whole; encoded, it is what the journal records of a commit.
 *
 * <p>The encoding is described in {@code docs/format.md} under "Metadata batch". Of each key it stores only what differs from the
 * beginning of the key before it, so a batch that is sorted by key, as {@link Staging#toBatch} makes it, is small. It carries no
 * checksum: that is the journal's.
 *
 * <p>Arrays are kept by reference and are not changed by either side afterwards. One thread at a time while it grows.
 */
public final class Batch {
    /** Longest key in bytes: an S3 key's 1,024 bytes fit with every one escaped, beside a directory and a sequence. */
    public static final int KEY_BYTES_MAX = 8192;

    /**
     * Most bytes of keys and values in one batch. It bounds the memory of the writer and of the journal's replay; commits stay far
     * below it because none grows with the size of its object.
     */
    public static final int BYTES_MAX = 64 << 20;

    private final List<Operation> operations = new ArrayList<>();
    private long sizeBytes;

    /** Sees the changes of a batch in their order. */
    public interface Visitor {
        /** The key gets this value. */
        void put(Family family, byte[] key, byte[] value) throws IOException;

        /** The key goes, if it is there. */
        void delete(Family family, byte[] key) throws IOException;

        /** The counter, 0 if it is not there, changes by {@code delta}. */
        void add(Family family, byte[] key, long delta) throws IOException;
    }

    /** One key and what happens to it. */
    static final class Operation {
        final Family family;
        final byte[] key;
        final Change change;

        Operation(Family family, byte[] key, Change change) {
            this.family = family;
            this.key = key;
            this.change = change;
        }

        /** Bytes of key and value. */
        long sizeBytes() {
            int value = switch (change) {
                case Change.Put put -> put.value.length;
                case Change.Delete ignored -> 0;
                case Change.Add ignored -> Counters.BYTES;
            };
            return (long) key.length + value;
        }
    }

    /** Makes an empty batch. */
    public Batch() {}

    /**
     * Gives a key a value.
     *
     * @throws IllegalArgumentException if the key is empty or longer than {@value #KEY_BYTES_MAX} bytes, or the family holds counters
     *     and the value is none
     * @throws IllegalStateException if the batch would exceed {@value #BYTES_MAX} bytes
     */
    public Batch put(Family family, byte[] key, byte[] value) {
        return append(family, key, new Change.Put(Counters.requireStorable(family, value)));
    }

    /** Removes a key, if it is there; throws as {@link #put} does. */
    public Batch delete(Family family, byte[] key) {
        return append(family, key, Change.Delete.INSTANCE);
    }

    /**
     * Changes a counter by {@code delta}, which may be negative; a counter that is not there begins at 0. Throws as {@link #put}
     * does, and if the family holds no counters.
     */
    public Batch add(Family family, byte[] key, long delta) {
        Counters.requireCounters(family);
        return append(family, key, new Change.Add(delta));
    }

    /** Returns how many changes the batch has. */
    public int operations() {
        return operations.size();
    }

    /** Tells whether the batch changes nothing. */
    public boolean isEmpty() {
        return operations.isEmpty();
    }

    /** Returns the bytes of all keys and values, 0 to {@value #BYTES_MAX}. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Shows all changes in their order. */
    public void forEach(Visitor visitor) throws IOException {
        for (Operation operation : operations) {
            switch (operation.change) {
                case Change.Put put -> visitor.put(operation.family, operation.key, put.value);
                case Change.Delete ignored -> visitor.delete(operation.family, operation.key);
                case Change.Add add -> visitor.add(operation.family, operation.key, add.delta);
            }
        }
    }

    /** Returns an upper bound of the encoding's length in bytes, a little above what it will take. */
    public int encodedBytesMax() {
        return BatchCodec.encodedBytesMax(operations.size(), sizeBytes);
    }

    /**
     * Writes the encoding at the buffer's position and moves the position behind it.
     *
     * @throws java.nio.BufferOverflowException if less than what is needed remains; {@link #encodedBytesMax} is always enough
     */
    public void encode(ByteBuffer target) {
        BatchCodec.encode(operations, target);
    }

    /** Returns the encoding. */
    public byte[] encode() {
        ByteBuffer buffer = ByteBuffer.allocate(encodedBytesMax());
        encode(buffer);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /**
     * Reads a batch from all that remains in the buffer, and moves its position to its limit.
     *
     * @throws CorruptionException if these are not the bytes of one batch; the buffer's position is then anywhere
     */
    public static Batch decode(ByteBuffer source) throws CorruptionException {
        return BatchCodec.decode(source);
    }

    /** Reads a batch from an encoding; throws as {@link #decode(ByteBuffer)} does. */
    public static Batch decode(byte[] encoded) throws CorruptionException {
        return decode(ByteBuffer.wrap(encoded));
    }

    /** Returns the changes in their order. */
    List<Operation> list() {
        return operations;
    }

    /** Adds a change that was checked to fit its family. */
    Batch append(Family family, byte[] key, Change change) {
        Operation operation = new Operation(family, Keys.requireStorable(key), change);
        long grown = sizeBytes + operation.sizeBytes();
        if (grown > BYTES_MAX) {
            throw new IllegalStateException("a batch holds at most " + BYTES_MAX + " bytes of keys and values");
        }
        operations.add(operation);
        sizeBytes = grown;
        return this;
    }
}
