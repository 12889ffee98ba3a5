package io.varve.storage.io;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The disk engines beside fio, in turns on the same file: operations in a second and processor time for each, ours over fio's.
 *
 * <p>{@code java --enable-native-access=ALL-UNNAMED -cp … io.varve.storage.io.EngineLoad DIRECTORY MIB ROUNDS SECONDS [ROW…]}: makes a
 * file of so many MiB there, and removes it. Each row runs once before it counts, then in so many rounds of so many seconds, ours
 * and the other's in turns. The rows: {@code 4k}, {@code 64k}, {@code 1m} random reads with 32, 16 and 4 requests under way against fio
 * with io_uring, registered buffers and files; {@code batch} {@code readMany} of 32 reads of 16 KiB against the same reads one after
 * another by direct channel; {@code write} 128 appended writes of 1 MiB, each waited for, against fio's.
 */
public final class EngineLoad {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;
    private static final String FILE = "engine-load.bin";
    private static final int LIST = 8192;

    /** A disk's allowance for bursts should take both sides of a round. */
    private static final long WRITTEN = 128L * MIB;

    private static final Pattern NUMBER = Pattern.compile("-?[0-9.]+");

    /** What a round brought: operations, seconds, and processor seconds. */
    private record Outcome(long operations, double seconds, double cpuSeconds) {
        double perSecond() {
            return operations / seconds;
        }

        double cpuMicros() {
            return cpuSeconds * 1e6 / operations;
        }
    }

    private interface Round {
        Outcome run() throws IOException, InterruptedException;
    }

    private interface Step {
        /** Does some operations and says how many. */
        int run() throws IOException;
    }

    private final Path directory;
    private final long bytes;
    private final int rounds;
    private final int seconds;
    private final Random random = new Random(1);

    private EngineLoad(Path directory, long bytes, int rounds, int seconds) {
        this.directory = directory;
        this.bytes = bytes;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        EngineLoad load = new EngineLoad(
                Path.of(args[0]), Long.parseLong(args[1]) * MIB, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        List<String> rows = args.length > 4
                ? Arrays.asList(args).subList(4, args.length)
                : List.of("4k", "64k", "1m", "batch", "write");
        load.fill();
        try {
            for (String row : rows) {
                load.row(row);
            }
        } finally {
            Files.delete(load.directory.resolve(FILE));
        }
    }

    private void row(String row) throws IOException, InterruptedException {
        switch (row) {
            case "4k" -> reads(row, 4 * KIB, 32);
            case "64k" -> reads(row, 64 * KIB, 16);
            case "1m" -> reads(row, MIB, 4);
            case "batch" -> batch();
            case "write" -> compare("write 1m", this::appends, () -> fio("write", MIB, 1));
            default -> throw new IllegalArgumentException("No such row: " + row);
        }
    }

    private void fill() throws IOException {
        FileDeviceDirectory files = FileDeviceDirectory.open(directory);
        System.out.println(files.engine());
        if (files.exists(FILE)) {
            files.delete(FILE);
        }
        ByteBuffer buffer = AlignedBuffers.allocate(MIB);
        byte[] noise = new byte[MIB];
        random.nextBytes(noise);
        try (BlockDevice device = files.create(FILE)) {
            for (long at = 0; at < bytes; at += MIB) {
                device.write(buffer.clear().put(noise).flip(), at);
            }
            device.sync();
        }
    }

    private void reads(String row, int size, int depth) throws IOException, InterruptedException {
        RingPool rings = new RingPool(depth, 1, SystemCalls::ringEnter);
        try (BlockDevice device = new RingDevice(directory.resolve(FILE), rings, () -> {})) {
            // Long lists keep the queue full, as fio does. Buffers return after as many requests as may be under way,
            // as fio's do.
            List<ByteBuffer> buffers = buffers(LIST, depth, size);
            compare(
                    "read " + row + " depth " + depth,
                    () -> timed(() -> readMany(device, buffers, size)),
                    () -> fio("randread", size, depth));
        } finally {
            rings.trim();
        }
    }

    private void batch() throws IOException, InterruptedException {
        int size = 16 * KIB;
        FileDeviceDirectory ringed = FileDeviceDirectory.open(directory);
        FileDeviceDirectory direct = FileDeviceDirectory.open(directory, Optional.of(IoEngine.Kind.DIRECT));
        List<ByteBuffer> buffers = buffers(32, 32, size);
        try (BlockDevice device = ringed.open(FILE);
                BlockDevice serial = direct.open(FILE)) {
            compare(
                    "readMany 32 x 16k against serial",
                    () -> timed(() -> readMany(device, buffers, size)),
                    () -> timed(() -> readEach(serial, buffers, size)));
        }
    }

    private int readMany(BlockDevice device, List<ByteBuffer> buffers, int size) throws IOException {
        List<ReadRequest> requests = new ArrayList<>(buffers.size());
        for (ByteBuffer buffer : buffers) {
            requests.add(new ReadRequest(buffer.clear(), position(size)));
        }
        device.readMany(requests);
        for (ReadRequest request : requests) {
            if (request.bytesRead() != size) {
                throw new IOException("A short read.");
            }
        }
        return buffers.size();
    }

    private int readEach(BlockDevice device, List<ByteBuffer> buffers, int size) throws IOException {
        for (ByteBuffer buffer : buffers) {
            device.read(buffer.clear(), position(size));
        }
        return buffers.size();
    }

    private long position(int size) {
        return random.nextLong(bytes / size) * size;
    }

    private Outcome appends() throws IOException {
        FileDeviceDirectory files = FileDeviceDirectory.open(directory);
        ByteBuffer buffer = buffers(1, 1, MIB).getFirst();
        try (BlockDevice device = files.create("engine-load-append.bin")) {
            long[] at = {0};
            Step step = () -> {
                device.write(buffer.clear(), at[0]);
                at[0] += MIB;
                return 1;
            };
            return timed(step, () -> at[0] < WRITTEN);
        } finally {
            files.delete("engine-load-append.bin");
        }
    }

    /** From a pool, as those are that segments are written from and read into. */
    private static List<ByteBuffer> buffers(int count, int different, int size) throws IOException {
        BufferPool pool =
                new BufferPool("buffers", Math.max((long) different * size, 2L * MIB), size, Duration.ofSeconds(1));
        List<ByteBuffer> buffers = new ArrayList<>(count);
        for (int i = 0; i < different; i++) {
            buffers.add(pool.acquire().buffer());
        }
        for (int i = different; i < count; i++) {
            buffers.add(buffers.get(i % different).duplicate());
        }
        return buffers;
    }

    private Outcome timed(Step step) throws IOException {
        long until = System.nanoTime() + seconds * 1_000_000_000L;
        return timed(step, () -> System.nanoTime() < until);
    }

    private static Outcome timed(Step step, BooleanSupplier more) throws IOException {
        long begun = System.nanoTime();
        double cpuBegun = cpuSeconds();
        long operations = 0;
        do {
            operations += step.run();
        } while (more.getAsBoolean());
        return new Outcome(operations, (System.nanoTime() - begun) / 1e9, cpuSeconds() - cpuBegun);
    }

    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    private Outcome fio(String kind, int size, int depth) throws IOException, InterruptedException {
        boolean writes = kind.equals("write");
        Path file = directory.resolve(writes ? "engine-load-fio.bin" : FILE);
        List<String> command = new ArrayList<>(List.of(
                "fio",
                "--name=other",
                "--filename=" + file,
                "--size=" + (writes ? WRITTEN : bytes),
                "--rw=" + kind,
                "--bs=" + size,
                "--iodepth=" + depth,
                "--ioengine=io_uring",
                "--direct=1",
                "--fixedbufs=1",
                "--registerfiles=1",
                "--fallocate=none",
                "--output-format=json"));
        if (!writes) {
            command.addAll(List.of("--time_based=1", "--runtime=" + seconds));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(json);
        }
        if (writes) {
            Files.delete(file);
        }
        String of = json.substring(json.indexOf(writes ? "\"write\" :" : "\"read\" :"));
        double elapsed = number(of, "runtime") / 1000;
        double cpu = (number(json, "usr_cpu") + number(json, "sys_cpu")) / 100 * elapsed;
        return new Outcome((long) number(of, "total_ios"), elapsed, cpu);
    }

    private static double number(String json, String name) {
        Matcher found = NUMBER.matcher(json);
        if (!found.find(json.indexOf("\"" + name + "\" :") + name.length() + 3)) {
            throw new IllegalArgumentException("No " + name + " in fio's answer.");
        }
        return Double.parseDouble(found.group());
    }

    private void compare(String name, Round ours, Round others) throws IOException, InterruptedException {
        // Twice, for the compiler's sake.
        ours.run();
        ours.run();
        double[] rates = new double[rounds];
        double[] costs = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            // Each goes first every other time: a disk that was let run fast for a while may be slow afterwards.
            boolean first = round % 2 == 0;
            Outcome before = first ? ours.run() : others.run();
            Outcome after = first ? others.run() : ours.run();
            Outcome mine = first ? before : after;
            Outcome theirs = first ? after : before;
            rates[round] = mine.perSecond() / theirs.perSecond();
            costs[round] = mine.cpuMicros() / theirs.cpuMicros();
            System.out.printf(
                    Locale.ROOT,
                    "%s: ours %.0f/s %.2f us, other %.0f/s %.2f us: rate x%.2f, cpu x%.2f%n",
                    name,
                    mine.perSecond(),
                    mine.cpuMicros(),
                    theirs.perSecond(),
                    theirs.cpuMicros(),
                    rates[round],
                    costs[round]);
        }
        Arrays.sort(rates);
        Arrays.sort(costs);
        System.out.printf(
                Locale.ROOT, "%s: median rate x%.2f, cpu x%.2f%n", name, rates[rounds / 2], costs[rounds / 2]);
    }
}
