package org.segloss4j.weights;

import java.util.Arrays;

/**
 * How class weights are scaled together.
 *
 * @since 0.1.0
 */
public enum Normalisation {
    /** Not at all: the formula's own values. */
    NONE,
    /** They add up to 1. */
    SUM_ONE,
    /**
     * They add up to their number, an ignored class, which weighs 0, included. So the mean of all is 1, and a region
     * loss over all classes stays within 0 and 1.
     */
    SUM_CLASSES,
    /** The largest is 1. */
    MAX_ONE;

    double[] apply(double[] weights) {
        double scale = switch (this) {
            case NONE -> 1;
            case SUM_ONE -> 1 / Arrays.stream(weights).sum();
            case SUM_CLASSES -> weights.length / Arrays.stream(weights).sum();
            case MAX_ONE -> 1 / Arrays.stream(weights).max().orElseThrow();
        };
        return Arrays.stream(weights).map(w -> w * scale).toArray();
    }
}
