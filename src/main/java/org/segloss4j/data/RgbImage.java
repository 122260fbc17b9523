package org.segloss4j.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import javax.imageio.ImageIO;

/**
 * A colour image [H, W, 3]: red, green and blue of each pixel, 0 to 255, row by row. Immutable.
 *
 * <p>Memory is 3 bytes per pixel. May be shared by threads.
 *
 * <pre>{@code
 * RgbImage image = RgbImage.read(Path.of("images/0001.jpg")).resized(new ImageSize(256, 256));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class RgbImage {

    /** The number of channels: red, green and blue. */
    public static final int CHANNELS = 3;

    private final ImageSize size;
    private final byte[] pixels;

    /** Takes the array over without a copy. */
    RgbImage(ImageSize size, byte... pixels) {
        this.size = size;
        this.pixels = pixels;
    }

    /**
     * Makes an image of values in memory.
     *
     * @param size   its size
     * @param pixels [H, W, 3] red, green and blue as unsigned bytes, copied
     * @return the image
     * @throws IllegalArgumentException if the number of values is not 3 per pixel
     */
    public static RgbImage of(ImageSize size, byte... pixels) {
        if (pixels.length != CHANNELS * size.pixels()) {
            throw new IllegalArgumentException(pixels.length + " values do not fill an RGB image of " + size
                    + " pixels");
        }
        return new RgbImage(size, pixels.clone());
    }

    /**
     * Reads a PNG or JPEG file of any kind. Grey values become three equal ones; transparency is left out.
     *
     * @param file the image file
     * @return the image
     * @throws IOException if that fails; the message is one line that names the file
     */
    public static RgbImage read(Path file) throws IOException {
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

    /**
     * The pixels of a picture in memory.
     *
     * @param image a picture of any type; transparency is left out
     * @return the image
     */
    public static RgbImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[CHANNELS * width * height];
        boolean grey = image.getColorModel().getNumColorComponents() == 1;
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            if (grey) {
                greyRow(image, y, row);
            } else {
                image.getRGB(0, y, width, 1, row, 0, width);
            }
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < CHANNELS; c++) {
                    pixels[(y * width + x) * CHANNELS + c] = (byte) (row[x] >> 8 * (2 - c));
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
     *
     * @param to the new size
     * @return the resized image, or this one if it has that size
     */
    public RgbImage resized(ImageSize to) {
        if (to.equals(size)) {
            return this;
        }
        int row = size.width() * CHANNELS;
        int newRow = to.width() * CHANNELS;
        float[] values = new float[pixels.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = pixels[k] & 0xFF;
        }
        float[] narrow = new float[size.height() * newRow];
        new Taps(size.width(), to.width()).apply(values, narrow, size.height(), row, newRow, CHANNELS,
                CHANNELS);
        float[] small = new float[to.height() * newRow];
        new Taps(size.height(), to.height()).apply(narrow, small, 1, 0, 0, newRow, newRow);
        byte[] bytes = new byte[small.length];
        for (int k = 0; k < bytes.length; k++) {
            bytes[k] = (byte) Math.round(small[k]);
        }
        return new RgbImage(to, bytes);
    }

    /**
     * The size.
     *
     * @return width and height
     */
    public ImageSize size() {
        return size;
    }

    /**
     * All values.
     *
     * @return a new array [H, W, 3] of unsigned bytes
     */
    public byte[] pixels() {
        return pixels.clone();
    }

    /**
     * The colour of one pixel.
     *
     * @param x column, from 0 at the left
     * @param y row, from 0 at the top
     * @return 0xRRGGBB
     * @throws IndexOutOfBoundsException if there is no such pixel
     */
    public int at(int x, int y) {
        Objects.checkIndex(x, size.width());
        int first = CHANNELS * (Objects.checkIndex(y, size.height()) * size.width() + x);
        return (pixels[first] & 0xFF) << 16 | (pixels[first + 1] & 0xFF) << 8 | pixels[first + 2] & 0xFF;
    }

    /** The values themselves, for readers in this package. */
    byte[] values() {
        return pixels;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage image && size.equals(image.size) && Arrays.equals(pixels, image.pixels);
    }

    @Override
    public int hashCode() {
        return 31 * size.hashCode() + Arrays.hashCode(pixels);
    }

    @Override
    public String toString() {
        return "image of " + size;
    }
}
