package org.segloss4j.internal.png;

import java.io.IOException;
import org.segloss4j.internal.files.LargeArrays;

/**
 * An interlaced image: seven passes, each over a wider part of the pixels. The first row is known only after the last
 * pass has begun, so all rows are held, packed as the file packs them.
 */
final class Adam7 {

    private static final int[] FIRST_X = {0, 4, 0, 2, 0, 1, 0};
    private static final int[] FIRST_Y = {0, 0, 4, 0, 2, 0, 1};
    private static final int[] STEP_X = {8, 8, 4, 4, 2, 2, 1};
    private static final int[] STEP_Y = {8, 8, 8, 4, 4, 2, 2};

    private Adam7() {
    }

    /** All rows, whose bytes start at 0. */
    static byte[][] read(PngHeader header, PngData data) throws IOException {
        byte[][] image = LargeArrays.rows(header.words(), header.height(), header.rowBytes(header.width()));
        int pixelBits = header.bits() * header.colour().channels();
        for (int pass = 0; pass < FIRST_X.length; pass++) {
            int width = count(header.width(), FIRST_X[pass], STEP_X[pass]);
            if (width == 0) {
                continue;
            }
            PngRows rows = new PngRows(header, width, data);
            for (long y = FIRST_Y[pass]; y < header.height(); y += STEP_Y[pass]) {
                spread(rows.next(), image[(int) y], width, FIRST_X[pass], STEP_X[pass], pixelBits);
            }
        }
        return image;
    }

    private static int count(int size, int first, int step) {
        return size <= first ? 0 : (size - first - 1) / step + 1;
    }

    private static void spread(byte[] from, byte[] to, int width, int first, int step, int pixelBits) {
        int bytes = pixelBits / 8;
        for (int k = 0; k < width; k++) {
            int x = first + k * step;
            if (bytes > 0) {
                System.arraycopy(from, 1 + k * bytes, to, x * bytes, bytes);
            } else {
                int value = PngSamples.packed(from, 1, k, pixelBits);
                long bit = (long) x * pixelBits;
                to[(int) (bit / 8)] |= (byte) (value << 8 - pixelBits - bit % 8);
            }
        }
    }
}
