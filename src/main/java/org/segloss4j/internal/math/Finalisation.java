package org.segloss4j.internal.math;

/**
 * From sums to numbers: the value of a loss, and the coefficients from which a backend's second sweep makes the
 * gradient. Costs O(images · classes), so it runs in double on the host.
 */
public final class Finalisation {

    private Finalisation() {
    }

    /**
     * The value of a loss; a batch that is void altogether has loss 0.
     *
     * @param spec the loss
     * @param sums its sums
     * @return Σ coefficient · term
     */
    public static double value(LossSpec spec, ClassSums sums) {
        ClassSums pooled = sums.pooled();
        if (pooled.isVoid(0)) {
            return 0;
        }
        double value = 0;
        for (RegionTerm term : spec.regions()) {
            value += term.coefficient() * (1 - score(term, sums));
        }
        for (int t = 0; t < spec.pixels().size(); t++) {
            PixelTerm term = spec.pixels().get(t);
            double weight = weight(term, pooled);
            value += weight == 0 ? 0 : term.coefficient() * pooled.pixelLoss(0, t) / weight;
        }
        return value;
    }

    /**
     * The weighted mean score of a region term: the metric of which its loss is the complement.
     *
     * @param term the term; its coefficient plays no part
     * @param sums the sums of the batch
     * @return mean over the gathered classes of weight · score; NaN if the batch is void altogether
     */
    public static double score(RegionTerm term, ClassSums sums) {
        ClassSums source = term.perImage() ? sums : sums.pooled();
        ClassSelection.Resolved classes = term.classes().resolve(sums.classes());
        double total = 0;
        int images = 0;
        for (int n = 0; n < source.rows(); n++) {
            if (source.isVoid(n)) {
                continue;
            }
            images++;
            for (int c = 0; c < source.classes(); c++) {
                if (classes.multiplicity()[c] > 0) {
                    total += classes.weight()[c] * term.score().value(source.intersection(n, c),
                            source.predicted(n, c), source.truth(n, c));
                }
            }
        }
        return total / images / classes.count();
    }

    /**
     * The coefficients of the gradient: {@code dL/dp = m·(A·g + B)} for the region terms, and per pixel term the
     * factor that its slope is multiplied with.
     *
     * @param spec the loss
     * @param sums the sums of the whole batch
     * @return the table, with as many rows as the sums
     */
    public static Coefficients coefficients(LossSpec spec, ClassSums sums) {
        int classes = sums.classes();
        ClassSums pooled = sums.pooled();
        double[] a = new double[sums.rows() * classes];
        double[] b = new double[sums.rows() * classes];
        double[] pixel = new double[spec.pixels().size()];
        if (!pooled.isVoid(0)) {
            for (RegionTerm term : spec.regions()) {
                addRegion(term, sums, pooled, a, b);
            }
            for (int t = 0; t < pixel.length; t++) {
                PixelTerm term = spec.pixels().get(t);
                double weight = weight(term, pooled);
                pixel[t] = weight == 0 ? 0 : term.coefficient() / weight;
            }
        }
        return new Coefficients(sums.rows(), classes, a, b, pixel);
    }

    private static void addRegion(RegionTerm term, ClassSums sums, ClassSums pooled, double[] a, double[] b) {
        ClassSelection.Resolved resolved = term.classes().resolve(sums.classes());
        ClassSums source = term.perImage() ? sums : pooled;
        int images = 0;
        for (int n = 0; n < source.rows(); n++) {
            images += source.isVoid(n) ? 0 : 1;
        }
        for (int n = 0; n < sums.rows(); n++) {
            int row = term.perImage() ? n : 0;
            if (source.isVoid(row)) {
                continue;
            }
            for (int c = 0; c < sums.classes(); c++) {
                double factor = -term.coefficient() * resolved.weight()[c] / images / resolved.count();
                double i = source.intersection(row, c);
                double p = source.predicted(row, c);
                double g = source.truth(row, c);
                // Without truth there is nothing that A could multiply, and without smoothing it may be infinite.
                a[n * sums.classes() + c] += g == 0 ? 0 : factor * term.score().slopeOfIntersection(i, p, g);
                b[n * sums.classes() + c] += factor * term.score().slopeOfPrediction(i, p, g);
            }
        }
    }

    /** What a pixel term's mean divides by: Σ m over the gathered outputs. */
    private static double weight(PixelTerm term, ClassSums pooled) {
        ClassSelection.Resolved classes = term.classes().resolve(pooled.classes());
        double weight = 0;
        for (int c = 0; c < pooled.classes(); c++) {
            weight += classes.multiplicity()[c] * pooled.weight(0, c);
        }
        return weight;
    }

    /**
     * The gradient's coefficients. The arrays belong to the reader and are not to be written.
     *
     * @param rows    1 for a batch, or one row per image
     * @param classes C
     * @param a       [rows·C], ∂L/∂I
     * @param b       [rows·C], ∂L/∂P
     * @param pixel   per pixel term, its coefficient divided by its normaliser
     */
    public record Coefficients(int rows, int classes, double[] a, double[] b, double[] pixel) {
    }
}
