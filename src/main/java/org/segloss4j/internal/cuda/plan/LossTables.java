package org.segloss4j.internal.cuda.plan;

import java.nio.ByteBuffer;
import java.util.List;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;
import org.segloss4j.internal.math.RatioScore;
import org.segloss4j.internal.math.Reduction;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.Statistics;

/**
 * A loss as the tables that the kernels read, one behind the other: a {@link RegionRow} for each region term and a
 * {@link MeanRow} for each pixel term in double, then a {@link CurveRow} for each pixel term in the type that is
 * computed in. For a loss that is not plain, there is a {@link TermRow} for each pixel term instead, and a
 * {@link StatisticsRow} behind them. The kernels have the same names for the numbers of a row in {@code layout.cuh}.
 *
 * @param spec       the loss
 * @param channels   C
 * @param activation what makes probabilities of the predictions
 * @param inDouble   whether curves are double
 * @param pixels     how many pixels there are, void ones included; 0 for a plain loss, which does not ask
 * @param wide       whether the tables are those of a loss that is not plain, which say more
 */
public record LossTables(LossSpec spec, int channels, Activation activation, boolean inDouble, long pixels,
                         boolean wide) {

    private static final LogCurve NONE = new LogCurve(0, 0, 0);
    /** u to this power is below 1e-7 where u is no float any more. */
    private static final double LEAST_POWER = 0.2;

    /**
     * One region term: the numbers of its score, then weight and multiplicity of each class.
     *
     * @param classes C
     */
    public record RegionRow(int classes) {
        public static final int COEFFICIENT = 0;
        public static final int K = 1;
        public static final int NUMERATOR_SMOOTH = 2;
        public static final int B_I = 3;
        public static final int B_P = 4;
        public static final int B_G = 5;
        public static final int DENOMINATOR_SMOOTH = 6;
        public static final int PER_IMAGE = 7;
        /** Number of gathered classes, with repetitions. */
        public static final int COUNT = 8;
        /** Where the numbers of classes begin. */
        public static final int CLASSES = 9;

        public int weight(int c) {
            return CLASSES + c;
        }

        public int multiplicity(int c) {
            return CLASSES + classes + c;
        }

        public int width() {
            return CLASSES + 2 * classes;
        }
    }

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
    }

    /**
     * What the mean of one pixel term needs: its coefficient, then the multiplicity of each class.
     *
     * @param classes C
     */
    public record MeanRow(int classes) {
        public static final int COEFFICIENT = 0;
        /** Where the numbers of classes begin. */
        public static final int CLASSES = 1;

        public int multiplicity(int c) {
            return CLASSES + c;
        }

        public int width() {
            return CLASSES + classes;
        }
    }

    /**
     * What the divisor of one pixel term of a loss that is not plain is made of, and the term's coefficient.
     *
     * @param classes C
     */
    public record DivisorRow(int classes) {
        public static final int COEFFICIENT = 0;
        public static final int CONSTANT = 1;
        /** Where the factors of the weights and of the true masses of classes begin. */
        public static final int CLASSES = 2;

        public int ofWeight(int c) {
            return CLASSES + c;
        }

        public int ofTruth(int c) {
            return CLASSES + classes + c;
        }

        public int width() {
            return CLASSES + 2 * classes;
        }
    }

    /**
     * One pixel term: two curves of three numbers each, two truths, then weight and multiplicity of each class.
     *
     * @param classes C
     */
    public record CurveRow(int classes) {
        /** The numbers of a curve, counted from where the curve begins. */
        public static final int A = 0;
        public static final int GAMMA = 1;
        public static final int LOG_OFFSET = 2;
        /** Where the curve of the true side begins. */
        public static final int POSITIVE = 0;
        /** Where the curve of the other side begins. */
        public static final int NEGATIVE = 3;
        public static final int BINARY = 6;
        public static final int RENORMALISED = 7;
        /** Where the numbers of classes begin. */
        public static final int CLASSES = 8;

        public int weight(int c) {
            return CLASSES + c;
        }

        public int multiplicity(int c) {
            return CLASSES + classes + c;
        }

        public int width() {
            return CLASSES + 2 * classes;
        }
    }

    /**
     * One pixel term of a loss that is not plain: two curves of four numbers each, which probability they look at, how
     * labels are seen, then the weights of both sides and the multiplicity of each class.
     *
     * @param classes C
     */
    public record TermRow(int classes) {
        /** The numbers of a curve, counted from where the curve begins; the kind is one of the next four. */
        public static final int KIND = 0;
        public static final int A = 1;
        /** γ or q. */
        public static final int SHAPE = 2;
        /** δ or τ. */
        public static final int OFFSET = 3;
        public static final int LOG_CURVE = 0;
        public static final int FOCAL_CURVE = 1;
        public static final int FACTOR_CURVE = 2;
        public static final int BOUNDED_CURVE = 3;
        /** Where the curve of the true side begins. */
        public static final int POSITIVE = 0;
        /** Where the curve of the other side begins. */
        public static final int NEGATIVE = 4;
        public static final int BINARY = 8;
        /** Ordinal of {@link PixelTerm.Input}. */
        public static final int INPUT = 9;
        /** A label g is seen as SCALE · g + SHIFT. */
        public static final int SCALE = 10;
        public static final int SHIFT = 11;
        /** Where the numbers of classes begin. */
        public static final int CLASSES = 12;

        public int weight(int c) {
            return CLASSES + c;
        }

        public int otherWeight(int c) {
            return CLASSES + classes + c;
        }

        public int multiplicity(int c) {
            return CLASSES + 2 * classes + c;
        }

        public int width() {
            return CLASSES + 3 * classes;
        }
    }

    /**
     * Which further statistics there are, then the factors of each sum over pairs by true and by predicted class.
     *
     * @param classes C
     */
    public record StatisticsRow(int classes) {
        public static final int SQUARES = 0;
        public static final int DISTANCES = 1;
        /** Number of sums over pairs of classes. */
        public static final int PAIRS = 2;
        /** Where the factors begin. */
        public static final int FACTORS = 3;

        public int factor(int k, int y, int c) {
            return FACTORS + (k * classes + y) * classes + c;
        }

        public int width(int pairs) {
            return factor(pairs, 0, 0);
        }
    }

    /** The tables of the same loss, which is plain, as kernels for plain losses read them. */
    public LossTables plain() {
        return new LossTables(spec, channels, activation, inDouble, 0, false);
    }

    /** Number of pixel terms. */
    public int terms() {
        return spec.pixels().size();
    }

    /** The region terms that a device finalises: all of them, or none if the host has to finalise one. */
    public int regions() {
        return isFinalisedOnDevice() ? spec.regions().size() : 0;
    }

    /** Whether the last block of the forward sweep computes value and coefficients. */
    public boolean isFinalisedOnDevice() {
        return !wide ? spec.isFinalisedOnDevice()
                : spec.regions().stream().allMatch(RegionTerm::isWideRow) && spec.pixels().stream().noneMatch(
                        term -> term.normaliser() == Normaliser.NEXT_TERM || term.normaliser() == Normaliser.IMAGES);
    }

    /** The sums over pairs of classes. */
    public List<PairSum> pairs() {
        return spec.statistics().pairs();
    }

    /** Where the means begin, in bytes. */
    public long meansOffset() {
        int width = !wide ? new RegionRow(channels).width() : new WideRegionRow(channels).width();
        return (long) Double.BYTES * regions() * width;
    }

    /** Where the curves begin, in bytes. */
    public long curvesOffset() {
        int width = !wide ? new MeanRow(channels).width() : new DivisorRow(channels).width();
        return meansOffset() + (long) Double.BYTES * terms() * width;
    }

    /** Size of all tables. */
    public long bytes() {
        int number = inDouble ? Double.BYTES : Float.BYTES;
        long numbers = !wide ? (long) terms() * new CurveRow(channels).width()
                : (long) terms() * new TermRow(channels).width() + new StatisticsRow(channels).width(pairs().size());
        return curvesOffset() + number * numbers;
    }

    /** Whether a term divides by the sum of the gathered probabilities, and that sum is not always 1. */
    boolean isRenormalised(PixelTerm term) {
        return term.dividesByTotal() && !(activation == Activation.SOFTMAX
                && term.classes().resolve(channels).coversEachOnce());
    }

    /** Whether any term needs the sum of the gathered probabilities. */
    public boolean anyRenormalised() {
        return spec.pixels().stream().anyMatch(this::isRenormalised);
    }

    /** Whether any term also charges the other classes' probabilities. */
    public boolean anyBinary() {
        return spec.pixels().stream().anyMatch(PixelTerm::binary);
    }

    /** Writes the tables. */
    public void put(ByteBuffer to) {
        for (RegionTerm term : spec.regions().subList(0, regions())) {
            put(to, !wide ? regionRow(term) : wideRegionRow(term), true);
        }
        for (PixelTerm term : spec.pixels()) {
            put(to, !wide ? meanRow(term) : divisorRow(term), true);
        }
        for (PixelTerm term : spec.pixels()) {
            put(to, !wide ? curveRow(term) : termRow(term), inDouble);
        }
        if (wide) {
            put(to, statisticsRow(), inDouble);
        }
    }

    private double[] regionRow(RegionTerm term) {
        RegionRow at = new RegionRow(channels);
        ClassSelection.Resolved classes = term.classes().resolve(channels);
        double[] row = new double[at.width()];
        putRatio(row, term, (RegionScore) term.score());
        for (int c = 0; c < channels; c++) {
            row[at.weight(c)] = classes.weight()[c];
            row[at.multiplicity(c)] = classes.multiplicity()[c];
        }
        return row;
    }

    /** What both rows of a region term begin with. */
    private void putRatio(double[] row, RegionTerm term, RegionScore score) {
        row[RegionRow.COEFFICIENT] = term.coefficient();
        row[RegionRow.K] = score.k();
        row[RegionRow.NUMERATOR_SMOOTH] = score.numeratorSmooth();
        row[RegionRow.B_I] = score.bI();
        row[RegionRow.B_P] = score.bP();
        row[RegionRow.B_G] = score.bG();
        row[RegionRow.DENOMINATOR_SMOOTH] = score.denominatorSmooth();
        row[RegionRow.PER_IMAGE] = term.perImage() ? 1 : 0;
        row[RegionRow.COUNT] = term.classes().resolve(channels).count();
    }

    private double[] wideRegionRow(RegionTerm term) {
        RatioScore ratio = term.score().asRatio();
        WideRegionRow at = new WideRegionRow(channels);
        ClassSelection.Resolved classes = term.classes().resolve(channels);
        double[] row = new double[at.width()];
        putRatio(row, term, ratio.ratio());
        row[WideRegionRow.SOFT_LABELS] = ratio.softLabels() && spec.statistics().distances() ? 1 : 0;
        row[WideRegionRow.SQUARED] = ratio.squared() ? 1 : 0;
        boolean isBounded = !(term.score() instanceof RegionScore);
        row[WideRegionRow.FLOOR] = isBounded ? ratio.floor() : Double.NEGATIVE_INFINITY;
        row[WideRegionRow.LEAST_HITS] = isBounded ? ratio.leastHits() : Double.NEGATIVE_INFINITY;
        row[WideRegionRow.OF_LOSSES] = term.aggregation() == Aggregation.SCORE_MEAN ? 0 : 1;
        row[WideRegionRow.NEGATIVE] = term.link().kind() == Link.Kind.NEGATIVE ? 1 : 0;
        row[WideRegionRow.NORMALISED] = term.aggregation() == Aggregation.NORMALISED ? 1 : 0;
        row[WideRegionRow.SUM] = term.reduction() == Reduction.SUM ? 1 : 0;
        row[WideRegionRow.ABSENT] = term.absent().ordinal();
        row[WideRegionRow.EVERY_CLASS] = term.isRow() ? 1 : 0;
        for (int c = 0; c < channels; c++) {
            row[at.weight(c)] = classes.weight()[c];
            row[at.multiplicity(c)] = classes.multiplicity()[c];
        }
        return row;
    }

    private double[] meanRow(PixelTerm term) {
        MeanRow at = new MeanRow(channels);
        double[] row = new double[at.width()];
        row[MeanRow.COEFFICIENT] = term.coefficient();
        for (int c = 0; c < channels; c++) {
            row[at.multiplicity(c)] = term.classes().resolve(channels).multiplicity()[c];
        }
        return row;
    }

    /** As {@link org.segloss4j.internal.math.Finalisation} divides; all zeros if the host does it. */
    private double[] divisorRow(PixelTerm term) {
        ClassSelection.Resolved classes = term.classes().resolve(channels);
        DivisorRow at = new DivisorRow(channels);
        double[] row = new double[at.width()];
        row[DivisorRow.COEFFICIENT] = term.coefficient();
        row[DivisorRow.CONSTANT] = switch (term.normaliser()) {
            case ONE -> 1;
            case ALL_PIXELS -> pixels;
            case ALL_OUTPUTS -> (double) pixels * classes.count();
            default -> 0;
        };
        for (int c = 0; c < channels; c++) {
            switch (term.normaliser()) {
                case OUTPUTS -> row[at.ofWeight(c)] = classes.multiplicity()[c];
                case PIXELS -> row[at.ofWeight(c)] = (double) classes.multiplicity()[c] / classes.count();
                case TRUE_WEIGHTS -> row[at.ofTruth(c)] = classes.weight()[c];
                default -> {
                }
            }
        }
        return row;
    }

    /**
     * Whether all terms are curves of the probability of the true class, exact where a kernel that takes the logarithm
     * of the probability itself is exact: a power of u with a small exponent is not where u underflows.
     */
    public boolean isOwnExact() {
        return activation == Activation.SOFTMAX && pixelsAreOwn();
    }

    /**
     * Whether kernels with unrolled loops compute the loss: its pixel terms are exact curves of the true class, and its
     * further statistics are those that such kernels have.
     *
     * @param index whether labels are class indices
     */
    public boolean isUnrolled(boolean index) {
        boolean areTerms = spec.pixels().isEmpty() || index && isOwnExact();
        return areTerms && !(index && spec.statistics().distances())
                && (pairs().isEmpty() || index && activation == Activation.SOFTMAX);
    }

    /** Whether no sums are needed but those of every loss. */
    private boolean hasNoStatistics() {
        return spec.statistics().and(Statistics.PIXELS).equals(Statistics.PIXELS);
    }

    /**
     * Whether all pixel terms are exact curves of the sigmoid of each logit, of which both sides have the same one but
     * for its factor.
     */
    public boolean isOfExactOutputs() {
        return activation == Activation.SIGMOID && terms() > 0 && hasNoStatistics() && spec.pixels().stream()
                .allMatch(term -> !term.dividesByTotal() && isFocal(term.positive())
                        && (!term.binary() || withoutFactor(term.positive()).equals(withoutFactor(term.negative()))));
    }

    /** Whether all pixel terms are exact cross-entropies of a softmax, of class indices that may be smoothed. */
    public boolean isOfExactEntropies() {
        return activation == Activation.SOFTMAX && terms() > 0 && hasNoStatistics() && spec.pixels().stream()
                .allMatch(term -> !term.binary() && term.input() != Input.SIGMOID && !isRenormalised(term)
                        && term.positive() instanceof FocalCurve focal && focal.gamma() == 0);
    }

    /**
     * Whether all pixel terms are sums of curves of the probabilities of a softmax, times dense labels, that kernels
     * with unrolled loops have: cross-entropy and focal loss, exact or clipped as in Keras.
     */
    public boolean isOfTruths() {
        return activation == Activation.SOFTMAX && terms() > 0 && hasNoStatistics() && spec.pixels().stream()
                .allMatch(term -> !term.binary() && term.input() != Input.SIGMOID && !isRenormalised(term)
                        && (term.positive() instanceof FocalCurve focal && focal.threshold() == 0
                        || term.positive() instanceof LogCurve log && log.logOffset() == 0));
    }

    private static boolean isFocal(PixelCurve curve) {
        return curve instanceof FocalCurve || curve instanceof FactorCurve;
    }

    private static PixelCurve withoutFactor(PixelCurve curve) {
        return curve instanceof FocalCurve focal ? new FocalCurve(1, focal.gamma(), focal.threshold())
                : curve instanceof FactorCurve factor ? new FactorCurve(1, factor.gamma(), factor.threshold()) : curve;
    }

    private boolean pixelsAreOwn() {
        return spec.pixels().stream().allMatch(term -> !term.binary() && term.input() != Input.SIGMOID
                && !isRenormalised(term) && term.smoothing().epsilon() == 0
                && !(term.positive() instanceof BoundedCurve bounded && bounded.q() < LEAST_POWER));
    }

    /**
     * Whether value and gradient need the predictions once, as a loss of pixel terms alone does whose divisors follow
     * from the weights of the classes in the whole batch. Those of one image, which tell whether it is void, do not.
     */
    public boolean isOneSweep() {
        return spec.isOfPixelTerms() || !spec.isPlain() && spec.regions().isEmpty() && spec.threshold() == null
                && spec.pixels().stream().noneMatch(term -> term.normaliser() == Normaliser.NEXT_TERM
                        || term.normaliser() == Normaliser.IMAGES);
    }

    private double[] curveRow(PixelTerm term) {
        ClassSelection.Resolved classes = term.classes().resolve(channels);
        CurveRow at = new CurveRow(channels);
        double[] row = new double[at.width()];
        putLog(row, CurveRow.POSITIVE, term.log());
        putLog(row, CurveRow.NEGATIVE, term.binary() ? term.otherLog() : NONE);
        row[CurveRow.BINARY] = term.binary() ? 1 : 0;
        row[CurveRow.RENORMALISED] = isRenormalised(term) ? 1 : 0;
        for (int c = 0; c < channels; c++) {
            row[at.weight(c)] = classes.weight()[c];
            row[at.multiplicity(c)] = classes.multiplicity()[c];
        }
        return row;
    }

    private double[] termRow(PixelTerm term) {
        ClassSelection.Resolved classes = term.classes().resolve(channels);
        ClassSelection.Resolved others = term.otherClasses().resolve(channels);
        TermRow at = new TermRow(channels);
        double[] row = new double[at.width()];
        put(row, TermRow.POSITIVE, term.positive());
        put(row, TermRow.NEGATIVE, term.binary() ? term.negative() : NONE);
        row[TermRow.BINARY] = term.binary() ? 1 : 0;
        row[TermRow.INPUT] = input(term).ordinal();
        row[TermRow.SCALE] = term.smoothing().scale();
        row[TermRow.SHIFT] = term.smoothing().offset(classes.count());
        for (int c = 0; c < channels; c++) {
            row[at.weight(c)] = classes.weight()[c];
            row[at.otherWeight(c)] = others.weight()[c];
            row[at.multiplicity(c)] = classes.multiplicity()[c];
        }
        return row;
    }

    /** The simplest input that gives the same probabilities. */
    private Input input(PixelTerm term) {
        if (term.dividesByTotal() && !isRenormalised(term)) {
            return Input.PROBABILITY;
        }
        return term.input() == Input.SOFTMAX && activation == Activation.SOFTMAX ? Input.RENORMALISED : term.input();
    }

    private double[] statisticsRow() {
        Statistics statistics = spec.statistics();
        StatisticsRow at = new StatisticsRow(channels);
        double[] row = new double[at.width(pairs().size())];
        row[StatisticsRow.SQUARES] = statistics.squares() ? 1 : 0;
        row[StatisticsRow.DISTANCES] = statistics.distances() ? 1 : 0;
        row[StatisticsRow.PAIRS] = pairs().size();
        for (int k = 0; k < pairs().size(); k++) {
            double[][] factors = pairs().get(k).resolve(channels);
            for (int y = 0; y < channels; y++) {
                System.arraycopy(factors[y], 0, row, at.factor(k, y, 0), channels);
            }
        }
        return row;
    }

    private static void put(double[] row, int at, PixelCurve curve) {
        double[] numbers;
        if (curve instanceof LogCurve log) {
            numbers = new double[] {TermRow.LOG_CURVE, log.a(), log.gamma(), log.logOffset()};
        } else if (curve instanceof FocalCurve focal) {
            numbers = new double[] {TermRow.FOCAL_CURVE, focal.a(), focal.gamma(), focal.threshold()};
        } else if (curve instanceof FactorCurve factor) {
            numbers = new double[] {TermRow.FACTOR_CURVE, factor.a(), factor.gamma(), factor.threshold()};
        } else {
            BoundedCurve bounded = (BoundedCurve) curve;
            numbers = new double[] {TermRow.BOUNDED_CURVE, bounded.a(), bounded.q(), 0};
        }
        System.arraycopy(numbers, 0, row, at, numbers.length);
    }

    private static void putLog(double[] row, int at, LogCurve curve) {
        row[at + CurveRow.A] = curve.a();
        row[at + CurveRow.GAMMA] = curve.gamma();
        row[at + CurveRow.LOG_OFFSET] = curve.logOffset();
    }

    private static void put(ByteBuffer to, double[] values, boolean inDouble) {
        for (double value : values) {
            if (inDouble) {
                to.putDouble(value);
            } else {
                to.putFloat((float) value);
            }
        }
    }
}
