package org.segloss4j.bench;

/** Value of the Jaccard or Dice loss and what its gradient needs: dL/dp = a·g + b, from the sums of each class. */
record RegionTable(double value, double[] a, double[] b) {

    private static final double SMOOTH = 1e-5;

    RegionTable(Problem problem, double intersection, double predicted, double truth) {
        this(problem, new double[] {intersection}, new double[] {predicted}, new double[] {truth});
    }

    RegionTable(Problem problem, double[] intersection, double[] predicted, double[] truth) {
        this(value(problem, intersection, predicted, truth), new double[truth.length], new double[truth.length]);
        for (int c = 0; c < truth.length; c++) {
            double mass = predicted[c] + truth[c] + SMOOTH;
            if (problem == Problem.JACCARD) {
                double union = mass - intersection[c];
                b[c] = (intersection[c] + SMOOTH) / union / union / truth.length;
                a[c] = -1 / union / truth.length - b[c];
            } else {
                b[c] = (2 * intersection[c] + SMOOTH) / mass / mass / truth.length;
                a[c] = -2 / mass / truth.length;
            }
        }
    }

    private static double value(Problem problem, double[] intersection, double[] predicted, double[] truth) {
        double score = 0;
        for (int c = 0; c < truth.length; c++) {
            double mass = predicted[c] + truth[c] + SMOOTH;
            score += problem == Problem.JACCARD ? (intersection[c] + SMOOTH) / (mass - intersection[c])
                    : (2 * intersection[c] + SMOOTH) / mass;
        }
        return 1 - score / truth.length;
    }
}
