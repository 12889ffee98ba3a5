package io.varve.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What the documentation refers to is there: pages, their sections, commands. */
class PagesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern COMMAND = Pattern.compile("\\./varve ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), files)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        Set<String> broken = new TreeSet<>();
        for (Path page : pages()) {
            Matcher links = LINK.matcher(withoutCode(Files.readString(page)));
            while (links.find()) {
                String link = links.group(1);
                if (!link.contains("://") && !leads(page, link)) {
                    broken.add(ROOT.relativize(page) + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean leads(Path page, String link) throws IOException {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        if (!Files.exists(target) || hash < 0) {
            return Files.exists(target);
        }
        String anchor = link.substring(hash + 1);
        return Files.readAllLines(target).stream()
                .filter(line -> line.startsWith("#"))
                .map(PagesTest::anchor)
                .anyMatch(anchor::equals);
    }

    /** As renderers of Markdown name a heading. */
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+ *", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    private static String withoutCode(String text) {
        return text.replaceAll("(?s)```.*?```", "").replaceAll("`[^`\n]*`", "");
    }

    @Test
    void everyCommandExists() throws IOException {
        Map<String, CommandLine> commands = VarveCommand.line(VarveCommand.Surroundings.ofProcess(), List.of())
                .getSubcommands();
        Set<String> unknown = new TreeSet<>();
        for (Path page : pages()) {
            Matcher matcher = COMMAND.matcher(Files.readString(page));
            while (matcher.find()) {
                CommandLine command = commands.get(matcher.group(1));
                if (command == null) {
                    unknown.add(ROOT.relativize(page) + ": " + matcher.group());
                } else if (matcher.group(2) != null && takesOnlyCommands(command)) {
                    Set<String> names = command.getSubcommands().keySet().stream()
                            .map(String::toString)
                            .collect(Collectors.toSet());
                    if (!names.contains(matcher.group(2))) {
                        unknown.add(ROOT.relativize(page) + ": " + matcher.group());
                    }
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    private static boolean takesOnlyCommands(CommandLine command) {
        return !command.getSubcommands().isEmpty()
                && command.getCommandSpec().positionalParameters().isEmpty();
    }
}
