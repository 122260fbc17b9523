package org.segloss4j.internal.math;

/**
 * The score of a class as a differentiable function of sums. It may look at the sums of all classes. A score that is a
 * {@linkplain #asRatio ratio} can be finalised on a device; any other is finalised on the host, between the sweeps.
 */
public interface ScoreFunction {

    /**
     * The score of one class.
     *
     * @param sums the sums, one row per image or one for the batch
     * @param row  image, or 0
     * @param c    class
     * @return the score
     */
    double value(Sums sums, int row, int c);

    /**
     * Adds the derivatives of the score of one class to a row of coefficients, for every class whose sums it uses.
     *
     * @param sums   the sums
     * @param row    image, or 0
     * @param c      class
     * @param factor what the derivatives are multiplied with
     * @param to     the table
     * @param toRow  row of the table
     */
    void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow);

    /**
     * Adds a derivative by the predicted mass of what is scored.
     *
     * @param c     class or group
     * @param slope the derivative
     * @param to    the table
     * @param toRow row of the table
     */
    default void addMassSlope(int c, double slope, Coefficients to, int toRow) {
        to.addB(toRow, c, slope);
    }

    /**
     * What the score needs beside intersections, masses and weights.
     *
     * @return nothing, unless it says otherwise
     */
    default Statistics statistics() {
        return Statistics.NONE;
    }

    /**
     * The score as a ratio that a device can compute.
     *
     * @return null, unless it says otherwise
     */
    default RatioScore asRatio() {
        return null;
    }

    /**
     * The same score where labels are class indices, so that {@code D = Σ m·|p − g|} follows from other sums.
     *
     * @return a score that needs no D
     */
    default ScoreFunction ofIndexLabels() {
        return new IndexedScore(this);
    }

    /**
     * The sums of what is scored. They are those of the classes, unless the score is one of groups of classes; the
     * other methods are given these.
     *
     * @param sums the sums of the classes
     * @return the same, or those of the groups
     */
    default Sums scored(Sums sums) {
        return sums;
    }

    /**
     * Whether there is one score for all classes together. The class is then 0, and the classes and weights of the
     * region term play no part.
     *
     * @return false, unless it says otherwise
     */
    default boolean joinsClasses() {
        return false;
    }
}
