package org.segloss4j.evaluation;

import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.segloss4j.evaluation.PanopticEvaluation.Quality;

/** The text of a panoptic evaluation: qualities and segments of each class, and the means. */
final class PanopticTable {

    private PanopticTable() {
    }

    static String text(PanopticClasses classes, PanopticTally tally) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%-14s  %6s  %6s  %6s  %8s  %8s  %8s\n",
                "class", "PQ", "SQ", "RQ", "TP", "FP", "FN"));
        for (int k = 0; k < classes.count(); k++) {
            int own = k;
            text.append(row(classes.labels()[k] + (k < classes.things() ? "" : " (stuff)"),
                    quality -> tally.of(quality, own)))
                    .append(String.format(Locale.ROOT, "  %8d  %8d  %8d\n", tally.matched()[k], tally.invented()[k],
                            tally.missed()[k]));
        }
        return text.append(row("mean", quality -> tally.mean(quality, 0, classes.count()))).append('\n').toString();
    }

    private static String row(String name, ToDoubleFunction<Quality> value) {
        StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%-14s", name));
        for (Quality quality : Quality.values()) {
            row.append(String.format(Locale.ROOT, "  %6s", AlignedText.number(value.applyAsDouble(quality))));
        }
        return row.toString();
    }
}
