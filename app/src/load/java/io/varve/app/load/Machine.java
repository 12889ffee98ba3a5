package io.varve.app.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Where a run took place.
 *
 * @param cpu model
 * @param processors that the system offers
 * @param memoryMiB of the system
 * @param kernel its version
 * @param fileSystem type and device of what the servers write to
 * @param java version that runs Varve and the client
 * @param loadAverage of the minute before the run; far above 0 says that the machine was not quiet
 */
record Machine(
        String cpu, int processors, long memoryMiB, String kernel, String fileSystem, String java, double loadAverage) {
    /** This machine. */
    static Machine here(Path directory) throws IOException {
        var store = Files.getFileStore(directory);
        var system = ManagementFactory.getOperatingSystemMXBean();
        String memory = field(Path.of("/proc/meminfo"), "MemTotal").replace(" kB", "");
        return new Machine(
                field(Path.of("/proc/cpuinfo"), "model name"),
                system.getAvailableProcessors(),
                Long.parseLong(memory) >> 10,
                System.getProperty("os.version"),
                store.type() + " on " + store.name(),
                System.getProperty("java.runtime.version"),
                system.getSystemLoadAverage());
    }

    /** Whether figures of both may be compared at all. */
    boolean isLike(Machine other) {
        return cpu.equals(other.cpu) && processors == other.processors && fileSystem.equals(other.fileSystem);
    }

    /** The first value of a field in one of {@code /proc}'s files of the form {@code name: value}. */
    static String field(Path file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElseThrow(() -> new IOException(file + " has no " + name + "."));
        }
    }
}
