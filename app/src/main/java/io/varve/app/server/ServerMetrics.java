package io.varve.app.server;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.varve.app.config.VarveSettings;
import io.varve.storage.access.LoginThrottle;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.jspecify.annotations.Nullable;

/** Every figure of the server, in one registry whose names all begin with {@code varve_}. Thread-safe. */
final class ServerMetrics implements AutoCloseable {
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Optional<OtlpMeterRegistry> otlp;
    private final MeterRegistry registry;

    /** @param settings whether they are sent somewhere, too */
    ServerMetrics(VarveSettings.Metrics settings) {
        prometheus.config().meterFilter(new LatencyBuckets());
        otlp = settings.otlpUrl().map(url -> new OtlpMeterRegistry(new Sending(url, settings), Clock.SYSTEM));
        registry = otlp.isEmpty() ? prometheus : new CompositeMeterRegistry(Clock.SYSTEM);
        if (registry instanceof CompositeMeterRegistry both) {
            both.add(prometheus);
            otlp.ifPresent(both::add);
        }
        registerProcess();
    }

    /** How OTLP is spoken. */
    private record Sending(URI address, VarveSettings.Metrics settings) implements OtlpConfig {
        @Override
        public @Nullable String get(String key) {
            return null;
        }

        @Override
        public String url() {
            return address.toString();
        }

        @Override
        public Duration step() {
            return settings.otlpInterval();
        }

        @Override
        public Map<String, String> headers() {
            String authorization = settings.otlpAuthorization().value();
            return authorization.isEmpty() ? Map.of() : Map.of("Authorization", authorization);
        }

        @Override
        public Map<String, String> resourceAttributes() {
            return Map.of("service.name", "varve");
        }
    }

    private void registerProcess() {
        var memory = ManagementFactory.getMemoryMXBean();
        Gauge.builder(
                        "varve.process.heap.bytes",
                        memory,
                        m -> m.getHeapMemoryUsage().getUsed())
                .description("Java heap in use")
                .register(registry);
        var threads = ManagementFactory.getThreadMXBean();
        Gauge.builder("varve.process.threads", threads, t -> t.getThreadCount())
                .description("Platform threads")
                .register(registry);
        Gauge.builder("varve.process.uptime.seconds", ManagementFactory.getRuntimeMXBean(), r -> r.getUptime() / 1000.0)
                .description("Time since the process began")
                .register(registry);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            Gauge.builder("varve.process.open.files", system, UnixOperatingSystemMXBean::getOpenFileDescriptorCount)
                    .description("Open file descriptors")
                    .register(registry);
            Gauge.builder("varve.process.cpu.seconds", system, s -> s.getProcessCpuTime() / 1e9)
                    .description("Processor time used")
                    .register(registry);
        }
    }

    /**
     * Tells how many connections a port holds open.
     *
     * @param door its name: {@code web} or {@code s3}
     */
    void countConnections(String door, Connector connector) {
        if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
            Gauge.builder("varve.http.connections", protocol, AbstractProtocol::getConnectionCount)
                    .tag("door", door)
                    .description("Open connections")
                    .register(registry);
        }
    }

    /** Tells how many logins fail. */
    void countLogins(LoginThrottle throttle) {
        FunctionCounter.builder("varve.logins.failed", throttle, LoginThrottle::failedCount)
                .description("Logins with a wrong password, secret or name, at all doors")
                .register(registry);
        FunctionCounter.builder("varve.logins.locked", throttle, LoginThrottle::refusedCount)
                .description("Logins that were not looked at, since too many had failed")
                .register(registry);
    }

    MeterRegistry registry() {
        return registry;
    }

    /** Sends what has not been sent; nothing is sent later. */
    @Override
    public void close() {
        otlp.ifPresent(OtlpMeterRegistry::close);
    }

    /** The Prometheus text format. */
    String scrape() {
        return prometheus.scrape();
    }

    /** Latencies as histograms with few, fixed buckets: they can be added up over servers. */
    private static final class LatencyBuckets implements MeterFilter {
        private static final double[] BUCKETS = {
            nanos(1), nanos(5), nanos(10), nanos(50), nanos(100), nanos(500), nanos(1000), nanos(5000), nanos(30_000)
        };

        @Override
        public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
            if (id.getType() != Meter.Type.TIMER) {
                return config;
            }
            return DistributionStatisticConfig.builder()
                    .serviceLevelObjectives(BUCKETS)
                    .build()
                    .merge(config);
        }

        private static double nanos(long millis) {
            return Duration.ofMillis(millis).toNanos();
        }
    }
}
