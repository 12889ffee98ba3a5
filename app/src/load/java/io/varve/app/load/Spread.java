package io.varve.app.load;

import java.util.List;

/** The least, the middle and the greatest of some figures. */
record Spread(double min, double median, double max) {
    /** Of at least one figure. */
    static Spread of(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        int count = sorted.size();
        double median = (sorted.get((count - 1) / 2) + sorted.get(count / 2)) / 2;
        return new Spread(
                Figures.rounded(sorted.getFirst()), Figures.rounded(median), Figures.rounded(sorted.getLast()));
    }
}
