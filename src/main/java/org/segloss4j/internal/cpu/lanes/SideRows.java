package org.segloss4j.internal.cpu.lanes;

/**
 * What a pixel loss looks at, a lane per pixel: the probability of the truth, what is left of 1, and the logarithm.
 * Each is as exact as the predictions allow.
 *
 * @param u   the probabilities
 * @param v   1 − u
 * @param log log u, finite
 */
public record SideRows(float[] u, float[] v, float[] log) {

    /** New rows of that many lanes. */
    public SideRows(int lanes) {
        this(new float[lanes], new float[lanes], new float[lanes]);
    }
}
