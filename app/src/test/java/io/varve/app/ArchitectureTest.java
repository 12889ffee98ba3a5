package io.varve.app;

import static io.varve.app.CompiledClass.packageOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The design's rows and forbidden imports, read from the compiled classes of all modules. When this test
 * fails, the design is changed first (by a record in {@code docs/adr}) or the code is.
 */
class ArchitectureTest {

    private static final List<String> MODULES = List.of("storage-core", "webdav", "s3-api", "app");

    private static final String ENGINE = "io.varve.storage";

    /** From the bottom: a package may use those of earlier rows only, none of its own. */
    private static final List<Set<String>> ROWS = List.of(
            Set.of(
                    ENGINE + ".chunking",
                    ENGINE + ".fingerprint",
                    ENGINE + ".compression",
                    ENGINE + ".delta",
                    ENGINE + ".lifecycle",
                    ENGINE + ".io",
                    ENGINE + ".metrics"),
            Set.of(ENGINE + ".sealing"),
            Set.of(
                    ENGINE + ".metadata",
                    ENGINE + ".journal",
                    ENGINE + ".segment",
                    ENGINE + ".cache",
                    ENGINE + ".backend"),
            Set.of(ENGINE + ".commit"),
            Set.of(ENGINE + ".chunkstore"),
            Set.of(ENGINE + ".namespace", ENGINE + ".access"),
            Set.of(ENGINE + ".maintenance"),
            Set.of(ENGINE),
            Set.of("io.varve.webdav", "io.varve.s3"),
            Set.of("io.varve.app"),
            Set.of("io.varve.launch"));

    /** Row 0 without {@code io} and {@code metrics}: computes, and touches nothing outside. */
    private static final Set<String> PURE = Set.of(
            ENGINE + ".chunking",
            ENGINE + ".fingerprint",
            ENGINE + ".compression",
            ENGINE + ".delta",
            ENGINE + ".lifecycle");

    /** The one type a row shares: what every decoder throws for bytes that cannot be right. */
    private static final String SHARED = ENGINE + ".io.CorruptionException";

    /** What a library is called, and the only packages that may use it, with all below them. */
    private static final Map<String, Set<String>> CONFINED = Map.ofEntries(
            Map.entry("org.rocksdb", Set.of(ENGINE + ".metadata")),
            Map.entry("java.lang.foreign", Set.of(ENGINE + ".io")),
            Map.entry("jdk.incubator.vector", Set.of(ENGINE + ".fingerprint")),
            Map.entry("com.github.luben.zstd", Set.of(ENGINE + ".compression", ENGINE + ".delta")),
            Map.entry("net.jpountz", Set.of(ENGINE + ".compression", ENGINE + ".delta")),
            Map.entry("org.springframework", Set.of("io.varve.app")),
            Map.entry("picocli", Set.of("io.varve.app.cli")),
            Map.entry("jakarta.servlet", Set.of("io.varve.webdav", "io.varve.s3", "io.varve.app")),
            Map.entry("org.apache.catalina", Set.of("io.varve.s3", "io.varve.app")),
            Map.entry("org.bouncycastle", Set.of(ENGINE + ".access")),
            Map.entry("io.milton", Set.of("io.varve.webdav.frame")),
            Map.entry("tools.jackson", Set.of(ENGINE + ".access", "io.varve.s3", "io.varve.app")));

    /** Asking for the time goes through {@code InstantSource}, so that tests can set it. */
    private static final Set<String> CLOCKS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.LocalDateTime.now",
            "java.time.ZonedDateTime.now");

    /** Files longer than 400 lines, each with its reason. */
    private static final Map<String, String> LONG_FILES = Map.of(
            "SettingKey.java", "the list of all settings, an entry each",
            "RocksMetadataStore.java", "one implementation of one seam; its parts share the native handles' lifetime",
            "Namespace.java", "the public face of the namespace: most of its lines are the contract's Javadoc",
            "SegmentStore.java", "the public face of the segments: most of its lines are the contract's Javadoc",
            "AccessControl.java",
                    "the table of all actions that are decided about is a quarter of it, the contract's Javadoc"
                            + " another");

    /** Methods longer than 60 lines, each with its reason. */
    private static final Map<String, String> LONG_METHODS = Map.of();

    private static final int FILE_LINES_MAX = 400;
    private static final int METHOD_LINES_MAX = 60;

    private static final List<CompiledClass> CLASSES = new ArrayList<>();

    @BeforeAll
    static void readClasses() throws IOException {
        for (String module : MODULES) {
            CLASSES.addAll(CompiledClass.ofModule(module));
        }
        assertThat(CLASSES)
                .as("compiled classes; run the test with the modules it looks at: mvn -pl app -am")
                .hasSizeGreaterThan(100);
    }

    @Test
    void importsGoDownAndPackagesOfOneRowDoNotKnowEachOther() {
        Map<String, Set<String>> wrong = new TreeMap<>();
        for (CompiledClass compiled : CLASSES) {
            String from = home(compiled.name());
            for (String type : compiled.types()) {
                if (type.startsWith("io.varve.") && !type.equals(SHARED) && isForbidden(from, home(type))) {
                    wrong.computeIfAbsent(from + " -> " + home(type), edge -> new TreeSet<>())
                            .add(compiled.name() + " uses " + type);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyPackageStandsInARow() {
        assertThat(CLASSES)
                .allSatisfy(compiled -> assertThat(row(home(compiled.name())))
                        .as(compiled.name())
                        .isNotNegative());
    }

    @Test
    void rowZeroComputesOnly() {
        assertThat(uses(
                        name -> PURE.contains(packageOf(name)),
                        type -> type.startsWith("java.nio.file.")
                                || type.startsWith("java.nio.channels.")
                                || type.startsWith("java.net.")
                                || type.startsWith("java.util.concurrent.Exec")
                                || type.startsWith("java.util.concurrent.ForkJoin")
                                || type.equals("java.util.concurrent.CompletableFuture")
                                || type.startsWith("java.io.File")
                                || type.equals("java.lang.Thread")
                                || type.equals("java.time.Clock")
                                || type.equals("java.time.InstantSource")))
                .isEmpty();
    }

    @Test
    void librariesStayInTheirPackages() {
        CONFINED.forEach((library, homes) -> assertThat(uses(
                        name -> homes.stream().noneMatch(home -> isWithin(packageOf(name), home)),
                        type -> type.startsWith(library + ".")))
                .as(library + " outside " + homes)
                .isEmpty());
    }

    @Test
    void theEngineAsksOnlyTheGivenClock() {
        List<String> calls = CLASSES.stream()
                .filter(compiled -> isWithin(packageOf(compiled.name()), ENGINE))
                .flatMap(compiled -> compiled.calls().stream()
                        .filter(CLOCKS::contains)
                        .map(call -> compiled.name() + " calls " + call))
                .toList();
        assertThat(calls).isEmpty();
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> marked = new TreeSet<>();
        Set<String> packages = new TreeSet<>();
        for (CompiledClass compiled : CLASSES) {
            packages.add(packageOf(compiled.name()));
            if (compiled.name().endsWith(".package-info")) {
                marked.add(packageOf(compiled.name()));
            }
        }
        assertThat(marked).isEqualTo(packages);
    }

    @Test
    void longFilesHaveAReason() throws IOException {
        Set<String> found = new TreeSet<>();
        for (String module : MODULES) {
            Path sources = Path.of("..", module, "src", "main", "java");
            if (!Files.isDirectory(sources)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    if (Files.readAllLines(file).size() > FILE_LINES_MAX) {
                        found.add(String.valueOf(file.getFileName()));
                    }
                }
            }
        }
        assertThat(found)
                .as("files over " + FILE_LINES_MAX + " lines are those with a reason, no more and no fewer")
                .isEqualTo(LONG_FILES.keySet());
    }

    @Test
    void longMethodsHaveAReason() {
        Set<String> found = new TreeSet<>();
        for (CompiledClass compiled : CLASSES) {
            compiled.methodLines().forEach((method, lines) -> {
                if (lines > METHOD_LINES_MAX) {
                    found.add(compiled.name() + "." + method);
                }
            });
        }
        assertThat(found)
                .as("methods over " + METHOD_LINES_MAX + " lines are those with a reason, no more and no fewer")
                .isEqualTo(LONG_METHODS.keySet());
    }

    private static List<String> uses(Predicate<String> fromClass, Predicate<String> ofType) {
        return CLASSES.stream()
                .filter(compiled -> fromClass.test(compiled.name()))
                .flatMap(compiled ->
                        compiled.types().stream().filter(ofType).map(type -> compiled.name() + " uses " + type))
                .toList();
    }

    /** The engine's packages stand for themselves; a door's or the program's packages are one. */
    private static String home(String className) {
        String in = packageOf(className);
        return ROWS.stream()
                .flatMap(Set::stream)
                .filter(home -> home.startsWith(ENGINE) ? in.equals(home) : isWithin(in, home))
                .findFirst()
                .orElse(in);
    }

    private static boolean isForbidden(String from, String to) {
        return !from.equals(to) && row(to) >= row(from);
    }

    private static int row(String home) {
        for (int row = 0; row < ROWS.size(); row++) {
            if (ROWS.get(row).contains(home)) {
                return row;
            }
        }
        return -1;
    }

    private static boolean isWithin(String in, String home) {
        return in.equals(home) || in.startsWith(home + ".");
    }
}
