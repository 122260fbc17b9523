package org.segloss4j.internal.cpu.separate;

import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cpu.sweep.Pixel;
import org.segloss4j.internal.cpu.sweep.TrueClassRows;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.HardestPixelsTerm.Fraction;
import org.segloss4j.internal.math.HardestPixelsTerm.Threshold;

/**
 * Reads the losses of the hardest pixels, and writes their gradient, in rows of floats, and chooses the pixels that
 * double would choose: those whose float is so near to what decides that its error might matter are read again in
 * double.
 */
final class HardestRows {

    /** Losses that float does not have. */
    private static final float LARGE = 1e30f;
    private static final double TINY = 1e-30;

    private final Job job;
    private final HardestPixelsTerm term;
    private final Spreading spread;
    private final HardestPixels exact;
    private final double[] weights;
    private final double[] losses;
    private final double[] masses;
    private final double[] kept;
    /** Which pixels were read in rows. */
    private final boolean[] has;
    private final long pixels;
    private final double error;

    /** Of a thread. */
    private record Own(TrueClassRows rows, Pixel pixel) {
    }

    HardestRows(Job job, HardestPixelsTerm term, Spreading spread, HardestPixels exact, double[] weights,
                double[] losses, double[] masses, double[] kept) {
        this.job = job;
        this.term = term;
        this.spread = spread;
        this.exact = exact;
        this.weights = weights;
        this.losses = losses;
        this.masses = masses;
        this.kept = kept;
        has = new boolean[losses.length];
        pixels = job.batch().predictions().pixels();
        error = TrueClassRows.relativeError(job.channels());
    }

    private Own own() {
        return new Own(new TrueClassRows(job.batch(), job.spec().ignoreIndex()), pixel());
    }

    private Pixel pixel() {
        return new Pixel(job.batch(), job.spec().ignoreIndex());
    }

    /** Whether a pixel was read in rows. */
    boolean has(int at) {
        return has[at];
    }

    /** Whether all were. */
    boolean hasAll() {
        for (boolean each : has) {
            if (!each) {
                return false;
            }
        }
        return true;
    }

    /** Reads what rows can read. Returns what was found bad there. */
    BadInput read() {
        Batch batch = job.batch();
        return spread.pixels(batch.predictions().examples(), pixels, this::own, (own, found, n, first, end) -> {
            int stride = own.rows.stride();
            for (long s = first; s < end; s += stride) {
                int lanes = (int) Math.min(stride, end - s);
                long start = s;
                boolean isRead = own.rows.read(n, s, lanes, found, (lane, truth, weight, probability, loss) ->
                        take(own, n, start + lane, truth, weight, probability, loss));
                Arrays.fill(has, exact.at(n, s), exact.at(n, s) + lanes, isRead);
            }
        });
    }

    private void take(Own own, long n, long s, int truth, double weight, float probability, float loss) {
        int at = exact.at(n, s);
        boolean isThreshold = term.rule() instanceof Threshold;
        double threshold = isThreshold ? ((Threshold) term.rule()).probability() : 0;
        if (!(loss < LARGE) || isThreshold && Math.abs(probability - threshold) <= 2 * error) {
            read(own.pixel, n, s);
            return;
        }
        masses[at] = weight;
        losses[at] = weights[truth] * loss;
        kept[at] = !isThreshold ? losses[at] : probability < threshold ? HardestPixels.KEPT : loss;
    }

    private void read(Pixel pixel, long n, long s) {
        pixel.load(n, s, new BadInput());
        pixel.activate();
        exact.read(pixel, n, s);
    }

    /** Reads again in double what may rank wrongly. */
    void refine() {
        long[] keys = new long[kept.length];
        int count = 0;
        for (int i = 0; i < keys.length; i++) {
            if (masses[i] != 0) {
                keys[count++] = HardestPixels.key(kept[i] == HardestPixels.KEPT ? HardestPixels.KEPT
                        : Math.max(0, kept[i]));
            }
        }
        if (count == 0) {
            return;
        }
        int index = term.rule() instanceof Threshold rule
                ? (int) Math.min(Math.multiplyExact(rule.minimum(), job.batch().predictions().examples()), count - 1)
                : (int) Math.min(count, fraction().of(fraction().countsVoid() ? kept.length : count)) - 1;
        long key = RadixSort.select(keys, count, index);
        if (key == HardestPixels.key(HardestPixels.KEPT)) {
            // Whether a pixel is kept anyway is known already.
            return;
        }
        // The exact number in that place is within its error of this one, and those that may be on either side of it
        // are within theirs. Twice that, since ranks are rounded.
        double value = Double.longBitsToDouble(~key);
        double low = value - 2 * error * value - TINY;
        double high = value + 2 * error * value + TINY;
        spread.pixels(job.batch().predictions().examples(), pixels, this::pixel, (pixel, found, n, first, end) -> {
            for (long s = first; s < end; s++) {
                int at = exact.at(n, s);
                double loss = kept[at];
                boolean isApart = loss == HardestPixels.KEPT || loss - 2 * error * loss - TINY > high
                        || loss + 2 * error * loss + TINY < low;
                if (has[at] && masses[at] != 0 && !isApart) {
                    read(pixel, n, s);
                }
            }
        });
    }

    private Fraction fraction() {
        return (Fraction) term.rule();
    }

    /** Adds the gradient of the pixels that were read in rows, each times a factor and what is kept of it. */
    void addGradient(double factor) {
        if (job.gradient() == null) {
            return;
        }
        spread.pixels(job.batch().predictions().examples(), pixels, this::own, (own, found, n, first, end) -> {
            int stride = own.rows.stride();
            for (long s = first; s < end; s += stride) {
                int lanes = (int) Math.min(stride, end - s);
                int at = exact.at(n, s);
                if (has[at]) {
                    own.rows.addGradient(n, s, lanes, lane -> kept[at + lane] != 0 && masses[at + lane] != 0,
                            (lane, truth) -> job.scale() * factor * kept[at + lane] * masses[at + lane]
                                    * weights[truth], job.gradient());
                }
            }
        });
    }
}
