package org.segloss4j.internal.png;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.InputFile;

/**
 * Reads the samples of a PNG image row by row, exactly as they are stored: no transparency, gamma or profile changes
 * them, and of ancillary chunks only Exif is looked at. The checksums of what is read must be right. Memory
 * is a few rows; of an interlaced image it is all packed bytes. Not thread-safe.
 *
 * <p>Faults are {@link FileFault}s, whose message follows the file's name.
 */
public final class PngReader implements Closeable {

    private static final int LARGEST_PALETTE = 256;

    private final InputStream in;
    private final PngHeader header;
    private final int[] palette;
    private final byte[] exif;
    private final PngData data;
    /** Of images that are not interlaced. */
    private PngRows rows;
    /** Of interlaced images. */
    private byte[][] image;
    private int y;

    private PngReader(InputStream in, PngChunks chunks, PngHeader header, int... palette) {
        this.in = in;
        this.header = header;
        this.palette = palette;
        exif = chunks.exif();
        data = new PngData(chunks);
    }

    /**
     * Opens a file and reads what stands before the pixels.
     *
     * @param file a regular file
     * @return the reader, to be closed
     * @throws IOException if that fails or the file is no PNG image
     */
    public static PngReader open(Path file) throws IOException {
        long bytes = InputFile.size(file);
        InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        try {
            return open(in, bytes);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** Reads what stands before the pixels of a file of some length. */
    static PngReader open(InputStream in, long bytes) throws IOException {
        PngChunks chunks = new PngChunks(in);
        if (chunks.next() != PngChunks.IHDR) {
            throw new FileFault("is damaged: it does not start with its header");
        }
        PngHeader header = PngHeader.of(chunks.content(PngHeader.BYTES));
        header.fits(bytes);
        boolean indexed = header.colour() == PngColour.PALETTE;
        int[] palette = null;
        while (true) {
            switch (chunks.next()) {
                case PngChunks.IDAT -> {
                    if (indexed && palette == null) {
                        throw new FileFault("is damaged: its palette is missing");
                    }
                    return new PngReader(in, chunks, header, palette);
                }
                case PngChunks.PLTE -> {
                    if (!indexed) {
                        // A suggestion for screens of few colours, or misplaced.
                        chunks.skip();
                    } else if (palette != null) {
                        throw new FileFault("is damaged: it has two palettes");
                    } else {
                        palette = colours(chunks.content(3 * LARGEST_PALETTE));
                    }
                }
                case PngChunks.IEND -> throw new FileFault("is damaged: it has no image data");
                default -> throw new FileFault("is damaged: its " + chunks.name()
                        + " chunk is not one that PNG has there");
            }
        }
    }

    private static int[] colours(byte... content) throws FileFault {
        if (content.length == 0 || content.length % 3 != 0) {
            throw new FileFault("is damaged: its palette has " + content.length + " bytes");
        }
        int[] colours = new int[content.length / 3];
        for (int k = 0; k < colours.length; k++) {
            colours[k] = (content[3 * k] & 0xFF) << 16 | (content[3 * k + 1] & 0xFF) << 8 | content[3 * k + 2] & 0xFF;
        }
        return colours;
    }

    /** Size and kind of the image. */
    public PngHeader header() {
        return header;
    }

    /** The palette, 0xRRGGBB each, which may have fewer colours than there are indices; null if there is none. */
    public int[] palette() {
        return palette == null ? null : palette.clone();
    }

    /** The Exif data in front of the pixels, or null if there are none that are sound. */
    public byte[] exif() {
        return exif == null ? null : exif.clone();
    }

    /**
     * Reads the next row. With the last one, the checksums of the image are found right.
     *
     * @param samples receives the row's samples, those of a pixel side by side
     * @return false if there was no further row
     * @throws IOException if the file is damaged
     */
    public boolean next(int... samples) throws IOException {
        if (y == header.height()) {
            return false;
        }
        int count = Math.toIntExact(header.rowSamples());
        if (header.interlaced()) {
            if (image == null) {
                image = Adam7.read(header, data);
                data.end();
            }
            PngSamples.unpack(image[y], 0, header.bits(), samples, count);
            image[y] = null;
        } else {
            if (rows == null) {
                rows = new PngRows(header, header.width(), data);
            }
            PngSamples.unpack(rows.next(), 1, header.bits(), samples, count);
            if (y == header.height() - 1) {
                data.end();
            }
        }
        y++;
        return true;
    }

    @Override
    public void close() throws IOException {
        data.close();
        in.close();
    }
}
