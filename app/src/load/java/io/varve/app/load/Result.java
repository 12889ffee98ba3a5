package io.varve.app.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A run's outcome, as it is kept in a file.
 *
 * @param name short, of the file
 * @param started when, in UTC
 * @param command the arguments of this program
 * @param machine where
 * @param varve the commit it was built from
 * @param varveFlags JVM flags that Varve was started with
 * @param apache version of the plain-file server
 * @param rounds per scenario, with the dropped ones
 * @param warmUp how many were dropped; null in older files, where it was one
 * @param scenarios what was measured
 * @param connections of the run with many connections; null if there was none
 */
record Result(
        String name,
        String started,
        String command,
        Machine machine,
        String varve,
        String varveFlags,
        String apache,
        int rounds,
        @Nullable Integer warmUp,
        List<Measured> scenarios,
        @Nullable ManyConnectionsResult connections) {

    /**
     * One scenario.
     *
     * @param name of the scenario
     * @param units the first one's ratio is the scenario's
     * @param rounds without the dropped ones
     */
    record Measured(String name, List<InUnit> units, List<Round> rounds) {
        static Measured of(Scenario scenario, List<Round> rounds) {
            return new Measured(
                    scenario.name(),
                    scenario.units().stream()
                            .map(unit -> InUnit.of(unit, rounds))
                            .toList(),
                    rounds);
        }

        /** Median of the rounds' ratios; null if only one server ran. */
        @Nullable
        Double ratio() {
            return units.getFirst().ratio();
        }
    }

    /**
     * A scenario counted in one unit.
     *
     * @param unit of the figures
     * @param rates by server: work a second
     * @param costs by server: processor time for a unit of work
     * @param ratio median of the rounds' ratios Varve : Apache; above 1 Varve does more; null if only one server ran
     */
    record InUnit(
            Unit unit,
            Map<String, Spread> rates,
            Map<String, Spread> costs,
            @Nullable Double ratio) {
        static InUnit of(Unit unit, List<Round> rounds) {
            List<Double> ratios = new ArrayList<>();
            for (Round round : rounds) {
                Reading varve = round.servers().get("varve");
                Reading apache = round.servers().get("apache");
                if (varve != null && apache != null) {
                    ratios.add(unit.rate(varve) / unit.rate(apache));
                }
            }
            return new InUnit(
                    unit,
                    Round.spreads(rounds, unit::rate),
                    Round.spreads(rounds, unit::cost),
                    ratios.isEmpty() ? null : Spread.of(ratios).median());
        }
    }

    /**
     * One round.
     *
     * @param first the server whose turn came first
     * @param servers readings by server
     */
    record Round(String first, Map<String, Reading> servers) {
        static Map<String, Spread> spreads(List<Round> rounds, ToDoubleFunction<Reading> figure) {
            Map<String, List<Double>> figures = new TreeMap<>();
            for (Round round : rounds) {
                round.servers()
                        .forEach((server, reading) -> figures.computeIfAbsent(server, name -> new ArrayList<>())
                                .add(figure.applyAsDouble(reading)));
            }
            Map<String, Spread> spreads = new TreeMap<>();
            figures.forEach((server, values) -> spreads.put(server, Spread.of(values)));
            return spreads;
        }
    }
}
