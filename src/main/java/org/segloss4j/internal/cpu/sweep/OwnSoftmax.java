package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.cpu.lanes.FloatMath;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.SideRows;
import org.segloss4j.internal.math.PixelTerm;

/**
 * The softmax q of a pixel term over its gathered classes: of the logits or, where p / Σp of sigmoids is asked for, of
 * their logarithms, which is the same and does not vanish with p. Holds scratch, so each thread has its own.
 */
final class OwnSoftmax {

    private final Activation activation;
    private final FloatTile tile;
    private final float[][] q;
    private final float[][] slopes;
    /** The logarithms of sigmoids, and what sigmoids leave of 1; of void outputs, too, which the tile has cleared. */
    private final float[][] logs;
    private final float[][] complements;
    private final float[] max;
    private final float[] total;
    private final float[] logTotal;
    private final float[] rest;
    private float[][] source;
    /** 0 where all gathered logits are -infinity, else 1. */
    private final float[] known;
    private boolean hasGaps;

    OwnSoftmax(Activation activation, FloatTile tile) {
        this.activation = activation;
        this.tile = tile;
        q = tile.rows();
        slopes = tile.rows();
        logs = activation == Activation.SIGMOID ? tile.rows() : null;
        complements = activation == Activation.SIGMOID ? tile.rows() : null;
        max = new float[tile.stride];
        total = new float[tile.stride];
        logTotal = new float[tile.stride];
        rest = new float[tile.stride];
        known = new float[tile.stride];
    }

    /** Computes q of the gathered channels. */
    void fill(PixelTerm term, int[] multiplicity, int lanes) {
        boolean ofSigmoids = term.renormalised() && activation == Activation.SIGMOID;
        source = ofSigmoids ? logs : tile.z;
        for (int c = 0; c < q.length && ofSigmoids; c++) {
            if (multiplicity[c] > 0) {
                tile.math.sigmoid(tile.z[c], max, complements[c], lanes);
                FloatMath.logSigmoid(tile.z[c], max, complements[c], logs[c], lanes);
            }
        }
        tile.math.softmax(source, multiplicity, q, max, total, rest, lanes);
        tile.math.log(total, logTotal, lanes);
        hasGaps = false;
        for (int t = 0; t < lanes; t++) {
            known[t] = max[t] == -Float.MAX_VALUE ? 0 : 1;
            hasGaps |= known[t] == 0;
        }
        for (int c = 0; c < q.length && hasGaps; c++) {
            for (int t = 0; t < lanes; t++) {
                q[c][t] = known[t] == 0 ? 0 : q[c][t];
            }
        }
    }

    /**
     * Makes 0 of the factors of pixels whose gathered logits are all -infinity: they have no distribution. Their
     * losses are finite, as all logarithms of sides are.
     */
    void leaveOutUnknown(float[] factor, int lanes) {
        if (hasGaps) {
            Rows.product(factor, known, factor, lanes);
        }
    }

    /** q of a channel. */
    float[] q(int c) {
        return q[c];
    }

    /** What a slope by log p is multiplied by for that by the logit; null for 1. */
    float[] byLogit(PixelTerm term, int c) {
        return term.renormalised() && activation == Activation.SIGMOID ? complements[c] : null;
    }

    /** Rows of all channels for whoever needs some. */
    float[][] slopes() {
        return slopes;
    }

    /** q of a channel, with 1 − q and log q in given rows. */
    SideRows side(int c, SideRows scratch, int lanes) {
        FloatMath.sidesOfSoftmax(source[c], max, logTotal, q[c], rest, scratch.v(), scratch.log(), lanes);
        return new SideRows(q[c], scratch.v(), scratch.log());
    }
}
