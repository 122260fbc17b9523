package org.segloss4j.internal.math;

/**
 * Matthews' correlation coefficient of a class, {@code (TP·TN − FP·FN)/(√(TP+FP)·√(TP+FN)·√(TN+FP)·√(TN+FN))}, from
 * soft counts TP = I, FP = P − I, FN = G − I and TN = M − P − G + I, to each of which a constant is added. It lies in
 * −1..1; the roots are taken one by one, since the product of four counts of a large volume loses digits.
 *
 * <p>Source: Abhishek and Hamarneh, Matthews Correlation Coefficient Loss for Deep Convolutional Networks, 2021.
 *
 * @param smooth what is added to each count, at least 0
 */
public record CorrelationScore(double smooth) implements ScoreFunction {

    /** √(TP+FP)·√(TP+FN)·√(TN+FP)·√(TN+FN), the constant included in each count. */
    private double denominator(Sums sums, int row, int c) {
        double m = sums.weight(row, c);
        return Math.sqrt(sums.predicted(row, c) + 2 * smooth) * Math.sqrt(sums.truth(row, c) + 2 * smooth)
                * Math.sqrt(rest(m, sums.truth(row, c)) + 2 * smooth)
                * Math.sqrt(rest(m, sums.predicted(row, c)) + 2 * smooth);
    }

    /** What is negative is so by rounding. */
    private static double rest(double whole, double part) {
        return part > whole ? 0 : whole - part;
    }

    /** Whether every pixel that counts is all of the class, so that there are no false positives and true negatives. */
    private static boolean fills(Sums sums, int row, int c) {
        return sums.truth(row, c) == sums.weight(row, c);
    }

    /** Σ m·g·p. Of a class that fills the row it is Σ m·p, also where floats were added up in another order. */
    private static double intersection(Sums sums, int row, int c) {
        return fills(sums, row, c) ? sums.predicted(row, c) : sums.intersection(row, c);
    }

    /** TP·TN − FP·FN, in which most products cancel. */
    private double numerator(Sums sums, int row, int c) {
        double i = intersection(sums, row, c);
        double p = sums.predicted(row, c);
        double g = sums.truth(row, c);
        double m = sums.weight(row, c);
        return i * m - p * g + smooth * (m - 2 * p - 2 * g + 4 * i);
    }

    /** Where a side is empty and nothing is added, the score is 1 if all is right, otherwise 0. */
    @Override
    public double value(Sums sums, int row, int c) {
        double den = denominator(sums, row, c);
        if (den == 0) {
            double i = intersection(sums, row, c);
            return sums.predicted(row, c) == i && sums.truth(row, c) == i ? 1 : 0;
        }
        return numerator(sums, row, c) / den;
    }

    /**
     * Where a side is empty and nothing is added, the slope is 0. Where the class fills the row, there are but true
     * pixels, whose slope is the sum of two numbers that cancel but for the constant: a device would add them as
     * floats, so they are put together here.
     */
    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        double den = denominator(sums, row, c);
        if (den == 0) {
            return;
        }
        double p = sums.predicted(row, c);
        double m = sums.weight(row, c);
        double half = numerator(sums, row, c) / den / 2;
        double byRoots = half / (p + 2 * smooth) - (p > m ? 0 : half / (m - p + 2 * smooth));
        if (fills(sums, row, c)) {
            to.addB(toRow, c, factor * (2 * smooth / den - byRoots));
            return;
        }
        to.addA(toRow, c, factor * (m + 4 * smooth) / den);
        to.addB(toRow, c, -factor * ((sums.truth(row, c) + 2 * smooth) / den + byRoots));
    }
}
