package io.varve.app.load;

import io.varve.app.load.CorporaResult.InStore;
import io.varve.app.load.CorporaResult.Measured;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Stores version series in Varve and in Debian's deduplicating archivers: what each takes on disk, what processor time it needs, how fast
 * it gives versions back. Runs in the repository's root, on Linux, once {@code mvn package} has made the jar. Exit code 0 if every store gave
 * back what it was given.
 */
@Command(
        name = "corpora",
        description = "Store version series in Varve, restic, borg, bup and casync; see docs/benchmarks.md.",
        mixinStandardHelpOptions = true)
public final class Corpora implements Callable<Integer> {
    private static final int FAILED = 1;

    private final PrintStream out = System.out;
    private final List<String> arguments;

    @Option(
            names = "--list",
            description = "A file that names the corpora and how they are made. Default: ${DEFAULT-VALUE}.")
    private Path list = Path.of("app", "src", "load", "corpora", "default.txt");

    @Option(names = "--corpora", description = "Only corpora of the list whose names this regular expression finds.")
    private Pattern corpora = Pattern.compile("");

    @Option(
            names = "--corpus",
            description =
                    "Instead of the list: a directory of which every file, or every directory, is a version, in the"
                            + " order of their names. May be repeated.")
    private List<Path> directories = List.of();

    @Option(names = "--stores", description = "Only stores whose names this regular expression finds.")
    private Pattern stores = Pattern.compile("");

    @Option(names = "--cache", description = "Where made corpora are kept. Default: ${DEFAULT-VALUE}.")
    private Path cache = Path.of(System.getProperty("java.io.tmpdir"), "varve-corpora");

    @Option(names = "--make", description = "Only make the corpora.")
    private boolean make;

    @Option(names = "--step-minutes", description = "The longest that one command may take. Default: ${DEFAULT-VALUE}.")
    private int stepMinutes = 10;

    @Option(names = "--varve-java", description = "A JVM flag for Varve after its launcher's. May be repeated.")
    private List<String> varveJava = List.of();

    @Option(names = "--dir", description = "Where all stores keep their files for the run. Default: ${DEFAULT-VALUE}.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--name", description = "Short name of the result. Default: ${DEFAULT-VALUE}.")
    private String name = "corpora";

    @Option(names = "--results", description = "Where the result is written. Default: ${DEFAULT-VALUE}.")
    private Path results = Path.of("docs", "benchmarks", "corpora");

    private final Map<String, String> releases = new TreeMap<>();
    private String varveFlags = "";

    private Corpora(List<String> arguments) {
        this.arguments = arguments;
    }

    /** Runs the program. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Corpora(Arrays.asList(args)));
        line.setExecutionExceptionHandler((failure, at, parsed) -> {
            at.getErr().println("corpora: " + failure.getMessage());
            return FAILED;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Files.createDirectories(cache);
        List<Measured> measured = new ArrayList<>();
        try (TestBed bed = new TestBed(parent);
                BoundedCommands commands = new BoundedCommands(bed.directory(), Duration.ofMinutes(stepMinutes))) {
            List<Corpus> chosen = chosen(commands);
            if (make) {
                for (Corpus corpus : chosen) {
                    out.println(corpus.name() + ": " + corpus.versions().size() + " versions, " + corpus.bytes()
                            + " bytes, " + corpus.versions().getFirst().getParent());
                }
                return 0;
            }
            Machine machine = Machine.here(parent);
            out.println(machine);
            List<VersionStore> peers = PeerStores.all(commands).stream()
                    .filter(peer -> stores.matcher(peer.name()).find())
                    .toList();
            for (VersionStore peer : peers) {
                releases.put(peer.name(), peer.release());
            }
            CorporaTable table = new CorporaTable(out);
            for (Corpus corpus : chosen) {
                measured.add(measure(corpus, peers, bed, commands));
                table.corpus(measured.getLast());
                table.use(measured.getLast());
                CorporaResult result = new CorporaResult(
                        name, started, String.join(" ", arguments), machine, varveFlags, releases, measured);
                // Written again after each corpus: a run that is broken off keeps what it has measured.
                out.println("Result: " + ResultFiles.write(results, started, name, result));
                out.println();
            }
        }
        return measured.stream().allMatch(corpus -> corpus.failures().isEmpty()) ? 0 : FAILED;
    }

    private List<Corpus> chosen(BoundedCommands commands) throws IOException {
        List<Corpus> chosen = new ArrayList<>();
        for (Path directory : directories) {
            chosen.add(Corpus.of(String.valueOf(directory.normalize().getFileName()), directory));
        }
        if (directories.isEmpty()) {
            for (CorpusRecipe recipe : CorpusRecipe.read(list)) {
                if (corpora.matcher(recipe.name()).find()) {
                    chosen.add(recipe.corpus(cache, commands));
                }
            }
        }
        return chosen;
    }

    private Measured measure(Corpus corpus, List<VersionStore> peers, TestBed bed, BoundedCommands commands)
            throws IOException {
        CorpusRun run = new CorpusRun(commands, bed.directory());
        List<InStore> done = new ArrayList<>();
        Map<String, String> failures = new TreeMap<>();
        if (stores.matcher("varve").find()) {
            VarveLauncher launcher = new VarveLauncher(Path.of("").toAbsolutePath(), varveJava);
            try (VarveStore varve = new VarveStore(bed, launcher)) {
                releases.put(varve.name(), varve.release());
                try {
                    bed.sync();
                    done.add(run.varve(varve, corpus));
                } catch (IOException e) {
                    failures.put(varve.name(), e.getMessage() + "\n" + varve.lastWords());
                }
                varveFlags = varve.flags();
            }
        }
        for (VersionStore peer : peers) {
            try {
                bed.sync();
                done.add(run.peer(peer, corpus));
            } catch (IOException e) {
                // The others are still worth measuring; the exit code tells.
                failures.put(peer.name(), String.valueOf(e.getMessage()));
            }
        }
        return new Measured(
                corpus.name(),
                corpus.versions().size(),
                corpus.bytes(),
                Corpus.bytes(corpus.versions().getFirst()),
                Corpus.bytes(corpus.versions().getLast()),
                done,
                failures);
    }
}
