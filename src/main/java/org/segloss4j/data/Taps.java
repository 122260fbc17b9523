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

    /** The first old sample that makes a new one. */
    int first(int k) {
        return firsts[k];
    }

    /** The last old sample that makes a new one. */
    int last(int k) {
        return firsts[k] + weights[k].length - 1;
    }

    /** The weight of an old sample, from the first to the last. */
    float weight(int k, int old) {
        return weights[k][old - firsts[k]];
    }

    /**
     * Resamples a row of pixels of three channels.
     *
     * @param from old values, unsigned
     * @param at   where they start
     * @param to   receives the new values
     */
    void apply(byte[] from, int at, float[] to) {
        for (int k = 0; k < firsts.length; k++) {
            float red = 0;
            float green = 0;
            float blue = 0;
            int pixel = at + RgbImage.CHANNELS * firsts[k];
            for (float weight : weights[k]) {
                red += weight * (from[pixel] & 0xFF);
                green += weight * (from[pixel + 1] & 0xFF);
                blue += weight * (from[pixel + 2] & 0xFF);
                pixel += RgbImage.CHANNELS;
            }
            to[RgbImage.CHANNELS * k] = red;
            to[RgbImage.CHANNELS * k + 1] = green;
            to[RgbImage.CHANNELS * k + 2] = blue;
        }
    }
}
