package org.segloss4j.cli.report;

import java.util.Locale;

/** Numbers as reports print them. */
final class Figures {

    /** Stands for 0/0, where nothing was measured. */
    static final String UNDEFINED = "\u2013";

    private Figures() {
    }

    /** A score or a loss, to four decimals like the tables of the console. */
    static String score(double value) {
        return Double.isNaN(value) ? UNDEFINED : String.format(Locale.ROOT, "%.4f", value);
    }

    /** A share in percent; what is almost nothing or almost all does not look like it. */
    static String percent(long part, long whole) {
        if (whole == 0) {
            return UNDEFINED;
        }
        double percent = 100.0 * part / whole;
        if (part > 0 && percent < 0.01) {
            return "<0.01 %";
        }
        return part < whole && percent >= 99.995 ? ">99.99 %" : String.format(Locale.ROOT, "%.2f %%", percent);
    }

    /** The same in whole percent for little room: empty for nothing, without a unit. */
    static String shortPercent(long part, long whole) {
        double percent = 100.0 * part / whole;
        if (part == 0) {
            return "";
        }
        if (percent < 0.5) {
            return "<1";
        }
        return part < whole && percent >= 99.5 ? ">99" : Long.toString(Math.round(percent));
    }

    /** A number and its noun. */
    static String count(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }
}
