package org.segloss4j.internal.cpu.sweep;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The sums over pairs of classes of a tile. Predicted classes whose factors are the same for every true class are one
 * column, as those of a group of classes are, and columns of zeros are none. Holds scratch, so each thread has its own.
 */
final class PairColumns {

    /** What probabilities are multiplied by in each lane, given the factors by true class. */
    interface Truth {
        void factors(double[] byTruth, float[] row, int lanes);
    }

    /** What some predicted classes are multiplied by. */
    private record Column(double[] byTruth, int[] channels) {
    }

    private final SumsLayout layout;
    /** [K][C][C], by true and then by predicted class. */
    private final double[][][] pairs;
    private final List<List<Column>> columns;
    private final Truth truth;
    /** [K][lanes]. */
    private final float[][] sums;
    private final float[] factors;
    private final float[] masses;
    /** What the slopes at hand are made of, since they are the same for many tiles. */
    private Coefficients table;
    private int row;
    private double scale;
    private List<Column> slopes = List.of();

    PairColumns(SumsLayout layout, Truth truth, int lanes) {
        this.layout = layout;
        this.truth = truth;
        pairs = layout.statistics().pairs().stream().map((PairSum pair) -> pair.resolve(layout.classes()))
                .toArray(double[][][]::new);
        columns = Arrays.stream(pairs).map(PairColumns::columns).toList();
        sums = new float[pairs.length][lanes];
        factors = new float[lanes];
        masses = new float[lanes];
    }

    boolean isEmpty() {
        return pairs.length == 0;
    }

    private static List<Column> columns(double[][] matrix) {
        List<double[]> different = new ArrayList<>();
        List<List<Integer>> channels = new ArrayList<>();
        for (int c = 0; c < matrix.length; c++) {
            int channel = c;
            double[] column = Arrays.stream(matrix).mapToDouble(byPrediction -> byPrediction[channel]).toArray();
            int known = IntStream.range(0, different.size()).filter(k -> Arrays.equals(different.get(k), column))
                    .findFirst().orElse(-1);
            if (known >= 0) {
                channels.get(known).add(c);
            } else if (Arrays.stream(column).anyMatch(factor -> factor != 0)) {
                different.add(column);
                channels.add(new ArrayList<>(List.of(c)));
            }
        }
        return IntStream.range(0, different.size()).mapToObj(k -> new Column(different.get(k),
                channels.get(k).stream().mapToInt(Integer::intValue).toArray())).toList();
    }

    /**
     * Adds the sums of a tile, lane by lane.
     *
     * @param p      [C][lanes]
     * @param weight [C][lanes], or a single row for all classes, or null for 1
     */
    void add(float[][] p, float[][] weight, int lanes) {
        for (int k = 0; k < pairs.length; k++) {
            for (Column column : columns.get(k)) {
                Rows.clear(masses, lanes);
                for (int c : column.channels) {
                    if (weight == null) {
                        Rows.add(masses, p[c], lanes);
                    } else {
                        Rows.addProduct(masses, weight[weight.length == 1 ? 0 : c], p[c], lanes);
                    }
                }
                truth.factors(column.byTruth, factors, lanes);
                Rows.addProduct(sums[k], masses, factors, lanes);
            }
        }
    }

    /** Adds the lane sums to a row of sums and clears them; only the first lanes were used. */
    void drain(int used, double[] rows, int at) {
        for (int k = 0; k < sums.length; k++) {
            rows[at + layout.pair(k)] += Rows.sum(sums[k], used);
            Rows.clear(sums[k], used);
        }
    }

    /** Adds scale · dL/dp by these sums, before the weight of an output, to rows of all channels. */
    void addSlopes(Coefficients of, int ofRow, double by, float[][] dp, int lanes) {
        if (of != table || ofRow != row || by != scale) {
            prepare(of, ofRow, by);
        }
        for (Column column : slopes) {
            truth.factors(column.byTruth, factors, lanes);
            for (int c : column.channels) {
                Rows.add(dp[c], factors, lanes);
            }
        }
    }

    private void prepare(Coefficients of, int ofRow, double by) {
        double[][] sum = new double[layout.classes()][layout.classes()];
        for (int k = 0; k < pairs.length; k++) {
            double factor = by * of.pair(ofRow, k);
            for (int y = 0; y < sum.length; y++) {
                for (int c = 0; c < sum.length; c++) {
                    sum[y][c] += pairs[k][y][c] == 0 ? 0 : factor * pairs[k][y][c];
                }
            }
        }
        slopes = columns(sum);
        table = of;
        row = ofRow;
        scale = by;
    }
}
