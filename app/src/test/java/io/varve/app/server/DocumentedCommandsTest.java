package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.cli.VarveCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Every command that a page shows is run as it stands there, in a world that has what it speaks of: those that talk to the server first, then
 * those that need it stopped.
 */
class DocumentedCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern SHOWN = Pattern.compile("\\./varve ([a-z][^`\n]*)");
    private static final Pattern IMPORT = Pattern.compile("--rollback (\\S+)");

    /** What runs until it is stopped; the tests of the packaged program run it. */
    private static final Set<String> SERVERS = Set.of("serve", "warm-up");

    /** What refuses a data directory that a server holds, or comes when there is a backup. */
    private static final List<String> OFFLINE = List.of("fsck", "rebuild", "backup restore");

    /** What takes away what other commands speak of. */
    private static final List<String> AT_THE_END = List.of("import --rollback", "settle --expire-now");

    @TempDir
    Path home;

    private RunningApi api;
    private final Map<String, String> world = new LinkedHashMap<>();

    @BeforeEach
    void makeTheWorld() throws Exception {
        Path mirror = Files.createDirectory(home.resolve("mirror"));
        Path photos = Files.createDirectory(home.resolve("photos"));
        Files.writeString(Files.createDirectory(photos.resolve("lake")).resolve("b.jpg"), "another picture");
        api = new RunningApi(
                home.resolve("data"),
                HttpClient.newHttpClient(),
                List.of("--varve.mirror.dir=" + mirror, "--varve.encryption.at-rest=true", "--varve.cache.size=16MiB"));
        for (String path : List.of("photos", "photos/2026", "photos/tmp", "logs", "logs/2026-11")) {
            require(201, api.send(RunningApi.root(), "MKCOL", "/dav/" + path, ""));
        }
        for (String path : List.of("photos/2026/a.jpg", "photos/one.jpg", "photos/tmp/one.jpg", "logs/2026-11/day")) {
            require(201, api.send(RunningApi.root(), "PUT", "/dav/" + path, "first " + path));
        }
        String then = Instant.now().truncatedTo(ChronoUnit.MICROS).toString();
        require(204, api.send(RunningApi.root(), "PUT", "/dav/photos/2026/a.jpg", "second"));
        world.put("~/photos", String.valueOf(photos));
        world.put("/mnt/disk/photos", home.resolve("disk").toString());
        world.put(" out ", " " + home.resolve("out") + " ");
        world.put("2026-11-20T10:00:00Z", then);
        world.put("2026-11-20", then);
        world.put("2027-01-01", Instant.now().plus(Duration.ofDays(365)).toString());
        world.put("BUCKET/KEY", "photos/one.jpg");
        world.put("BUCKET", "photos");
        world.put("SOURCE TARGET", home.resolve("backup") + " " + home.resolve("restored"));
        world.put("TARGET", home.resolve("backup").toString());
        world.put("[SIZE]", "32MiB");
        world.put("--policy P", "--policy lru");
        world.put("--engine E", "--engine buffered");
        world.put("--limit N", "--limit 10");
        world.put("NAME --password P", "bob --password carpenter-walrus");
        world.put("…", "wonderland-1865");
        world.put("cancel ID", "cancel 1");
    }

    @AfterEach
    void end() {
        // Commands that check a store make the log quiet.
        LoggingSystem.get(DocumentedCommandsTest.class.getClassLoader())
                .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.INFO);
        api.close();
    }

    private static void require(int status, RunningApi.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    }

    @Test
    void everyCommandOnAPageRuns() throws Exception {
        Set<String> shown = shown();
        assertThat(shown).contains("import ~/photos photos/2026", "scrub --correct-counts", "keys rotate");
        List<String> online = new ArrayList<>(
                shown.stream().filter(line -> !begins(line, OFFLINE)).toList());
        List<String> last =
                online.stream().filter(line -> begins(line, AT_THE_END)).toList();
        online.removeAll(last);
        online.addAll(last);
        Set<String> failed = new TreeSet<>();
        for (String line : online) {
            run(line, failed);
        }
        api.close();
        for (String line : shown) {
            if (begins(line, OFFLINE)) {
                run(line, failed);
            }
        }
        assertThat(failed).isEmpty();
    }

    private static boolean begins(String line, List<String> commands) {
        return commands.stream().anyMatch(line::startsWith);
    }

    /** The lines of all pages, without what is only the beginning of another, such as a command that is mentioned by its name. */
    private static Set<String> shown() throws IOException {
        Set<String> lines = new LinkedHashSet<>();
        List<Path> pages;
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            pages = Stream.concat(Stream.of(ROOT.resolve("README.md")), files)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
        for (Path page : pages) {
            Matcher matcher = SHOWN.matcher(Files.readString(page));
            while (matcher.find()) {
                String line = matcher.group(1).replaceFirst(" {2,}.*| #.*", "").strip();
                if (!SERVERS.contains(line.split(" ", 2)[0])) {
                    lines.add(line);
                }
            }
        }
        Set<String> mentions = Set.of(
                "import", "export", "backup", "restore", "user", "keys", "cache", "cache prefetch", "jobs", "config");
        lines.removeIf(
                line -> mentions.contains(line) && lines.stream().anyMatch(other -> other.startsWith(line + " ")));
        return lines;
    }

    private void run(String shown, Set<String> failed) {
        String line = shown + " ";
        for (Map.Entry<String, String> each : world.entrySet()) {
            line = line.replace(each.getKey(), each.getValue());
        }
        String[] words = Arrays.stream(line.replaceAll("[\\[\\]]", "").strip().split(" +"))
                .toArray(String[]::new);
        StringWriter printed = new StringWriter();
        int code = VarveCommand.run(
                new VarveCommand.Surroundings(
                        Map.of("VARVE_DATA_DIR", home.resolve("data").toString(), "VARVE_ENCRYPTION_AT_REST", "true"),
                        home),
                new PrintWriter(printed, true),
                words);
        Matcher begun = IMPORT.matcher(printed.toString());
        if (begun.find()) {
            world.putIfAbsent("n3k8c2w1p0q", begun.group(1));
        }
        // Nothing runs for so long here that it could be cancelled.
        boolean expected = code == (shown.equals("jobs cancel ID") ? 1 : 0);
        if (!expected) {
            failed.add(shown + " [" + String.join(" ", words) + "] -> " + code + ": " + printed);
        }
    }
}
