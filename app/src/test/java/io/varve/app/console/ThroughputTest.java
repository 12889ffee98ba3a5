package io.varve.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThroughputTest {
    @Test
    void aSampleTellsRequestsAndWhichFailed() {
        MeterRegistry meters = new SimpleMeterRegistry();
        try (Throughput throughput = new Throughput(meters, new Machine())) {
            answered(meters, "varve.dav.requests", "200", 4);
            answered(meters, "varve.dav.requests", "404", 2);
            answered(meters, "varve.s3.requests", "507", 1);
            meters.counter("varve.s3.bytes", "direction", "in").increment(800);
            throughput.look();
            Throughput.Sample sample = throughput.samples().getFirst();
            assertThat(sample.requests()).isPositive();
            assertThat(sample.refused() / sample.requests()).isBetween(0.28, 0.29);
            assertThat(sample.failed() * 2).isEqualTo(sample.refused());
            assertThat(sample.in()).isPositive();
            assertThat(sample.out()).isZero();
            assertThat(sample.processLoad()).isBetween(0.0, 1.0);
            assertThat(meters.get("varve.process.cpu.load").gauge().value()).isEqualTo(sample.processLoad());
            throughput.look();
            assertThat(throughput.samples().getLast().requests()).isZero();
        }
    }

    private static void answered(MeterRegistry meters, String name, String status, int times) {
        Timer timer = Timer.builder(name).tag("status", status).register(meters);
        for (int i = 0; i < times; i++) {
            timer.record(Duration.ofMillis(1));
        }
    }
}
