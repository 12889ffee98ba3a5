package io.varve.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Every command tells what it takes, with nothing else there: no server, no settings, none of the words it needs. */
class HelpTest {
    private final StringWriter printed = new StringWriter();
    private final StringWriter complaints = new StringWriter();

    /** Every command with all that lie below it, as the words that lead there. */
    static Stream<List<String>> commands() {
        List<List<String>> found = new ArrayList<>();
        collect(VarveCommand.line(VarveCommand.Surroundings.ofProcess(), List.of()), List.of(), found);
        return found.stream();
    }

    private static void collect(CommandLine command, List<String> words, List<List<String>> found) {
        found.add(words);
        command.getSubcommands().forEach((name, next) -> {
            List<String> longer = new ArrayList<>(words);
            longer.add(name);
            collect(next, longer, found);
        });
    }

    private int run(List<String> words) {
        return VarveCommand.line(VarveCommand.Surroundings.ofProcess(), List.of("--no-such-setting=1"))
                .setOut(new PrintWriter(printed, true))
                .setErr(new PrintWriter(complaints, true))
                .execute(words.toArray(String[]::new));
    }

    private void requireUsage(List<String> words) {
        assertThat(printed.toString())
                .startsWith(("Usage: varve " + String.join(" ", words)).stripTrailing() + " ")
                .containsPattern("-h, --help +Show this help and exit");
        assertThat(complaints.toString()).isEmpty();
    }

    private static List<String> with(List<String> words, String... more) {
        return Stream.concat(words.stream(), Stream.of(more)).toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelp(List<String> words) {
        assertThat(run(with(words, "--help"))).isZero();
        requireUsage(words);
        printed.getBuffer().setLength(0);
        assertThat(run(with(words, "-h"))).isZero();
        requireUsage(words);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpTellsTheSame(List<String> words) {
        assertThat(run(Stream.concat(Stream.of("help"), words.stream()).toList()))
                .isZero();
        requireUsage(words);
    }

    @Test
    void thereAreCommandsWithinCommands() {
        assertThat(commands())
                .contains(List.of("import"), List.of("user", "add"), List.of("retention", "ttl"))
                .hasSizeGreaterThan(25);
    }

    @Test
    void helpComesBeforeAllElse() {
        assertThat(run(List.of("import", "somewhere", "photos", "--verify", "--help")))
                .isZero();
        requireUsage(List.of("import"));
    }

    @Test
    void unknownCommandsAreNamed() {
        assertThat(run(List.of("help", "user", "rename"))).isEqualTo(2);
        assertThat(complaints.toString()).contains("'varve user' has no command 'rename'.");
        assertThat(printed.toString()).isEmpty();
    }

    @Test
    void theVersionIsToldInTwoWays() {
        assertThat(run(List.of("--version"))).isZero();
        String version = printed.toString();
        assertThat(version).matches("Varve .*, Java \\d.*\\R");
        printed.getBuffer().setLength(0);
        assertThat(run(List.of("version"))).isZero();
        assertThat(printed.toString()).isEqualTo(version);
    }
}
