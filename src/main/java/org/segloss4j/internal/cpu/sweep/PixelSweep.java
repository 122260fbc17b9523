package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The specification: one pixel after the other, in double, in plain loops. Holds the state of one pixel, so each
 * thread has its own.
 */
public final class PixelSweep implements Sweep {

    private final LossSpec spec;
    private final Batch batch;
    private final int channels;
    private final SumsLayout layout;
    private final ClassSelection.Resolved[] selections;

    /** The pixel at hand, and its probabilities, truth and weights per channel. */
    private final Pixel pixel;
    private final double[] p;
    private final double[] g;
    private final double[] m;
    /** Renormalised probabilities of a pixel term, dL/dp, and what is added to dL/dz as it is. */
    private final double[] q;
    private final double[] dp;
    private final double[] dz;

    public PixelSweep(LossSpec spec, Batch batch) {
        this.spec = spec;
        this.batch = batch;
        channels = batch.predictions().channels();
        layout = spec.layout(channels);
        selections = spec.pixels().stream().map(t -> t.classes().resolve(channels))
                .toArray(ClassSelection.Resolved[]::new);
        pixel = new Pixel(batch, spec.ignoreIndex());
        p = pixel.p;
        g = pixel.g;
        m = pixel.m;
        q = new double[channels];
        dp = new double[channels];
        dz = new double[channels];
    }

    @Override
    public void sums(long n, long from, long to, double[] row, int at, BadInput bad) {
        for (long s = from; s < to; s++) {
            pixel.load(n, s, bad);
            if (pixel.isVoid()) {
                continue;
            }
            pixel.activate();
            for (int c = 0; c < channels; c++) {
                if (m[c] != 0) {
                    double hard = spec.threshold() == null || Double.isNaN(p[c]) ? p[c]
                            : Elements.round(batch.predictions().type(), p[c]) > spec.threshold() ? 1 : 0;
                    row[at + layout.intersection(c)] += m[c] * g[c] * hard;
                    row[at + layout.predicted(c)] += m[c] * hard;
                    row[at + layout.truth(c)] += m[c] * g[c];
                    row[at + layout.weight(c)] += m[c];
                }
            }
            for (int t = 0; t < selections.length; t++) {
                row[at + layout.term(t)] += pixelLoss(spec.pixels().get(t), selections[t]);
            }
        }
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
        if (pixel.isVoid()) {
            Arrays.fill(dz, 0);
        } else {
            pixel.activate();
            slopes(table, row);
            pixel.backward(dp, dz);
        }
        return dz;
    }

    /** The loss of this pixel under one term, before the mean. */
    private double pixelLoss(PixelTerm term, ClassSelection.Resolved classes) {
        if (term.renormalised() && renormalise(classes.multiplicity()) == 0) {
            return 0;
        }
        double loss = 0;
        for (int c = 0; c < channels; c++) {
            if (m[c] == 0 || classes.multiplicity()[c] == 0) {
                continue;
            }
            double weight = m[c] * classes.weight()[c];
            if (g[c] != 0) {
                loss += weight * g[c] * term.positive().value(term.renormalised() ? q[c] : p[c]);
            }
            if (term.binary() && g[c] != 1) {
                loss += weight * (1 - g[c]) * term.negative().value(pixel.complement(c));
            }
        }
        return loss;
    }

    /** Fills dp = dL/dp and the part of dz that does not pass through it. */
    private void slopes(Coefficients table, int row) {
        for (int c = 0; c < channels; c++) {
            int k = table.at(row, c);
            dp[c] = m[c] == 0 ? 0 : m[c] * (table.a()[k] * g[c] + table.b()[k]);
            dz[c] = 0;
        }
        for (int t = 0; t < selections.length; t++) {
            PixelTerm term = spec.pixels().get(t);
            if (term.renormalised()) {
                addRenormalisedSlope(term, selections[t], table.terms()[t]);
            } else {
                addSlope(term, selections[t], table.terms()[t]);
            }
        }
    }

    private void addSlope(PixelTerm term, ClassSelection.Resolved classes, double factor) {
        for (int c = 0; c < channels; c++) {
            double weight = factor * m[c] * classes.weight()[c];
            // An infinite factor must not be felt where nothing is asked, either.
            if (m[c] == 0 || weight == 0) {
                continue;
            }
            if (g[c] != 0) {
                dp[c] += weight * g[c] * term.positive().slope(p[c]);
            }
            if (term.binary() && g[c] != 1) {
                dp[c] -= weight * (1 - g[c]) * term.negative().slope(pixel.complement(c));
            }
        }
    }

    /** The slope through q = p / Σp over the gathered channels; under softmax q is a softmax of its own. */
    private void addRenormalisedSlope(PixelTerm term, ClassSelection.Resolved classes, double factor) {
        int[] multiplicity = classes.multiplicity();
        double total = renormalise(multiplicity);
        if (total == 0) {
            return;
        }
        double mean = 0;
        for (int c = 0; c < channels; c++) {
            if (multiplicity[c] > 0 && m[c] != 0 && g[c] != 0) {
                mean += factor * m[c] * classes.weight()[c] * g[c] * term.positive().slope(q[c]) * q[c];
            }
        }
        for (int c = 0; c < channels; c++) {
            if (multiplicity[c] == 0) {
                continue;
            }
            double own = m[c] == 0 || g[c] == 0 ? 0
                    : factor * m[c] * classes.weight()[c] * g[c] * term.positive().slope(q[c]);
            double slope = own - multiplicity[c] * mean;
            switch (batch.activation()) {
                case IDENTITY -> dp[c] += slope / total;
                case SIGMOID -> dz[c] += pixel.complement(c) * q[c] * slope;
                case SOFTMAX -> dz[c] += q[c] * slope;
            }
        }
    }

    /**
     * Fills q for the gathered channels and returns what they were divided by: 0 if they have no distribution. Where
     * there is an activation, a softmax over log p is the same as p / Σp, and does not vanish with p.
     */
    private double renormalise(int[] multiplicity) {
        boolean fromLogs = batch.activation() != Activation.IDENTITY;
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < channels && fromLogs; c++) {
            max = multiplicity[c] > 0 ? Math.max(max, pixel.logProbability(c)) : max;
        }
        double total = 0;
        for (int c = 0; c < channels; c++) {
            if (multiplicity[c] > 0) {
                q[c] = fromLogs ? Math.exp(pixel.logProbability(c) - max) : p[c];
                total += multiplicity[c] * q[c];
            }
        }
        for (int c = 0; c < channels && total != 0; c++) {
            q[c] /= total;
        }
        return total;
    }
}
