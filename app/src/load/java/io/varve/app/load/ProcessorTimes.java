package io.varve.app.load;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Processor times at one moment.
 *
 * @param servers of each server, in the order given
 * @param client of this program
 * @param busyTicks of the whole machine since its start, in its own unit
 * @param allTicks the same with idle time
 */
record ProcessorTimes(List<Duration> servers, Duration client, long busyTicks, long allTicks) {
    /** The fields of the first line of {@code /proc/stat} that are idle time; the last two are counted in others (proc(5)). */
    private static final List<Integer> IDLE = List.of(3, 4);

    private static final int FIELDS = 8;

    static ProcessorTimes now(List<RunningServer> servers) throws IOException {
        String line;
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            line = lines.findFirst().orElse("");
        }
        long[] ticks = Arrays.stream(line.trim().split(" +"))
                .skip(1)
                .limit(FIELDS)
                .mapToLong(Long::parseLong)
                .toArray();
        long all = Arrays.stream(ticks).sum();
        long idle = IDLE.stream().mapToLong(field -> ticks[field]).sum();
        Duration client = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? Duration.ofNanos(system.getProcessCpuTime())
                : Duration.ZERO;
        return new ProcessorTimes(servers.stream().map(RunningServer::cpu).toList(), client, all - idle, all);
    }

    /** Seconds that a server used since an earlier moment. */
    double serverSecondsSince(ProcessorTimes earlier, int server) {
        return seconds(servers.get(server).minus(earlier.servers.get(server)));
    }

    /** The part of all processors' time since an earlier moment that nothing known here used. */
    double foreignShareSince(ProcessorTimes earlier, double elapsedSeconds) {
        double known = seconds(client.minus(earlier.client));
        for (int i = 0; i < servers.size(); i++) {
            known += serverSecondsSince(earlier, i);
        }
        double busy = (busyTicks - earlier.busyTicks) / (double) Math.max(1, allTicks - earlier.allTicks);
        return Math.max(0, busy - known / elapsedSeconds / Runtime.getRuntime().availableProcessors());
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
