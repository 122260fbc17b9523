package org.segloss4j.evaluation;

/** What evaluations refuse, in the same words. */
final class Checks {

    private Checks() {
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** A class of 0..classes−1; returns it. */
    static int knownClass(int c, int classes) {
        require(c >= 0 && c < classes, "class " + c + " is outside 0.." + (classes - 1));
        return c;
    }

    /** A number of classes of which each pixel has one; returns it. */
    static int numberOfClasses(int classes) {
        require(classes >= 2 && classes <= ConfusionMatrix.MOST_CLASSES, "classes is " + classes
                + ", but must be at least 2 (a single channel is 2 classes) and at most "
                + ConfusionMatrix.MOST_CLASSES);
        return classes;
    }

    /** A probability that divides what is predicted from what is not; returns it. */
    static double threshold(double threshold) {
        require(threshold >= 0 && threshold <= 1, "threshold is " + threshold + ", but must lie in 0..1");
        return threshold;
    }

    /** Whether parts were counted by the same rules as the whole. */
    static void mergeable(Object part, Object whole) {
        require(part.equals(whole), "an evaluation of " + part + " cannot be merged into one of " + whole);
    }
}
