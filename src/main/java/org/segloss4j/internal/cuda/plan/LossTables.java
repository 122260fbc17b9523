package org.segloss4j.internal.cuda.plan;

import java.nio.ByteBuffer;
import java.util.List;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;
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

    /** u to this power is below 1e-7 where u is no float any more. */
    private static final double LEAST_POWER = 0.2;

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
            put(to, !wide ? new RegionRow(channels).of(term)
                    : new WideRegionRow(channels).of(term, spec.statistics().distances()), true);
        }
        for (PixelTerm term : spec.pixels()) {
            put(to, !wide ? new MeanRow(channels).of(term) : new DivisorRow(channels).of(term, pixels), true);
        }
        for (PixelTerm term : spec.pixels()) {
            put(to, !wide ? new CurveRow(channels).of(term, isRenormalised(term))
                    : new TermRow(channels).of(term, input(term)), inDouble);
        }
        if (wide) {
            put(to, new StatisticsRow(channels).of(spec.statistics()), inDouble);
        }
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

    /** Whether squares are all that is summed beyond that. */
    private boolean hasNoneButSquares() {
        Statistics all = spec.statistics();
        return !all.distances() && all.pairs().isEmpty();
    }

    /**
     * Whether all pixel terms are exact curves of the sigmoid of each logit, of which both sides have the same one but
     * for its factor.
     */
    public boolean isOfExactOutputs() {
        return activation == Activation.SIGMOID && terms() > 0 && hasNoneButSquares() && spec.pixels().stream()
                .allMatch(term -> !term.dividesByTotal() && !term.joinsSides() && isFocal(term.positive())
                        && (!term.binary() || withoutFactor(term.positive()).equals(withoutFactor(term.negative()))));
    }

    /**
     * Whether all pixel terms are Keras' clipped curves of both sides of the sigmoid of each logit, or of predictions
     * that are probabilities, in a form that kernels have unrolled loops for: cross-entropy of sides that weigh the
     * same, or focal loss with an exponent from 1 on.
     */
    public boolean isOfClippedOutputs() {
        boolean fits = activation == Activation.SIGMOID ? hasNoneButSquares()
                : activation == Activation.IDENTITY && hasNoStatistics();
        return fits && terms() > 0 && spec.pixels().stream()
                .allMatch(term -> term.binary() && term.others() == null && !term.dividesByTotal()
                        && !term.joinsSides() && term.smoothing().epsilon() == 0
                        && term.positive() instanceof LogCurve own && term.negative() instanceof LogCurve other
                        && own.gamma() == other.gamma() && own.logOffset() == other.logOffset()
                        && (own.gamma() == 0 ? own.a() == other.a() : own.gamma() >= 1 && own.logOffset() == 0));
    }

    /**
     * Whether all pixel terms are Keras' clipped curves of the true classes where predictions are probabilities, each
     * as they are or divided by the sum over all classes.
     */
    public boolean isOfGivenShares() {
        return activation == Activation.IDENTITY && channels > 1 && terms() > 0 && hasNoStatistics()
                && spec.pixels().stream().allMatch(term -> !term.binary() && term.positive() instanceof LogCurve
                        && (term.input() == Input.PROBABILITY || term.input() == Input.RENORMALISED
                        && term.classes().resolve(channels).coversEachOnce()) && term.smoothing().epsilon() == 0);
    }

    /**
     * Whether all pixel terms are exact cross-entropies of a softmax, or linear in its probabilities as the polynomial
     * of Poly-1 is, of class indices that may be smoothed. Beside a threshold there are no sums of the probabilities
     * themselves, which tell the linear ones.
     */
    public boolean isOfSmoothedIndices() {
        return activation == Activation.SOFTMAX && terms() > 0 && hasNoStatistics() && spec.pixels().stream()
                .allMatch(term -> !term.binary() && term.input() != Input.SIGMOID && !isRenormalised(term)
                        && (term.positive() instanceof FocalCurve focal && focal.gamma() == 0
                        || spec.threshold() == null && isLinear(term.positive())));
    }

    private static boolean isLinear(PixelCurve curve) {
        return curve instanceof FactorCurve factor && factor.gamma() == 1 && factor.threshold() == 0
                || curve instanceof BoundedCurve bounded && bounded.q() == 1;
    }

    /**
     * Whether all pixel terms are sums of curves of the probabilities of a softmax, times dense labels, that kernels
     * with unrolled loops have: all but those with an offset beside the probability, factors that are 1 somewhere and,
     * in double, those that {@link #isOfFurtherTruths} names. Beside them, scores may have squares and distances.
     */
    public boolean isOfTruths() {
        return activation == Activation.SOFTMAX && terms() > 0 && pairs().isEmpty() && spec.pixels().stream()
                .allMatch(term -> !term.binary() && term.input() != Input.SIGMOID && !isRenormalised(term)
                        && !(term.positive() instanceof LogCurve log && log.logOffset() != 0)
                        && !(inDouble && isFurther(term.positive()))
                        && !(term.positive() instanceof FactorCurve factor
                        && (factor.gamma() == 0 || factor.threshold() != 0)));
    }

    /**
     * Whether class indices are taken as dense labels, since smoothing asks each class for a curve that has no other
     * kernel with unrolled loops, or for one beside squares.
     */
    public boolean isOfSpreadIndices() {
        return channels > 1 && isOfTruths() && !isUnrolled(true) && !isOfSmoothedIndices();
    }

    /** Whether some of these are no cross-entropy or focal loss, or are reduced, which have a variant of their own. */
    public boolean isOfFurtherTruths() {
        return isOfTruths() && spec.pixels().stream().anyMatch(term -> isFurther(term.positive()));
    }

    private static boolean isFurther(PixelCurve curve) {
        return !(curve instanceof LogCurve || curve instanceof FocalCurve focal && focal.threshold() == 0);
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

    /** The simplest input that gives the same probabilities. */
    private Input input(PixelTerm term) {
        if (term.dividesByTotal() && !isRenormalised(term)) {
            return Input.PROBABILITY;
        }
        return term.input() == Input.SOFTMAX && activation == Activation.SOFTMAX ? Input.RENORMALISED : term.input();
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
