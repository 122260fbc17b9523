package org.segloss4j.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.w3c.dom.Element;

/**
 * A label mask [H, W]: one whole number from 0 to 65535 per pixel, row by row. Immutable.
 *
 * <p>A mask is read without any conversion of colours: the label is the grey value of a grey image (1 to 16 bits)
 * and the palette <em>index</em> of an indexed one (1 to 8 bits), as Pascal VOC, CamVid and Cityscapes store it. So a
 * mask of black and white holds the labels 0 and 255, of which 255 is no class.
 *
 * <pre>{@code
 * MaskImage mask = MaskImage.read(Path.of("masks/0001.png")).resized(256, 256);
 * int label = mask.at(10, 20);
 * }</pre>
 *
 * <p>May be shared by threads. Memory is 4 bytes per pixel.
 *
 * @since 0.1.0
 */
public final class MaskImage {

    private static final int GREY = 0;
    private static final int PALETTE = 3;
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private final int width;
    private final int height;
    private final int[] labels;

    private MaskImage(int width, int height, int[] labels) {
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
     * Reads a label mask from a PNG file: grey of 1, 2, 4, 8 or 16 bits or indexed of 1, 2, 4 or 8 bits.
     *
     * @param file the PNG file
     * @return the mask
     * @throws IOException if there is no such file, it cannot be read, is no PNG or has colours (RGB) or alpha instead
     *                     of labels; the message is one line that names the file
     */
    public static MaskImage read(Path file) throws IOException {
        try (InputStream bytes = Files.newInputStream(file);
                ImageInputStream input = new MemoryCacheImageInputStream(bytes)) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
            try {
                requirePng(input);
                reader.setInput(input, true, false);
                return read(reader);
            } finally {
                reader.dispose();
            }
        } catch (BadMask e) {
            throw new IOException("mask " + file + " " + e.getMessage());
        } catch (NoSuchFileException e) {
            throw new IOException("mask " + file + " does not exist", e);
        } catch (IOException | RuntimeException e) {
            // The PNG reader answers some broken files with unchecked exceptions.
            throw new IOException("mask " + file + " cannot be read: " + cause(e), e);
        }
    }

    /**
     * Reads a mask file and turns what it stores into labels.
     *
     * @param file   the PNG file
     * @param labels what the stored values mean
     * @return the mask; each label is a class or {@link LabelMap#ignoreIndex}
     * @throws IOException as {@link #read(Path)}, and if the file holds a value that is neither; names the first
     */
    public static MaskImage read(Path file, LabelMap labels) throws IOException {
        MaskImage stored = read(file);
        int[] mapped = new int[stored.labels.length];
        for (int k = 0; k < mapped.length; k++) {
            mapped[k] = labels.labelOf(stored.labels[k]);
            if (mapped[k] == LabelMap.UNKNOWN) {
                throw new IOException("mask " + file + " holds " + stored.labels[k] + " at (x " + k % stored.width
                        + ", y " + k / stored.width + "), which is no class");
            }
        }
        return new MaskImage(stored.width, stored.height, mapped);
    }

    private static MaskImage read(ImageReader reader) throws IOException {
        int type = colourType(reader);
        if (type != GREY && type != PALETTE) {
            throw new BadMask("is " + (type == 4 ? "grey with alpha" : type == 2 ? "an RGB image" : "an RGBA image")
                    + ", but labels must be stored as grey values or palette indices");
        }
        BufferedImage image = reader.read(0);
        Raster raster = image.getRaster();
        int width = raster.getWidth();
        int height = raster.getHeight();
        // The raster holds the stored numbers; BufferedImage.getRGB and drawImage would turn them into colours. Grey
        // with a transparent value arrives with an alpha band, hence the band by number.
        return new MaskImage(width, height, raster.getSamples(0, 0, width, height, 0, (int[]) null));
    }

    /** Not the reader's own check, of whose words for very short files JDKs have different ones. */
    private static void requirePng(ImageInputStream input) throws IOException {
        input.mark();
        byte[] start = new byte[SIGNATURE.length];
        int length = Math.max(0, input.read(start));
        input.reset();
        if (length == 0) {
            throw new BadMask("is empty");
        }
        if (!Arrays.equals(start, SIGNATURE)) {
            throw new BadMask("is not a PNG image");
        }
    }

    private static int colourType(ImageReader reader) throws IOException {
        Element tree = (Element) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
        Element header = (Element) tree.getElementsByTagName("IHDR").item(0);
        return switch (header.getAttribute("colorType")) {
            case "Grayscale" -> GREY;
            case "Palette" -> PALETTE;
            case "GrayAlpha" -> 4;
            case "RGB" -> 2;
            default -> 6;
        };
    }

    private static String cause(Exception exception) {
        Throwable last = exception;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        if (last instanceof EOFException) {
            return "the file ends too early";
        }
        String message = last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
        return message.replaceAll("\\s*\\R\\s*", " ");
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
    private static int nearest(int at, int newSize, int size) {
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

    /** A file that can be read but holds no labels; its message follows the file's name. */
    private static final class BadMask extends IOException {
        private static final long serialVersionUID = 1L;

        BadMask(String message) {
            super(message);
        }
    }
}
