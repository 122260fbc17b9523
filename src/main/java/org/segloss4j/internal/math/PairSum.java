package org.segloss4j.internal.math;

import java.util.List;

/**
 * A sum over pairs of a true class y and a predicted class c, {@code Σ m·Σ_y Σ_c W[y][c]·g_y·p_c}. With index labels it
 * is {@code Σ m·Σ_c W[y][c]·p_c}.
 */
public sealed interface PairSum {

    /**
     * The factors W.
     *
     * @param channels C
     * @return [C][C], by true and then by predicted class
     * @throws IllegalArgumentException if they do not fit the number of classes
     */
    double[][] resolve(int channels);

    /**
     * The intersection of a group of classes that count as one: 1 where both classes belong to it.
     *
     * @param classes the group
     */
    record Group(List<Integer> classes) implements PairSum {

        /**
         * Checks and copies the list.
         *
         * @param classes the group
         * @throws IllegalArgumentException if it is empty, or an index is negative or repeats
         */
        public Group {
            classes = List.copyOf(classes);
            if (classes.isEmpty()) {
                throw new IllegalArgumentException("a group of classes is empty, but must have at least one");
            }
            if (classes.stream().anyMatch(c -> c < 0) || classes.stream().distinct().count() != classes.size()) {
                throw new IllegalArgumentException("a group of classes is " + classes
                        + ", but must hold different indexes of at least 0");
            }
        }

        @Override
        public double[][] resolve(int channels) {
            double[][] factors = new double[channels][channels];
            for (int y : classes) {
                if (y >= channels) {
                    throw new IllegalArgumentException("a group of classes holds " + y
                            + ", but the predictions have only " + channels + " channels");
                }
                for (int c : classes) {
                    if (c < channels) {
                        factors[y][c] = 1;
                    }
                }
            }
            return factors;
        }
    }

    /**
     * Any factors.
     *
     * @param factors [C][C], by true and then by predicted class
     */
    record Matrix(List<List<Double>> factors) implements PairSum {

        /**
         * Checks and copies the rows.
         *
         * @param factors [C][C], by true and then by predicted class
         * @throws IllegalArgumentException if it is not square or holds what is no finite number
         */
        public Matrix {
            factors = factors.stream().map(List::copyOf).toList();
            for (List<Double> row : factors) {
                if (row.size() != factors.size() || !row.stream().allMatch(Double::isFinite)) {
                    throw new IllegalArgumentException("a matrix over classes has the row " + row + ", but must have "
                            + factors.size() + " rows of as many finite numbers");
                }
            }
        }

        @Override
        public double[][] resolve(int channels) {
            if (factors.size() != channels) {
                throw new IllegalArgumentException("a matrix over classes has " + factors.size()
                        + " rows, but the predictions have " + channels + " channels");
            }
            return factors.stream().map(row -> row.stream().mapToDouble(Double::doubleValue).toArray())
                    .toArray(double[][]::new);
        }
    }
}
