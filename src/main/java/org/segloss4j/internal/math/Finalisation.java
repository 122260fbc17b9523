package org.segloss4j.internal.math;

import java.util.Arrays;
import java.util.List;

/**
 * From sums to numbers: the value of a loss, and the coefficients from which a backend's second sweep makes the
 * gradient. Costs O(images · classes), so it runs in double on the host.
 */
public final class Finalisation {

    private Finalisation() {
    }

    /**
     * The value of a loss; a batch that is void altogether has loss 0. Terms that need passes of their own are not in
     * it.
     *
     * @param spec the loss
     * @param sums its sums
     * @return Σ coefficient · term
     */
    public static double value(LossSpec spec, Sums sums) {
        double value = 0;
        for (double term : terms(spec, sums)) {
            value += term;
        }
        return value;
    }

    /**
     * The summands of the value of a loss, coefficients included; all are 0 if the batch is void altogether.
     *
     * @param spec the loss
     * @param sums its sums
     * @return those of the region terms, then those of the pixel terms
     */
    public static double[] terms(LossSpec spec, Sums sums) {
        int regions = spec.regions().size();
        double[] values = new double[regions + spec.pixels().size()];
        Sums pooled = sums.pooled();
        if (pooled.isVoid(0)) {
            return values;
        }
        for (int r = 0; r < regions; r++) {
            RegionTerm term = spec.regions().get(r);
            values[r] = term.coefficient() * new RegionMean(term, sums).loss();
        }
        for (int t = 0; t < spec.pixels().size(); t++) {
            PixelTerm term = spec.pixels().get(t);
            double divisor = divisor(spec, t, sums, pooled);
            values[regions + t] = divisor == 0 ? 0 : term.coefficient() * pooled.term(0, t) / divisor;
        }
        return values;
    }

    /**
     * The summands of the value of a loss, also of its terms that compare the predictions with other labels.
     *
     * @param spec a loss of sums
     * @param sums its sums
     * @return those of the region terms, of the pixel terms, and of the others
     */
    public static double[] terms(LossSpec spec, LossSums sums) {
        double[] shared = terms(spec, sums.own());
        List<OtherLabelsTerm> others = spec.ofOtherLabels();
        double[] all = Arrays.copyOf(shared, shared.length + others.size());
        for (int k = 0; k < others.size(); k++) {
            OtherLabelsTerm term = others.get(k);
            all[shared.length + k] = value(term.spec(sums.own().classes(), spec.ignoreIndex()),
                    sums.others().get(term.labels()));
        }
        return all;
    }

    /**
     * The weighted mean score of a region term.
     *
     * @param term the term; its coefficient and link play no part
     * @param sums the sums of the batch
     * @return mean over the gathered classes of weight · score; NaN if the batch is void altogether
     */
    public static double score(RegionTerm term, Sums sums) {
        return new RegionMean(term, sums).score();
    }

    /**
     * The scores of all rows and classes, whether a loss gathers them or not.
     *
     * @param score the score
     * @param sums  the sums, one row per image or one for the batch, which hold what the score needs
     * @return [rows][C], or [rows][1] of one score for all classes; NaN for a void row
     */
    public static double[][] scores(ScoreFunction score, Sums sums) {
        double[][] scores = new double[sums.rows()][score.joinsClasses() ? 1 : sums.classes()];
        for (int n = 0; n < sums.rows(); n++) {
            for (int c = 0; c < scores[n].length; c++) {
                scores[n][c] = sums.isVoid(n) ? Double.NaN : score.value(sums, n, c);
            }
        }
        return scores;
    }

    /**
     * The scores of a region term, before weights and link.
     *
     * @param term the term
     * @param sums the sums of the batch
     * @return one row, or one per image, with a score for each gathered class in its order; NaN where one takes no part
     */
    public static double[][] scores(RegionTerm term, Sums sums) {
        return new RegionMean(term, sums).scores();
    }

    /**
     * The losses of a region term, of which its value is the mean or the sum.
     *
     * @param term the term
     * @param sums the sums of the batch
     * @return as {@link #scores}, with weights and coefficient
     * @throws UnsupportedOperationException if the term is no mean and no sum of losses
     */
    public static double[][] losses(RegionTerm term, Sums sums) {
        return new RegionMean(term, sums).losses();
    }

    /**
     * The coefficients of the gradient.
     *
     * @param spec the loss
     * @param sums the sums of the whole batch
     * @return the table, with as many rows as the sums
     */
    public static Coefficients coefficients(LossSpec spec, Sums sums) {
        Coefficients table = new Coefficients(sums.rows(), spec.layout(sums.classes()));
        Sums pooled = sums.pooled();
        if (!pooled.isVoid(0)) {
            for (RegionTerm term : spec.regions()) {
                new RegionMean(term, sums).addSlopes(table);
            }
            for (int t = 0; t < spec.pixels().size(); t++) {
                addPixelTerm(spec, t, sums, pooled, table);
            }
        }
        return table;
    }

    private static void addPixelTerm(LossSpec spec, int t, Sums sums, Sums pooled, Coefficients table) {
        PixelTerm term = spec.pixels().get(t);
        double divisor = divisor(spec, t, sums, pooled);
        if (divisor == 0 || term.coefficient() == 0) {
            return;
        }
        table.addTerm(t, term.coefficient() / divisor);
        if (term.normaliser() == Normaliser.NEXT_TERM && pooled.term(0, t + 1) >= Normaliser.LEAST) {
            table.addTerm(t + 1, -term.coefficient() * pooled.term(0, t) / divisor / pooled.term(0, t + 1));
        }
    }

    /** What the sum of a pixel term is divided by; 0 where nothing counts. */
    private static double divisor(LossSpec spec, int t, Sums sums, Sums pooled) {
        PixelTerm term = spec.pixels().get(t);
        ClassSelection.Resolved classes = term.classes().resolve(pooled.classes());
        return switch (term.normaliser()) {
            case OUTPUTS -> weight(classes, pooled);
            case PIXELS -> weight(classes, pooled) / classes.count();
            case TRUE_WEIGHTS -> {
                double weight = 0;
                for (int c = 0; c < pooled.classes(); c++) {
                    weight += classes.weight()[c] * pooled.truth(0, c);
                }
                yield weight;
            }
            case ALL_OUTPUTS -> pooled.pixels(0) * classes.count();
            case ALL_PIXELS -> pooled.pixels(0);
            case IMAGES -> weight(classes, pooled) / classes.count() / images(sums);
            case ONE -> 1;
            case NEXT_TERM -> Math.max(Normaliser.LEAST, pooled.term(0, t + 1)) * divisor(spec, t + 1, sums, pooled);
        };
    }

    /** How many images are not void; there is at least one where the batch is not. */
    private static double images(Sums sums) {
        int images = 0;
        for (int n = 0; n < sums.rows(); n++) {
            images += sums.isVoid(n) ? 0 : 1;
        }
        return images;
    }

    /** Σm over the gathered classes, occurrences counted. */
    private static double weight(ClassSelection.Resolved classes, Sums pooled) {
        double weight = 0;
        for (int c = 0; c < pooled.classes(); c++) {
            weight += classes.multiplicity()[c] * pooled.weight(0, c);
        }
        return weight;
    }
}
