package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.RatioScore;
import org.segloss4j.internal.math.Reduction;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;

/**
 * One region term of a loss that is not plain: the numbers before the classes of {@link RegionRow}, then what its
 * score and its mean are made of.
 *
 * @param classes C
 */
public record WideRegionRow(int classes) {
    /** Whether the true positives are (P + G − D)/2. */
    public static final int SOFT_LABELS = RegionRow.CLASSES;
    /** Whether the masses are squared. */
    public static final int SQUARED = SOFT_LABELS + 1;
    /** The denominator is at least this; −∞ for no such bound. */
    public static final int FLOOR = SOFT_LABELS + 2;
    /** The true positives are at least this; −∞ for no such bound. */
    public static final int LEAST_HITS = SOFT_LABELS + 3;
    /** Whether the mean is one of losses. */
    public static final int OF_LOSSES = SOFT_LABELS + 4;
    /** Whether the link is −x instead of 1 − x. */
    public static final int NEGATIVE = SOFT_LABELS + 5;
    /** Whether the mean divides by the sum of the weights. */
    public static final int NORMALISED = SOFT_LABELS + 6;
    /** Whether nothing is divided by. */
    public static final int SUM = SOFT_LABELS + 7;
    /** Ordinal of {@link AbsentPolicy}. */
    public static final int ABSENT = SOFT_LABELS + 8;
    /** Whether classes that are not gathered have slopes, too: those of the weight 0, or NaN. */
    public static final int EVERY_CLASS = SOFT_LABELS + 9;
    /** Where the numbers of classes begin. */
    public static final int CLASSES = SOFT_LABELS + 10;
    public static final int SMOOTH = 0;
    public static final int ZERO = 1;
    public static final int SKIP = 2;
    public static final int PENALISE = 3;

    public int weight(int c) {
        return CLASSES + c;
    }

    public int multiplicity(int c) {
        return CLASSES + classes + c;
    }

    public int width() {
        return CLASSES + 2 * classes;
    }

    /**
     * The numbers of a term whose score is a ratio.
     *
     * @param hasDistances whether Σm·|p−g| is summed, which soft labels of a single class do not need
     */
    double[] of(RegionTerm term, boolean hasDistances) {
        RatioScore ratio = term.score().asRatio();
        ClassSelection.Resolved gathered = term.classes().resolve(classes);
        double[] row = new double[width()];
        RegionRow.putRatio(row, term, ratio.ratio(), classes);
        row[SOFT_LABELS] = ratio.softLabels() && hasDistances ? 1 : 0;
        row[SQUARED] = ratio.squared() ? 1 : 0;
        boolean isBounded = !(term.score() instanceof RegionScore);
        row[FLOOR] = isBounded ? ratio.floor() : Double.NEGATIVE_INFINITY;
        row[LEAST_HITS] = isBounded ? ratio.leastHits() : Double.NEGATIVE_INFINITY;
        row[OF_LOSSES] = term.aggregation() == Aggregation.SCORE_MEAN ? 0 : 1;
        row[NEGATIVE] = term.link().kind() == Link.Kind.NEGATIVE ? 1 : 0;
        row[NORMALISED] = term.aggregation() == Aggregation.NORMALISED ? 1 : 0;
        row[SUM] = term.reduction() == Reduction.SUM ? 1 : 0;
        row[ABSENT] = term.absent().ordinal();
        row[EVERY_CLASS] = term.isRow() ? 1 : 0;
        for (int c = 0; c < classes; c++) {
            row[weight(c)] = gathered.weight()[c];
            row[multiplicity(c)] = gathered.multiplicity()[c];
        }
        return row;
    }
}
