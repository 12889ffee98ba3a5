package io.varve.app.load;

import io.varve.app.load.Result.Measured;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures Varve beside a plain-file server in one interleaved run, compares with the newest earlier result, and keeps this one.
 * Runs in the repository's root, on Linux, once {@code mvn package} has made the jar. Exit code 0 if everything was measured and nothing
 * failed.
 */
@Command(
        name = "load",
        description = "Measure Varve beside Debian's Apache with mod_dav; see docs/benchmarks.md.",
        mixinStandardHelpOptions = true)
public final class Load implements Callable<Integer> {
    private static final int FAILED = 1;

    /** Many connections work for longer than a round, so that memory has time to grow. */
    private static final int CONNECTIONS_ROUNDS = 10;

    private final PrintStream out = System.out;
    private final List<String> arguments;
    private int failures;
    private String varveFlags = "";

    @Option(names = "--scenarios", description = "Only scenarios whose names this regular expression finds.")
    private Pattern scenarios = Pattern.compile("");

    @Option(names = "--list", description = "Print the scenarios' names and end.")
    private boolean list;

    @Option(
            names = "--rounds",
            description = "Rounds of each scenario, with those that warm up. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Option(
            names = "--warm-up",
            description = "How many of the rounds come first and are dropped. Default: ${DEFAULT-VALUE}.")
    private int warmUp = 1;

    @Option(
            names = "--seconds",
            description =
                    "Length of a round without a natural end; many connections work ten times as long. Default: ${DEFAULT-VALUE}.")
    private int seconds = 3;

    @Option(
            names = "--connections",
            description = "How many the scenario 'connections' opens. Default: ${DEFAULT-VALUE}.")
    private int connections = 1000;

    @Option(names = "--only", description = "Run one server, varve or apache, for profiling: no ratio, no result.")
    private @Nullable Only only;

    @Option(names = "--varve-java", description = "A JVM flag for Varve after its launcher's. May be repeated.")
    private List<String> varveJava = List.of();

    @Option(
            names = "--dir",
            description = "Where both servers keep their files for the run. Default: ${DEFAULT-VALUE}.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--name", description = "Short name of the result. Default: ${DEFAULT-VALUE}.")
    private String name = "load";

    @Option(names = "--results", description = "Where the result is written. Default: ${DEFAULT-VALUE}.")
    private Path results = Path.of("docs", "benchmarks");

    @Option(names = "--baseline", description = "Where earlier results are. Default: ${DEFAULT-VALUE}.")
    private Path baseline = Path.of("docs", "benchmarks");

    /** One server alone. */
    private enum Only {
        VARVE,
        APACHE
    }

    private Load(List<String> arguments) {
        this.arguments = arguments;
    }

    /** Runs the program. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Load(Arrays.asList(args)));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, at, parsed) -> {
            at.getErr().println("load: " + failure.getMessage());
            return FAILED;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        List<Scenario> chosen = Scenarios.all().stream()
                .filter(scenario -> scenarios.matcher(scenario.name()).find())
                .toList();
        boolean many = scenarios.matcher(ManyConnections.NAME).find() && only != Only.APACHE;
        if (list) {
            chosen.forEach(scenario -> out.println(scenario.name()));
            out.print(many ? ManyConnections.NAME + "\n" : "");
            return 0;
        }
        if (warmUp < 1 || rounds <= warmUp || seconds < 1) {
            throw new IOException("At least one round that warms up and one more, of at least a second.");
        }
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Machine machine = Machine.here(parent);
        ResultFiles earlier = ResultFiles.read(baseline);
        VarveLauncher varve = new VarveLauncher(Path.of("").toAbsolutePath(), varveJava);
        out.println(machine);
        List<Measured> measured = chosen.isEmpty() ? List.of() : measure(chosen, varve, earlier);
        ManyConnectionsResult connected = many ? connect(varve) : null;
        if (only == null) {
            Result result = new Result(
                    name,
                    started,
                    String.join(" ", arguments),
                    machine,
                    Checkout.commit(),
                    varveFlags,
                    ApacheLauncher.version(),
                    rounds,
                    warmUp,
                    measured,
                    connected);
            out.println();
            out.println("Result: " + ResultFiles.write(results, result));
        }
        return failures == 0 && (connected == null || connected.passed()) ? 0 : FAILED;
    }

    private List<Measured> measure(List<Scenario> chosen, VarveLauncher varve, ResultFiles earlier) throws IOException {
        List<Measured> measured = new ArrayList<>();
        try (TestBed bed = new TestBed(parent)) {
            List<RunningServer> servers = new ArrayList<>();
            if (only != Only.APACHE) {
                servers.add(bed.start(varve::start));
                announce(servers.getLast());
            }
            if (only != Only.VARVE) {
                servers.add(bed.start(ApacheLauncher::start));
                out.println(ApacheLauncher.version() + " answers before data is on disk; Varve answers when it is.");
            }
            InterleavedRun run =
                    new InterleavedRun(bed, servers, new Payload(), rounds, warmUp, Duration.ofSeconds(seconds));
            run.begin();
            Table table = new Table(out, earlier);
            out.println();
            table.head();
            for (Scenario scenario : chosen) {
                try {
                    measured.add(run.run(scenario));
                    table.scenario(measured.getLast());
                } catch (IOException e) {
                    // The others are still worth measuring; the exit code tells.
                    failures++;
                    out.println(scenario.name() + " failed: " + e.getMessage());
                    for (RunningServer server : servers) {
                        out.println(server.name() + " wrote last:\n" + server.lastWords());
                    }
                }
            }
        }
        return measured;
    }

    private void announce(RunningServer varve) {
        varveFlags = VarveLauncher.flags(varve);
        out.println("Varve is process " + varve.pid() + " with " + varveFlags);
    }

    /** With a Varve of its own: memory and descriptors are those of this load alone. */
    private ManyConnectionsResult connect(VarveLauncher varve) throws IOException {
        try (TestBed bed = new TestBed(parent)) {
            RunningServer server = bed.start(varve::start);
            announce(server);
            ManyConnectionsResult result = new ManyConnections(
                            server,
                            bed.directory(),
                            connections,
                            Duration.ofSeconds((long) seconds * CONNECTIONS_ROUNDS))
                    .run();
            out.println();
            out.println(result.summary());
            return result;
        }
    }
}
