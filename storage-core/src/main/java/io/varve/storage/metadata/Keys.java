package io.varve.storage.metadata;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** The order of keys and what follows from it. */
final class Keys {
    /** The order of all keys: bytes as unsigned numbers, a prefix before what it begins. */
    static final Comparator<byte[]> ORDER = Arrays::compareUnsigned;

    private Keys() {}

    /** Returns the first key after all keys that begin with the prefix, or null if there can be none. */
    static byte @Nullable [] afterPrefix(byte[] prefix) {
        int length = prefix.length;
        while (length > 0 && prefix[length - 1] == (byte) 0xff) {
            length--;
        }
        if (length == 0) {
            return null;
        }
        byte[] after = Arrays.copyOf(prefix, length);
        after[length - 1]++;
        return after;
    }

    /** Tells whether no key can lie in the range. */
    static boolean isEmpty(byte[] from, byte @Nullable [] toExclusive) {
        return toExclusive != null && Arrays.compareUnsigned(from, toExclusive) >= 0;
    }

    /** Returns the key if it may be stored. */
    static byte[] requireStorable(byte[] key) {
        if (key.length < 1 || key.length > Batch.KEY_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a key has 1 to " + Batch.KEY_BYTES_MAX + " bytes, this one " + key.length);
        }
        return key;
    }
}
