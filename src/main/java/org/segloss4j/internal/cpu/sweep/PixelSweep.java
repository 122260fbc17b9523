package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The specification: one pixel after the other, in double, in plain loops, for any loss whose terms share two sweeps.
 * Holds the state of one pixel, so each thread has its own.
 */
public final class PixelSweep implements Sweep {

    private final LossSpec spec;
    private final Batch batch;
    private final int channels;
    private final SumsLayout layout;
    private final Statistics statistics;
    /** [K][C][C], the factors of the sums over pairs of classes. */
    private final double[][][] pairs;

    /** The pixel at hand, and its probabilities, truth and weights per channel. */
    private final Pixel pixel;
    private final PixelLosses losses;
    private final double[] p;
    private final double[] g;
    private final double[] m;
    /** dL/dp of the region terms, and dL/dz. */
    private final double[] dp;
    private final double[] dz;
    /** Null if nothing is counted. */
    private final HardCounts counts;

    public PixelSweep(LossSpec spec, Batch batch) {
        this(spec, batch, null);
    }

    /** A sweep that also counts hard predictions, unless the counters are null. */
    public PixelSweep(LossSpec spec, Batch batch, HardCounts counts) {
        this.counts = counts;
        this.spec = spec;
        this.batch = batch;
        channels = batch.predictions().channels();
        layout = spec.layout(channels);
        statistics = layout.statistics();
        pairs = statistics.pairs().stream().map((PairSum pair) -> pair.resolve(channels)).toArray(double[][][]::new);
        pixel = new Pixel(batch, spec.ignoreIndex());
        losses = new PixelLosses(spec, batch, pixel);
        p = pixel.p;
        g = pixel.g;
        m = pixel.m;
        dp = new double[channels];
        dz = new double[channels];
    }

    @Override
    public void sums(long n, long from, long to, double[] row, int at, BadInput bad) {
        if (statistics.pixels()) {
            row[at + layout.pixels()] += to - from;
        }
        for (long s = from; s < to; s++) {
            if (counts != null) {
                counts.count(n, s);
            }
            pixel.load(n, s, bad);
            if (pixel.isVoid()) {
                continue;
            }
            pixel.activate();
            for (int c = 0; c < channels; c++) {
                if (m[c] != 0) {
                    addClass(c, row, at);
                }
            }
            for (int t = 0; t < layout.terms(); t++) {
                row[at + layout.term(t)] += losses.value(t);
            }
        }
    }

    private void addClass(int c, double[] row, int at) {
        double hard = spec.threshold() == null || Double.isNaN(p[c]) ? p[c]
                : Elements.round(batch.predictions().type(), p[c]) > spec.threshold() ? 1 : 0;
        row[at + layout.intersection(c)] += m[c] * g[c] * hard;
        row[at + layout.predicted(c)] += m[c] * hard;
        row[at + layout.truth(c)] += m[c] * g[c];
        row[at + layout.weight(c)] += m[c];
        if (statistics.squares()) {
            row[at + layout.squares(c)] += m[c] * (hard * hard + g[c] * g[c]);
        }
        if (statistics.distances()) {
            row[at + layout.distance(c)] += m[c] * Math.abs(hard - g[c]);
        }
        for (int k = 0; k < pairs.length; k++) {
            row[at + layout.pair(k)] += m[c] * hard * factor(k, c);
        }
    }

    /** Σ_y W[y][c]·g_y. */
    private double factor(int k, int c) {
        double factor = 0;
        for (int y = 0; y < channels; y++) {
            factor += g[y] == 0 ? 0 : pairs[k][y][c] * g[y];
        }
        return factor;
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s++) {
            gradient(n, s, table, row, bad);
            for (int c = 0; c < channels; c++) {
                Elements.put(out, n, c, s, scale * dz[c]);
            }
        }
    }

    /** dL/dz of one pixel; the array is the walk's own. */
    double[] gradient(long n, long s, Coefficients table, int row, BadInput bad) {
        pixel.load(n, s, bad);
        Arrays.fill(dz, 0);
        if (!pixel.isVoid()) {
            pixel.activate();
            for (int c = 0; c < channels; c++) {
                dp[c] = m[c] == 0 ? 0 : m[c] * slope(c, table, row);
            }
            losses.addSlopes(table, dp, dz);
            pixel.backward(dp, dz);
        }
        return dz;
    }

    /** dL/dp of the region terms, before the weight. */
    private double slope(int c, Coefficients table, int row) {
        double slope = table.a(row, c) * g[c] + table.b(row, c);
        if (statistics.squares()) {
            slope += 2 * table.squares(row, c) * p[c];
        }
        if (statistics.distances()) {
            slope += table.distance(row, c) * Math.signum(p[c] - g[c]);
        }
        for (int k = 0; k < pairs.length; k++) {
            slope += table.pair(row, k) * factor(k, c);
        }
        return slope;
    }
}
