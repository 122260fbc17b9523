package org.segloss4j.data;

import java.awt.image.BufferedImage;
import org.segloss4j.internal.imageio.Orientation;

/** The colours of a picture in memory, turned upright. */
final class PictureRows implements ColourRows {

    private final BufferedImage picture;
    private final Orientation orientation;
    private final boolean grey;
    private final int largestGrey;
    private final ImageSize size;
    private final int[] line;
    private int y;

    PictureRows(BufferedImage picture, Orientation orientation) {
        this.picture = picture;
        this.orientation = orientation;
        grey = picture.getColorModel().getNumColorComponents() == 1;
        largestGrey = grey ? (1 << picture.getColorModel().getComponentSize(0)) - 1 : 0;
        size = orientation.transposed() ? new ImageSize(picture.getHeight(), picture.getWidth())
                : new ImageSize(picture.getWidth(), picture.getHeight());
        line = new int[size.width()];
    }

    @Override
    public ImageSize size() {
        return size;
    }

    @Override
    public boolean next(byte... row) {
        if (y == size.height()) {
            return false;
        }
        read(orientation.linesFromEnd() ? size.height() - 1 - y : y);
        for (int x = 0; x < line.length; x++) {
            int stored = line[orientation.pixelsFromEnd() ? line.length - 1 - x : x];
            put(row, x, grey ? Math.round(255f * stored / largestGrey) * 0x010101 : stored);
        }
        y++;
        return true;
    }

    /** A stored row, or column if the picture lies on its side. */
    private void read(int at) {
        int x0 = orientation.transposed() ? at : 0;
        int y0 = orientation.transposed() ? 0 : at;
        int width = orientation.transposed() ? 1 : line.length;
        int height = orientation.transposed() ? line.length : 1;
        if (grey) {
            // The stored values: getRGB takes grey for linear light and makes it lighter.
            picture.getRaster().getSamples(x0, y0, width, height, 0, line);
        } else {
            picture.getRGB(x0, y0, width, height, line, 0, width);
        }
    }

    /** Stores 0xRRGGBB. */
    static void put(byte[] row, int x, int colour) {
        row[3 * x] = (byte) (colour >> 16);
        row[3 * x + 1] = (byte) (colour >> 8);
        row[3 * x + 2] = (byte) colour;
    }

    /** Gives 0xRRGGBB. */
    static int get(byte[] row, int x) {
        return (row[3 * x] & 0xFF) << 16 | (row[3 * x + 1] & 0xFF) << 8 | row[3 * x + 2] & 0xFF;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
