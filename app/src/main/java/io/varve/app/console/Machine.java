package io.varve.app.console;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the machine, or the container, does: processors and network. Where the system does not tell, it is 0. Thread-safe.
 */
public final class Machine {
    private static final int RECEIVED_FIELD = 0;
    private static final int SENT_FIELD = 8;

    private final Path devices;

    /**
     * Bytes since the system began, over all interfaces but the loopback one.
     *
     * @param received bytes that came in
     * @param sent bytes that went out
     */
    public record Network(long received, long sent) {}

    /** The machine this process runs on. */
    public Machine() {
        this(Path.of("/proc/self/net/dev"));
    }

    /** @param devices what Linux tells of network interfaces, see proc_pid_net(5) */
    Machine(Path devices) {
        this.devices = devices;
    }

    /** How many processors this process may use. */
    public int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Processor time that this process has taken, in nanoseconds. */
    public long processNanos() {
        return system().getProcessCpuTime();
    }

    /** Which share of all processors was busy since it was asked last, from 0 to 1; for one caller. */
    public double load() {
        double load = system().getCpuLoad();
        return load > 0 ? Math.min(load, 1) : 0;
    }

    /** What went over the network. */
    public Network network() {
        long received = 0;
        long sent = 0;
        for (String line : lines()) {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.substring(0, colon).strip().equals("lo")) {
                String[] fields = line.substring(colon + 1).strip().split("\\s+");
                received += field(fields, RECEIVED_FIELD);
                sent += field(fields, SENT_FIELD);
            }
        }
        return new Network(received, sent);
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(devices);
        } catch (IOException e) {
            // Not Linux, or hidden from this process.
            return List.of();
        }
    }

    private static long field(String[] fields, int index) {
        return index < fields.length && fields[index].matches("[0-9]{1,18}") ? Long.parseLong(fields[index]) : 0;
    }

    private static OperatingSystemMXBean system() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    }
}
