package io.varve.app.load;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Flips bits in the segment files of a running server while versions are read back from it: what comes must be right, or must not come.
 * Whatever is refused is stored once more, which has to heal it. Exit code 0 if no wrong byte came and all was whole at the end.
 */
@Command(
        name = "bit-flips",
        description = "Flip bits under a running Varve and read from it; see docs/benchmarks.md.",
        mixinStandardHelpOptions = true)
public final class BitFlips implements Callable<Integer> {
    private static final int FAILED = 1;

    /** A segment's first block is read when it is opened, and never again by a running server. */
    private static final int BLOCK = 4096;

    /** Nothing is kept in memory that was read once, so that every read is one of the disk. */
    private static final List<String> SETTINGS = List.of("--varve.memory.cache=0");

    private final PrintStream out = System.out;

    @Option(names = "--seconds", description = "How long. Default: ${DEFAULT-VALUE}.")
    private int seconds = 3600;

    @Option(names = "--files", description = "Files, each with several versions. Default: ${DEFAULT-VALUE}.")
    private int files = 60;

    @Option(names = "--flips", description = "Bits flipped between two reads, up to. Default: ${DEFAULT-VALUE}.")
    private int flips = 4;

    @Option(names = "--seed", description = "Makes a run that repeats another. Default: the time.")
    private long seed = System.nanoTime();

    @Option(names = "--varve-java", description = "A JVM flag for Varve after its launcher's. May be repeated.")
    private List<String> varveJava = List.of();

    @Option(names = "--dir", description = "Where the server's data lie. Default: ${DEFAULT-VALUE}.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    /** Runs the program. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new BitFlips());
        line.setExecutionExceptionHandler((failure, at, parsed) -> {
            at.getErr().println("bit-flips: " + failure.getMessage());
            return FAILED;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (TestBed bed = new TestBed(parent)) {
            VarveLauncher launcher = new VarveLauncher(Path.of("").toAbsolutePath(), varveJava, SETTINGS);
            RunningServer server = bed.start(launcher::start);
            Path data = bed.directory().resolve("server-1").resolve("data");
            Path segments = data.resolve("segments");
            DamagedVersions versions = new DamagedVersions(server, data, files, random.split());
            versions.store();
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            long flipped = 0;
            while (System.nanoTime() < end) {
                for (int flip = random.nextInt(1, flips + 1); flip > 0; flip--) {
                    flipped += flip(segments, random) ? 1 : 0;
                }
                versions.read();
            }
            boolean whole = versions.healAll();
            out.printf(
                    Locale.ROOT,
                    "%d s, %d bits flipped, %d reads of %.1f MB: %d right, %d refused, %d wrong; %d stored again, all whole at the end: %s%n",
                    seconds,
                    flipped,
                    versions.reads(),
                    versions.bytesRead() / 1e6,
                    versions.reads() - versions.refused() - versions.wrong(),
                    versions.refused(),
                    versions.wrong(),
                    versions.healed(),
                    whole);
            return versions.wrong() == 0 && whole ? 0 : FAILED;
        }
    }

    /** Flips one bit of a segment; false if a file has gone meanwhile, or is empty. */
    private static boolean flip(Path segments, SplittableRandom random) throws IOException {
        List<Path> found;
        try (Stream<Path> all = Files.list(segments)) {
            found = all.filter(path -> path.toString().endsWith(".seg"))
                    .sorted()
                    .toList();
        }
        if (found.isEmpty()) {
            return false;
        }
        Path file = found.get(random.nextInt(found.size()));
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DSYNC)) {
            if (channel.size() <= BLOCK) {
                return false;
            }
            long at = random.nextLong(BLOCK, channel.size());
            ByteBuffer octet = ByteBuffer.allocate(1);
            if (channel.read(octet, at) != 1) {
                return false;
            }
            octet.put(0, (byte) (octet.get(0) ^ 1 << random.nextInt(Byte.SIZE)));
            return channel.write(octet.flip(), at) == 1;
        }
    }
}
