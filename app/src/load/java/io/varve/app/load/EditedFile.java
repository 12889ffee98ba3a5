package io.varve.app.load;

import io.varve.app.load.EditedFileResult.FirstBytes;
import io.varve.app.load.EditedFileResult.Measured;
import io.varve.app.load.Payload.Content;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Stores many versions of one large file with small edits: what the edits cost on disk before background work, which is what deduplication
 * alone makes of them, and after it; how soon any version begins to come back, and how fast the oldest and the newest do. Exit code 0 if
 * they came back as they were.
 */
@Command(
        name = "edited-file",
        description = "Store many versions of a large file with small edits in Varve; see docs/benchmarks.md.",
        mixinStandardHelpOptions = true)
public final class EditedFile implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final double MEGA = 1e6;
    private static final double NANOS_PER_MILLI = 1e6;

    /** How an edit is made: three of four in place, the others put bytes in or take some out. */
    private static final int EDIT_KINDS = 4;

    private final PrintStream out = System.out;
    private final List<String> arguments;
    private final SplittableRandom random = new SplittableRandom(21);

    @Option(names = "--versions", description = "How many. Default: ${DEFAULT-VALUE}.")
    private int versions = 50;

    @Option(names = "--bytes", description = "The file's length. Default: ${DEFAULT-VALUE}.")
    private long bytes = 1_000_000_000;

    @Option(names = "--edits", description = "Edits from one version to the next. Default: ${DEFAULT-VALUE}.")
    private int edits = 20;

    @Option(names = "--edit-bytes", description = "The longest edit. Default: ${DEFAULT-VALUE}.")
    private int editBytes = 1000;

    @Option(names = "--content", description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Content content = Content.TEXT;

    @Option(names = "--varve-java", description = "A JVM flag for Varve after its launcher's. May be repeated.")
    private List<String> varveJava = List.of();

    @Option(
            names = "--file-dir",
            description = "Where the file lies, three times at most; best in memory. Default: ${DEFAULT-VALUE}.")
    private Path fileParent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--dir",
            description = "Where the server's data lie, and what is restored. Default: ${DEFAULT-VALUE}.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--name", description = "Short name of the result. Default: ${DEFAULT-VALUE}.")
    private String name = "edited-file";

    @Option(names = "--results", description = "Where the result is written. Default: ${DEFAULT-VALUE}.")
    private Path results = Path.of("docs", "benchmarks", "corpora");

    private EditedFile(List<String> arguments) {
        this.arguments = arguments;
    }

    /** Runs the program. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new EditedFile(Arrays.asList(args)));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, at, parsed) -> {
            at.getErr().println("edited-file: " + failure.getMessage());
            return FAILED;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Machine machine = Machine.here(parent);
        out.println(machine);
        try (TestBed files = new TestBed(fileParent);
                TestBed bed = new TestBed(parent);
                BoundedCommands commands = new BoundedCommands(bed.directory(), Duration.ofMinutes(1));
                VarveStore varve =
                        new VarveStore(bed, new VarveLauncher(Path.of("").toAbsolutePath(), varveJava))) {
            Measured measured = measure(varve, files.directory(), bed, commands);
            EditedFileResult result = new EditedFileResult(
                    name, started, String.join(" ", arguments), machine, varve.flags(), varve.release(), measured);
            print(measured);
            out.println("Result: " + ResultFiles.write(results, started, name, result));
        }
        return 0;
    }

    private Measured measure(VarveStore varve, Path files, TestBed bed, BoundedCommands commands) throws IOException {
        Path file = files.resolve("current" + content.suffix());
        Path oldest = files.resolve("oldest" + content.suffix());
        Payload payload = new Payload();
        make(file, payload);
        Files.copy(file, oldest);
        Path data = varve.open(Files.createDirectory(bed.directory().resolve("varve")));
        Cost first = varve.put(0, file);
        varve.settle();
        StoredBytes one = StoredBytes.of(data, commands);
        Cost others = Cost.NONE;
        long edited = 0;
        for (int version = 1; version < versions; version++) {
            edited += edit(file, payload);
            others = others.plus(varve.put(version, file));
        }
        StoredBytes arrived = StoredBytes.of(data, commands);
        Cost settled = varve.settle();
        StoredBytes stored = StoredBytes.of(data, commands);
        varve.restart();
        FirstBytes whole = firstBytes(varve, file, false);
        FirstBytes inside = firstBytes(varve, file, true);
        Cost newest = restore(varve, bed, versions - 1, file);
        Cost eldest = restore(varve, bed, 0, oldest);
        return new Measured(
                versions,
                Files.size(file),
                edited,
                one,
                arrived,
                stored,
                first,
                others,
                settled,
                whole,
                inside,
                newest,
                eldest);
    }

    private void make(Path file, Payload payload) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; left -= Payload.BYTES) {
                payload.fill(content);
                write(channel, payload.part(0, (int) Math.min(left, Payload.BYTES)));
            }
        }
    }

    private static void write(FileChannel channel, ByteBuffer part) throws IOException {
        while (part.hasRemaining()) {
            channel.write(part);
        }
    }

    /** Makes the next version by copying what stays; returns how many bytes were changed, put in or taken out. */
    private long edit(Path file, Payload payload) throws IOException {
        Path next = file.resolveSibling("next" + content.suffix());
        long changed = 0;
        long length = Files.size(file);
        long[] places = random.longs(edits, 0, length - editBytes).sorted().toArray();
        try (FileChannel from = FileChannel.open(file);
                FileChannel to = FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long at = 0;
            for (long place : places) {
                if (place < at) {
                    continue;
                }
                copy(from, at, place - at, to);
                int size = random.nextInt(1, editBytes + 1);
                int kind = random.nextInt(2 * EDIT_KINDS);
                boolean added = kind == 0;
                boolean removed = kind == 1;
                if (!removed) {
                    write(to, payload.part(random.nextInt(Payload.BYTES - size), size));
                }
                at = place + (added ? 0 : size);
                changed += size;
            }
            copy(from, at, length - at, to);
        }
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        return changed;
    }

    private static void copy(FileChannel from, long at, long length, FileChannel to) throws IOException {
        for (long done = 0; done < length; ) {
            done += from.transferTo(at + done, length - done, to);
        }
    }

    /** Asks for every version once, in any order, from its beginning or from somewhere inside. */
    private FirstBytes firstBytes(VarveStore varve, Path file, boolean inside) throws IOException {
        List<Integer> order = new ArrayList<>();
        for (int version = 0; version < versions; version++) {
            order.add(version);
        }
        Collections.shuffle(order, new Random(22));
        List<Double> millis = new ArrayList<>();
        for (int version : order) {
            long at = inside ? random.nextLong(Files.size(file) / 2) : 0;
            millis.add(varve.nanosToFirstByte(version, file, at) / NANOS_PER_MILLI);
        }
        Collections.sort(millis);
        return new FirstBytes(
                Figures.rounded(millis.get(millis.size() / 2)), Figures.rounded(millis.get(millis.size() - 1)));
    }

    private static Cost restore(VarveStore varve, TestBed bed, int number, Path version) throws IOException {
        Path target = Files.createDirectory(bed.directory().resolve("restored"));
        Cost cost = varve.restore(number, version, target);
        SameContent.check(version, target);
        TestBed.remove(target);
        return cost;
    }

    private void print(Measured measured) {
        long deduplicated = measured.arrived().bytes() - measured.one().bytes();
        long settled = measured.stored().bytes() - measured.one().bytes();
        out.printf(
                "%d versions of %s MB of %s, %d bytes edited in all%n",
                measured.versions(), Figures.brief(measured.bytes() / MEGA), content, measured.edited());
        out.printf("one version, settled: %s MB%n", Figures.brief(measured.one().bytes() / MEGA));
        out.printf(
                "the others: %s MB as they arrived, %s MB settled: %s%n",
                Figures.brief(deduplicated / MEGA),
                Figures.brief(settled / MEGA),
                Figures.percent((double) settled / deduplicated));
        out.printf(
                "parts: one %s%n arrived %s%n settled %s%n",
                measured.one().parts(),
                measured.arrived().parts(),
                measured.stored().parts());
        out.printf(
                "first byte of a version: median %.1f ms, at most %.1f ms; from its middle %.1f ms, %.1f ms%n",
                measured.firstByte().median(),
                measured.firstByte().max(),
                measured.firstByteInside().median(),
                measured.firstByteInside().max());
        out.printf(
                "newest %s MB/s, oldest %s MB/s%n",
                Figures.brief(measured.bytes() / MEGA / measured.restoreNewest().seconds()),
                Figures.brief(bytes / MEGA / measured.restoreOldest().seconds()));
        out.printf(
                "ingest of the first %.2f s, %.2f CPU s; of the others %.2f s, %.2f CPU s; settling %.2f s, %.2f CPU s%n",
                measured.first().seconds(),
                measured.first().cpuSeconds(),
                measured.others().seconds(),
                measured.others().cpuSeconds(),
                measured.settled().seconds(),
                measured.settled().cpuSeconds());
    }
}
