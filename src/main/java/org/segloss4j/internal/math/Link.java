package org.segloss4j.internal.math;

/**
 * From a score x to a loss φ(x), which falls from φ(0) to φ(1).
 *
 * @param kind      the function
 * @param parameter exponent γ of {@link Kind#POWER}, the least score of {@link Kind#LOG}, otherwise 1
 */
public record Link(Kind kind, double parameter) {

    /** {@code 1 − x}. */
    public static final Link COMPLEMENT = new Link(Kind.COMPLEMENT, 1);
    /** {@code −x}. */
    public static final Link NEGATIVE = new Link(Kind.NEGATIVE, 1);
    /** {@code log cosh(1 − x)}. */
    public static final Link LOG_COSH = new Link(Kind.LOG_COSH, 1);
    /** The least score of {@link #LOG}, below which its slope is 0; as in segmentation_models.pytorch. */
    public static final double LEAST_SCORE = 1e-7;
    /** {@code −log x}. */
    public static final Link LOG = log(LEAST_SCORE);

    /** The functions. */
    public enum Kind {
        /** {@code 1 − x}. */
        COMPLEMENT,
        /** {@code −x}. */
        NEGATIVE,
        /** {@code (1 − x)^γ}. */
        POWER,
        /** {@code −log x}. */
        LOG,
        /** {@code log cosh(1 − x)}. */
        LOG_COSH
    }

    /**
     * {@code (1 − x)^γ}; at x = 1, where an exponent below 1 has an infinite slope, the slope is 0.
     *
     * @param gamma γ, above 0
     * @return the link
     */
    public static Link power(double gamma) {
        return gamma == 1 ? COMPLEMENT : new Link(Kind.POWER, gamma);
    }

    /**
     * {@code −log x} of scores that are not too small.
     *
     * @param least scores below it count as this and have slope 0; at least 0
     * @return the link
     */
    public static Link log(double least) {
        return new Link(Kind.LOG, least);
    }

    /**
     * The loss.
     *
     * @param score x; above 1 by rounding alone
     * @return φ(x)
     */
    public double value(double score) {
        return switch (kind) {
            case COMPLEMENT -> 1 - score;
            case NEGATIVE -> -score;
            case POWER -> score >= 1 ? 0 : Math.pow(1 - score, parameter);
            case LOG -> -Math.log(score < parameter ? parameter : score);
            case LOG_COSH -> logCosh(1 - score);
        };
    }

    /**
     * The derivative of the loss.
     *
     * @param score x
     * @return φ′(x)
     */
    public double slope(double score) {
        return switch (kind) {
            case COMPLEMENT, NEGATIVE -> -1;
            case POWER -> score >= 1 ? 0 : -parameter * Math.pow(1 - score, parameter - 1);
            case LOG -> score < parameter ? 0 : -1 / score;
            case LOG_COSH -> -Math.tanh(1 - score);
        };
    }

    /** Without the cancellation of log(cosh x) near 0: log1p((cosh x) - 1) with cosh x - 1 = 2 sinh²(x/2). */
    private static double logCosh(double x) {
        double half = Math.sinh(x / 2);
        return Math.log1p(2 * half * half);
    }
}
