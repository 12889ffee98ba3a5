package io.varve.storage.access;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106), version 1.3, by Bouncy Castle, whose classes are loaded when the first hash is computed: a server without such
 * passwords never has them. Lanes are computed one after the other. Thread-safe; each call has memory of its own.
 */
final class Argon2id {
    /** The version of the algorithm, as it stands in {@link PasswordHash}. */
    static final int VERSION = 19;

    private static final int BLOCKS_OF_LANE_MIN = 8;

    private Argon2id() {}

    /**
     * What a hash costs.
     *
     * @param memory in KiB, taken from the heap while a hash is computed
     * @param passes over the memory, 1 or more
     * @param lanes how many threads could compute it at once, 1 or more; each needs 8 KiB
     */
    record Cost(int memory, int passes, int lanes) {
        /** @throws IllegalArgumentException if there is no such hash */
        Cost {
            if (passes < 1 || lanes < 1 || memory / BLOCKS_OF_LANE_MIN < lanes) {
                throw new IllegalArgumentException(
                        "Argon2 has no cost of " + memory + " KiB, " + passes + " passes, " + lanes + " lanes");
            }
        }

        /** Whether guessing is cheaper by any measure than at another cost; more lanes alone make nothing dearer. */
        boolean isBelow(Cost other) {
            return memory < other.memory || passes < other.passes;
        }
    }

    /**
     * Computes a hash.
     *
     * @param salt 8 bytes or more
     * @param length of the hash in bytes, 4 or more
     */
    static byte[] hash(byte[] password, Cost cost, byte[] salt, int length) {
        return hash(password, parameters(cost, salt).build(), length);
    }

    /** The parameters of the function without those that are not used here: a secret and associated data. */
    static Argon2Parameters.Builder parameters(Cost cost, byte[] salt) {
        return new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(VERSION)
                .withMemoryAsKB(cost.memory())
                .withIterations(cost.passes())
                .withParallelism(cost.lanes())
                .withSalt(salt);
    }

    static byte[] hash(byte[] password, Argon2Parameters parameters, int length) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(parameters);
        byte[] hash = new byte[length];
        generator.generateBytes(password, hash);
        return hash;
    }
}
