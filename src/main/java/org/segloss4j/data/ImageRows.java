package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.ImageKind;
import org.segloss4j.internal.files.LargeArrays;
import org.segloss4j.internal.imageio.JpegFile;

/**
 * Reads an image file row by row. Which files are read, and how, is described at {@link RgbImage}.
 *
 * <p>Memory is a few rows for PNG, however large the image is, and an eighth of the image for TIFF. JPEG images,
 * interlaced PNG images, and images that a camera held on its side are decoded as a whole.
 *
 * <pre>{@code
 * try (ImageRows rows = ImageRows.open(Path.of("images/large.png"))) {
 *     byte[] row = new byte[RgbImage.CHANNELS * rows.size().width()];
 *     while (rows.next(row)) {
 *         // red, green and blue of each pixel, from the left on
 *     }
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 *
 * @since 0.1.0
 */
public final class ImageRows implements AutoCloseable {

    private static final String READ = "PNG, JPEG or TIFF";

    private final Path file;
    private final ColourRows rows;
    private final ImageSize size;

    private ImageRows(Path file, ColourRows rows) {
        this.file = file;
        this.rows = rows;
        size = rows.size();
    }

    /**
     * Opens an image file.
     *
     * @param file a regular file
     * @return the reader, to be closed
     * @throws IOException if the file cannot be read or is no PNG, JPEG or TIFF image, or if it is one that must be
     *                     decoded as a whole and does not fit into memory; the message is one line that names it
     */
    public static ImageRows open(Path file) throws IOException {
        try {
            return new ImageRows(file, rows(file));
        } catch (IOException | RuntimeException e) {
            throw FileFault.named("image", file, e);
        }
    }

    private static ColourRows rows(Path file) throws IOException {
        switch (ImageKind.of(file)) {
            case PNG:
                return PngColourRows.open(file);
            case JPEG:
                JpegFile jpeg = JpegFile.read(file);
                return new PictureRows(jpeg.image(), jpeg.orientation());
            case TIFF:
                return TiffColourRows.open(file);
            default:
                throw ImageKind.fault(file, READ);
        }
    }

    /**
     * The size of the image, turned upright.
     *
     * @return width and height
     */
    public ImageSize size() {
        return size;
    }

    /**
     * Reads the next row.
     *
     * @param row receives red, green and blue of each pixel, from the left on; at least three times as long as the
     *            image is wide
     * @return false if there was no further row
     * @throws IOException              if the file is damaged; the message is one line that names it
     * @throws IllegalArgumentException if the row is too short
     */
    public boolean next(byte... row) throws IOException {
        if (row.length < (long) RgbImage.CHANNELS * size.width()) {
            throw new IllegalArgumentException("a row of " + row.length + " is too short for an image of " + size);
        }
        try {
            return rows.next(row);
        } catch (IOException | RuntimeException e) {
            throw FileFault.named("image", file, e);
        }
    }

    /** All that is left, as an image. */
    RgbImage all() throws IOException {
        byte[] row = bytes(size.width());
        byte[] all = bytes(size.pixels());
        for (int at = 0; next(row); at += row.length) {
            System.arraycopy(row, 0, all, at, row.length);
        }
        return new RgbImage(size, all);
    }

    /** All that is left, at another size. */
    RgbImage all(ImageSize to) throws IOException {
        if (to.equals(size)) {
            return all();
        }
        byte[] row = bytes(size.width());
        Resampling resampling = new Resampling(size, to);
        while (next(row)) {
            resampling.add(row, 0);
        }
        return resampling.image();
    }

    private byte[] bytes(long pixels) throws IOException {
        try {
            return LargeArrays.bytes("is " + size + " pixels", RgbImage.CHANNELS * pixels);
        } catch (FileFault e) {
            throw FileFault.named("image", file, e);
        }
    }

    /**
     * Closes the file.
     *
     * @throws IOException if that fails
     */
    @Override
    public void close() throws IOException {
        rows.close();
    }
}
