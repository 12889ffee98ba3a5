package io.varve.storage.metadata;

import java.util.Random;

/** Random changes over few short keys, so that they meet each other. */
final class RandomBatches {
    private static final Family[] FAMILIES = Family.values();

    private RandomBatches() {}

    /** Makes a batch of up to {@code operationsMax} changes. */
    static Batch batch(Random random, int operationsMax) {
        Batch batch = new Batch();
        int operations = random.nextInt(operationsMax + 1);
        for (int i = 0; i < operations; i++) {
            Family family = family(random);
            byte[] key = key(random);
            switch (random.nextInt(4)) {
                case 0 -> batch.delete(family, key);
                case 1 -> batch.put(family, key, value(random, family));
                default -> {
                    if (family.counter()) {
                        batch.add(family, key, delta(random));
                    } else {
                        batch.put(family, key, value(random, family));
                    }
                }
            }
        }
        return batch;
    }

    /** Picks one of four families, two of which hold counters, so that changes meet. */
    static Family family(Random random) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> Family.NOW;
            case 2 -> Family.PAST;
            case 3, 4 -> Family.COUNTS;
            case 5 -> Family.USAGE;
            default -> FAMILIES[random.nextInt(FAMILIES.length)];
        };
    }

    /** Makes a key of one to four bytes from a small alphabet that has both ends of the byte range. */
    static byte[] key(Random random) {
        byte[] alphabet = {0, 1, 'a', 'b', (byte) 0x80, (byte) 0xff};
        byte[] key = new byte[1 + random.nextInt(random.nextBoolean() ? 2 : 4)];
        for (int i = 0; i < key.length; i++) {
            key[i] = alphabet[random.nextInt(alphabet.length)];
        }
        return key;
    }

    static byte[] value(Random random, Family family) {
        if (family.counter()) {
            return Counters.encode(delta(random));
        }
        byte[] value = new byte[random.nextInt(20)];
        random.nextBytes(value);
        return value;
    }

    static long delta(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> -1;
            case 2 -> 0;
            default -> random.nextInt(-200, 200);
        };
    }
}
