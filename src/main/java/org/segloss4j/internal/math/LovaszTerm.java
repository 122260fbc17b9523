package org.segloss4j.internal.math;

/**
 * The Lovász extension of the Jaccard loss of a set of errors: {@code Σ_k e_(k)·(J_k − J_(k−1))} over the errors in
 * descending order, where J_k is the Jaccard loss if just the first k pixels were wrong. Pixels count by their weight
 * in the mask, and soft labels by their value on both sides.
 *
 * @param coefficient factor of the term in the sum
 * @param form        what an error is
 * @param classes     the classes of {@link Form#SOFTMAX}; the hinge takes all channels as one set
 * @param onlyPresent whether the mean leaves out classes that the labels do not have; of {@link Form#SOFTMAX}
 * @param exact       whether errors are sorted; otherwise they are counted in {@link #BINS} bins, with the value off by
 *                    at most half a bin; of {@link Form#SOFTMAX}, whose errors are from 0 to 1
 * @param perImage    whether each image has a loss of its own, of which the mean is taken
 */
public record LovaszTerm(double coefficient, Form form, ClassSelection classes, boolean onlyPresent, boolean exact,
                         boolean perImage) implements SeparateTerm {

    /** The bins of errors from 0 to 1, if they are not sorted. */
    public static final int BINS = 1 << 16;

    /** What an error is. */
    public enum Form {
        /** {@code |g − p|}, for each class on its own. */
        SOFTMAX,
        /** {@code max(0, 1 − z·(2g − 1))} with the logit z, whatever the activation is. */
        HINGE
    }

    @Override
    public String title() {
        return form == Form.HINGE ? "Lovász hinge" : "Lovász softmax";
    }
}
