package io.varve.app.load;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** How measured figures are written. */
final class Figures {
    private static final MathContext KEPT = new MathContext(4);

    private Figures() {}

    /** To the four digits that are kept. */
    static double rounded(double figure) {
        return BigDecimal.valueOf(figure).round(KEPT).doubleValue();
    }

    /** To the three digits that a reader wants. */
    static String brief(double figure) {
        String format = figure < 10 ? "%.2f" : figure < 100 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, format, figure);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }
}
