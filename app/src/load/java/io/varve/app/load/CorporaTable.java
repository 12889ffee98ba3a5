package io.varve.app.load;

import io.varve.app.load.CorporaResult.Background;
import io.varve.app.load.CorporaResult.InStore;
import io.varve.app.load.CorporaResult.Measured;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Prints a corpus in all stores as rows of a Markdown table, and how Varve's bytes are made up. A MB is 1,000,000 bytes. */
final class CorporaTable {
    private static final double MEGA = 1e6;
    private static final double GIGA = 1e9;

    private final PrintStream out;

    CorporaTable(PrintStream out) {
        this.out = out;
    }

    private void head() {
        row(
                "corpus",
                "store",
                "stored MB",
                "x best",
                "on disk MB",
                "CPU s/GB",
                "x best",
                "later s/GB",
                "last MB/s",
                "x best",
                "first MB/s",
                "x best");
        row("---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:");
    }

    /** All stores, each beside the best of the peers. */
    void corpus(Measured measured) {
        head();
        ToDoubleFunction<InStore> stored = store -> store.stored().bytes() / MEGA;
        ToDoubleFunction<InStore> cpu = store -> store.ingest().cpuSeconds() / (measured.bytes() / GIGA);
        ToDoubleFunction<InStore> last = store -> speed(measured.lastBytes(), store.restoreLast());
        ToDoubleFunction<InStore> first = store -> speed(measured.firstBytes(), store.restoreFirst());
        List<InStore> peers = measured.stores().stream()
                .filter(store -> store.varve() == null)
                .toList();
        Comparator<Double> least = Comparator.reverseOrder();
        for (InStore store : measured.stores()) {
            Background background = store.varve();
            row(
                    measured.corpus(),
                    store.store() + (background != null && background.apart() ? " (apart)" : ""),
                    Figures.brief(stored.applyAsDouble(store)),
                    beside(stored, store, peers, least),
                    Figures.brief(store.stored().blocks() / MEGA),
                    Figures.brief(cpu.applyAsDouble(store)),
                    beside(cpu, store, peers, least),
                    background == null ? "" : Figures.brief(background.cost().cpuSeconds() / (measured.bytes() / GIGA)),
                    Figures.brief(last.applyAsDouble(store)),
                    beside(last, store, peers, Comparator.naturalOrder()),
                    Figures.brief(first.applyAsDouble(store)),
                    beside(first, store, peers, Comparator.naturalOrder()));
        }
        measured.failures().forEach((store, why) -> out.println(measured.corpus() + ", " + store + ": " + why));
        out.flush();
    }

    /** Where Varve's bytes lie. */
    void use(Measured measured) {
        for (InStore store : measured.stores()) {
            Background background = store.varve();
            if (background == null) {
                continue;
            }
            out.printf(
                    Locale.ROOT,
                    "%s: %d versions, %s MB; Varve took %s MB before and %s after settling:%n",
                    measured.corpus(),
                    measured.versions(),
                    Figures.brief(measured.bytes() / MEGA),
                    Figures.brief(background.before().bytes() / MEGA),
                    Figures.brief(store.stored().bytes() / MEGA));
            out.printf(
                    Locale.ROOT,
                    "  CPU of ingest, by a server just started: %s s/GB%n",
                    Figures.brief(background.cold().cpuSeconds() / (measured.bytes() / GIGA)));
            parts(store.stored().parts());
            background
                    .use()
                    .byEncoding()
                    .forEach((encoding, records) -> out.printf(
                            Locale.ROOT,
                            "  segments, %s: %d records, %.3f MB for %.3f MB%n",
                            encoding,
                            records.count(),
                            records.stored() / MEGA,
                            records.plain() / MEGA));
            out.printf(
                    Locale.ROOT,
                    "  segments, filling: %.3f MB%n",
                    background.use().filling() / MEGA);
        }
    }

    private void parts(Map<String, Long> parts) {
        parts.forEach((part, bytes) -> out.printf(Locale.ROOT, "  %s: %.3f MB%n", part, bytes / MEGA));
    }

    private static double speed(long bytes, Cost cost) {
        return bytes / MEGA / cost.seconds();
    }

    private static String beside(
            ToDoubleFunction<InStore> figure, InStore store, List<InStore> peers, Comparator<Double> better) {
        Optional<Double> best =
                peers.stream().map(figure::applyAsDouble).max(better).filter(value -> value > 0);
        return best.map(value -> String.format(Locale.ROOT, "%.2f", figure.applyAsDouble(store) / value))
                .orElse("-");
    }

    private void row(Object... cells) {
        out.printf(
                Locale.ROOT,
                "| %-8s | %-13s | %9s | %6s | %10s | %8s | %6s | %10s | %9s | %6s | %10s | %6s |%n",
                cells);
    }
}
