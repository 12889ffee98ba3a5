package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.server.RunningApi.Answer;
import io.varve.app.server.RunningApi.Login;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each metric that the documentation names exists, and moves when what it counts happens. */
class DocumentedMetricsTest {
    private static final Login ROOT = RunningApi.root();
    private static final Path DOCS = Path.of("..", "docs");

    /** A name as the tables write it: {@code a_{b,c}_total}, {@code a{label}}, {@code a_*}. */
    private static final Pattern NAME = Pattern.compile("varve_[a-z0-9_]*(?:\\{[a-z0-9_,]*}[a-z0-9_]*|\\*[a-z0-9_]*)*");

    /** What stands still here, each with its reason. */
    private static final Map<String, String> STILL = Stream.of(
                    Map.entry("varve_tier.*", "one tier"),
                    Map.entry("varve_logins_.*", "nobody guesses"),
                    Map.entry("varve_audit_lines_lost_total", "the disk is fast enough"),
                    Map.entry("varve_mirror_.*", "no mirror"),
                    Map.entry("varve_encryption_.*", "not encrypted"),
                    Map.entry("varve_damaged_.*", "nothing is damaged"),
                    Map.entry("varve_read_only|varve_commit_failures_total|varve_io_.*", "the disk is well"),
                    Map.entry("varve_readers_open|varve_ingest_buffers", "nothing is under way when it is looked at"),
                    Map.entry("varve_cache_memory_refused_total", "memory does for all readers"),
                    Map.entry("varve_cache_memory_joined_total", "no two readers miss the same at once"),
                    Map.entry("varve_cache_memory_warmed_bytes_total", "nothing was asked for before this start"),
                    Map.entry("varve_cache_ranges_prefetched_bytes_total", "files are read whole"),
                    Map.entry(
                            "varve_cache_disk_.*", "memory has all that is read here, so the disk cache is not asked"),
                    Map.entry(
                            "varve_(system|http)_.*|varve_(process_cpu_load|users_active)",
                            "looked at now and then, or quiet by chance"),
                    Map.entry("varve_process_(heap_max_bytes|threads|open_files)", "may be the same by chance"),
                    Map.entry("varve_reencode_bases_freed_total", "no base was left to deltas alone"),
                    Map.entry("varve_upkeep_(segments_deleted|bytes_moved)_total", "the one segment is open"))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));

    @TempDir
    private static Path data;

    private static RunningApi api;

    @BeforeAll
    static void start() throws Exception {
        api = new RunningApi(data);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void eachExistsAndMoves() throws Exception {
        expect(201, "MKCOL", "/dav/measured", "");
        Map<String, Double> before = scrape();
        work();
        Map<String, Double> after = scrape();
        expect(200, "POST", "/api/v1/settle?expire-now=true", "");
        Map<String, Double> settled = scrape();
        Set<String> missing = new TreeSet<>();
        Set<String> still = new TreeSet<>();
        for (String documented : documented()) {
            Pattern names = Pattern.compile(documented.replace("*", ".*") + "(_count|_sum|_bucket)?");
            List<String> found = after.keySet().stream()
                    .filter(series ->
                            names.matcher(series.replaceFirst("\\{.*", "")).matches())
                    .toList();
            if (found.isEmpty()) {
                missing.add(documented);
            } else if (found.stream()
                            .allMatch(series -> Objects.equals(after.get(series), before.get(series))
                                    && Objects.equals(after.get(series), settled.get(series)))
                    && STILL.keySet().stream().noneMatch(documented::matches)) {
                still.add(documented);
            }
        }
        assertThat(missing).as("documented, but not in a scrape").isEmpty();
        assertThat(still).as("documented, but unmoved by what it counts").isEmpty();
    }

    private static Answer expect(int status, String method, String path, String body) throws Exception {
        Answer answer = api.send(ROOT, method, path, body);
        assertThat(answer.status())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(status);
        return answer;
    }

    /** Files that deduplicate, compress, resemble each other, are read, overwritten, deleted, and go by themselves. */
    private static void work() throws Exception {
        String text = words(7, 60_000);
        expect(201, "PUT", "/dav/measured/a.txt", text);
        expect(201, "PUT", "/dav/measured/same.txt", text);
        for (int i = 0; i < 4; i++) {
            text = text.substring(0, 90_000) + "edited " + i + text.substring(90_000);
            expect(204, "PUT", "/dav/measured/a.txt", text);
        }
        for (int i = 0; i < 8; i++) {
            expect(201, "PUT", "/dav/measured/unlike-" + i, words(100 + i, 20_000));
        }
        expect(200, "GET", "/dav/measured/a.txt", "");
        expect(404, "GET", "/dav/measured/none", "");
        expect(201, "PUT", "/dav/measured/deleted.txt", "deleted");
        expect(204, "DELETE", "/dav/measured/deleted.txt", "");
        expect(201, "PUT", "/dav/measured/short.txt", "short");
        expect(200, "PUT", "/api/v1/ttl", "{\"path\":\"measured/short.txt\",\"ttl\":\"1s\"}");
        String s3 = api.server().address().s3Url();
        api.http()
                .send(
                        HttpRequest.newBuilder(URI.create(s3 + "/measured")).build(),
                        HttpResponse.BodyHandlers.discarding());
        expect(200, "POST", "/api/v1/settle?expire-now=false", "");
        expect(200, "POST", "/api/v1/cache/prefetch", "{\"path\":\"measured/a.txt\"}");
        expect(200, "GET", "/dav/measured/same.txt", "");
        expect(202, "POST", "/api/v1/jobs", "{\"kind\":\"scrub\"}");
        do {
            expect(200, "POST", "/api/v1/settle?expire-now=false", "");
        } while (api.get(ROOT, "/dav/measured/short.txt").status() == 200);
        while (api.get(ROOT, "/api/v1/jobs").body().contains("\"RUNNING\"")) {
            Thread.onSpinWait();
        }
    }

    private static String words(long seed, int count) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(Integer.toString(random.nextInt(5000), 36)).append(i % 12 == 11 ? '\n' : ' ');
        }
        return text.toString();
    }

    private static Map<String, Double> scrape() throws Exception {
        Map<String, Double> series = new TreeMap<>();
        api.get(Login.NOBODY, "/metrics/storage-v2")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> {
                    int space = line.lastIndexOf(' ');
                    series.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
                });
        return series;
    }

    /** All names in the pages for operators, alternatives written out, labels left away. */
    private static Set<String> documented() throws IOException {
        Set<String> names = new LinkedHashSet<>();
        for (String page : List.of("operations.md", "tuning.md", "troubleshooting.md")) {
            Matcher matcher = NAME.matcher(Files.readString(DOCS.resolve(page)));
            while (matcher.find()) {
                expand(matcher.group(), names);
            }
        }
        names.removeIf(name -> name.endsWith("_"));
        return names;
    }

    private static void expand(String name, Set<String> into) {
        int brace = name.indexOf('{');
        if (brace < 0) {
            into.add(name);
            return;
        }
        int end = name.indexOf('}', brace);
        String rest = name.substring(end + 1);
        if (name.charAt(brace - 1) == '_') {
            for (String each : name.substring(brace + 1, end).split(",", -1)) {
                expand(name.substring(0, brace) + each + rest, into);
            }
        } else {
            expand(name.substring(0, brace) + rest, into);
        }
    }
}
