package org.segloss4j.data;

/** Which old samples along one axis make each new one, and with what weight: a triangle as wide as a new sample. */
final class Taps {

    private final int[] firsts;
    private final float[][] weights;

    Taps(int oldSize, int newSize) {
        firsts = new int[newSize];
        weights = new float[newSize][];
        double scale = (double) oldSize / newSize;
        double reach = Math.max(1, scale);
        for (int k = 0; k < newSize; k++) {
            double centre = (k + 0.5) * scale - 0.5;
            int first = Math.max(0, (int) Math.ceil(centre - reach));
            int last = Math.min(oldSize - 1, (int) Math.floor(centre + reach));
            float[] row = new float[last - first + 1];
            float sum = 0;
            for (int old = first; old <= last; old++) {
                row[old - first] = (float) Math.max(0, 1 - Math.abs(old - centre) / reach);
                sum += row[old - first];
            }
            for (int j = 0; j < row.length; j++) {
                row[j] /= sum;
            }
            firsts[k] = first;
            weights[k] = row;
        }
    }

    /**
     * Resamples an axis.
     *
     * @param from    old values
     * @param to      receives the new ones
     * @param lines   how many times the axis occurs
     * @param fromGap distance of lines in the old values
     * @param toGap   distance of lines in the new values
     * @param step    distance of samples along the axis
     * @param width   values of each sample, side by side
     */
    void apply(float[] from, float[] to, int lines, int fromGap, int toGap, int step, int width) {
        for (int line = 0; line < lines; line++) {
            for (int k = 0; k < firsts.length; k++) {
                for (int value = 0; value < width; value++) {
                    float sum = 0;
                    for (int j = 0; j < weights[k].length; j++) {
                        sum += weights[k][j] * from[line * fromGap + (firsts[k] + j) * step + value];
                    }
                    to[line * toGap + k * step + value] = sum;
                }
            }
        }
    }
}
