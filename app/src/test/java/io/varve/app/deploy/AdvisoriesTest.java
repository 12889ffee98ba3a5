package io.varve.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The libraries that this is run with are as new as the reviewed advisories ask; without a look at any network. */
class AdvisoriesTest {
    private static final Path PAGE = Path.of("..", "docs", "advisories.md");

    private static final Pattern ROW =
            Pattern.compile("\\| `([^`:]+):([^`]+)` \\| ([0-9.]+) \\| ((?:CVE-[0-9]+-[0-9]+(?:, )?)+) \\| (.+) \\|");

    private static final Pattern JAR = Pattern.compile("(.+?)-([0-9][0-9A-Za-z.\\-]*)\\.jar");

    /** A row of the page; it is open as long as there is no version to go to. */
    private record Advisory(String artifact, String mended, String state) {
        boolean isOpen() {
            return state.startsWith("open");
        }
    }

    @Test
    void everyLibraryIsNewEnough() throws Exception {
        Map<String, String> versions = versions();
        assertThat(versions).as("jars on the class path").containsKey("spring-core");
        List<Advisory> advisories = advisories();
        assertThat(advisories).hasSizeGreaterThan(3);
        for (Advisory each : advisories) {
            String version = versions.get(each.artifact());
            assertThat(version)
                    .as(each.artifact() + ": what is not used any more needs no row")
                    .isNotNull();
            boolean mended = compare(String.valueOf(version), each.mended()) >= 0;
            assertThat(mended)
                    .as("%s %s, mended in %s, is %s", each.artifact(), version, each.mended(), each.state())
                    .isEqualTo(!each.isOpen());
        }
    }

    @Test
    void versionsAreComparedByTheirNumbers() {
        assertThat(compare("11.0.9", "11.0.24")).isNegative();
        assertThat(compare("1.10.1", "1.10.1")).isZero();
        assertThat(compare("1.13.0", "1.10.1")).isPositive();
        assertThat(compare("4.34.0", "4.28.2")).isPositive();
        assertThat(compare("2.0", "2.0.1")).isNegative();
    }

    private static List<Advisory> advisories() throws Exception {
        List<Advisory> found = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE, StandardCharsets.UTF_8)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                found.add(new Advisory(row.group(2), row.group(3), row.group(5)));
            } else {
                assertThat(line).as("a row that is not understood").doesNotStartWith("| `");
            }
        }
        return found;
    }

    /** The least version of each jar, by its name without version. */
    private static Map<String, String> versions() {
        TreeMap<String, String> versions = new TreeMap<>();
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> JAR.matcher(Path.of(entry).getFileName().toString()))
                .filter(Matcher::matches)
                .forEach(jar -> versions.merge(
                        jar.group(1), jar.group(2), (one, other) -> compare(one, other) < 0 ? one : other));
        return versions;
    }

    private static int compare(String one, String other) {
        int[] left = numbers(one);
        int[] right = numbers(other);
        return Arrays.compare(left, right);
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("[^0-9]+", -1))
                .filter(part -> !part.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
