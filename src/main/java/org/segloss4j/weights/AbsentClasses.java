package org.segloss4j.weights;

/**
 * What a class weighs that has no pixel: every formula divides by the number of pixels.
 *
 * @since 0.1.0
 */
public enum AbsentClasses {
    /** Nothing. */
    ZERO,
    /** As much as the heaviest class that has pixels. */
    MAX,
    /** The cap, above which no other class weighs either. */
    CAP,
    /** There is an error that names the class. */
    ERROR;

    /** The weight of class c without pixels, where the heaviest class with pixels weighs {@code max}. */
    double weight(int c, double max, double cap) {
        return switch (this) {
            case ZERO -> 0;
            case MAX -> max;
            case CAP -> cap;
            case ERROR -> throw new IllegalArgumentException("class " + c + " has no pixels to weigh it by");
        };
    }
}
