package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The general walk in float: soft, multi-hot and binary labels, weights per output, every loss. The same steps as
 * {@link PixelSweep}, a tile at a time.
 */
public final class DenseSweep implements PixelTermSweep {

    private final LossSpec spec;
    private final Batch batch;
    private final FloatTile tile;
    private final SumsLayout layout;
    private final DenseTruth truth;
    private final DensePixels pixels;
    /** Null if all terms are plain. */
    private final ExactPixels exact;
    private final PairColumns pairs;
    private final NaNPixels doubtful;
    private final ClassSelection.Resolved[] selections;
    /** Null if no term needs it. */
    private final Renormalised renormalised;
    /** dL/dp. */
    private final float[][] dp;
    /** Lane sums of g·p, p, g and 1, each times the weight. */
    private final float[][] intersection;
    private final float[][] predicted;
    private final float[][] truths;
    private final float[][] weights;
    /** Lane sums of p² + g² and |p − g|, times the weight; null if nobody asks for them. */
    private final float[][] squares;
    private final float[][] distances;
    private final float[] ones;
    /** Null if nothing is counted. */
    private final HardCounts counts;

    /** A sweep that also counts hard predictions, unless the counters are null. */
    public DenseSweep(LossSpec spec, Batch batch, HardCounts counts) {
        this.counts = counts;
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        layout = spec.layout(tile.channels);
        truth = new DenseTruth(batch, spec.ignoreIndex(), tile);
        pixels = new DensePixels(batch.activation(), tile, truth);
        doubtful = new NaNPixels(spec, batch);
        selections = spec.pixels().stream().map(t -> t.classes().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        boolean any = false;
        for (int k = 0; k < selections.length; k++) {
            any |= isRenormalised(k);
        }
        renormalised = any ? new Renormalised(batch.activation(), tile, truth) : null;
        dp = tile.rows();
        intersection = tile.rows();
        predicted = tile.rows();
        truths = tile.rows();
        weights = tile.rows();
        squares = layout.statistics().squares() ? tile.rows() : null;
        distances = layout.statistics().distances() ? tile.rows() : null;
        ones = new float[tile.stride];
        Arrays.fill(ones, 1);
        pairs = new PairColumns(layout, this::pairFactors, tile.stride);
        exact = spec.pixels().stream().allMatch(PixelTerm::isPlain) ? null
                : new ExactPixels(spec, batch.activation(), tile, truth);
    }

    /**
     * Whether this walk can compute a loss over a batch. It leaves out what is rare: p / Σp of probabilities without
     * logits, the softmax of a single channel, pixel terms of hard predictions, and sums over pairs of classes where
     * outputs of one pixel are void and others are not, since it forgets the labels of void outputs.
     */
    public static boolean fits(LossSpec spec, Batch batch) {
        Integer ignore = spec.ignoreIndex();
        boolean isVoidByOutput = batch.mask() != null && batch.mask().channels() > 1
                || ignore != null && batch.labels().kind() != Labels.Kind.INDEX
                && (ignore < 0 || ignore >= batch.predictions().channels());
        if (isVoidByOutput && !spec.statistics().pairs().isEmpty()) {
            return false;
        }
        boolean isSingle = batch.predictions().channels() == 1 && batch.activation() == Activation.SOFTMAX;
        return spec.pixels().stream().allMatch(term -> term.isPlain() || !isSingle && spec.threshold() == null
                && !(term.dividesByTotal() && term.binary()) && !term.joinsSides()
                && !(term.renormalised() && batch.activation() == Activation.IDENTITY));
    }

    /** Σ_y W[y][c]·g_y. */
    private void pairFactors(double[] byTruth, float[] row, int lanes) {
        Rows.clear(row, lanes);
        for (int y = 0; y < tile.channels; y++) {
            if (byTruth[y] != 0) {
                Rows.addScaled(row, (float) byTruth[y], truth.g[y], lanes);
            }
        }
    }

    private boolean isRenormalised(int term) {
        return spec.pixels().get(term).isPlain()
                && Renormalised.isNeeded(spec.pixels().get(term), selections[term], batch.activation());
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            addTile(n, s, Math.min(to, s + tile.stride), rows, at, bad);
        }
        drain((int) Math.min(tile.stride, to - from), rows, at);
    }

    /** Adds the sums of one tile, of which some wait in lanes. */
    void addTile(long n, long s, long end, double[] rows, int at, BadInput bad) {
        addPixels(s, end, rows, at);
        int lanes = load(n, s, end, counts, bad);
        if (spec.threshold() != null) {
            tile.harden(spec.threshold(), lanes);
        }
        for (int c = 0; c < tile.channels; c++) {
            addSums(c, lanes);
        }
        pairs.add(tile.p, truth.weight, lanes);
        addLosses(n, s, rows, at, lanes);
    }

    /** Adds what waits in lanes, of which only the first were used. */
    void drain(int used, double[] rows, int at) {
        pairs.drain(used, rows, at);
        tile.drain(intersection, used, rows, at + layout.intersection(0));
        tile.drain(predicted, used, rows, at + layout.predicted(0));
        drainLabels(used, rows, at);
        if (squares != null) {
            tile.drain(squares, used, rows, at + layout.squares(0));
        }
        if (distances != null) {
            tile.drain(distances, used, rows, at + layout.distance(0));
        }
    }

    private void addPixels(long from, long to, double[] rows, int at) {
        if (layout.statistics().pixels()) {
            rows[at + layout.pixels()] += to - from;
        }
    }

    /** Reads pixels from s on, and counts their hard predictions before void ones are cleared, unless null. */
    private int load(long n, long s, long to, HardCounts counting, BadInput bad) {
        int lanes = (int) Math.min(tile.stride, to - s);
        tile.load(batch, n, s, lanes);
        if (counting != null) {
            counting.count(tile.z, n, s, lanes);
        }
        truth.load(tile, n, s, lanes, bad);
        return lanes;
    }

    private void drainLabels(int used, double[] rows, int at) {
        tile.drain(truths, used, rows, at + layout.truth(0));
        tile.drain(weights, used, rows, at + layout.weight(0));
    }

    private void addLosses(long n, long s, double[] rows, int at, int lanes) {
        for (int k = 0; k < selections.length; k++) {
            PixelTerm term = spec.pixels().get(k);
            double loss = !term.isPlain() ? exact.loss(k, lanes)
                    : isRenormalised(k) ? renormalised.loss(term, selections[k], lanes)
                    : pixels.loss(term, selections[k], lanes);
            rows[at + layout.term(k)] += doubtful.loss(loss, k, n, s, lanes);
        }
    }

    private void addSums(int c, int lanes) {
        float[] weighted = addLabels(c, lanes);
        Rows.addProduct(intersection[c], weighted, tile.p[c], lanes);
        Rows.addProduct(predicted[c], truth.weight[c], tile.p[c], lanes);
        if (squares != null) {
            Rows.addSquares(squares[c], truth.weight[c], tile.p[c], truth.g[c], lanes);
        }
        if (distances != null) {
            Rows.addDistance(distances[c], truth.weight[c], tile.p[c], truth.g[c], lanes);
        }
    }

    /** Adds the sums of g and 1 and returns g, each times the weight. */
    private float[] addLabels(int c, int lanes) {
        float[] weighted = tile.rowA;
        Rows.product(truth.weight[c], truth.g[c], weighted, lanes);
        Rows.add(truths[c], weighted, lanes);
        Rows.add(weights[c], truth.weight[c], lanes);
        return weighted;
    }

    @Override
    public void weights(long n, long from, long to, double[] rows, int at, BadInput bad) {
        addPixels(from, to, rows, at);
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            truth.load(tile, n, s, lanes, bad);
            for (int c = 0; c < tile.channels; c++) {
                addLabels(c, lanes);
            }
        }
        drainLabels((int) Math.min(tile.stride, to - from), rows, at);
    }

    @Override
    public void pixelTerms(long n, long from, long to, double[] rows, int at, Coefficients table, double scale,
                           Tensor out, BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = load(n, s, to, counts, bad);
            addLosses(n, s, rows, at, lanes);
            backward(n, s, table, 0, scale, lanes);
            tile.store(out, n, s, lanes);
        }
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = load(n, s, to, null, bad);
            backward(n, s, table, row, scale, lanes);
            tile.store(out, n, s, lanes);
        }
    }

    /** Makes the gradient of pixels [s, s + lanes) of example n. */
    private void backward(long n, long s, Coefficients table, int row, double scale, int lanes) {
        regionSlopes(table, row, scale, lanes);
        for (int c = 0; c < tile.channels; c++) {
            Rows.clear(tile.dz[c], lanes);
        }
        addSlopes(table, scale, true, lanes);
        backward(table, row, lanes);
        if (batch.activation() == Activation.SOFTMAX) {
            tile.balance(lanes);
            addSlopes(table, scale, false, lanes);
        }
        doubtful.correct(tile.dz, n, s, lanes, table, row, scale);
    }

    /** Fills dL/dp with that of the region terms. */
    private void regionSlopes(Coefficients table, int row, double scale, int lanes) {
        boolean isLinear = squares == null && distances == null && pairs.isEmpty();
        for (int c = 0; c < tile.channels; c++) {
            double b = scale * table.b(row, c);
            Rows.affine(isLinear ? truth.weight[c] : ones, truth.g[c], (float) (scale * table.a(row, c)),
                    distances == null ? (float) b : 0, dp[c], lanes);
            if (squares != null) {
                Rows.addScaled(dp[c], (float) (2 * scale * table.squares(row, c)), tile.p[c], lanes);
            }
            if (distances != null) {
                // Added in double before they are rounded to float, since they may nearly cancel.
                double distance = scale * table.distance(row, c);
                Rows.addBySign(dp[c], (float) (b + distance), (float) (b - distance), tile.p[c], truth.g[c], lanes);
            }
        }
        pairs.addSlopes(table, row, scale, dp, lanes);
        for (int c = 0; c < tile.channels && !isLinear; c++) {
            Rows.product(dp[c], truth.weight[c], dp[c], lanes);
        }
    }

    /**
     * Adds the slopes of pixel terms: all of them or, under a softmax, first those that sum to 0 over the classes and
     * then the others.
     */
    private void addSlopes(Coefficients table, double scale, boolean first, int lanes) {
        if (exact != null) {
            exact.begin();
        }
        for (int k = 0; k < selections.length; k++) {
            boolean isPlain = spec.pixels().get(k).isPlain();
            boolean isFirst = isPlain || batch.activation() != Activation.SOFTMAX || exact.isThroughSoftmax(k);
            if (isFirst != first) {
                continue;
            }
            if (isPlain) {
                addSlope(k, scale * table.term(k), lanes);
            } else {
                exact.addSlopes(k, scale * table.term(k), dp, lanes);
            }
        }
        if (exact != null) {
            exact.end(lanes);
        }
    }

    private void addSlope(int k, double factor, int lanes) {
        PixelTerm term = spec.pixels().get(k);
        if (isRenormalised(k)) {
            renormalised.addSlope(term, selections[k], factor, dp, lanes);
            return;
        }
        for (int c = 0; c < tile.channels; c++) {
            float channel = (float) (factor * selections[k].weight()[c]);
            if (channel != 0) {
                pixels.addSlope(term, c, channel, dp[c], lanes);
            }
        }
    }

    private void backward(Coefficients table, int row, int lanes) {
        switch (batch.activation()) {
            case IDENTITY -> {
                for (int c = 0; c < tile.channels; c++) {
                    Rows.add(tile.dz[c], dp[c], lanes);
                }
            }
            case SIGMOID -> {
                for (int c = 0; c < tile.channels; c++) {
                    // A prediction that the loss does not use must not propagate NaN.
                    if (isAsked(table, row, c)) {
                        Rows.product(dp[c], tile.p[c], dp[c], lanes);
                        Rows.addProduct(tile.dz[c], dp[c], tile.complement[c], lanes);
                    }
                }
            }
            case SOFTMAX -> {
                float[] mean = tile.rowA;
                Rows.clear(mean, lanes);
                Rows.addProducts(mean, tile.p, dp, lanes);
                for (int c = 0; c < tile.channels; c++) {
                    addCentred(tile.p[c], dp[c], mean, tile.dz[c], lanes);
                }
            }
        }
    }

    private boolean isAsked(Coefficients table, int row, int c) {
        boolean asked = table.a(row, c) != 0 || table.b(row, c) != 0 || table.squares(row, c) != 0
                || table.distance(row, c) != 0 || !pairs.isEmpty();
        for (int term = 0; term < selections.length; term++) {
            asked |= spec.pixels().get(term).isPlain() && !isRenormalised(term)
                    && table.term(term) * selections[term].weight()[c] != 0;
        }
        return asked;
    }

    private static void addCentred(float[] p, float[] dp, float[] mean, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] += p[t] * (dp[t] - mean[t]);
        }
    }
}
