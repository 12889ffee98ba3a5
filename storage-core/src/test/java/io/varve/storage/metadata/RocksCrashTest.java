package io.varve.storage.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that writes, and looks at what it left. */
class RocksCrashTest {
    private static final long SEED = 20261121;
    private static final int KILLS = 3;

    @TempDir
    private Path temporary;

    @Test
    void whatAKillLeavesIsExactlySomePrefixOfTheBatchesInAllFamilies() throws Exception {
        Path meta = temporary.resolve("meta");
        Random random = new Random(SEED);
        long left = 0;
        try (MemoryMetadataStore model = new MemoryMetadataStore()) {
            for (int kill = 0; kill < KILLS; kill++) {
                long told = writeAndKill(meta, left + 300 + random.nextInt(500));
                try (RocksMetadataStore store = RocksMetadataStore.open(meta, CrashingWriter.OPTIONS)) {
                    long found = store.counter(Family.USAGE, CrashingWriter.APPLIED);
                    assertThat(found).as("batches after kill %d", kill).isGreaterThanOrEqualTo(left);
                    // The process may have applied one that it could not tell of any more.
                    assertThat(found).isLessThanOrEqualTo(told + 1);
                    for (long number = left + 1; number <= found; number++) {
                        model.apply(CrashingWriter.batch(SEED, number));
                    }
                    assertThat(MetadataStoreContract.everything(store))
                            .as("after batch %d of %d told, kill %d", found, told, kill)
                            .isEqualTo(MetadataStoreContract.everything(model));
                    left = found;
                }
            }
        }
        assertThat(left).as("some batches were flushed").isPositive();
    }

    /** Runs the writer until it tells at least this number, kills it, and returns the last number it told. */
    private static long writeAndKill(Path meta, long number) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingWriter.class.getName(),
                        meta.toString(),
                        Long.toString(SEED))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader numbers = process.inputReader()) {
            long told = 0;
            for (String line = numbers.readLine(); line != null; line = numbers.readLine()) {
                told = Long.parseLong(line);
                if (told == number) {
                    // By its handle, so that what it told before it died can still be read.
                    process.toHandle().destroyForcibly();
                }
            }
            assertThat(told).as("the writer ran until it was killed").isGreaterThanOrEqualTo(number);
            return told;
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
