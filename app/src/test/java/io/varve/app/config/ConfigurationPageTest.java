package io.varve.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The documentation's table is the code's list, word for word. */
class ConfigurationPageTest {

    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void theTableListsEverySettingAsTheCodeKnowsIt() throws IOException {
        List<String> rows = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| `varve."))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(SettingKey.all().stream()
                        .map(ConfigurationPageTest::row)
                        .toList());
    }

    @Test
    void everySettingHasAnEnvironmentNameOfItsOwnAndAValidDefault() {
        assertThat(SettingKey.all()).extracting(SettingKey::environmentName).doesNotHaveDuplicates();
        assertThat(SettingKey.all())
                .allSatisfy(key ->
                        assertThat(key.kind().parser().apply(key.defaultText())).isPresent());
    }

    private static String row(SettingKey<?> key) {
        String defaultText = key.defaultText().isEmpty() ? "" : "`" + key.defaultText() + "`";
        return "| `%s` | `%s` | %s | %s | %s |"
                .formatted(key.name(), key.environmentName(), key.kind().description(), defaultText, key.meaning());
    }
}
