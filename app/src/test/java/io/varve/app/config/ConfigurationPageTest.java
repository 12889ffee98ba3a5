package io.varve.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The documentation's table is the code's list, word for word. */
class ConfigurationPageTest {

    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void theTableListsEverySettingAsTheCodeKnowsIt() throws IOException {
        List<String> wanted =
                SettingKey.all().stream().map(ConfigurationPageTest::row).toList();
        List<String> lines = new ArrayList<>(Files.readAllLines(PAGE));
        if (Boolean.getBoolean("varve.configuration.write")) {
            int first = lines.indexOf(lines.stream()
                    .filter(ConfigurationPageTest::isRow)
                    .findFirst()
                    .orElseThrow());
            lines.removeIf(ConfigurationPageTest::isRow);
            lines.addAll(first, wanted);
            Files.write(PAGE, lines);
        }

        assertThat(lines.stream().filter(ConfigurationPageTest::isRow))
                .as("the page's table; -Dvarve.configuration.write=true writes it anew")
                .containsExactlyElementsOf(wanted);
    }

    @Test
    void everySettingHasAnEnvironmentNameOfItsOwnAndAValidDefault() {
        assertThat(SettingKey.all()).extracting(SettingKey::environmentName).doesNotHaveDuplicates();
        assertThat(SettingKey.all())
                .allSatisfy(key ->
                        assertThat(key.kind().parser().apply(key.defaultText())).isPresent());
    }

    private static boolean isRow(String line) {
        return line.startsWith("| `varve.");
    }

    private static String row(SettingKey<?> key) {
        String defaultText = key.defaultText().isEmpty() ? "" : "`" + key.defaultText() + "`";
        return "| `%s` | `%s` | %s | %s | %s | %s |"
                .formatted(
                        key.name(),
                        key.environmentName(),
                        key.kind().description(),
                        defaultText,
                        key.isLive() ? "~" : "",
                        key.meaning());
    }
}
