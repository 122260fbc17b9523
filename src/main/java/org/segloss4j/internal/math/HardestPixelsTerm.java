package org.segloss4j.internal.math;

/**
 * Cross-entropy over the hardest pixels of a batch: the mean of {@code −w_y·log p_y} over the pixels that a rule keeps.
 * Only these have a gradient.
 *
 * @param coefficient factor of the term in the sum
 * @param rule        which pixels are kept
 * @param classes     the weights of the classes, none of which is left out or repeated
 */
public record HardestPixelsTerm(double coefficient, Rule rule, ClassSelection classes) implements SeparateTerm {

    /** Which pixels are kept. */
    public sealed interface Rule permits Fraction, Threshold {
    }

    /**
     * The pixels of the largest losses. Those whose loss is the least of these share what is left of the count.
     *
     * @param kept       their part of all pixels that are not void, above 0 and at most 1; it is rounded down, but one
     *                   pixel is kept at least
     * @param countsVoid whether it is their part of all pixels; void ones have a loss of 0, and are kept if
     *                   there are no others left
     */
    public record Fraction(double kept, boolean countsVoid) implements Rule {

        /**
         * How many pixels are kept.
         *
         * @param count how many pixels there are
         * @return at least 1
         */
        public long of(long count) {
            // A product such as 100 times 0.29 is a rounding error below the whole number that is meant.
            return (long) Math.max(1, Math.min(count, count * kept * (1 + 1e-12)));
        }
    }

    /**
     * The pixels whose probability of the true class is below the larger one of a threshold and of the probability that
     * stands behind the least ones of a minimum count.
     *
     * @param probability the threshold
     * @param minimum     how many pixels of an image to keep at least
     */
    public record Threshold(double probability, long minimum) implements Rule {
    }

    @Override
    public String title() {
        return rule instanceof Fraction ? "top-k cross-entropy" : "OHEM cross-entropy";
    }
}
