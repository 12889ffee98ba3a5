package io.varve.storage;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What was done by simulations, counted by name. Thread-safe. */
final class SimulationReport {
    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
    private final LongAccumulator longestRecoveryNanos = new LongAccumulator(Math::max, 0);

    void count(String what) {
        add(what, 1);
    }

    void add(String what, long amount) {
        counts.computeIfAbsent(what, ignored -> new LongAdder()).add(amount);
    }

    void recovered(long nanos) {
        longestRecoveryNanos.accumulate(nanos);
    }

    /** All of it, a line for each count. */
    String told(long beginNanos) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%.0f s, longest recovery %.1f ms%n",
                (System.nanoTime() - beginNanos) / 1e9,
                longestRecoveryNanos.get() / 1e6));
        counts.forEach((what, count) -> text.append(String.format(Locale.ROOT, "  %,15d %s%n", count.sum(), what)));
        return text.toString();
    }
}
