package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.cpu.lanes.BinaryRows;
import org.segloss4j.internal.cpu.lanes.FloatMath;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.SideRows;
import org.segloss4j.internal.math.PixelTerm.Input;

/**
 * The two sides of the outputs of one channel of a tile, as exact as the activation allows. Each answer is good until
 * the next question. Holds scratch, so each thread has its own.
 */
final class Sides {

    /** Below it the complement of a probability of a softmax may be mostly of exponentials that are clamped. */
    static final float LEAST_COMPLEMENT = 1e-30f;
    /** From here on the rows' logarithm is exact. */
    private static final float LEAST = 1e-36f;
    private static final double LEAST_LOG = -100;

    private final Activation activation;
    private final FloatTile tile;
    /** Rows for whoever needs some. */
    final SideRows scratch;
    private final float[] turned;

    Sides(Activation activation, FloatTile tile) {
        this.activation = activation;
        this.tile = tile;
        scratch = new SideRows(tile.stride);
        turned = new float[tile.stride];
    }

    /** The true side of a channel. */
    SideRows of(Input input, int c, int lanes) {
        float[] u = tile.p[c];
        float[] log = scratch.log();
        if (input == Input.SIGMOID && activation != Activation.SIGMOID) {
            tile.math.sigmoid(tile.z[c], scratch.u(), scratch.v(), lanes);
            FloatMath.logSigmoid(tile.z[c], scratch.u(), scratch.v(), log, lanes);
            return scratch;
        }
        float[] v = tile.complement(c, scratch.v(), lanes);
        switch (activation) {
            case IDENTITY -> boundedLog(u, log, lanes);
            case SIGMOID -> FloatMath.logSigmoid(tile.z[c], u, v, log, lanes);
            case SOFTMAX -> tile.logOfSoftmax(tile.z[c], u, v, log, lanes);
        }
        return new SideRows(u, v, log);
    }

    /** The other side of a channel. */
    SideRows otherOf(Input input, int c, int lanes) {
        float[] log = scratch.log();
        if (input == Input.SIGMOID && activation != Activation.SIGMOID) {
            Rows.scaled(tile.z[c], -1, turned, lanes);
            tile.math.sigmoid(turned, scratch.u(), scratch.v(), lanes);
            FloatMath.logSigmoid(turned, scratch.u(), scratch.v(), log, lanes);
            return scratch;
        }
        float[] u = tile.complement(c, scratch.u(), lanes);
        float[] v = tile.p[c];
        switch (activation) {
            case IDENTITY -> boundedLog(u, log, lanes);
            case SIGMOID -> {
                Rows.scaled(tile.z[c], -1, turned, lanes);
                FloatMath.logSigmoid(turned, u, v, log, lanes);
            }
            case SOFTMAX -> logOfComplement(u, v, log, lanes);
        }
        return new SideRows(u, v, log);
    }

    /** The side of the truth of each output, where labels are 0 or 1 and each channel has a sigmoid. */
    SideRows ofTruth(int c, float[] g, int lanes) {
        BinaryRows.turn(tile.z[c], g, turned, lanes);
        if (activation == Activation.SIGMOID) {
            BinaryRows.mix(g, tile.p[c], tile.complement[c], scratch.u(), lanes);
            BinaryRows.mix(g, tile.complement[c], tile.p[c], scratch.v(), lanes);
        } else {
            tile.math.sigmoid(turned, scratch.u(), scratch.v(), lanes);
        }
        FloatMath.logSigmoid(turned, scratch.u(), scratch.v(), scratch.log(), lanes);
        return scratch;
    }

    /** log p of probabilities without logits. */
    private void boundedLog(float[] p, float[] log, int lanes) {
        for (int t = 0; t < lanes; t++) {
            // NaN stays NaN; what is 0 or below is looked at again.
            log[t] = Math.max(LEAST, p[t]);
        }
        tile.math.log(log, log, lanes);
        for (int t = 0; t < lanes; t++) {
            if (p[t] <= LEAST) {
                log[t] = (float) Math.max(LEAST_LOG, Math.log(p[t]));
            }
        }
    }

    /** log(1 − p) under a softmax; NaN where it is not known, so that the pixel is computed again. */
    private void logOfComplement(float[] complement, float[] p, float[] log, int lanes) {
        for (int t = 0; t < lanes; t++) {
            log[t] = complement[t] < LEAST_COMPLEMENT ? Float.NaN : complement[t];
        }
        tile.math.log(log, log, lanes);
        FloatMath.joinLogs(log, complement, p, log, lanes);
    }
}
