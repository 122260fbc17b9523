package org.segloss4j.data;

/**
 * Makes an image of another size out of rows that come one after the other: bilinear, and where it shrinks each new
 * pixel is the mean over all that it covers, weighted by a triangle, so nothing flickers. Holds the new rows that are
 * not complete.
 */
final class Resampling {

    private final ImageSize to;
    private final Taps across;
    private final Taps down;
    private final float[] narrow;
    private final byte[] pixels;
    /** Sums of the new rows from the first incomplete one on; null where no old row has been added. */
    private final float[][] sums;
    private int oldRow;
    private int newRow;

    Resampling(ImageSize from, ImageSize to) {
        this.to = to;
        across = new Taps(from.width(), to.width());
        down = new Taps(from.height(), to.height());
        narrow = new float[RgbImage.CHANNELS * to.width()];
        pixels = new byte[Math.toIntExact(RgbImage.CHANNELS * to.pixels())];
        sums = new float[to.height()][];
    }

    /** Adds the next row, which starts at some place of an array. */
    void add(byte[] from, int first) {
        across.apply(from, first, narrow);
        for (int k = newRow; k < sums.length && down.first(k) <= oldRow; k++) {
            if (sums[k] == null) {
                sums[k] = new float[narrow.length];
            }
            float weight = down.weight(k, oldRow);
            for (int v = 0; v < narrow.length; v++) {
                sums[k][v] += weight * narrow[v];
            }
            if (down.last(k) == oldRow) {
                finish(k);
            }
        }
        while (newRow < sums.length && down.last(newRow) <= oldRow) {
            newRow++;
        }
        oldRow++;
    }

    private void finish(int k) {
        int at = k * narrow.length;
        for (int v = 0; v < narrow.length; v++) {
            pixels[at + v] = (byte) Math.round(sums[k][v]);
        }
        sums[k] = null;
    }

    /** The image, once all rows are added. */
    RgbImage image() {
        return new RgbImage(to, pixels);
    }
}
