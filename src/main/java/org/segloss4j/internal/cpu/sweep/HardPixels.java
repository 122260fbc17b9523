package org.segloss4j.internal.cpu.sweep;

import java.util.Arrays;
import java.util.Objects;
import org.segloss4j.internal.cpu.lanes.CurveRows;
import org.segloss4j.internal.cpu.lanes.ExactCurves;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.SideRows;
import org.segloss4j.internal.cpu.lanes.TileIo;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;

/** Pixel losses of the true class of every pixel of a tile, and their slopes. Belongs to one thread. */
final class HardPixels {

    private final LossSpec spec;
    private final FloatTile tile;
    private final HardTruth truth;
    private final CurveRows curves;
    private final ClassSelection.Resolved[] selections;
    /** The curves without a clip, null for the others. They are given v = 1 − u and log u, as exact as u. */
    private final PixelCurve[] unclipped;
    private final boolean anyUnclipped;
    /** Whether the slope by log u of one of them is no constant. */
    private final boolean anyCurved;
    private final ExactCurves exact;
    private final SideRows side;
    private final float[] logits;
    /** dL/dlog p of the true class by these curves. */
    private final float[] byLog;
    /** A term's loss or slope. */
    private final float[] curve;
    /** Per class, what a term's loss or slope is multiplied with. */
    private final float[] factors;
    /** Probability of the true class; 1, which costs nothing, for void pixels. */
    final float[] u;
    /** dL/dp of the true class, but for what all pixels of its channel share. */
    final float[] own;

    HardPixels(LossSpec spec, FloatTile tile, HardTruth truth) {
        this.spec = spec;
        this.tile = tile;
        this.truth = truth;
        curves = new CurveRows(tile.math, tile.stride);
        selections = spec.pixels().stream().map(t -> t.classes().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        unclipped = spec.pixels().stream().map(term -> term.positive() instanceof LogCurve ? null : term.positive())
                .toArray(PixelCurve[]::new);
        anyUnclipped = Arrays.stream(unclipped).anyMatch(Objects::nonNull);
        anyCurved = Arrays.stream(unclipped).anyMatch(curve -> curve != null
                && !(curve instanceof FocalCurve focal && focal.gamma() == 0));
        u = new float[tile.stride];
        exact = anyUnclipped ? new ExactCurves(tile.math, tile.stride) : null;
        side = new SideRows(u, new float[tile.stride], new float[tile.stride]);
        logits = new float[tile.stride];
        byLog = new float[anyUnclipped ? tile.stride : 0];
        curve = new float[tile.stride];
        factors = new float[tile.channels];
        own = new float[tile.stride];
    }

    /**
     * Whether a term is exact cross-entropy of smoothed labels, which asks every class but needs no curve for it: the
     * sum of all logarithms and slopes that all pixels share.
     */
    static boolean isSmoothed(PixelTerm term) {
        return term.smoothing().epsilon() != 0 && !term.binary() && !term.ofLogits()
                && term.positive() instanceof FocalCurve curve && curve.gamma() == 0;
    }

    /** What every class of a pixel is charged with, before its weight: a·s. */
    private double smoothed(int k) {
        PixelTerm term = spec.pixels().get(k);
        return !isSmoothed(term) ? 0
                : ((FocalCurve) term.positive()).a() * term.smoothing().offset(selections[k].count());
    }

    private double ofTruth(int k) {
        return spec.pixels().get(k).smoothing().scale();
    }

    /** The number of terms. */
    int terms() {
        return selections.length;
    }

    /** Gathers the probabilities of the true classes, and what losses or only slopes want to know beside them. */
    void gather(boolean forLosses, int lanes) {
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            u[t] = y == TileIo.IGNORED ? 1 : tile.p[y][t];
        }
        if (forLosses ? anyUnclipped : anyCurved) {
            for (int t = 0; t < lanes; t++) {
                int y = truth.classes[t];
                logits[t] = y == TileIo.IGNORED ? 0 : tile.z[y][t];
            }
            Rows.complement(u, side.v(), lanes);
            Rows.chooseRest(u, tile.rest(lanes), side.v(), lanes);
            tile.logOfSoftmax(logits, u, side.v(), side.log(), lanes);
        }
    }

    /** The sum of a term's losses. */
    double loss(int k, int lanes) {
        if (unclipped[k] == null) {
            curves.value(spec.pixels().get(k).log(), u, curve, lanes);
        } else {
            exact.value(unclipped[k], side, curve, lanes);
        }
        ClassSelection.Resolved classes = selections[k];
        for (int c = 0; c < tile.channels; c++) {
            factors[c] = (float) (ofTruth(k) * classes.weight()[c]);
        }
        double loss = 0;
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            if (y != TileIo.IGNORED && classes.multiplicity()[y] != 0) {
                double m = truth.weight == null ? 1 : truth.weight[t];
                loss += m * factors[y] * curve[t];
            }
        }
        return loss + smoothedLoss(k, lanes);
    }

    private double smoothedLoss(int k, int lanes) {
        double charged = smoothed(k);
        if (charged == 0) {
            return 0;
        }
        tile.entropy(selections[k].weight(), curve, lanes);
        if (truth.weight != null) {
            Rows.product(curve, truth.weight, curve, lanes);
        }
        return charged * Rows.sum(curve, lanes);
    }

    /** Adds to dL/dz what smoothed labels ask of all classes, which is linear in the probabilities. */
    void addSmoothed(int k, double factor, int lanes) {
        double charged = factor * smoothed(k);
        if (charged == 0) {
            return;
        }
        double all = Arrays.stream(selections[k].weight()).sum();
        for (int c = 0; c < tile.channels; c++) {
            float byProbability = (float) (charged * all);
            float always = (float) (-charged * selections[k].weight()[c]);
            if (truth.weight == null) {
                Rows.addAffine(tile.dz[c], byProbability, always, tile.p[c], lanes);
            } else {
                Rows.addAffine(tile.dz[c], truth.weight, byProbability, always, tile.p[c], lanes);
            }
        }
    }

    /** Begins the slopes with what region terms ask of the true classes, {@code scale · a[at + c]}. */
    void beginSlope(double scale, double[] a, int at, int lanes) {
        for (int c = 0; c < tile.channels; c++) {
            factors[c] = (float) (scale * a[at + c]);
        }
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            own[t] = y == TileIo.IGNORED ? 0 : factors[y];
        }
        Arrays.fill(byLog, 0);
    }

    /** Begins the slopes where there are no region terms. */
    void beginSlope(int lanes) {
        Rows.clear(own, lanes);
        Arrays.fill(byLog, 0);
    }

    /** Adds a term's slopes. */
    void addSlope(int k, double factor, int lanes) {
        float[] to = own;
        if (unclipped[k] == null) {
            Rows.complement(u, curve, lanes);
            curves.slope(spec.pixels().get(k).log(), u, curve, curve, lanes);
        } else {
            exact.slopeByLog(unclipped[k], side, curve, lanes);
            to = byLog;
        }
        for (int c = 0; c < tile.channels; c++) {
            factors[c] = (float) (factor * ofTruth(k) * selections[k].weight()[c]);
        }
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            to[t] += y == TileIo.IGNORED || factors[y] == 0 ? 0 : factors[y] * curve[t];
        }
    }

    /** Adds what curves without a clip ask to slopes that are times u already. */
    void addSlopeByLog(int lanes) {
        for (int t = 0; anyUnclipped && t < lanes; t++) {
            own[t] += byLog[t];
        }
    }

    /** Ends the slopes: each pixel's weight multiplies them. */
    void weighSlope(int lanes) {
        if (truth.weight != null && anyUnclipped) {
            Rows.product(byLog, truth.weight, byLog, lanes);
        }
        if (truth.weight != null) {
            Rows.product(own, truth.weight, own, lanes);
        }
    }
}
