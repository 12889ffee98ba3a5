package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.cli.VarveCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The packaged program in a directory of its own: processes run there, keep their data in {@code data} and their temporary files
 * in {@code tmp}, and see no setting of whoever runs the tests.
 *
 * @param home the directory
 * @param environment the program's names in the environment
 * @param javaOptions options of the Java machine
 */
record Installation(Path home, Map<String, String> environment, List<String> javaOptions) {

    static final String USER = "operator";
    static final String PASSWORD = "as-good-as-any-other";

    private static final Path JAR = Path.of("target", "varve.jar").toAbsolutePath();

    /** Most of these processes live for seconds: compiling well costs more than it brings. */
    private static final List<String> SHORT_LIVED = List.of("-Xmx192m", "-XX:TieredStopAtLevel=1");

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private static final int SECONDS_MAX = 120;

    Installation {
        environment = Map.copyOf(environment);
        javaOptions = List.copyOf(javaOptions);
    }

    /** An installation with a configured administrator. */
    static Installation in(Path home) throws IOException {
        return bare(home).with("VARVE_ROOT_USER", USER).with("VARVE_ROOT_PASSWORD", PASSWORD);
    }

    /** An installation with nothing configured but where the data lies. */
    static Installation bare(Path home) throws IOException {
        assertThat(JAR)
                .as("the packaged program; run these tests with mvn verify")
                .isRegularFile();
        Files.createDirectories(home.resolve("tmp"));
        return new Installation(
                home, Map.of("VARVE_DATA_DIR", home.resolve("data").toString(), "VARVE_WARM_UP", "false"), SHORT_LIVED);
    }

    /** The same with one name more in the environment. */
    Installation with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(environment);
        more.put(name, value);
        return new Installation(home, more, javaOptions);
    }

    /** The same with other options of the Java machine. */
    Installation withJava(String... options) {
        return new Installation(home, environment, List.of(options));
    }

    Path data() {
        return Path.of(environment.getOrDefault("VARVE_DATA_DIR", ""));
    }

    Path temporary() {
        return home.resolve("tmp");
    }

    /** Starts a server on free ports and waits until it serves. */
    ServerProcess serve(String... flags) throws IOException, InterruptedException {
        String[] words = Stream.concat(Stream.of("serve", "--port=0", "--s3.port=0"), Stream.of(flags))
                .toArray(String[]::new);
        return ServerProcess.start(process(words), data(), home);
    }

    /**
     * How a command ended.
     *
     * @param exit its exit code
     * @param output what it printed on both streams
     */
    record Outcome(int exit, String output) {}

    /** Runs a command to its end: within this process, which costs a tenth of a Java machine's start, where nothing speaks against it. */
    Outcome run(String... words) throws IOException, InterruptedException {
        if (words[0].equals("serve") || !javaOptions.equals(SHORT_LIVED)) {
            return runProcess(words);
        }
        StringWriter printed = new StringWriter();
        int exit = VarveCommand.run(
                new VarveCommand.Surroundings(environment, home), new PrintWriter(printed, true), words);
        return new Outcome(exit, printed.toString());
    }

    /** Runs a command to its end, in a process as users do. */
    Outcome runProcess(String... words) throws IOException, InterruptedException {
        Path output = Files.createTempFile(home, "command-", ".txt");
        Process process = process(words)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = false;
        try {
            ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly().waitFor();
        }
        String printed = Files.readString(output);
        assertThat(ended)
                .as("%s ends within %s seconds: %s", List.of(words), SECONDS_MAX, printed)
                .isTrue();
        return new Outcome(process.exitValue(), printed);
    }

    /** Starts a command and leaves it running; what it prints goes nowhere. */
    Process begin(String... words) throws IOException {
        return process(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private ProcessBuilder process(String... words) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(JAVA.toString());
        command.addAll(javaOptions);
        // Commands load little, so for them the cache costs as much as it brings.
        if (javaOptions.equals(SHORT_LIVED) && words[0].equals("serve")) {
            command.addAll(StartCache.options(JAVA, SHORT_LIVED, JAR));
        }
        // What a killed process leaves in its temporary directory goes with the test.
        command.add("-Djava.io.tmpdir=" + temporary());
        command.add("-jar");
        command.add(JAR.toString());
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("VARVE_") || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        return builder;
    }
}
