package org.segloss4j.evaluation;

import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.segloss4j.evaluation.SurfaceEvaluation.Metric;

/** The text of an evaluation of surfaces: one row for each class, the means, and which surfaces if not edges. */
final class SurfaceTable {

    private SurfaceTable() {
    }

    static String text(SurfaceEvaluation evaluation, SurfaceSettings settings) {
        double percentile = settings.percentile();
        String name = "HD" + (percentile == Math.rint(percentile) ? Integer.toString((int) percentile)
                : Double.toString(percentile));
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
                "%-5s  %12s  %9s  %9s  %9s  %12s  %7s  %7s\n", settings.groups().isNone() ? "class" : "group",
                "surface Dice", "HD", name, "ASSD", "boundary IoU", "images", "missing"));
        for (int c = 0; c < evaluation.measured(); c++) {
            int own = c;
            text.append(row(Integer.toString(c), metric -> evaluation.mean(metric, own)))
                    .append(String.format(Locale.ROOT, "  %7d  %7d\n", evaluation.images(c), evaluation.missing(c)));
        }
        return text.append(row("mean", evaluation::mean))
                .append(String.format(Locale.ROOT, "  %7d\n", evaluation.images()))
                .append(settings.byArea() ? "surfaces count by area\n" : "").toString();
    }

    private static String row(String name, ToDoubleFunction<Metric> mean) {
        return String.format(Locale.ROOT, "%-5s  %12s  %9s  %9s  %9s  %12s", name,
                number(mean.applyAsDouble(Metric.SURFACE_DICE)), number(mean.applyAsDouble(Metric.HAUSDORFF)),
                number(mean.applyAsDouble(Metric.HAUSDORFF_PERCENTILE)),
                number(mean.applyAsDouble(Metric.AVERAGE_SYMMETRIC_DISTANCE)),
                number(mean.applyAsDouble(Metric.BOUNDARY_IOU)));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : Double.isInfinite(value) ? "infinite"
                : String.format(Locale.ROOT, "%.4f", value);
    }
}
