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
    public static double value(LossSpec spec, Sums sums) {
        Sums pooled = sums.pooled();
        if (pooled.isVoid(0)) {
            return 0;
        }
        double value = 0;
        for (RegionTerm term : spec.regions()) {
            value += term.coefficient() * loss(term, sums);
        }
        for (int t = 0; t < spec.pixels().size(); t++) {
            PixelTerm term = spec.pixels().get(t);
            double weight = weight(term, pooled);
            value += weight == 0 ? 0 : term.coefficient() * pooled.term(0, t) / weight;
        }
        return value;
    }

    private static double loss(RegionTerm term, Sums sums) {
        return term.aggregation() == Aggregation.MEAN_SCORE ? term.link().value(score(term, sums))
                : mean(term, sums, term.link());
    }

    /**
     * The weighted mean score of a region term.
     *
     * @param term the term; its coefficient and link play no part
     * @param sums the sums of the batch
     * @return mean over the gathered classes of weight · score; NaN if the batch is void altogether
     */
    public static double score(RegionTerm term, Sums sums) {
        return mean(term, sums, null);
    }

    /** The mean over images that are not void, and over classes, of weight · score, or of weight · link(score). */
    private static double mean(RegionTerm term, Sums sums, Link link) {
        Sums source = term.perImage() ? sums : sums.pooled();
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
                    double score = term.score().value(source, n, c);
                    total += classes.weight()[c] * (link == null ? score : link.value(score));
                }
            }
        }
        return total / images / classes.count();
    }

    /**
     * The coefficients of the gradient.
     *
     * @param spec the loss
     * @param sums the sums of the whole batch
     * @return the table, with as many rows as the sums
     */
    public static Coefficients coefficients(LossSpec spec, Sums sums) {
        int size = sums.rows() * sums.classes();
        Coefficients table = new Coefficients(sums.rows(), sums.classes(), new double[size], new double[size],
                new double[spec.pixels().size()]);
        Sums pooled = sums.pooled();
        if (!pooled.isVoid(0)) {
            for (RegionTerm term : spec.regions()) {
                addRegion(term, sums, pooled, table);
            }
            for (int t = 0; t < spec.pixels().size(); t++) {
                PixelTerm term = spec.pixels().get(t);
                double weight = weight(term, pooled);
                table.terms()[t] = weight == 0 ? 0 : term.coefficient() / weight;
            }
        }
        return table;
    }

    private static void addRegion(RegionTerm term, Sums sums, Sums pooled, Coefficients table) {
        ClassSelection.Resolved resolved = term.classes().resolve(sums.classes());
        Sums source = term.perImage() ? sums : pooled;
        int images = 0;
        for (int n = 0; n < source.rows(); n++) {
            images += source.isVoid(n) ? 0 : 1;
        }
        boolean isOfMean = term.aggregation() == Aggregation.MEAN_SCORE;
        double outer = isOfMean ? term.link().slope(score(term, sums)) : 1;
        for (int n = 0; n < sums.rows(); n++) {
            int row = term.perImage() ? n : 0;
            if (source.isVoid(row)) {
                continue;
            }
            for (int c = 0; c < sums.classes(); c++) {
                // The weight of a class that is not gathered is 0; NaN of its sums stays, as in the kernels.
                if (isOfMean || resolved.multiplicity()[c] > 0) {
                    double slope = isOfMean ? outer : term.link().slope(term.score().value(source, row, c));
                    double factor = slope * term.coefficient() * resolved.weight()[c] / images / resolved.count();
                    term.score().addSlopes(source, row, c, factor, table, n);
                }
            }
        }
    }

    /** What the mean of a pixel term divides by: Σm over the gathered classes, occurrences counted. */
    private static double weight(PixelTerm term, Sums pooled) {
        ClassSelection.Resolved classes = term.classes().resolve(pooled.classes());
        double weight = 0;
        for (int c = 0; c < pooled.classes(); c++) {
            weight += classes.multiplicity()[c] * pooled.weight(0, c);
        }
        return weight;
    }
}
