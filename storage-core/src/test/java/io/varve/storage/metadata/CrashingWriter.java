package io.varve.storage.metadata;

import static io.varve.storage.metadata.MetadataStoreContract.key;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process that applies batches to a RocksDB store and tells the number of each, until somebody kills it. Which batch has which number
 * is known beforehand, so that what is found afterwards can be compared.
 */
final class CrashingWriter {
    static final byte[] APPLIED = key("applied");
    static final RocksMetadataOptions OPTIONS = new RocksMetadataOptions(1 << 20, 1 << 20, 64);

    private CrashingWriter() {}

    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        long seed = Long.parseLong(arguments[1]);
        try (RocksMetadataStore store = RocksMetadataStore.open(Path.of(arguments[0]), OPTIONS)) {
            for (long number = store.counter(Family.USAGE, APPLIED) + 1; ; number++) {
                store.apply(batch(seed, number));
                out.println(number);
            }
        }
    }

    /** Returns the batch of that number, from 1. It says its number twice, by value and by counting, and adds to every family. */
    static Batch batch(long seed, long number) {
        Random random = new Random(seed * 31 + number);
        Batch batch = RandomBatches.batch(random, 40);
        for (Family family : Family.values()) {
            byte[] value = new byte[family.counter() ? Counters.BYTES : 100];
            random.nextBytes(value);
            batch.put(family, key("key" + number % 500), value);
        }
        return batch.put(Family.SYSTEM, APPLIED, Counters.encode(number)).add(Family.USAGE, APPLIED, 1);
    }
}
