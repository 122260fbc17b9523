package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A label mask [H, W]: one whole number from 0 to 65535 per pixel, row by row. Immutable.
 *
 * <p>A mask file stores a number or a colour for each pixel; a {@link LabelMap} says which class that is:
 *
 * <ul>
 *   <li>Maps of values take the grey value of a grey image (1 to 16 bits), never scaled, and the palette
 *       <em>index</em> of an indexed one, as Pascal VOC and Cityscapes store it. An RGB image whose three values are
 *       equal counts as grey. So a mask of black and white of 8 bits holds 0 and 255, which is
 *       {@code LabelMap.values(0, 255)}.</li>
 *   <li>Maps of colours take the colour of an RGB or grey image, and that of the palette.</li>
 *   <li>Transparency changes nothing, except that a pixel which is entirely transparent shows no class: it must be
 *       black or 0, which is then what it counts as. The transparent colours of a palette, or a grey value that a tRNS
 *       chunk makes transparent, are as others.</li>
 * </ul>
 *
 * <p>Files are PNG of all kinds, or TIFF without loss. JPEG changes values along every edge and is refused. A file that
 * is damaged is refused, too; checksums of PNG files are looked at.
 *
 * <pre>{@code
 * MaskImage mask = MaskImage.read(Path.of("masks/0001.png"), LabelMap.values(0, 255)).resized(256, 256);
 * int label = mask.at(10, 20);
 * }</pre>
 *
 * <p>May be shared by threads. Memory is 4 bytes per pixel.
 *
 * @since 0.1.0
 */
public final class MaskImage {

    private final int width;
    private final int height;
    private final int[] labels;

    /** Takes the array over without a copy. */
    MaskImage(int width, int height, int[] labels) {
        this.width = width;
        this.height = height;
        this.labels = labels;
    }

    /**
     * Makes a mask of labels in memory.
     *
     * @param width  in pixels, at least 1
     * @param height in pixels, at least 1
     * @param labels [H·W], row by row, copied; each 0 to 65535
     * @return the mask
     * @throws IllegalArgumentException if the number of labels is not width·height or a label is out of range
     */
    public static MaskImage of(int width, int height, int... labels) {
        positive(width, height);
        if (labels.length != (long) width * height) {
            throw new IllegalArgumentException(labels.length + " labels do not fill a mask of "
                    + width + "x" + height + " pixels");
        }
        for (int k = 0; k < labels.length; k++) {
            if (labels[k] < 0 || labels[k] > 0xFFFF) {
                throw new IllegalArgumentException("label " + labels[k] + " at (x " + k % width + ", y " + k / width
                        + ") is not within 0 and 65535");
            }
        }
        return new MaskImage(width, height, labels.clone());
    }

    /**
     * Reads the stored values of a mask file: grey values of 1 to 16 bits or palette indices.
     *
     * @param file a PNG or TIFF file
     * @return the mask; its labels are the stored values
     * @throws IOException if the file cannot be read or is damaged, is of another kind, or has colours (RGB) or alpha
     *                     instead of values; the message is one line that names the file
     */
    public static MaskImage read(Path file) throws IOException {
        return read(file, null);
    }

    /**
     * Reads a mask file and turns what it stores into labels.
     *
     * @param file   the file
     * @param labels what the stored values or colours mean
     * @return the mask; each label is a class or {@link LabelMap#ignoreIndex}
     * @throws IOException if the file cannot be read, holds no labels, or holds a value or colour that is neither a
     *                     class nor ignored; the message is one line that names the file and such values, with what to
     *                     do about them where that can be told
     */
    public static MaskImage read(Path file, LabelMap labels) throws IOException {
        try (MaskReader reader = MaskReader.open(file, labels)) {
            return reader.all();
        }
    }

    /**
     * Reads a mask file at another size, as {@link #resized} gives it, without holding the mask of the file's size: it
     * is read row by row.
     *
     * @param file   the file
     * @param labels what the stored values or colours mean
     * @param to     the new size
     * @return the resized mask; each label is a class or {@link LabelMap#ignoreIndex}
     * @throws IOException as {@link #read(Path, LabelMap)}
     */
    public static MaskImage read(Path file, LabelMap labels, ImageSize to) throws IOException {
        try (MaskReader reader = MaskReader.open(file, labels)) {
            return reader.all(to);
        }
    }

    /**
     * The width.
     *
     * @return in pixels
     */
    public int width() {
        return width;
    }

    /**
     * The height.
     *
     * @return in pixels
     */
    public int height() {
        return height;
    }

    /**
     * Both sides.
     *
     * @return width and height in pixels
     */
    public ImageSize size() {
        return new ImageSize(width, height);
    }

    /**
     * The label of one pixel.
     *
     * @param x column, from 0 at the left
     * @param y row, from 0 at the top
     * @return the label, 0 to 65535
     * @throws IndexOutOfBoundsException if there is no such pixel
     */
    public int at(int x, int y) {
        if (x < 0 || x >= width || y < 0 || y >= height) {
            throw new IndexOutOfBoundsException("no pixel (x " + x + ", y " + y + ") in a mask of "
                    + width + "x" + height);
        }
        return labels[y * width + x];
    }

    /**
     * All labels.
     *
     * @return a new array [H·W], row by row
     */
    public int[] labels() {
        return labels.clone();
    }

    /**
     * The mask at another size. Each new pixel takes the label of the pixel that holds its centre, so no label is
     * invented.
     *
     * @param newWidth  in pixels, at least 1
     * @param newHeight in pixels, at least 1
     * @return the resized mask, or this one if it has that size
     * @throws IllegalArgumentException if a size is below 1
     */
    public MaskImage resized(int newWidth, int newHeight) {
        positive(newWidth, newHeight);
        if (newWidth == width && newHeight == height) {
            return this;
        }
        int[] resized = new int[Math.multiplyExact(newWidth, newHeight)];
        for (int y = 0; y < newHeight; y++) {
            int row = nearest(y, newHeight, height) * width;
            for (int x = 0; x < newWidth; x++) {
                resized[y * newWidth + x] = labels[row + nearest(x, newWidth, width)];
            }
        }
        return new MaskImage(newWidth, newHeight, resized);
    }

    /** The old pixel under the centre of a new one, in whole numbers so that no rounding moves it. */
    static int nearest(int at, int newSize, int size) {
        return (int) ((2L * at + 1) * size / (2L * newSize));
    }

    private static void positive(int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a mask of " + width + "x" + height + " pixels is empty");
        }
    }

    /** The labels themselves, for readers in this package. */
    int[] values() {
        return labels;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MaskImage mask && width == mask.width && height == mask.height
                && Arrays.equals(labels, mask.labels);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(labels);
    }

    @Override
    public String toString() {
        return "mask of " + width + "x" + height;
    }
}
