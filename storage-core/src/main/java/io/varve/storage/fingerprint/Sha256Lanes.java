package io.varve.storage.fingerprint;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * SHA-256 (FIPS 180-4, section 6.2) of many messages side by side: each lane of the widest vector registers carries one message, after
 * the idea of Gueron and Krasnov, "Simultaneous hashing of multiple messages" (IACR ePrint 2012/371). A processor without SHA
 * instructions hashes several times as fast this way, because one message alone leaves most of it idle.
 *
 * <p>A lane whose message ends takes the next one, the longest first, so that the lanes end close together. A lane without a message
 * computes along with another's bytes, and nobody looks at its result.
 *
 * <p>Needs the module {@code jdk.incubator.vector}: {@link VectorLanes} says whether it may be used. One thread, one use.
 */
final class Sha256Lanes {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;

    /** Messages side by side. */
    static final int LANES = SPECIES.length();

    /** Fewer busy lanes than this do not pay for the idle ones. */
    static final int BUSY_LANES_MIN = 6;

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    private static final int BLOCK_BYTES = 64;
    private static final int ROUNDS = 64;
    private static final int WORDS = 16;
    private static final int STATE_WORDS = 8;

    private static final IntVector FIRST_HALVES = merged(0);
    private static final IntVector SECOND_HALVES = merged(LANES / 2);

    /** FIPS 180-4, section 4.2.2: the fraction bits of the cube roots of the first 64 primes. */
    private static final int[] K = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
    };

    /** FIPS 180-4, section 5.3.3: the fraction bits of the square roots of the first 8 primes. */
    private static final int[] INITIAL = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    };

    private final List<ByteBuffer> messages;
    private final Fingerprint[] fingerprints;

    /** The messages' numbers, the longest first, and how many of them have a lane or had one. */
    private final Integer[] order;

    private int begun;

    /** Word {@code i} of lane {@code l} lies at {@code i * LANES + l}, here and in the schedule. */
    private final int[] state = new int[STATE_WORDS * LANES];

    private final int[] schedule = new int[ROUNDS * LANES];

    /** As many words of every lane as there are lanes, on their way into the schedule. */
    private int[] square = new int[LANES * LANES];

    private int[] shuffled = new int[LANES * LANES];

    /** Where each lane's next block lies, and how many blocks lie there; none: the lane is idle. */
    private final byte[][] source = new byte[LANES][];

    private final int[] position = new int[LANES];
    private final int[] blocks = new int[LANES];

    private final int[] message = new int[LANES];
    private final byte[][] ending = new byte[LANES][2 * BLOCK_BYTES];
    private final boolean[] isEnding = new boolean[LANES];

    private Sha256Lanes(List<ByteBuffer> messages) {
        this.messages = messages;
        this.fingerprints = new Fingerprint[messages.size()];
        this.order = new Integer[messages.size()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(
                order, (a, b) -> messages.get(b).remaining() - messages.get(a).remaining());
    }

    /** Whether the messages keep enough lanes busy until the longest of them ends. */
    static boolean isFilledBy(List<ByteBuffer> messages) {
        long total = 0;
        int longest = 1;
        for (ByteBuffer message : messages) {
            total += message.remaining();
            longest = Math.max(longest, message.remaining());
        }
        return total / longest >= BUSY_LANES_MIN;
    }

    /** Hashes the remaining bytes of each buffer. All buffers must have arrays. */
    static List<Fingerprint> of(List<ByteBuffer> messages) {
        return new Sha256Lanes(messages).run();
    }

    private List<Fingerprint> run() {
        for (int lane = 0; lane < LANES; lane++) {
            begin(lane);
        }
        for (int count = shortest(); count > 0; count = shortest()) {
            for (int block = 0; block < count; block++) {
                load(block * BLOCK_BYTES);
                expand(schedule);
                compress(state, schedule);
            }
            for (int lane = 0; lane < LANES; lane++) {
                advance(lane, count);
            }
        }
        return List.of(fingerprints);
    }

    /** The blocks that every busy lane has, after pointing the idle ones to the same; 0 if all are idle. */
    private int shortest() {
        int busy = -1;
        for (int lane = 0; lane < LANES; lane++) {
            if (blocks[lane] > 0 && (busy < 0 || blocks[lane] < blocks[busy])) {
                busy = lane;
            }
        }
        if (busy < 0) {
            return 0;
        }
        for (int lane = 0; lane < LANES; lane++) {
            if (blocks[lane] == 0) {
                source[lane] = source[busy];
                position[lane] = position[busy];
            }
        }
        return blocks[busy];
    }

    /** Gives the lane the next message, if there is one. */
    private void begin(int lane) {
        if (begun == order.length) {
            return;
        }
        message[lane] = order[begun++];
        ByteBuffer bytes = messages.get(message[lane]);
        for (int word = 0; word < STATE_WORDS; word++) {
            state[word * LANES + lane] = INITIAL[word];
        }
        source[lane] = bytes.array();
        position[lane] = bytes.arrayOffset() + bytes.position();
        blocks[lane] = bytes.remaining() / BLOCK_BYTES;
        if (blocks[lane] == 0) {
            end(lane);
        }
    }

    private void advance(int lane, int count) {
        if (blocks[lane] == 0) {
            return;
        }
        position[lane] += count * BLOCK_BYTES;
        blocks[lane] -= count;
        if (blocks[lane] > 0) {
            return;
        }
        if (isEnding[lane]) {
            isEnding[lane] = false;
            fingerprints[message[lane]] = new Fingerprint(word(lane, 0), word(lane, 2), word(lane, 4), word(lane, 6));
            begin(lane);
        } else {
            end(lane);
        }
    }

    /** Points the lane to the rest of its message, padded as FIPS 180-4, section 5.1.1 says. */
    private void end(int lane) {
        ByteBuffer bytes = messages.get(message[lane]);
        int rest = bytes.remaining() % BLOCK_BYTES;
        byte[] padded = ending[lane];
        System.arraycopy(bytes.array(), bytes.arrayOffset() + bytes.limit() - rest, padded, 0, rest);
        padded[rest] = (byte) 0x80;
        int size = rest + 1 + Long.BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
        Arrays.fill(padded, rest + 1, size, (byte) 0);
        ByteBuffer.wrap(padded).putLong(size - Long.BYTES, (long) bytes.remaining() * Byte.SIZE);
        source[lane] = padded;
        position[lane] = 0;
        blocks[lane] = size / BLOCK_BYTES;
        isEnding[lane] = true;
    }

    private long word(int lane, int index) {
        return (long) state[index * LANES + lane] << 32 | (state[(index + 1) * LANES + lane] & 0xFFFFFFFFL);
    }

    /**
     * Brings one block of every lane into the first 16 words of the schedule: a square of lanes and words at a time is transposed by
     * perfect shuffles, as many as halve the lanes down to one. A gather of each word waits for memory, and takes twice as long.
     */
    private void load(int offset) {
        for (int word = 0; word < WORDS; word += LANES) {
            int from = offset + word * Integer.BYTES;
            for (int lane = 0; lane < LANES / 2; lane++) {
                shuffle(bytes(lane, from), bytes(lane + LANES / 2, from), square, lane);
            }
            for (int done = 2; done < LANES / 2; done *= 2) {
                for (int row = 0; row < LANES / 2; row++) {
                    shuffle(row(square, row), row(square, row + LANES / 2), shuffled, row);
                }
                int[] swap = square;
                square = shuffled;
                shuffled = swap;
            }
            for (int row = 0; row < LANES / 2; row++) {
                shuffle(bigEndian(square, row), bigEndian(square, row + LANES / 2), schedule, word / 2 + row);
            }
        }
    }

    private IntVector bytes(int lane, int from) {
        return ByteVector.fromArray(BYTES, source[lane], position[lane] + from).reinterpretAsInts();
    }

    private static IntVector row(int[] rows, int row) {
        return IntVector.fromArray(SPECIES, rows, row * LANES);
    }

    private static IntVector bigEndian(int[] rows, int row) {
        IntVector littleEndian = row(rows, row);
        return rotate(littleEndian, 8)
                .and(0xff00ff00)
                .or(rotate(littleEndian, 24).and(0x00ff00ff));
    }

    /** Merges two rows word by word into two rows. */
    private static void shuffle(IntVector x, IntVector y, int[] target, int pair) {
        FIRST_HALVES.selectFrom(x, y).intoArray(target, 2 * pair * LANES);
        SECOND_HALVES.selectFrom(x, y).intoArray(target, (2 * pair + 1) * LANES);
    }

    private static void expand(int[] w) {
        for (int t = WORDS; t < ROUNDS; t++) {
            IntVector w15 = IntVector.fromArray(SPECIES, w, (t - 15) * LANES);
            IntVector w2 = IntVector.fromArray(SPECIES, w, (t - 2) * LANES);
            IntVector sigma0 = xor(rotate(w15, 7), rotate(w15, 18), w15.lanewise(VectorOperators.LSHR, 3));
            IntVector sigma1 = xor(rotate(w2, 17), rotate(w2, 19), w2.lanewise(VectorOperators.LSHR, 10));
            IntVector.fromArray(SPECIES, w, (t - 16) * LANES)
                    .add(sigma0)
                    .add(IntVector.fromArray(SPECIES, w, (t - 7) * LANES))
                    .add(sigma1)
                    .intoArray(w, t * LANES);
        }
    }

    /** One round a turn: written out eight times, the loop grows beyond what the compiler keeps in registers. */
    private static void compress(int[] state, int[] w) {
        IntVector a = IntVector.fromArray(SPECIES, state, 0);
        IntVector b = IntVector.fromArray(SPECIES, state, LANES);
        IntVector c = IntVector.fromArray(SPECIES, state, 2 * LANES);
        IntVector d = IntVector.fromArray(SPECIES, state, 3 * LANES);
        IntVector e = IntVector.fromArray(SPECIES, state, 4 * LANES);
        IntVector f = IntVector.fromArray(SPECIES, state, 5 * LANES);
        IntVector g = IntVector.fromArray(SPECIES, state, 6 * LANES);
        IntVector h = IntVector.fromArray(SPECIES, state, 7 * LANES);
        for (int t = 0; t < ROUNDS; t++) {
            // What the round before makes last is added last.
            IntVector choice = g.lanewise(VectorOperators.XOR, e.and(f.lanewise(VectorOperators.XOR, g)));
            IntVector t1 = h.add(IntVector.fromArray(SPECIES, w, t * LANES).add(K[t]))
                    .add(choice)
                    .add(xor(rotate(e, 6), rotate(e, 11), rotate(e, 25)));
            IntVector majority = a.and(b).or(c.and(a.or(b)));
            IntVector t2 = majority.add(xor(rotate(a, 2), rotate(a, 13), rotate(a, 22)));
            h = g;
            g = f;
            f = e;
            e = d.add(t1);
            d = c;
            c = b;
            b = a;
            a = t1.add(t2);
        }
        accumulate(state, 0, a);
        accumulate(state, 1, b);
        accumulate(state, 2, c);
        accumulate(state, 3, d);
        accumulate(state, 4, e);
        accumulate(state, 5, f);
        accumulate(state, 6, g);
        accumulate(state, 7, h);
    }

    private static void accumulate(int[] state, int word, IntVector value) {
        IntVector.fromArray(SPECIES, state, word * LANES).add(value).intoArray(state, word * LANES);
    }

    /** Which words of two rows, the second one's counted on from the first one's, make a row of their merger. */
    private static IntVector merged(int from) {
        int[] indexes = new int[LANES];
        Arrays.setAll(indexes, i -> from + i / 2 + (i % 2) * LANES);
        return IntVector.fromArray(SPECIES, indexes, 0);
    }

    private static IntVector rotate(IntVector value, int right) {
        return value.lanewise(VectorOperators.ROR, right);
    }

    private static IntVector xor(IntVector x, IntVector y, IntVector z) {
        return x.lanewise(VectorOperators.XOR, y).lanewise(VectorOperators.XOR, z);
    }
}
