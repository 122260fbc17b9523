package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
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
public final class DenseSweep implements Sweep {

    private final LossSpec spec;
    private final Batch batch;
    private final FloatTile tile;
    private final SumsLayout layout;
    private final DenseTruth truth;
    private final DensePixels pixels;
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
    /** Null if nothing is counted. */
    private final HardCounts counts;

    public DenseSweep(LossSpec spec, Batch batch) {
        this(spec, batch, null);
    }

    /** A sweep that also counts hard predictions, unless the counters are null. */
    public DenseSweep(LossSpec spec, Batch batch, HardCounts counts) {
        this.counts = counts;
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        layout = spec.layout(tile.channels);
        truth = new DenseTruth(batch, spec.ignoreIndex(), tile);
        pixels = new DensePixels(tile, truth);
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
    }

    private boolean isRenormalised(int term) {
        return Renormalised.isNeeded(spec.pixels().get(term), selections[term], batch.activation());
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        int channels = tile.channels;
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            if (counts != null) {
                counts.count(tile.z, n, s, lanes);
            }
            truth.load(tile, n, s, lanes, bad);
            if (spec.threshold() != null) {
                tile.harden(spec.threshold(), lanes);
            }
            for (int c = 0; c < channels; c++) {
                addSums(c, lanes);
            }
            for (int k = 0; k < selections.length; k++) {
                PixelTerm term = spec.pixels().get(k);
                double loss = isRenormalised(k) ? renormalised.loss(term, selections[k], lanes)
                        : pixels.loss(term, selections[k], lanes);
                rows[at + layout.term(k)] += doubtful.loss(loss, k, n, s, lanes);
            }
        }
        int used = (int) Math.min(tile.stride, to - from);
        tile.drain(intersection, used, rows, at + layout.intersection(0));
        tile.drain(predicted, used, rows, at + layout.predicted(0));
        tile.drain(truths, used, rows, at + layout.truth(0));
        tile.drain(weights, used, rows, at + layout.weight(0));
    }

    private void addSums(int c, int lanes) {
        float[] weighted = tile.rowA;
        Rows.product(truth.weight[c], truth.g[c], weighted, lanes);
        Rows.addProduct(intersection[c], weighted, tile.p[c], lanes);
        Rows.add(truths[c], weighted, lanes);
        Rows.addProduct(predicted[c], truth.weight[c], tile.p[c], lanes);
        Rows.add(weights[c], truth.weight[c], lanes);
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            truth.load(tile, n, s, lanes, bad);
            for (int c = 0; c < tile.channels; c++) {
                regionSlope(truth.weight[c], truth.g[c], (float) (scale * table.a(row, c)),
                        (float) (scale * table.b(row, c)), dp[c], lanes);
                Rows.clear(tile.dz[c], lanes);
            }
            for (int k = 0; k < selections.length; k++) {
                addSlope(k, scale * table.term(k), lanes);
            }
            backward(table, row, lanes);
            if (batch.activation() == Activation.SOFTMAX && selections.length > 0) {
                tile.balance(lanes);
            }
            doubtful.correct(tile.dz, n, s, lanes, table, row, scale);
            tile.store(out, n, s, lanes);
        }
    }

    private static void regionSlope(float[] w, float[] g, float a, float b, float[] dp, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dp[t] = w[t] * (a * g[t] + b);
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
                for (int c = 0; c < tile.channels; c++) {
                    Rows.addProduct(mean, tile.p[c], dp[c], lanes);
                }
                for (int c = 0; c < tile.channels; c++) {
                    addCentred(tile.p[c], dp[c], mean, tile.dz[c], lanes);
                }
            }
        }
    }

    private boolean isAsked(Coefficients table, int row, int c) {
        boolean asked = table.a(row, c) != 0 || table.b(row, c) != 0;
        for (int term = 0; term < selections.length; term++) {
            asked |= !isRenormalised(term) && table.term(term) * selections[term].weight()[c] != 0;
        }
        return asked;
    }

    private static void addCentred(float[] p, float[] dp, float[] mean, float[] dz, int lanes) {
        for (int t = 0; t < lanes; t++) {
            dz[t] += p[t] * (dp[t] - mean[t]);
        }
    }
}
