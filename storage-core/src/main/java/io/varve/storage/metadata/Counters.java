package io.varve.storage.metadata;

import io.varve.storage.io.CorruptionException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The form of counters: 8 bytes, little endian, two's complement. It is the form RocksDB's {@code uint64add} merges, to which
 * adding the two's complement of 1 is subtracting 1.
 */
final class Counters {
    static final int BYTES = Long.BYTES;

    private static final VarHandle LITTLE_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Counters() {}

    static byte[] encode(long value) {
        byte[] bytes = new byte[BYTES];
        LITTLE_ENDIAN.set(bytes, 0, value);
        return bytes;
    }

    static long decode(Family family, byte[] value) throws CorruptionException {
        if (value.length != BYTES) {
            throw new CorruptionException(
                    "A counter in " + family + " has " + value.length + " bytes instead of " + BYTES);
        }
        return decode(value);
    }

    /** Decodes a value that is known to be a counter. */
    static long decode(byte[] value) {
        return (long) LITTLE_ENDIAN.get(value, 0);
    }

    static void requireCounters(Family family) {
        if (!family.counter()) {
            throw new IllegalArgumentException(family + " holds no counters");
        }
    }

    /** Returns the value if it may be stored in the family. */
    static byte[] requireStorable(Family family, byte[] value) {
        if (family.counter() && value.length != BYTES) {
            throw new IllegalArgumentException("a counter has " + BYTES + " bytes, this value " + value.length);
        }
        return value;
    }
}
