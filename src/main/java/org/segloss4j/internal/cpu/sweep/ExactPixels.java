package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.cpu.lanes.ExactCurves;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.SideRows;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/**
 * Pixel terms of every output of a tile: any curve, weights of each side, smoothed labels, probabilities of a term's
 * own. The same steps as {@link PixelLosses}, a row at a time. Holds scratch, so each thread has its own.
 */
final class ExactPixels {

    private final LossSpec spec;
    private final Activation activation;
    private final FloatTile tile;
    private final DenseTruth truth;
    private final Sides sides;
    private final ExactCurves curves;
    private final ClassSelection.Resolved[] classes;
    private final ClassSelection.Resolved[] others;
    private final OwnSoftmax own;
    /** dL/dlog p and dL/dlog(1 − p) of all terms under a softmax. */
    private final float[][] byLog;
    private final float[][] byOther;
    /** What each class gives to the logits of the others. */
    private final float[][] given;
    private boolean anyByLog;
    private boolean anyByOther;
    private final float[] factor;
    private final float[] curve;
    private final float[] sum;
    private final float[] sumOfMost;

    ExactPixels(LossSpec spec, Activation activation, FloatTile tile, DenseTruth truth) {
        this.spec = spec;
        this.activation = activation;
        this.tile = tile;
        this.truth = truth;
        curves = new ExactCurves(tile.math, tile.stride);
        classes = spec.pixels().stream().map(t -> t.classes().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        others = spec.pixels().stream().map(t -> t.otherClasses().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        own = spec.pixels().stream().anyMatch(PixelTerm::dividesByTotal) ? new OwnSoftmax(activation, tile) : null;
        sides = new Sides(activation, tile);
        byLog = tile.rows();
        byOther = tile.rows();
        given = tile.rows();
        sumOfMost = new float[tile.stride];
        factor = new float[tile.stride];
        curve = new float[tile.stride];
        sum = new float[tile.stride];
    }

    /** The sum of a term's losses. */
    double loss(int k, int lanes) {
        PixelTerm term = spec.pixels().get(k);
        if (term.dividesByTotal()) {
            own.fill(term, classes[k].multiplicity(), lanes);
        }
        double loss = 0;
        for (int c = 0; c < tile.channels; c++) {
            if (isOneSide(term, lanes)) {
                float positive = positive(k, c) * factor(term.positive());
                float negative = negative(k, c) * factor(term.negative());
                if (positive != 0 || negative != 0) {
                    curves.value(unit(term.positive()), sides.ofTruth(c, truth.g[c], lanes), curve, lanes);
                    Rows.affine(truth.weight[c], truth.g[c], positive - negative, negative, factor, lanes);
                    loss += product(lanes);
                }
                continue;
            }
            if (positive(k, c) != 0) {
                curves.value(term.positive(), side(term, c, lanes), curve, lanes);
                weighPositive(k, c, 1, lanes);
                loss += product(lanes);
            }
            if (negative(k, c) != 0) {
                curves.value(term.negative(), sides.otherOf(term.input(), c, lanes), curve, lanes);
                weighNegative(k, c, 1, lanes);
                loss += product(lanes);
            }
        }
        return loss;
    }

    private double product(int lanes) {
        Rows.product(curve, factor, curve, lanes);
        return Rows.sum(curve, lanes);
    }

    /**
     * Whether each output is charged on one of two curves that differ in nothing but their factor, so that only the
     * probability of its truth is looked at.
     */
    private boolean isOneSide(PixelTerm term, int lanes) {
        return term.binary() && isOfSigmoid(term) && term.smoothing().epsilon() == 0 && truth.isHardTile(lanes)
                && unit(term.positive()) != null && unit(term.positive()).equals(unit(term.negative()));
    }

    private static PixelCurve unit(PixelCurve curve) {
        if (curve instanceof FocalCurve focal) {
            return new FocalCurve(1, focal.gamma(), focal.threshold());
        }
        return curve instanceof FactorCurve modulating
                ? new FactorCurve(1, modulating.gamma(), modulating.threshold()) : null;
    }

    private static float factor(PixelCurve curve) {
        return (float) (curve instanceof FocalCurve focal ? focal.a() : ((FactorCurve) curve).a());
    }

    private boolean isOfSigmoid(PixelTerm term) {
        return term.input() == Input.SIGMOID
                || term.input() == Input.PROBABILITY && activation == Activation.SIGMOID;
    }

    private float positive(int k, int c) {
        return classes[k].multiplicity()[c] == 0 ? 0 : (float) classes[k].weight()[c];
    }

    private float negative(int k, int c) {
        return classes[k].multiplicity()[c] == 0 || !spec.pixels().get(k).binary() ? 0
                : (float) others[k].weight()[c];
    }

    private SideRows side(PixelTerm term, int c, int lanes) {
        return term.dividesByTotal() ? own.side(c, sides.scratch, lanes) : sides.of(term.input(), c, lanes);
    }

    /** What the true sides of a class weigh, with labels as the term sees them. */
    private void weighPositive(int k, int c, double by, int lanes) {
        var smoothing = spec.pixels().get(k).smoothing();
        double weight = by * classes[k].weight()[c];
        Rows.affine(truth.weight[c], truth.g[c], (float) (weight * smoothing.scale()),
                (float) (smoothing.epsilon() == 0 ? 0 : weight * smoothing.offset(classes[k].count())), factor, lanes);
        if (spec.pixels().get(k).dividesByTotal()) {
            own.leaveOutUnknown(factor, lanes);
        }
    }

    private void weighNegative(int k, int c, double by, int lanes) {
        var smoothing = spec.pixels().get(k).smoothing();
        double weight = by * others[k].weight()[c];
        double offset = smoothing.epsilon() == 0 ? 0 : smoothing.offset(classes[k].count());
        Rows.affine(truth.weight[c], truth.g[c], (float) (-weight * smoothing.scale()),
                (float) (weight * (1 - offset)), factor, lanes);
    }

    /** Forgets the slopes of another tile. */
    void begin() {
        anyByLog = false;
        anyByOther = false;
    }

    /** Adds a term's slopes to dL/dp where there is no activation, else to dL/dz, at once or in the end. */
    void addSlopes(int k, double by, float[][] dp, int lanes) {
        PixelTerm term = spec.pixels().get(k);
        if (by == 0) {
            return;
        }
        if (term.dividesByTotal()) {
            addOwnSoftmax(k, by, lanes);
            return;
        }
        if (!isOfSigmoid(term) && activation == Activation.SOFTMAX) {
            anyByLog = begin(byLog, anyByLog, lanes);
            anyByOther = term.binary() ? begin(byOther, anyByOther, lanes) : anyByOther;
        }
        for (int c = 0; c < tile.channels; c++) {
            if (isOneSide(term, lanes)) {
                addOneSide(k, c, by, lanes);
                continue;
            }
            if (positive(k, c) != 0) {
                SideRows side = sides.of(term.input(), c, lanes);
                weighPositive(k, c, by, lanes);
                add(term, term.positive(), side, 1, dp[c], byLog[c], tile.dz[c], lanes);
            }
            if (negative(k, c) != 0) {
                SideRows side = sides.otherOf(term.input(), c, lanes);
                weighNegative(k, c, by, lanes);
                add(term, term.negative(), side, -1, dp[c], byOther[c], tile.dz[c], lanes);
            }
        }
    }

    private static boolean begin(float[][] rows, boolean begun, int lanes) {
        for (int c = 0; c < rows.length && !begun; c++) {
            Rows.clear(rows[c], lanes);
        }
        return true;
    }

    /** Adds a side's slopes, which are weighed already; a sign says how its probability depends on p. */
    private void add(PixelTerm term, PixelCurve shape, SideRows side, int sign, float[] dp, float[] logs, float[] dz,
                     int lanes) {
        if (isOfSigmoid(term)) {
            curves.slopeByLog(shape, side, curve, lanes);
            Rows.product(curve, side.v(), curve, lanes);
            addSigned(dz, sign, lanes);
        } else if (activation == Activation.SOFTMAX) {
            curves.slopeByLog(shape, side, curve, lanes);
            Rows.addProduct(logs, factor, curve, lanes);
        } else {
            curves.slope(shape, side, curve, lanes);
            addSigned(dp, sign, lanes);
        }
    }

    private void addSigned(float[] to, int sign, int lanes) {
        if (sign > 0) {
            Rows.addProduct(to, factor, curve, lanes);
        } else {
            Rows.subtractProduct(to, factor, curve, lanes);
        }
    }

    private void addOneSide(int k, int c, double by, int lanes) {
        PixelTerm term = spec.pixels().get(k);
        float positive = (float) (by * classes[k].weight()[c] * factor(term.positive()));
        float negative = (float) (by * others[k].weight()[c] * factor(term.negative()));
        if (classes[k].multiplicity()[c] == 0 || positive == 0 && negative == 0) {
            return;
        }
        SideRows side = sides.ofTruth(c, truth.g[c], lanes);
        curves.slopeByLog(unit(term.positive()), side, curve, lanes);
        Rows.product(curve, side.v(), curve, lanes);
        // The logit of the truth is that of 1 with the sign of the label.
        Rows.affine(truth.weight[c], truth.g[c], positive + negative, -negative, factor, lanes);
        Rows.addProduct(tile.dz[c], factor, curve, lanes);
    }

    /** Through q, of which one of a sigmoid depends on its own logit alone. */
    private void addOwnSoftmax(int k, double by, int lanes) {
        PixelTerm term = spec.pixels().get(k);
        int[] multiplicity = classes[k].multiplicity();
        own.fill(term, multiplicity, lanes);
        float[][] slopes = own.slopes();
        Rows.clear(sum, lanes);
        for (int c = 0; c < tile.channels; c++) {
            if (positive(k, c) == 0) {
                Rows.clear(slopes[c], lanes);
                continue;
            }
            curves.slopeByLog(term.positive(), own.side(c, sides.scratch, lanes), slopes[c], lanes);
            weighPositive(k, c, by, lanes);
            Rows.product(slopes[c], factor, slopes[c], lanes);
            Rows.add(sum, slopes[c], lanes);
        }
        for (int c = 0; c < tile.channels; c++) {
            if (multiplicity[c] > 0) {
                Rows.product(own.q(c), sum, curve, lanes);
                Rows.addScaled(slopes[c], -multiplicity[c], curve, lanes);
                if (own.byLogit(term, c) != null) {
                    Rows.product(slopes[c], own.byLogit(term, c), slopes[c], lanes);
                }
                Rows.add(tile.dz[c], slopes[c], lanes);
            }
        }
    }

    /** Adds what slopes by log p and log(1 − p) ask through a softmax. */
    void end(int lanes) {
        Rows.clear(sum, lanes);
        for (int c = 0; c < tile.channels && anyByLog; c++) {
            Rows.add(sum, byLog[c], lanes);
            Rows.add(tile.dz[c], byLog[c], lanes);
        }
        for (int c = 0; c < tile.channels && anyByLog; c++) {
            Rows.subtractProduct(tile.dz[c], tile.p[c], sum, lanes);
        }
        if (anyByOther) {
            addOthers(lanes);
        }
    }

    /**
     * Adds what slopes by log(1 − p) ask: each class takes from its own logit and gives to those of the others. What
     * the class that holds most of the probability gives is kept apart, since it may be larger by far than the rest.
     */
    private void addOthers(int lanes) {
        Rows.clear(sum, lanes);
        Rows.clear(sumOfMost, lanes);
        for (int c = 0; c < tile.channels; c++) {
            float[] v = tile.complement(c, factor, lanes);
            for (int t = 0; t < lanes; t++) {
                float asked = byOther[c][t];
                // The quotient p / v is a softmax over the other classes; where v underflows nobody knows it here.
                given[c][t] = asked == 0 ? 0 : v[t] < Sides.LEAST_COMPLEMENT ? Float.NaN : tile.p[c][t] * asked / v[t];
                float[] to = tile.p[c][t] > 0.5f ? sumOfMost : sum;
                to[t] += given[c][t];
            }
        }
        for (int c = 0; c < tile.channels; c++) {
            for (int t = 0; t < lanes; t++) {
                float ofOthers = tile.p[c][t] > 0.5f ? sum[t] : sum[t] + sumOfMost[t] - given[c][t];
                tile.dz[c][t] += tile.p[c][t] * (ofOthers - byOther[c][t]);
            }
        }
    }

    /** Whether a term's slopes sum to 0 over the classes of a softmax; those of sigmoids do not. */
    boolean isThroughSoftmax(int k) {
        return !isOfSigmoid(spec.pixels().get(k));
    }

}
