package io.varve.app.load;

import io.varve.app.load.Result.InUnit;
import io.varve.app.load.Result.Measured;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Prints measured scenarios as rows of a Markdown table, each as soon as it is known. */
final class Table {
    private final PrintStream out;
    private final ResultFiles earlier;

    Table(PrintStream out, ResultFiles earlier) {
        this.out = out;
        this.earlier = earlier;
    }

    void head() {
        row(
                "scenario",
                "unit",
                "Varve: min, med, max",
                "Apache: min, med, max",
                "ratio",
                "CPU Varve, Apache",
                "foreign",
                "before, change");
        row("---", "---", "---:", "---:", "---:", "---:", "---:", "---:");
    }

    /** One row for each unit of a scenario. */
    void scenario(Measured measured) {
        String foreign = Figures.percent(measured.rounds().stream()
                .flatMap(round -> round.servers().values().stream())
                .mapToDouble(Reading::foreignCpuShare)
                .max()
                .orElse(0));
        for (InUnit unit : measured.units()) {
            boolean leads = unit.equals(measured.units().getFirst());
            row(
                    measured.name(),
                    unit.unit().label(),
                    spread(unit.rates().get("varve")),
                    spread(unit.rates().get("apache")),
                    ratio(unit.ratio()),
                    median(unit.costs(), "varve") + ", " + median(unit.costs(), "apache") + " "
                            + unit.unit().costLabel(),
                    foreign,
                    leads ? change(measured) : "");
        }
    }

    private String change(Measured measured) {
        Optional<ResultFiles.Earlier> before = earlier.newestWith(measured.name());
        Double now = measured.ratio();
        if (now == null || before.isEmpty()) {
            return "";
        }
        Double then = before.get().measured().ratio();
        return then == null ? "" : ratio(then) + ", " + String.format(Locale.ROOT, "%+.0f %%", 100 * (now / then - 1));
    }

    private void row(Object... cells) {
        out.printf(Locale.ROOT, "| %-22s | %-5s | %-22s | %-22s | %-6s | %-20s | %-8s | %-16s |%n", cells);
    }

    private static String spread(@Nullable Spread spread) {
        return spread == null
                ? "-"
                : Figures.brief(spread.min()) + ", " + Figures.brief(spread.median()) + ", "
                        + Figures.brief(spread.max());
    }

    private static String median(Map<String, Spread> spreads, String server) {
        Spread spread = spreads.get(server);
        return spread == null ? "-" : Figures.brief(spread.median());
    }

    private static String ratio(@Nullable Double ratio) {
        return ratio == null ? "-" : String.format(Locale.ROOT, "%.2f", ratio);
    }
}
