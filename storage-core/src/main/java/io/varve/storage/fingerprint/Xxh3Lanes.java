package io.varve.storage.fingerprint;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * XXH3-64 with seed 0 of long inputs (xxHash specification 0.2.0, "XXH3 algorithm for long inputs"), with the eight accumulators in one
 * vector register or two. Needs the module {@code jdk.incubator.vector}: {@link VectorLanes} says whether it may be used.
 */
final class Xxh3Lanes {
    /** Shorter inputs have other rules, or little to gain. */
    static final int INPUT_BYTES_MIN = 1024;

    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final VectorShuffle<Long> SWAPPED = VectorShuffle.fromOp(SPECIES, i -> i ^ 1);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int ACCUMULATORS = 8;
    private static final int STRIPE_BYTES = 64;
    private static final int BLOCK_STRIPES = 16;
    private static final int BLOCK_BYTES = BLOCK_STRIPES * STRIPE_BYTES;
    private static final int SCRAMBLE_SECRET = 128;
    private static final int LAST_STRIPE_SECRET = 121;
    private static final int MERGE_SECRET = 11;

    private static final long PRIME32_1 = 0x9E3779B1L;
    private static final long PRIME32_2 = 0x85EBCA77L;
    private static final long PRIME32_3 = 0xC2B2AE3DL;
    private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME64_3 = 0x165667B19E3779F9L;
    private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME64_5 = 0x27D4EB2F165667C5L;
    private static final long PRIME_MX1 = 0x165667919E3779F9L;

    /** The specification's default secret. */
    private static final byte[] SECRET = HexFormat.of()
            .parseHex("b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                    + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                    + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                    + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                    + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                    + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

    private Xxh3Lanes() {}

    /** Hashes a run of at least {@link #INPUT_BYTES_MIN} bytes. */
    static long hash(byte[] bytes, int offset, int length) {
        long[] accumulators = {PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1};
        int blocks = (length - 1) / BLOCK_BYTES;
        for (int half = 0; half < ACCUMULATORS; half += SPECIES.length()) {
            accumulate(accumulators, half, bytes, offset, length, blocks);
        }
        long hash = length * PRIME64_1;
        for (int i = 0; i < ACCUMULATORS; i += 2) {
            long low = accumulators[i] ^ secret(MERGE_SECRET + i * Long.BYTES);
            long high = accumulators[i + 1] ^ secret(MERGE_SECRET + (i + 1) * Long.BYTES);
            hash += (low * high) ^ Math.unsignedMultiplyHigh(low, high);
        }
        hash ^= hash >>> 37;
        hash *= PRIME_MX1;
        return hash ^ (hash >>> 32);
    }

    private static void accumulate(long[] accumulators, int half, byte[] bytes, int offset, int length, int blocks) {
        LongVector sums = LongVector.fromArray(SPECIES, accumulators, half);
        LongVector scramble = secret(SCRAMBLE_SECRET, half);
        int at = offset + half * Long.BYTES;
        for (int block = 0; block < blocks; block++) {
            for (int stripe = 0; stripe < BLOCK_STRIPES; stripe++) {
                sums = add(sums, bytes, at, secret(stripe * Long.BYTES, half));
                at += STRIPE_BYTES;
            }
            sums = sums.lanewise(VectorOperators.XOR, sums.lanewise(VectorOperators.LSHR, 47))
                    .lanewise(VectorOperators.XOR, scramble)
                    .mul(PRIME32_1);
        }
        int stripes = (length - 1 - blocks * BLOCK_BYTES) / STRIPE_BYTES;
        for (int stripe = 0; stripe < stripes; stripe++) {
            sums = add(sums, bytes, at, secret(stripe * Long.BYTES, half));
            at += STRIPE_BYTES;
        }
        int last = offset + length - STRIPE_BYTES + half * Long.BYTES;
        add(sums, bytes, last, secret(LAST_STRIPE_SECRET, half)).intoArray(accumulators, half);
    }

    private static LongVector add(LongVector sums, byte[] bytes, int at, LongVector secret) {
        LongVector input = ByteVector.fromArray(BYTES, bytes, at).reinterpretAsLongs();
        LongVector keyed = input.lanewise(VectorOperators.XOR, secret);
        LongVector product = keyed.and(0xFFFFFFFFL).mul(keyed.lanewise(VectorOperators.LSHR, 32));
        return sums.add(input.rearrange(SWAPPED)).add(product);
    }

    private static LongVector secret(int offset, int half) {
        return ByteVector.fromArray(BYTES, SECRET, offset + half * Long.BYTES).reinterpretAsLongs();
    }

    private static long secret(int offset) {
        return (long) LONG.get(SECRET, offset);
    }
}
