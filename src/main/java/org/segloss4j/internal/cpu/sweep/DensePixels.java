package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.cpu.lanes.CurveRows;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.PixelTerm;

/** Pixel losses of every output of a tile, and what they add to dL/dp. Holds scratch, so each thread has its own. */
final class DensePixels {

    private final FloatTile tile;
    private final DenseTruth truth;
    private final CurveRows curves;
    private final float[] u;
    private final float[] curve;
    private final float[] rest;
    private final float[] factor;
    private final Activation activation;
    private final Sides sides;

    DensePixels(Activation activation, FloatTile tile, DenseTruth truth) {
        this.activation = activation;
        sides = new Sides(activation, tile);
        this.tile = tile;
        this.truth = truth;
        curves = new CurveRows(tile.math, tile.stride);
        u = new float[tile.stride];
        curve = new float[tile.stride];
        rest = new float[tile.stride];
        factor = new float[tile.stride];
    }

    /** The sum of a term's losses. */
    double loss(PixelTerm term, ClassSelection.Resolved classes, int lanes) {
        double loss = 0;
        for (int c = 0; c < tile.channels; c++) {
            if (classes.multiplicity()[c] > 0) {
                loss += classes.weight()[c] * loss(term, c, lanes);
            }
        }
        return loss;
    }

    private double loss(PixelTerm term, int c, int lanes) {
        float[] g = truth.g[c];
        float[] w = truth.weight[c];
        if (isOneCurve(term, lanes)) {
            weigh(w, g, (float) term.log().a(), (float) term.otherLog().a(), factor, lanes);
            if (isOfLogits(term)) {
                curves.value(unit(term), sides.ofTruth(c, g, lanes), curve, lanes);
            } else {
                mix(tile.p[c], tile.complement(c, curve, lanes), g, u, lanes);
                curves.value(unit(term), u, curve, lanes);
            }
            Rows.product(factor, curve, factor, lanes);
            return Rows.sum(factor, lanes);
        }
        weigh(w, g, 1, 0, factor, lanes);
        curves.value(term.log(), tile.p[c], curve, lanes);
        Rows.product(factor, curve, curve, lanes);
        double loss = Rows.sum(curve, lanes);
        if (term.binary()) {
            curves.value(term.otherLog(), tile.complement(c, u, lanes), curve, lanes);
            weigh(w, g, 0, 1, factor, lanes);
            Rows.product(factor, curve, curve, lanes);
            loss += Rows.sum(curve, lanes);
        }
        return loss;
    }

    /** Adds the slope of one channel, times a scale, to dL/dp. */
    void addSlope(PixelTerm term, int c, float scale, float[] dp, int lanes) {
        float[] g = truth.g[c];
        float[] w = truth.weight[c];
        float[] p = tile.p[c];
        float[] complement = tile.complement(c, rest, lanes);
        if (isOneCurve(term, lanes)) {
            float positive = (float) term.log().a();
            float negative = (float) term.otherLog().a();
            weigh(w, g, scale * positive, -scale * negative, factor, lanes);
            if (isOfLogits(term)) {
                curves.slope(unit(term), sides.ofTruth(c, g, lanes), curve, lanes);
            } else {
                mix(p, complement, g, u, lanes);
                mix(complement, p, g, curve, lanes);
                curves.slope(unit(term), u, curve, curve, lanes);
            }
            Rows.addProduct(dp, factor, curve, lanes);
            return;
        }
        curves.slope(term.log(), p, complement, curve, lanes);
        weigh(w, g, scale, 0, factor, lanes);
        Rows.addProduct(dp, factor, curve, lanes);
        if (term.binary()) {
            curves.slope(term.otherLog(), complement, p, curve, lanes);
            weigh(w, g, 0, -scale, factor, lanes);
            Rows.addProduct(dp, factor, curve, lanes);
        }
    }

    /** Whether each output is charged on one of two curves that differ in nothing but their factor. */
    private boolean isOneCurve(PixelTerm term, int lanes) {
        return term.binary() && term.log().gamma() == term.otherLog().gamma()
                && term.log().logOffset() == term.otherLog().logOffset() && truth.isHardTile(lanes);
    }

    /** Whether logarithms of focal loss come from logits, where they are exact and cost less than those of rows. */
    private boolean isOfLogits(PixelTerm term) {
        return activation == Activation.SIGMOID && term.log().gamma() != 0;
    }

    private static LogCurve unit(PixelTerm term) {
        return new LogCurve(1, term.log().gamma(), term.log().logOffset());
    }

    /** u = the probability of the truth, for g of 0 or 1. */
    private static void mix(float[] p, float[] complement, float[] g, float[] u, int lanes) {
        for (int t = 0; t < lanes; t++) {
            u[t] = g[t] * p[t] + (1 - g[t]) * complement[t];
        }
    }

    /** factor = w · (positive·g + negative·(1 − g)). */
    private static void weigh(float[] w, float[] g, float positive, float negative, float[] factor, int lanes) {
        for (int t = 0; t < lanes; t++) {
            factor[t] = w[t] * (positive * g[t] + negative * (1 - g[t]));
        }
    }
}
