package org.segloss4j.internal.backend;

/**
 * What a weight of a mask may be. Backends compute in float, which holds numbers up to 3e38 and, in full precision,
 * from 1e-38 on; within these bounds, neither sums of weights over 10^15 pixels nor what is divided by them leaves it.
 */
public final class Weights {

    /** The least weight above 0. */
    public static final float LEAST = 1e-20f;
    /** The largest weight. */
    public static final float MOST = 1e20f;
    /** As messages say it. */
    public static final String RANGE = "0 or from 1e-20 to 1e20";

    private Weights() {
    }

    /**
     * Whether a number is a weight.
     *
     * @param weight any number
     * @return true for 0 and for what is within the bounds once it is rounded to float; false for NaN
     */
    public static boolean isWeight(double weight) {
        return weight == 0 || (float) weight >= LEAST && (float) weight <= MOST;
    }
}
