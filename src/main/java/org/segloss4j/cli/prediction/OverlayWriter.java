package org.segloss4j.cli.prediction;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.segloss4j.data.ImageRows;
import org.segloss4j.data.RgbImage;
import org.segloss4j.internal.png.PngWriter;

/** Writes the image with the colour of each pixel's class upon it, row by row; the image is read a second time. */
final class OverlayWriter implements RowOutput {

    private final ImageRows image;
    private final PngWriter png;
    private final List<Integer> colours;
    private final byte[] row;

    OverlayWriter(OutputStream out, Path file, List<Integer> colours) throws IOException {
        this.colours = colours;
        image = ImageRows.open(file);
        row = new byte[RgbImage.CHANNELS * image.size().width()];
        png = PngWriter.rgb(out, image.size().width(), image.size().height());
    }

    @Override
    public void row(int[] labels, float[] probabilities) throws IOException {
        image.next(row);
        for (int x = 0; x < labels.length; x++) {
            int colour = colours.get(labels[x]);
            for (int c = 0; c < RgbImage.CHANNELS; c++) {
                int at = RgbImage.CHANNELS * x + c;
                row[at] = (byte) ((row[at] & 0xFF) + (colour >> 8 * (2 - c) & 0xFF) + 1 >> 1);
            }
        }
        png.write(row);
    }

    @Override
    public void close() throws IOException {
        try (image) {
            png.close();
        }
    }
}
