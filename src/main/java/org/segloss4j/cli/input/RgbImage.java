package org.segloss4j.cli.input;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * An image. The array is not copied.
 *
 * @param size   of the image
 * @param pixels [H, W, 3] red, green and blue, each 0 to 255 as an unsigned byte
 */
record RgbImage(ImageSize size, byte[] pixels) {

    /**
     * Reads a PNG or JPEG file of any kind. Grey values become three equal ones; transparency is left out.
     *
     * @throws IOException if that fails; the message is one line that names the file
     */
    static RgbImage read(Path file) throws IOException {
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (NoSuchFileException e) {
            throw new IOException("image " + file + " does not exist", e);
        } catch (IOException | RuntimeException e) {
            // The readers answer some broken files with unchecked exceptions.
            String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new IOException("image " + file + " cannot be read: " + message.replaceAll("\\s*\\R\\s*", " "), e);
        }
        if (image == null) {
            throw new IOException("image " + file + " is neither PNG nor JPEG");
        }
        return of(image);
    }

    /** The pixels of a picture in memory. */
    static RgbImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[Sample.CHANNELS * width * height];
        boolean grey = image.getColorModel().getNumColorComponents() == 1;
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            if (grey) {
                greyRow(image, y, row);
            } else {
                image.getRGB(0, y, width, 1, row, 0, width);
            }
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < Sample.CHANNELS; c++) {
                    pixels[(y * width + x) * Sample.CHANNELS + c] = (byte) (row[x] >> 8 * (2 - c));
                }
            }
        }
        return new RgbImage(new ImageSize(width, height), pixels);
    }

    /** The stored grey values: getRGB takes them for linear light and makes them lighter. */
    private static void greyRow(BufferedImage image, int y, int... row) {
        Raster raster = image.getRaster();
        int largest = (1 << image.getColorModel().getComponentSize(0)) - 1;
        raster.getSamples(0, y, row.length, 1, 0, row);
        for (int x = 0; x < row.length; x++) {
            row[x] = Math.round(255f * row[x] / largest) * 0x010101;
        }
    }

    /**
     * The image at another size: bilinear, and where it shrinks each new pixel is the mean over all that it covers,
     * weighted by a triangle, so nothing flickers.
     */
    RgbImage resized(ImageSize to) {
        if (to.equals(size)) {
            return this;
        }
        int row = size.width() * Sample.CHANNELS;
        int newRow = to.width() * Sample.CHANNELS;
        float[] values = new float[pixels.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = pixels[k] & 0xFF;
        }
        float[] narrow = new float[size.height() * newRow];
        new Taps(size.width(), to.width()).apply(values, narrow, size.height(), row, newRow, Sample.CHANNELS,
                Sample.CHANNELS);
        float[] small = new float[to.height() * newRow];
        new Taps(size.height(), to.height()).apply(narrow, small, 1, 0, 0, newRow, newRow);
        byte[] bytes = new byte[small.length];
        for (int k = 0; k < bytes.length; k++) {
            bytes[k] = (byte) Math.round(small[k]);
        }
        return new RgbImage(to, bytes);
    }
}
