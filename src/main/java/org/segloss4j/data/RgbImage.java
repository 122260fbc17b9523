package org.segloss4j.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.segloss4j.internal.imageio.Orientation;

/**
 * A colour image [H, W, 3]: red, green and blue of each pixel, 0 to 255, row by row. Immutable.
 *
 * <p>Files are PNG of any kind, JPEG (grey, RGB, CMYK) and TIFF (up to 16 bits). Colours are brought to 8 bits each,
 * grey values become three equal ones, transparency is left out. Where Exif data say how the camera was held, the image
 * is turned upright. A colour profile is applied by the readers of JPEG and TIFF, while PNG gives its samples as they
 * are stored. A file that is damaged, of which a decoder would make up the missing pixels, is refused.
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
     * Reads an image file.
     *
     * @param file a PNG, JPEG or TIFF file
     * @return the image
     * @throws IOException if the file cannot be read, is damaged or none of these, or if the image does not fit into
     *                     memory; the message is one line that names the file
     */
    public static RgbImage read(Path file) throws IOException {
        try (ImageRows rows = ImageRows.open(file)) {
            return rows.all();
        }
    }

    /**
     * Reads an image file at another size, as {@link #resized} gives it, without holding the image of the file's size
     * where {@link ImageRows} can do without it.
     *
     * @param file a PNG, JPEG or TIFF file
     * @param to   the new size
     * @return the resized image
     * @throws IOException as {@link #read(Path)}
     */
    public static RgbImage read(Path file, ImageSize to) throws IOException {
        try (ImageRows rows = ImageRows.open(file)) {
            return rows.all(to);
        }
    }

    /**
     * The pixels of a picture in memory.
     *
     * @param image a picture of any type; transparency is left out
     * @return the image
     * @throws IllegalArgumentException if the picture has more pixels than an array holds
     */
    public static RgbImage of(BufferedImage image) {
        PictureRows rows = new PictureRows(image, Orientation.UPRIGHT);
        long bytes = CHANNELS * rows.size().pixels();
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a picture of " + rows.size() + " pixels is too large for an RGB image");
        }
        byte[] pixels = new byte[(int) bytes];
        byte[] row = new byte[CHANNELS * rows.size().width()];
        for (int at = 0; rows.next(row); at += row.length) {
            System.arraycopy(row, 0, pixels, at, row.length);
        }
        return new RgbImage(rows.size(), pixels);
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
        Resampling resampling = new Resampling(size, to);
        int row = size.width() * CHANNELS;
        for (int y = 0; y < size.height(); y++) {
            resampling.add(pixels, y * row);
        }
        return resampling.image();
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
