package org.segloss4j.internal.backend;

/**
 * Which hard predictions a loss counts while its sweep reads the predictions: pairs of the true and the predicted class
 * of each pixel, by the rules of {@link LossBackend#confusion}.
 *
 * @param ignoreIndex the label of void pixels, or null
 * @param threshold   for one channel: probabilities above it are class 1
 */
public record Counting(Integer ignoreIndex, double threshold) {

    /**
     * The number of classes that are told apart.
     *
     * @param batch the data
     * @return C, or 2 for one channel
     */
    public static int classes(Batch batch) {
        return Math.max(2, batch.predictions().channels());
    }

    /**
     * The least prediction of a single channel that is class 1. Since probabilities, also rounded ones, rise with the
     * predictions, one comparison with it gives the class, and no backend can round in another way.
     *
     * @param batch the data, with one channel
     * @return the least double that the predictions' type need not hold; NaN, which nothing reaches, if no prediction
     *         is class 1
     */
    public double cut(Batch batch) {
        ElementType type = batch.predictions().type();
        double rounded = Elements.round(type, threshold);
        long below = inOrder(Double.NEGATIVE_INFINITY);
        long above = inOrder(Double.POSITIVE_INFINITY);
        if (!isAbove(batch.activation(), type, Double.POSITIVE_INFINITY, rounded)) {
            return Double.NaN;
        }
        while (below + 1 < above) {
            // Their sum may be more than a long holds.
            long middle = (below & above) + ((below ^ above) >> 1);
            if (isAbove(batch.activation(), type, ofOrder(middle), rounded)) {
                above = middle;
            } else {
                below = middle;
            }
        }
        return ofOrder(above);
    }

    private static boolean isAbove(Activation activation, ElementType type, double prediction, double threshold) {
        double p = switch (activation) {
            case IDENTITY -> prediction;
            case SIGMOID -> 1 / (1 + Math.exp(-prediction));
            case SOFTMAX -> 1;
        };
        return Elements.round(type, p) > threshold;
    }

    /** A whole number for each double, in their order. */
    private static long inOrder(double number) {
        long bits = Double.doubleToRawLongBits(number);
        return bits >= 0 ? bits : Long.MIN_VALUE - bits;
    }

    private static double ofOrder(long order) {
        return Double.longBitsToDouble(order >= 0 ? order : Long.MIN_VALUE - order);
    }
}
