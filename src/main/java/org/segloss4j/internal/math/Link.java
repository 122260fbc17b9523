package org.segloss4j.internal.math;

/**
 * From a score x to a loss φ(x), which falls from φ(0) to φ(1) = 0.
 *
 * @param kind  the function
 * @param gamma exponent γ of {@link Kind#POWER}, otherwise 1
 */
public record Link(Kind kind, double gamma) {

    /** {@code 1 − x}. */
    public static final Link COMPLEMENT = new Link(Kind.COMPLEMENT, 1);
    /** {@code −log x}. */
    public static final Link LOG = new Link(Kind.LOG, 1);
    /** {@code log cosh(1 − x)}. */
    public static final Link LOG_COSH = new Link(Kind.LOG_COSH, 1);
    /** The least score of {@link #LOG}, below which its slope is 0; as in segmentation_models.pytorch. */
    public static final double LEAST_SCORE = 1e-7;

    /** The functions. */
    public enum Kind {
        /** {@code 1 − x}. */
        COMPLEMENT,
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
     * The loss.
     *
     * @param score x; above 1 by rounding alone
     * @return φ(x)
     */
    public double value(double score) {
        return switch (kind) {
            case COMPLEMENT -> 1 - score;
            case POWER -> score >= 1 ? 0 : Math.pow(1 - score, gamma);
            case LOG -> -Math.log(score < LEAST_SCORE ? LEAST_SCORE : score);
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
            case COMPLEMENT -> -1;
            case POWER -> score >= 1 ? 0 : -gamma * Math.pow(1 - score, gamma - 1);
            case LOG -> score < LEAST_SCORE ? 0 : -1 / score;
            case LOG_COSH -> -Math.tanh(1 - score);
        };
    }

    /** Without the cancellation of log(cosh x) near 0: log1p((cosh x) - 1) with cosh x - 1 = 2 sinh²(x/2). */
    private static double logCosh(double x) {
        double half = Math.sinh(x / 2);
        return Math.log1p(2 * half * half);
    }
}
