package io.varve.app.load;

import io.varve.app.load.SoakResult.Growth;
import io.varve.app.load.SoakResult.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Looks at a server from outside every now and then: at its process, whose heap is collected before, and at what it stores. One thread at a time.
 */
final class SoakSampler {
    private static final double MEGA = 1e6;
    /** Where a server tells its figures, below its root. */
    static final String METRICS = "metrics/storage-v2";

    /** What is taken from the metrics, and what it is called here; bytes become megabytes. */
    private static final Map<String, String> TAKEN = Map.ofEntries(
            Map.entry("varve_process_heap_bytes", "heap after GC, MB"),
            Map.entry("varve_process_threads", "threads"),
            Map.entry("varve_logical_bytes", "current files, MB"),
            Map.entry("varve_history_bytes", "history, MB"),
            Map.entry("varve_stored_bytes", "live chunks, MB"),
            Map.entry("varve_segment_bytes", "segments, MB"),
            Map.entry("varve_journal_bytes", "journal, MB"),
            Map.entry("varve_metadata_bytes", "metadata, MB"),
            Map.entry("varve_chunks", "chunks"),
            Map.entry("varve_readers_open", "open readers"),
            Map.entry("varve_ingest_buffers", "ingest buffers"));

    private final SoakServer server;
    private final BoundedCommands commands;
    private final long begin = System.nanoTime();
    private final List<Sample> samples = new ArrayList<>();

    SoakSampler(SoakServer server, BoundedCommands commands) {
        this.server = server;
        this.commands = commands;
    }

    /**
     * Looks at everything. The caller is alone with the server, so that nothing is under way.
     *
     * @param calm whether the server lives on
     */
    Sample sample(boolean calm) throws IOException {
        long pid = server.process().pid();
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        commands.run(server.directory(), Map.of(), List.of(jcmd.toString(), Long.toString(pid), "GC.run"));
        Map<String, Double> figures = new TreeMap<>();
        try (SoakConnections connections = new SoakConnections()) {
            connections.turnTo(server.doors());
            connections
                    .ask(new SoakRequest(SoakRequest.Place.REST, "GET", METRICS))
                    .text()
                    .lines()
                    .forEach(line -> take(line, figures));
        }
        Path proc = Path.of("/proc", Long.toString(pid));
        String resident = Machine.field(proc.resolve("status"), "VmRSS").replace(" kB", "");
        figures.put("resident memory, MB", Long.parseLong(resident) * 1024 / MEGA);
        try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
            figures.put("open descriptors", (double) descriptors.count());
        }
        figures.put("data directory, MB", bytes(server.data()) / MEGA);
        figures.replaceAll((name, value) -> Figures.rounded(value));
        samples.add(new Sample(Figures.rounded((System.nanoTime() - begin) / 1e9), calm, figures));
        return samples.getLast();
    }

    private static void take(String line, Map<String, Double> figures) {
        int blank = line.indexOf(' ');
        String name = blank < 0 ? null : TAKEN.get(line.substring(0, blank));
        if (name != null) {
            double value = Double.parseDouble(line.substring(blank + 1));
            figures.put(name, name.endsWith("MB") ? value / MEGA : value);
        }
    }

    private static long bytes(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                try {
                    bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
                } catch (NoSuchFileException e) {
                    // It went away since it was listed.
                }
            }
        }
        return bytes;
    }

    List<Sample> samples() {
        return samples;
    }

    /** How all figures changed from the first to the last third of the time in which the server lived on; of all of it if it did not. */
    List<Growth> growth() {
        List<Sample> calm = samples.stream().filter(Sample::calm).toList();
        List<Sample> used = calm.size() < 3 ? samples : calm;
        int third = Math.max(1, used.size() / 3);
        TreeSet<String> names = new TreeSet<>();
        used.forEach(sample -> names.addAll(sample.figures().keySet()));
        List<Growth> growth = new ArrayList<>();
        for (String name : names) {
            growth.add(new Growth(
                    name,
                    mean(used.subList(0, Math.min(third, used.size())), name),
                    mean(used.subList(Math.max(0, used.size() - third), used.size()), name),
                    used.stream()
                            .mapToDouble(sample -> sample.figures().getOrDefault(name, 0.0))
                            .max()
                            .orElse(0)));
        }
        return growth;
    }

    private static double mean(List<Sample> samples, String name) {
        return Figures.rounded(samples.stream()
                .mapToDouble(sample -> sample.figures().getOrDefault(name, 0.0))
                .average()
                .orElse(0));
    }
}
