package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.BinaryRows;
import org.segloss4j.internal.cpu.lanes.CurveRows;
import org.segloss4j.internal.cpu.lanes.FloatMath;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.TileIo;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The fast walk in float for one channel of logits under a sigmoid. It computes the losses from the logits, not from
 * rounded probabilities.
 */
public final class BinarySweep implements PixelTermSweep {

    private final LossSpec spec;
    private final Batch batch;
    final SumsLayout layout;
    final FloatTile tile;
    final BinaryTruth truth;
    private final NaNPixels doubtful;
    /** The true and the other side of each term. */
    private final Side[] positive;
    private final Side[] negative;
    private final int terms;
    private final boolean isClipped;
    /** Lane sums of g·p, p and g, and a row per term, drained into doubles at the end of a chunk. */
    private final float[][] sums;
    /** The truths that probabilities are taken of: the labels if each is 0 or 1, else 1 and 0 everywhere. */
    private final float[][] sides;
    /** The labels, if logits are turned by them first; null if only the probability of 1 is needed, or both are. */
    private final float[] turning;
    /** Logits of the first side's truth, and the lesser of its probability and the complement. */
    private final float[] x;
    private final float[] lesser;
    /** Probabilities of the first side's truth and their complements; the other side has them the other way round. */
    final float[] u;
    final float[] v;
    private final float[] entropy;
    private final float[] ones;
    private final float[] factor;
    /** Null if nothing is counted. */
    private final HardCounts counts;

    /** A sweep that also counts hard predictions, unless the counters are null. */
    public BinarySweep(LossSpec spec, Batch batch, HardCounts counts) {
        this.counts = counts;
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        layout = spec.layout(1);
        truth = new BinaryTruth(batch, spec.ignoreIndex(), tile.stride);
        doubtful = new NaNPixels(spec, batch);
        terms = spec.pixels().size();
        positive = spec.pixels().stream().map(term -> Side.of(term.positive(), term.classes())).toArray(Side[]::new);
        negative = spec.pixels().stream().map(term -> Side.of(term.negative(), term.otherClasses()))
                .toArray(Side[]::new);
        isClipped = spec.pixels().stream().allMatch(PixelTerm::isPlain)
                && spec.pixels().stream().allMatch(BinarySweep::isQuickClipped);
        sums = new float[layout.width()][tile.stride];
        ones = new float[tile.stride];
        Arrays.fill(ones, 1);
        boolean isOneSided = truth.isHard()
                && spec.pixels().stream().allMatch(term -> term.smoothing().epsilon() == 0);
        sides = isOneSided ? new float[][] {truth.g} : new float[][] {ones, new float[tile.stride]};
        turning = isOneSided && terms > 0 ? truth.g : null;
        x = turning == null ? tile.z[0] : new float[tile.stride];
        lesser = new float[tile.stride];
        u = new float[tile.stride];
        v = new float[tile.stride];
        entropy = new float[tile.stride];
        factor = new float[tile.stride];
    }

    /**
     * Whether this walk can compute a loss over a batch: pixel losses all of which are clipped or none, with powers
     * that are products.
     */
    public static boolean fits(LossSpec spec, Batch batch) {
        Statistics statistics = spec.statistics();
        return batch.predictions().channels() == 1 && batch.activation() == Activation.SIGMOID
                && batch.labels().kind() != Labels.Kind.FIELD && spec.threshold() == null
                && !statistics.distances() && statistics.pairs().isEmpty()
                && (spec.pixels().stream().allMatch(BinarySweep::isQuickClipped)
                || spec.pixels().stream().allMatch(BinarySweep::isQuickExact));
    }

    private static boolean isQuickClipped(PixelTerm term) {
        return term.isPlain() && term.binary() && !term.renormalised() && CurveRows.isQuick(term.log())
                && CurveRows.isQuick(term.otherLog()) && term.log().gamma() == term.otherLog().gamma();
    }

    private static boolean isQuickExact(PixelTerm term) {
        boolean isCounted = term.normaliser() == Normaliser.OUTPUTS || term.normaliser() == Normaliser.PIXELS
                || term.normaliser() == Normaliser.ALL_OUTPUTS || term.normaliser() == Normaliser.ALL_PIXELS
                || term.normaliser() == Normaliser.ONE;
        return isCounted && !term.dividesByTotal() && !term.joinsSides() && term.positive() instanceof FocalCurve one
                && term.negative() instanceof FocalCurve other && one.threshold() == 0 && other.threshold() == 0
                && one.gamma() == other.gamma() && (one.gamma() == 0 || one.gamma() == 1 || one.gamma() == 2);
    }

    /** What one side of a pixel term is made of. */
    private record Side(double factor, float gamma) {

        static Side of(PixelCurve curve, ClassSelection classes) {
            ClassSelection.Resolved resolved = classes.resolve(1);
            double weight = resolved.multiplicity()[0] == 0 ? 0 : resolved.weight()[0];
            return curve instanceof FocalCurve focal ? new Side(weight * focal.a(), (float) focal.gamma())
                    : new Side(weight * ((LogCurve) curve).a(), (float) ((LogCurve) curve).gamma());
        }
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        addPixels(from, to, rows, at);
        for (long s = from; s < to; s += tile.stride) {
            int lanes = load(n, s, to, bad);
            count(n, s, lanes);
            rows[at + layout.weight(0)] += addRegionSums(lanes);
            for (int side = 0; side < sides.length && terms > 0; side++) {
                look(side, lanes);
                for (int k = 0; k < terms; k++) {
                    addLoss(k, side, lanes);
                }
            }
        }
        drain(layout.intersection(0), (int) Math.min(tile.stride, to - from), rows, at);
    }

    void addPixels(long from, long to, double[] rows, int at) {
        if (layout.statistics().pixels()) {
            rows[at + layout.pixels()] += to - from;
        }
    }

    /** The probability of 1, in scratch or where it is. */
    private float[] probabilityOfOne(int lanes) {
        if (turning == null) {
            return u;
        }
        BinaryRows.mix(turning, u, v, factor, lanes);
        return factor;
    }

    /** Adds I, P, G and perhaps p² + g², and returns the weight of all pixels. */
    double addRegionSums(int lanes) {
        float[] p = probabilityOfOne(lanes);
        if (layout.statistics().squares()) {
            float[] weight = truth.weight == null ? ones : truth.weight;
            Rows.addSquares(sums[layout.squares(0)], weight, p, truth.g, lanes);
        }
        if (truth.weight != null) {
            Rows.product(p, truth.weight, factor, lanes);
            p = factor;
        }
        Rows.addProduct(sums[layout.intersection(0)], truth.g, p, lanes);
        Rows.add(sums[layout.predicted(0)], p, lanes);
        if (truth.weight == null) {
            Rows.add(sums[layout.truth(0)], truth.g, lanes);
            return lanes;
        }
        Rows.addProduct(sums[layout.truth(0)], truth.weight, truth.g, lanes);
        return Rows.sum(truth.weight, lanes);
    }

    /** Adds the lane sums from one on to a row of sums and clears them. */
    void drain(int first, int used, double[] rows, int at) {
        for (int k = first; k < sums.length; k++) {
            if (k != layout.weight(0) && !(layout.statistics().pixels() && k == layout.pixels())) {
                rows[at + k] += Rows.sum(sums[k], used);
                Rows.clear(sums[k], used);
            }
        }
    }

    int load(long n, long s, long to, BadInput bad) {
        int lanes = (int) Math.min(tile.stride, to - s);
        TileIo.readChannel(batch.predictions(), n, 0, s, lanes, tile.z[0]);
        truth.load(tile.z[0], n, s, lanes, bad);
        if (turning != null) {
            BinaryRows.turn(tile.z[0], turning, x, lanes);
        }
        if (terms == 0) {
            tile.math.sigmoid(x, u, v, lanes);
        } else {
            tile.math.lesser(x, lesser, lanes);
            FloatMath.sides(x, lesser, u, v, lanes);
        }
        return lanes;
    }

    /** Counts the pixels that were loaded, before their logits are turned, if that is asked for. */
    void count(long n, long s, int lanes) {
        if (counts != null) {
            counts.count(tile.z, n, s, lanes);
        }
    }

    /** Computes the losses −log u of a side. */
    private void look(int side, int lanes) {
        if (side == 1) {
            BinaryRows.turn(x, sides[1], x, lanes);
        }
        if (isClipped) {
            FloatMath.entropy(x, lesser, entropy, lanes);
        } else {
            FloatMath.logSigmoid(x, probability(side), complement(side), entropy, lanes);
            Rows.scaled(entropy, -1, entropy, lanes);
        }
    }

    private float[] probability(int side) {
        return side == 0 ? u : v;
    }

    private float[] complement(int side) {
        return side == 0 ? v : u;
    }

    private void addLoss(int k, int side, int lanes) {
        weigh(k, side, 1, lanes);
        float gamma = positive[k].gamma;
        if (gamma == 0) {
            Rows.addProduct(sums[layout.term(k)], factor, entropy, lanes);
        } else {
            BinaryRows.addFocal(factor, complement(side), entropy, gamma, sums[layout.term(k)], lanes);
        }
    }

    /** The factor of a pixel term's curve on one side, for each lane. A label between 0 and 1 counts on both sides. */
    private void weigh(int k, int side, double scale, int lanes) {
        boolean isBoth = sides.length == 1;
        LabelSmoothing smoothing = spec.pixels().get(k).smoothing();
        if (smoothing.epsilon() == 0) {
            BinaryRows.weigh(truth.g, isBoth || side == 0 ? (float) (scale * positive[k].factor) : 0,
                    isBoth || side == 1 ? (float) (scale * negative[k].factor) : 0, factor, lanes);
        } else {
            double by = scale * (side == 0 ? positive[k].factor : negative[k].factor);
            double offset = side == 0 ? smoothing.offset(1) : 1 - smoothing.offset(1);
            BinaryRows.affine(truth.g, (float) ((side == 0 ? by : -by) * smoothing.scale()), (float) (by * offset),
                    factor, lanes);
        }
        if (truth.weight != null) {
            Rows.product(factor, truth.weight, factor, lanes);
        }
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        float a = (float) (scale * table.a(row, 0));
        float b = (float) (scale * table.b(row, 0));
        float square = (float) (2 * scale * table.squares(row, 0));
        boolean isEntropyNeeded = Arrays.stream(positive).anyMatch(term -> term.gamma != 0);
        for (long s = from; s < to; s += tile.stride) {
            int lanes = load(n, s, to, bad);
            regionSlope(a, b, square, tile.dz[0], lanes);
            for (int side = 0; side < sides.length && terms > 0; side++) {
                if (isEntropyNeeded) {
                    look(side, lanes);
                }
                for (int k = 0; k < terms; k++) {
                    addSlope(k, side, scale * table.term(k), lanes);
                }
            }
            store(out, n, s, lanes, table, row, scale);
        }
    }

    /** Writes what region scores contribute to the gradient to a row, given 2C for squared masses. */
    void regionSlope(float a, float b, float square, float[] slope, int lanes) {
        if (a == 0 && b == 0 && square == 0) {
            Rows.clear(slope, lanes);
            return;
        }
        if (square == 0) {
            BinaryRows.region(truth.g, a, b, u, v, slope, lanes);
        } else {
            float[] p = probabilityOfOne(lanes);
            BinaryRows.region(truth.g, a, b, square, p, u, v, slope, lanes);
        }
        if (truth.weight != null) {
            Rows.product(slope, truth.weight, slope, lanes);
        }
    }

    @Override
    public void weights(long n, long from, long to, double[] rows, int at, BadInput bad) {
        addPixels(from, to, rows, at);
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            truth.load(tile.z[0], n, s, lanes, bad);
            rows[at + layout.weight(0)] += truth.weight == null ? lanes : Rows.sum(truth.weight, lanes);
        }
    }

    @Override
    public void pixelTerms(long n, long from, long to, double[] rows, int at, Coefficients table, double scale,
                           Tensor out, BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = load(n, s, to, bad);
            count(n, s, lanes);
            addTerms(table, scale, lanes);
            store(out, n, s, lanes, table, 0, scale);
        }
        drain(layout.term(0), (int) Math.min(tile.stride, to - from), rows, at);
    }

    /** Adds the losses of the pixel terms to their sums and makes their gradient. */
    void addTerms(Coefficients table, double scale, int lanes) {
        Rows.clear(tile.dz[0], lanes);
        for (int side = 0; side < sides.length; side++) {
            look(side, lanes);
            for (int k = 0; k < terms; k++) {
                addLoss(k, side, lanes);
                addSlope(k, side, scale * table.term(k), lanes);
            }
        }
    }

    /** Writes the gradient, which is made by a row of the table. */
    void store(Tensor out, long n, long s, int lanes, Coefficients table, int row, double scale) {
        doubtful.correctOverflow(tile.dz, n, s, lanes, table, row, scale);
        if (truth.weight != null) {
            BinaryRows.unsignZero(tile.dz[0], lanes);
        }
        tile.store(out, n, s, lanes);
    }

    private void addSlope(int k, int side, double scale, int lanes) {
        float gamma = positive[k].gamma;
        if (scale == 0 || positive[k].factor == 0 && negative[k].factor == 0) {
            return;
        }
        weigh(k, side, scale, lanes);
        if (isClipped) {
            BinaryRows.direct(sides[side], u, v, factor, lanes);
        } else {
            BinaryRows.direct(sides[side], factor, lanes);
        }
        if (gamma == 0) {
            Rows.addProduct(tile.dz[0], factor, complement(side), lanes);
        } else {
            BinaryRows.addFocalSlope(factor, probability(side), complement(side), entropy, gamma, tile.dz[0], lanes);
        }
    }
}
