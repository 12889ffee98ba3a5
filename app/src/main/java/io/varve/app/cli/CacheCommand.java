package io.varve.app.cli;

import io.varve.app.config.SettingsException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code varve cache}: looks into the disk cache of a running server, fills and empties it. */
@Command(
        name = "cache",
        description = "Look into the disk cache of decoded chunks, fill it and empty it; see docs/cache.md.",
        synopsisSubcommandLabel = "COMMAND")
final class CacheCommand implements Runnable {
    private static final List<String> UNITS = List.of("", "KiB", "MiB", "GiB", "TiB");

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,10})(|[KMGT]iB)");

    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    /** What is asked of a server. */
    @FunctionalInterface
    private interface Question {
        void ask(ServerClient server) throws IOException;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "varve cache needs one of: stats, profile, ls, inspect, verify, clear, evict, pin, prefetch, resize.");
    }

    private int with(Question question) throws IOException, SettingsException {
        try (ServerClient server = ServerClient.of(varve.settings().settings().dataDir())) {
            question.ask(server);
            varve.out().flush();
            return 0;
        }
    }

    @Command(name = "stats", description = "What the cache holds, how often it helped, and what left it why.")
    int stats() throws IOException, SettingsException {
        return with(server -> {
            JsonNode stats = server.send("GET", "/cache/stats", "");
            JsonNode contents = stats.path("contents");
            long hits = stats.path("hits").asLong();
            long asked = hits + stats.path("misses").asLong();
            line("entries", contents.path("entries"));
            line("file at most", contents.path("bytes"));
            line("bytes in full segments", contents.path("usedBytes"));
            varve.out()
                    .printf(
                            "%-28s %14.3f%n",
                            "fragmentation", stats.path("fragmentation").asDouble());
            varve.out().printf("%-28s %14.3f%n", "hit ratio", asked == 0 ? 0 : (double) hits / asked);
            for (String figure :
                    new String[] {"hits", "misses", "puts", "droppedPuts", "bytesServed", "bytesWritten"}) {
                line(figure, stats.path(figure));
            }
            varve.out()
                    .printf(
                            "%-28s %14.3f%n",
                            "write amplification",
                            stats.path("writeAmplification").asDouble());
            line("pinned bytes", stats.path("pinnedBytes"));
            stats.path("left").properties().forEach(cause -> line("left: " + cause.getKey(), cause.getValue()));
            tellTrouble(stats);
        });
    }

    @Command(name = "profile", description = "How long reads and writes of the cache file take, and what waits.")
    int profile() throws IOException, SettingsException {
        return with(server -> {
            JsonNode stats = server.send("GET", "/cache/stats", "");
            varve.out().printf("%-6s %12s %10s %10s %10s%n", "", "count", "p50 us <", "p95 us <", "p99 us <");
            for (String what : new String[] {"get", "write"}) {
                JsonNode times = stats.path(what);
                varve.out()
                        .printf(
                                "%-6s %,12d %,10d %,10d %,10d%n",
                                what,
                                times.path("count").asLong(),
                                times.path("p50Micros").asLong(),
                                times.path("p95Micros").asLong(),
                                times.path("p99Micros").asLong());
            }
            line("queue depth", stats.path("contents").path("queueDepth"));
            line("memory of buffers", stats.path("contents").path("memoryBytes"));
            line("memory of the index", stats.path("contents").path("indexBytes"));
            tellTrouble(stats);
        });
    }

    private void tellTrouble(JsonNode stats) {
        if (stats.path("trouble").isString()) {
            varve.out().println(stats.path("trouble").asString());
        }
    }

    private void line(String name, JsonNode number) {
        varve.out().printf("%-28s %,14d%n", name, number.asLong());
    }

    @Command(name = "ls", description = "List chunks in the cache, with their lengths and uses.")
    int list(@Option(names = "--limit", defaultValue = "100", description = "How many at most, up to 1000.") int limit)
            throws IOException, SettingsException {
        return with(server -> server.send("GET", "/cache/entries?limit=" + limit, "")
                .path("entries")
                .forEach(this::entry));
    }

    @Command(name = "inspect", description = "Show what the cache has of one chunk.")
    int inspect(@Parameters(paramLabel = "FINGERPRINT") String chunk) throws IOException, SettingsException {
        return with(server -> entry(server.send("GET", "/cache/entries/" + encoded(chunk), "")));
    }

    private void entry(JsonNode entry) {
        varve.out()
                .printf(
                        "%s %,10d bytes, %d uses%s, segment %d at %d%n",
                        entry.path("key").asString(),
                        entry.path("plainBytes").asLong(),
                        entry.path("uses").asLong(),
                        entry.path("pinned").asBoolean() ? ", pinned" : "",
                        entry.path("segment").asLong(),
                        entry.path("offset").asLong());
    }

    @Command(name = "verify", description = "Read and verify everything in the cache; let go of what is damaged.")
    int verify() throws IOException, SettingsException {
        return with(server -> {
            JsonNode found = server.send("POST", "/cache/verify", "");
            varve.out()
                    .printf(
                            "Verified %d entries (%d bytes); %d were damaged and let go.%n",
                            found.path("entries").asLong(),
                            found.path("bytes").asLong(),
                            found.path("damaged").asLong());
        });
    }

    @Command(name = "clear", description = "Empty the cache.")
    int clear() throws IOException, SettingsException {
        return with(server -> evicted(server.send("DELETE", "/cache/evict", "")));
    }

    @Command(name = "evict", description = "Take a file's chunks, or one chunk, out of the cache.")
    int evict(
            @Parameters(paramLabel = "PATH", arity = "0..1", description = "A file: bucket/key.") @Nullable String path,
            @Option(names = "--chunk", description = "A chunk, by its fingerprint.") @Nullable String chunk)
            throws IOException, SettingsException {
        if ((path == null) == (chunk == null)) {
            throw new IOException("Name a file, or a chunk with --chunk; varve cache clear takes out everything.");
        }
        String what = path != null ? "path=" + encoded(path) : "chunk=" + encoded(chunk);
        return with(server -> evicted(server.send("DELETE", "/cache/evict?" + what, "")));
    }

    private void evicted(JsonNode done) {
        varve.out().printf("%d chunks left the cache.%n", done.path("chunks").asLong());
    }

    @Command(name = "pin", description = "Keep what the cache has of a file, or let it go again.")
    int pin(
            @Parameters(paramLabel = "PATH", description = "A file: bucket/key.") String path,
            @Option(names = "--undo", description = "Let it go again.") boolean undo)
            throws IOException, SettingsException {
        return with(server -> {
            String order = ServerClient.json(Map.of("path", path, "pinned", !undo));
            JsonNode done = server.send("POST", "/cache/pin", order);
            varve.out().printf("%d chunks %s.%n", done.path("chunks").asLong(), undo ? "may leave" : "stay");
        });
    }

    @Command(name = "prefetch", description = "Read a file through, so that what is slow to read is in the cache.")
    int prefetch(@Parameters(paramLabel = "PATH", description = "A file: bucket/key.") String path)
            throws IOException, SettingsException {
        return with(server -> {
            JsonNode done = server.send("POST", "/cache/prefetch", ServerClient.json(Map.of("path", path)));
            varve.out()
                    .printf(
                            "Read %d bytes; the cache took in %d chunks.%n",
                            done.path("bytes").asLong(), done.path("chunks").asLong());
        });
    }

    @Command(
            name = "resize",
            description = "Make the cache larger or smaller, or change how it works, until the server's next start.")
    int resize(
            @Parameters(paramLabel = "SIZE", arity = "0..1", description = "Such as 512MiB or 4GiB; 0 for no cache.")
                    @Nullable
                    String size,
            @Option(names = "--policy", description = "What leaves when it is full.") @Nullable String policy,
            @Option(names = "--engine", description = "io_uring, direct or buffered.") @Nullable String engine)
            throws IOException, SettingsException {
        Map<String, Object> change = new LinkedHashMap<>();
        if (size != null) {
            change.put("bytes", bytes(size));
        }
        if (policy != null) {
            change.put("policy", policy);
        }
        if (engine != null) {
            change.put("engine", engine);
        }
        if (change.isEmpty()) {
            throw new IOException("Say what is to change: a size, --policy or --engine.");
        }
        return with(server -> {
            JsonNode done = server.send("POST", "/cache/resize", ServerClient.json(change));
            varve.out()
                    .printf(
                            "The cache may take %d bytes now, policy %s; %d chunks are in it.%n",
                            done.path("bytes").asLong(),
                            done.path("policy").asString(),
                            done.path("entries").asLong());
        });
    }

    private static long bytes(String size) throws IOException {
        Matcher matcher = SIZE.matcher(size);
        if (!matcher.matches()) {
            throw new IOException("'" + size + "' is no size such as 512MiB or 4GiB.");
        }
        int unit = UNITS.indexOf(String.valueOf(matcher.group(2)));
        return Long.parseLong(matcher.group(1)) << (10 * Math.max(0, unit));
    }

    private static String encoded(@Nullable String text) {
        return URLEncoder.encode(String.valueOf(text), StandardCharsets.UTF_8);
    }
}
