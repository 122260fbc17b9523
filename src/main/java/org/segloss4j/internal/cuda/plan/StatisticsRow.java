package org.segloss4j.internal.cuda.plan;

import java.util.List;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.Statistics;

/**
 * Which further statistics there are, then the factors of each sum over pairs by true and by predicted class.
 *
 * @param classes C
 */
public record StatisticsRow(int classes) {
    public static final int SQUARES = 0;
    public static final int DISTANCES = 1;
    /** Number of sums over pairs of classes. */
    public static final int PAIRS = 2;
    /** Where the factors begin. */
    public static final int FACTORS = 3;

    public int factor(int k, int y, int c) {
        return FACTORS + (k * classes + y) * classes + c;
    }

    public int width(int pairs) {
        return factor(pairs, 0, 0);
    }

    /** The numbers of the sums. */
    double[] of(Statistics statistics) {
        List<PairSum> pairs = statistics.pairs();
        double[] row = new double[width(pairs.size())];
        row[SQUARES] = statistics.squares() ? 1 : 0;
        row[DISTANCES] = statistics.distances() ? 1 : 0;
        row[PAIRS] = pairs.size();
        for (int k = 0; k < pairs.size(); k++) {
            double[][] factors = pairs.get(k).resolve(classes);
            for (int y = 0; y < classes; y++) {
                System.arraycopy(factors[y], 0, row, factor(k, y, 0), classes);
            }
        }
        return row;
    }
}
