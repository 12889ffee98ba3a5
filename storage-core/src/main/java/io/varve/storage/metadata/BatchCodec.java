package io.varve.storage.metadata;

import io.varve.storage.io.CorruptionException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a {@link Batch}, as {@code docs/format.md} describes them under "Metadata batch".
 *
 * <p>Decoding believes nothing: every length is checked against what remains and against the limits of a batch before anything is
 * allocated for it, because shared prefixes let few bytes stand for many.
 */
final class BatchCodec {
    /** First byte of every encoding. */
    private static final int FORMAT = 1;

    /** What is done to a key: the upper two bits of an operation's head. 0 is none of them, so that zeroed bytes never decode. */
    private static final int PUT = 1;

    private static final int DELETE = 2;
    private static final int ADD = 3;

    private static final int KIND_SHIFT = 6;
    private static final int VARINT_INT_BYTES_MAX = 5;
    private static final int VARINT_LONG_BYTES_MAX = 10;

    /** Head, two lengths of a key, and the length of a value or a delta beyond the 8 bytes it is counted as. */
    private static final int OPERATION_OVERHEAD_BYTES_MAX = 1 + 3 * VARINT_INT_BYTES_MAX;

    private BatchCodec() {}

    static int encodedBytesMax(int operations, long sizeBytes) {
        return Math.toIntExact(1 + VARINT_INT_BYTES_MAX + (long) operations * OPERATION_OVERHEAD_BYTES_MAX + sizeBytes);
    }

    static void encode(List<Batch.Operation> operations, ByteBuffer target) {
        target.put((byte) FORMAT);
        putVarint(target, operations.size());
        byte[] previous = {};
        for (Batch.Operation operation : operations) {
            byte[] key = operation.key;
            target.put((byte) ((kind(operation.change) << KIND_SHIFT) | operation.family.id()));
            int shared = shared(previous, key);
            putVarint(target, shared);
            putVarint(target, key.length - shared);
            target.put(key, shared, key.length - shared);
            switch (operation.change) {
                case Change.Put put -> {
                    putVarint(target, put.value.length);
                    target.put(put.value);
                }
                case Change.Delete ignored -> {}
                case Change.Add add -> putVarint(target, (add.delta << 1) ^ (add.delta >> (Long.SIZE - 1)));
            }
            previous = key;
        }
    }

    static Batch decode(ByteBuffer source) throws CorruptionException {
        try {
            int format = source.get() & 0xff;
            if (format != FORMAT) {
                throw corrupt("has format " + format + " instead of " + FORMAT);
            }
            Batch batch = new Batch();
            int operations = getLength(source, Integer.MAX_VALUE, "changes");
            byte[] previous = {};
            for (int i = 0; i < operations; i++) {
                previous = decodeOperation(source, previous, batch);
            }
            if (source.hasRemaining()) {
                throw corrupt("is followed by " + source.remaining() + " bytes");
            }
            return batch;
        } catch (BufferUnderflowException e) {
            throw new CorruptionException("A metadata batch ends too early", e);
        }
    }

    /** Decodes one operation into the batch and returns its key. */
    private static byte[] decodeOperation(ByteBuffer source, byte[] previous, Batch batch) throws CorruptionException {
        int head = source.get() & 0xff;
        Family family = Family.ofId(head & Family.ID_MAX);
        int shared = getLength(source, previous.length, "shared key bytes");
        int rest = getLength(source, Math.min(source.remaining(), Batch.KEY_BYTES_MAX - shared), "key bytes");
        if (shared + rest == 0) {
            throw corrupt("has an empty key");
        }
        requireRoom(batch, shared + rest);
        byte[] key = Arrays.copyOf(previous, shared + rest);
        source.get(key, shared, rest);
        Change change = decodeChange(source, head >> KIND_SHIFT, family, batch, key.length);
        batch.append(family, key, change);
        return key;
    }

    private static Change decodeChange(ByteBuffer source, int kind, Family family, Batch batch, int keyBytes)
            throws CorruptionException {
        return switch (kind) {
            case PUT -> {
                int length = getLength(source, source.remaining(), "value bytes");
                if (family.counter() && length != Counters.BYTES) {
                    throw corrupt("has a counter of " + length + " bytes");
                }
                requireRoom(batch, (long) keyBytes + length);
                byte[] value = new byte[length];
                source.get(value);
                yield new Change.Put(value);
            }
            case DELETE -> Change.Delete.INSTANCE;
            case ADD -> {
                if (!family.counter()) {
                    throw corrupt("adds to " + family + ", which holds no counters");
                }
                requireRoom(batch, (long) keyBytes + Counters.BYTES);
                long zigzag = getVarint(source);
                yield new Change.Add((zigzag >>> 1) ^ -(zigzag & 1));
            }
            default -> throw corrupt("has a change of unknown kind " + kind);
        };
    }

    private static int kind(Change change) {
        return switch (change) {
            case Change.Put ignored -> PUT;
            case Change.Delete ignored -> DELETE;
            case Change.Add ignored -> ADD;
        };
    }

    private static int shared(byte[] previous, byte[] key) {
        int mismatch = Arrays.mismatch(previous, key);
        return mismatch < 0 ? key.length : mismatch;
    }

    private static void requireRoom(Batch batch, long bytes) throws CorruptionException {
        if (batch.sizeBytes() + bytes > Batch.BYTES_MAX) {
            throw corrupt("has more than " + Batch.BYTES_MAX + " bytes of keys and values");
        }
    }

    private static void putVarint(ByteBuffer target, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            target.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        target.put((byte) rest);
    }

    private static long getVarint(ByteBuffer source) throws CorruptionException {
        long value = 0;
        for (int i = 0; i < VARINT_LONG_BYTES_MAX; i++) {
            byte next = source.get();
            value |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw corrupt("has a number of more than " + VARINT_LONG_BYTES_MAX + " bytes");
    }

    private static int getLength(ByteBuffer source, int max, String what) throws CorruptionException {
        long length = getVarint(source);
        if (length < 0 || length > max) {
            throw corrupt("claims " + Long.toUnsignedString(length) + " " + what + " where at most " + max + " fit");
        }
        return (int) length;
    }

    private static CorruptionException corrupt(String what) {
        return new CorruptionException("A metadata batch " + what);
    }
}
