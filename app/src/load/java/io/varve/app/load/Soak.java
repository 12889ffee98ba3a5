package io.varve.app.load;

import io.varve.app.load.SoakResult.Growth;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Has many clients work with a server for a long time, at both doors, while it is killed, stopped, checked, given other settings and new keys and
 * backed up, and compares every answer with a model. On the first wrong answer it ends and keeps the data directory. Exit code 0 if nothing was
 * wrong. Runs in the repository's root once {@code mvn package} has made the jar.
 */
@Command(
        name = "soak",
        description =
                "Work with a Varve for hours, kill it, and compare everything with a model; see docs/benchmarks.md.",
        mixinStandardHelpOptions = true)
public final class Soak implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final Pattern TIME = Pattern.compile("([0-9]+)([smhd])");
    private static final Duration COMMAND_MAX = Duration.ofMinutes(20);
    private static final int SAMPLES = 48;
    private static final Duration SAMPLED_MIN = Duration.ofSeconds(10);
    private static final Duration SAMPLED_MAX = Duration.ofMinutes(10);

    private final PrintStream out = System.out;
    private final List<String> arguments;

    @Option(names = "--time", description = "How long, such as 90s, 30m or 24h. Default: ${DEFAULT-VALUE}.")
    private String time = "24h";

    @Option(
            names = "--calm",
            description =
                    "How much of that, at its end, the server is left alive, in percent. Default: ${DEFAULT-VALUE}.")
    private int calm = 50;

    @Option(names = "--clients", description = "How many work at a time. Default: ${DEFAULT-VALUE}.")
    private int clients = 10;

    @Option(names = "--seed", description = "Makes clients draw what they drew in another run. Default: the time.")
    private long seed = System.nanoTime();

    @Option(names = "--varve-java", description = "A JVM flag for Varve after its launcher's. May be repeated.")
    private List<String> varveJava = List.of("-Xmx384m");

    @Option(names = "--dir", description = "Where the server's data lie. Default: ${DEFAULT-VALUE}.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--name", description = "Short name of the result. Default: ${DEFAULT-VALUE}.")
    private String name = "soak";

    @Option(names = "--results", description = "Where the result is written. Default: ${DEFAULT-VALUE}.")
    private Path results = Path.of("docs", "benchmarks", "soak");

    private Soak(List<String> arguments) {
        this.arguments = arguments;
    }

    /** Runs the program. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Soak(Arrays.asList(args)));
        line.setExecutionExceptionHandler((failure, at, parsed) -> {
            at.getErr().println("soak: " + failure.getMessage());
            return FAILED;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Duration length = duration(time);
        Duration quiet = length.multipliedBy(Math.clamp(calm, 0, 100)).dividedBy(100);
        Duration every = length.dividedBy(SAMPLES);
        Duration sampled =
                every.compareTo(SAMPLED_MIN) < 0 ? SAMPLED_MIN : every.compareTo(SAMPLED_MAX) > 0 ? SAMPLED_MAX : every;
        out.println("seed " + seed);
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        long begin = System.nanoTime();
        Path home = Path.of("").toAbsolutePath();
        SoakTally tally = new SoakTally();
        SplittableRandom random = new SplittableRandom(seed);
        try (TestBed bed = new TestBed(parent)) {
            Machine machine = Machine.here(bed.directory());
            Path directory = Files.createDirectory(bed.directory().resolve("server"));
            VarveLauncher launcher = new VarveLauncher(home, varveJava);
            SoakServer server = new SoakServer(bed, launcher, directory, random.split(), tally);
            try (BoundedCommands commands = new BoundedCommands(bed.directory(), COMMAND_MAX)) {
                SoakRun run = new SoakRun(server, commands, home.resolve("varve"), clients, random, tally, out);
                try {
                    run.run(length, quiet, sampled);
                } catch (RuntimeException | IOException e) {
                    bed.keep();
                    out.println("seed " + seed + ", life " + server.life() + "; all is kept in " + bed.directory());
                    out.println(tally.all());
                    e.printStackTrace(out);
                    return FAILED;
                }
                SoakResult result = new SoakResult(
                        name,
                        started,
                        String.join(" ", arguments),
                        machine,
                        String.join(" ", varveJava),
                        Checkout.commit(),
                        seed,
                        Figures.rounded((System.nanoTime() - begin) / 1e9),
                        Figures.rounded(server.longestStartSeconds()),
                        tally.all(),
                        run.sampler().growth(),
                        run.sampler().samples());
                print(result);
                out.println("Result: " + ResultFiles.write(results, started, name, result));
            }
        }
        return 0;
    }

    private static Duration duration(String text) throws IOException {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new IOException("--time is a number with s, m, h or d behind it, not " + text + ".");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private void print(SoakResult result) {
        out.printf(
                Locale.ROOT,
                "%n%.0f s, nothing wrong; the longest start took %.1f s%n%n",
                result.seconds(),
                result.longestStartSeconds());
        result.counts().forEach((what, count) -> out.printf(Locale.ROOT, "| %-32s | %,14d |%n", what, count));
        out.printf(Locale.ROOT, "%n| %-24s | %10s | %10s | %10s |%n", "", "first third", "last third", "most");
        for (Growth growth : result.growth()) {
            out.printf(
                    Locale.ROOT,
                    "| %-24s | %10s | %10s | %10s |%n",
                    growth.name(),
                    Figures.brief(growth.first()),
                    Figures.brief(growth.last()),
                    Figures.brief(growth.max()));
        }
    }
}
