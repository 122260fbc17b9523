package org.segloss4j.internal.math;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The generalised Wasserstein Dice score, one of all classes together, for classes of which some are nearer to one
 * another than others. The error of a pixel of class y is {@code W = Σ_c d[y][c]·p_c}. With E_y = Σ W over the pixels
 * of class y, the true positives are {@code TP = Σ_y α_y·(G_y − E_y)}. The score is
 * {@code (2·TP + s_n)/(2·TP + Σ_y E_y + s_d)} where α is 1 but 0 for class 0, the background, or
 * {@code (2·TP + s_n)/(Σ_y α_y·(2·G_y − E_y) + s_d)} where α is {@code 1/(G_y + 1)}.
 *
 * <p>Source: Fidon et al., Generalised Wasserstein Dice Score, 2017; Tilborghs et al., arXiv 2007.15546, 2020.
 *
 * @param distances         [C][C] by true and predicted class, of which the largest is 1; null for 1 between any two,
 *                          where {@code E_y = G_y − I_y}
 * @param byVolume          whether α is 1/(G + 1)
 * @param numeratorSmooth   s_n
 * @param denominatorSmooth s_d
 */
public record WassersteinDiceScore(List<List<Double>> distances, boolean byVolume, double numeratorSmooth,
                                   double denominatorSmooth) implements ScoreFunction {

    /**
     * Checks the distances and divides them by the largest one.
     *
     * @param distances         [C][C], not negative, 0 from a class to itself; null for 1 between any two
     * @param byVolume          whether α is 1/(G + 1)
     * @param numeratorSmooth   s_n
     * @param denominatorSmooth s_d
     * @throws IllegalArgumentException if the distances are not such a matrix
     */
    public WassersteinDiceScore {
        if (distances != null) {
            double largest = 0;
            for (int y = 0; y < distances.size(); y++) {
                require(distances.get(y).size() == distances.size(), distances.size() + " rows, but "
                        + distances.get(y).size() + " numbers in row " + y
                        + "; it needs one number for each pair of classes");
                for (double distance : distances.get(y)) {
                    require(distance >= 0 && distance < Double.POSITIVE_INFINITY, "a distance of " + distance
                            + ", but none is negative or infinite");
                    largest = Math.max(largest, distance);
                }
                require(distances.get(y).get(y) == 0, "the distance " + distances.get(y).get(y) + " from class " + y
                        + " to itself, which must be 0");
            }
            require(largest > 0 || distances.size() == 1, "no distance above 0");
            double unit = largest == 0 ? 1 : largest;
            distances = distances.stream().map(row -> row.stream().map(distance -> distance / unit).toList()).toList();
        }
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalArgumentException("distances has " + what);
        }
    }

    @Override
    public boolean joinsClasses() {
        return true;
    }

    @Override
    public Statistics statistics() {
        if (distances == null) {
            return Statistics.NONE;
        }
        List<PairSum> pairs = new ArrayList<>();
        if (byVolume) {
            for (int y = 0; y < distances.size(); y++) {
                pairs.add(rows(y, y + 1));
            }
        } else {
            pairs.add(rows(0, distances.size()));
            pairs.add(rows(1, distances.size()));
        }
        return Statistics.of(pairs);
    }

    /** The sum of E_y over some classes. */
    private PairSum rows(int from, int to) {
        List<List<Double>> factors = new ArrayList<>();
        for (int y = 0; y < distances.size(); y++) {
            factors.add(y >= from && y < to ? distances.get(y) : Collections.nCopies(distances.size(), 0.0));
        }
        return new PairSum.Matrix(factors);
    }

    /** Σ E_y of classes from one on. */
    private double error(Sums sums, int row, int from) {
        if (distances != null) {
            return sums.pair(row, rows(from, distances.size()));
        }
        double error = 0;
        for (int y = from; y < sums.classes(); y++) {
            error += sums.truth(row, y) - sums.intersection(row, y);
        }
        return error;
    }

    private void addErrorSlope(Sums sums, int from, double slope, Coefficients to, int toRow) {
        if (distances != null) {
            to.addPair(toRow, rows(from, distances.size()), slope);
            return;
        }
        for (int y = from; y < sums.classes(); y++) {
            to.addA(toRow, y, -slope);
        }
    }

    /** E_y of one class. */
    private double errorOf(Sums sums, int row, int y) {
        return distances != null ? sums.pair(row, rows(y, y + 1)) : sums.truth(row, y) - sums.intersection(row, y);
    }

    /** The first class that is no background; where there is but one class, that one. */
    private static int foreground(Sums sums) {
        return sums.classes() == 1 ? 0 : 1;
    }

    private static double weight(Sums sums, int row, int y) {
        return 1 / (sums.truth(row, y) + 1);
    }

    /** Numerator and denominator. */
    private record Fraction(double above, double below) {
    }

    private Fraction fraction(Sums sums, int row) {
        double hits = 0;
        double below = 0;
        if (byVolume) {
            for (int y = 0; y < sums.classes(); y++) {
                double error = errorOf(sums, row, y);
                hits += weight(sums, row, y) * (sums.truth(row, y) - error);
                below += weight(sums, row, y) * (2 * sums.truth(row, y) - error);
            }
        } else {
            for (int y = foreground(sums); y < sums.classes(); y++) {
                hits += sums.truth(row, y);
            }
            hits -= error(sums, row, foreground(sums));
            below = 2 * hits + error(sums, row, 0);
        }
        return new Fraction(2 * hits + numeratorSmooth, below + denominatorSmooth);
    }

    /** Without smoothing 0/0 is 1. */
    @Override
    public double value(Sums sums, int row, int c) {
        Fraction fraction = fraction(sums, row);
        return fraction.below == 0 ? 1 : fraction.above / fraction.below;
    }

    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        Fraction fraction = fraction(sums, row);
        if (fraction.below == 0) {
            return;
        }
        double score = fraction.above / fraction.below;
        double slope = factor / fraction.below;
        if (byVolume) {
            for (int y = 0; y < sums.classes(); y++) {
                double own = slope * weight(sums, row, y) * (score - 2);
                if (distances != null) {
                    to.addPair(toRow, rows(y, y + 1), own);
                } else {
                    to.addA(toRow, y, -own);
                }
            }
        } else {
            addErrorSlope(sums, foreground(sums), slope * 2 * (score - 1), to, toRow);
            addErrorSlope(sums, 0, -slope * score, to, toRow);
        }
    }
}
