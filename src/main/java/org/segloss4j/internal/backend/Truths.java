package org.segloss4j.internal.backend;

/**
 * What the value of a dense label may be: from 0 to 1. Labels that were interpolated or normalised in float miss these
 * bounds by a few units in the last place, so 1e-5 beyond them is no error.
 */
public final class Truths {

    /** How far from ½ a label may be. */
    public static final float REACH = 0.50001f;

    private static final int BITS_OF_ONE = Float.floatToRawIntBits(1);

    private Truths() {
    }

    /**
     * Whether a number is a dense label.
     *
     * @param value any number
     * @return true for what is between 0 and 1 once it is rounded to float; false for NaN
     */
    public static boolean isTruth(double value) {
        return Math.abs((float) value - 0.5f) <= REACH;
    }

    /**
     * Whether all numbers of a row are dense labels.
     *
     * @param row   any numbers
     * @param lanes how many of them to look at
     * @return false as soon as one is not
     */
    public static boolean areTruths(float[] row, int lanes) {
        for (int t = 0; t < lanes; t++) {
            if (!(Math.abs(row[t] - 0.5f) <= REACH)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether all floats of a row, given by their bits, are from 0 to 1. HotSpot makes vector instructions of a loop
     * that joins whole numbers, and of none that joins floats.
     *
     * @param row   the bits of any floats
     * @param lanes how many of them to look at
     * @return false also for the few numbers that {@link #isTruth} admits beyond these bounds, and for -0
     */
    public static boolean areBitsOfTruths(int[] row, int lanes) {
        int signs = 0;
        for (int t = 0; t < lanes; t++) {
            signs |= row[t] | BITS_OF_ONE - row[t];
        }
        return signs >= 0;
    }
}
