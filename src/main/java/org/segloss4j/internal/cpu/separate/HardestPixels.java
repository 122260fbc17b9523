package org.segloss4j.internal.cpu.separate;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cpu.sweep.Pixel;
import org.segloss4j.internal.cpu.sweep.TrueClassRows;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.HardestPixelsTerm.Fraction;
import org.segloss4j.internal.math.HardestPixelsTerm.Threshold;

/**
 * Cross-entropy over the hardest pixels. Needs 24 bytes for each pixel, or 25. The threshold is exact: it is selected
 * by the digits of the numbers.
 */
final class HardestPixels {

    /** Where there is no activation, the probability below which its logarithm is bounded. */
    private static final double LEAST = Math.exp(-100);
    /** What ranks a pixel that is kept whatever the losses of others are. */
    static final double KEPT = -1;

    private final Job job;
    private final HardestPixelsTerm term;
    private final PixelPasses walk;
    private final long examples;
    private final long pixels;
    private final double[] weights;
    private final Spreading spread;
    private final boolean mayUseRows;
    /** Of each pixel its loss, its weight, and what ranks it; in the end what part of it is kept. */
    private double[] losses;
    private double[] masses;
    private double[] kept;
    /** Null if all pixels are read in double. */
    private HardestRows rows;

    HardestPixels(Job job, HardestPixelsTerm term, Spreading spread, boolean mayUseRows) {
        this.job = job;
        this.spread = spread;
        this.mayUseRows = mayUseRows && TrueClassRows.fits(job.batch());
        this.term = term;
        walk = new PixelPasses(job, spread);
        examples = job.batch().predictions().examples();
        pixels = job.batch().predictions().pixels();
        weights = term.classes().resolve(job.channels()).weight();
    }

    /** Returns the value and adds the gradient. */
    double add() {
        int length = walk.length(examples, 1, term.title());
        losses = new double[length];
        masses = new double[length];
        kept = new double[length];
        if (mayUseRows) {
            rows = new HardestRows(job, term, spread, this, weights, losses, masses, kept);
        }
        // All of it is told at once, so that the first is the first of the batch.
        BadInput bad = rows == null ? new BadInput() : rows.read();
        if (rows == null || !rows.hasAll()) {
            bad.merge(walk.find(0, examples, (n, s) -> rows == null || !rows.has(at(n, s)), this::read));
        }
        job.check(bad);
        if (rows != null) {
            rows.refine();
        }
        double mass = 0;
        if (term.rule() instanceof Threshold rule) {
            keepAbove(rule.minimum(), kept, masses);
        } else {
            mass = keepLargest((Fraction) term.rule(), kept, masses);
        }
        double sum = 0;
        for (int i = 0; i < length; i++) {
            if (masses[i] != 0 && kept[i] != 0) {
                sum += kept[i] * masses[i] * losses[i];
                mass += kept[i] * masses[i];
            }
        }
        if (mass == 0) {
            return 0;
        }
        double factor = term.coefficient() / mass;
        if (rows != null) {
            rows.addGradient(factor);
        }
        if (rows == null || !rows.hasAll()) {
            walk.write(0, examples, (n, s) -> kept[at(n, s)] != 0 && masses[at(n, s)] != 0
                    && (rows == null || !rows.has(at(n, s))), (pixel, n, s, dp, dz) ->
                    addSlopes(pixel, factor * kept[at(n, s)] * masses[at(n, s)], dz));
        }
        return factor * sum;
    }

    /** Reads a pixel in double. */
    void read(Pixel pixel, long n, long s) {
        int at = at(n, s);
        losses[at] = loss(pixel);
        masses[at] = mass(pixel);
        kept[at] = term.rule() instanceof Threshold rule ? rank(pixel, rule.probability()) : losses[at];
    }

    int at(long n, long s) {
        return (int) (n * pixels + s);
    }

    /** The weight of a pixel: that of its true class, if a mask weighs outputs; 0 for a pixel without a class. */
    private static double mass(Pixel pixel) {
        double sum = 0;
        double truth = 0;
        for (int c = 0; c < pixel.g.length; c++) {
            sum += pixel.m[c] * pixel.g[c];
            truth += pixel.g[c];
        }
        return truth == 0 ? 0 : sum / truth;
    }

    private double loss(Pixel pixel) {
        double loss = 0;
        for (int c = 0; c < pixel.g.length; c++) {
            double weight = pixel.g[c] * weights[c];
            loss -= weight == 0 ? 0 : weight * pixel.log(c);
        }
        return loss;
    }

    /**
     * What ranks a pixel by its probability: the loss, which tells probabilities apart that round to 1. It is rounded
     * as a device has it, where equal losses make a difference.
     */
    private double rank(Pixel pixel, double threshold) {
        if (probability(pixel) < threshold) {
            return KEPT;
        }
        double loss = 0;
        for (int c = 0; c < pixel.g.length; c++) {
            loss -= pixel.g[c] == 0 ? 0 : pixel.g[c] * pixel.log(c);
        }
        if (job.batch().predictions().type() == ElementType.DOUBLE) {
            return loss < Double.MIN_NORMAL ? 0 : loss;
        }
        return (float) loss < Float.MIN_NORMAL ? 0 : (float) loss;
    }

    /** The probability of the truth. */
    private static double probability(Pixel pixel) {
        double probability = 0;
        for (int c = 0; c < pixel.g.length; c++) {
            probability += pixel.g[c] == 0 ? 0 : pixel.g[c] * pixel.p[c];
        }
        return probability;
    }

    /** Adds factor · dloss/dz. */
    private void addSlopes(Pixel pixel, double factor, double[] dz) {
        double all = 0;
        for (int c = 0; c < dz.length; c++) {
            all += weights[c] * pixel.g[c];
        }
        for (int c = 0; c < dz.length; c++) {
            double own = weights[c] * pixel.g[c];
            double p = pixel.p[c];
            dz[c] += factor * switch (job.batch().activation()) {
                case SOFTMAX -> all * p - own;
                case SIGMOID -> own == 0 ? 0 : -own * pixel.complement(c);
                case IDENTITY -> own == 0 || p < LEAST ? 0 : -own / p;
            };
        }
    }

    /** Makes 1 of what ranks pixels that are kept and 0 of others. */
    private void keepAbove(long minimum, double[] ranks, double[] masses) {
        long[] keys = new long[ranks.length];
        int count = 0;
        for (int i = 0; i < keys.length; i++) {
            if (masses[i] != 0) {
                keys[count++] = key(ranks[i]);
            }
        }
        if (count == 0) {
            return;
        }
        int behind = (int) Math.min(Math.multiplyExact(minimum, examples), count - 1);
        long first = RadixSort.select(keys, count, behind);
        for (int i = 0; i < ranks.length; i++) {
            // NaN is kept, so that it shows.
            boolean isKept = ranks[i] == KEPT || Double.isNaN(ranks[i])
                    || Long.compareUnsigned(key(ranks[i]), first) < 0;
            ranks[i] = isKept ? 1 : 0;
        }
    }

    /** A number without a sign, the less the larger a loss is. What is kept anyway is the least, NaN the next. */
    static long key(double loss) {
        return loss == KEPT ? 0 : ~Double.doubleToLongBits(loss);
    }

    /**
     * Makes 1 of the losses that are kept, 0 of others, and what is left for each of those that are tied. Returns how
     * many void pixels are kept beside them.
     */
    private static long keepLargest(Fraction fraction, double[] losses, double[] masses) {
        long[] keys = new long[losses.length];
        int count = 0;
        for (int i = 0; i < losses.length; i++) {
            if (masses[i] != 0) {
                keys[count++] = key(Math.max(0, losses[i]));
            }
        }
        if (count == 0) {
            return 0;
        }
        long wanted = fraction.of(fraction.countsVoid() ? losses.length : count);
        int kept = (int) Math.min(count, wanted);
        long last = RadixSort.select(keys, count, kept - 1);
        long before = 0;
        long tied = 0;
        for (int k = 0; k < count; k++) {
            int order = Long.compareUnsigned(keys[k], last);
            before += order < 0 ? 1 : 0;
            tied += order == 0 ? 1 : 0;
        }
        double share = (double) (kept - before) / tied;
        for (int i = 0; i < losses.length; i++) {
            int order = Long.compareUnsigned(key(Math.max(0, losses[i])), last);
            losses[i] = order < 0 ? 1 : order == 0 ? share : 0;
        }
        return wanted - kept;
    }
}
