package org.segloss4j.data;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.LargeArrays;
import org.segloss4j.internal.imageio.Orientation;
import org.segloss4j.internal.png.PngColour;
import org.segloss4j.internal.png.PngHeader;
import org.segloss4j.internal.png.PngReader;

/** The colours of a PNG image as they are stored: 8 bits of each sample, alpha left out. */
final class PngColourRows implements ColourRows {

    private final PngReader reader;
    private final PngHeader header;
    private final int[] palette;
    private final int[] samples;

    private PngColourRows(PngReader reader) throws IOException {
        this.reader = reader;
        header = reader.header();
        palette = reader.palette();
        samples = LargeArrays.ints(header.words(), header.rowSamples());
    }

    static ColourRows open(Path file) throws IOException {
        PngReader reader = PngReader.open(file);
        try {
            PngColourRows rows = new PngColourRows(reader);
            Orientation orientation = Orientation.ofExif(reader.exif());
            if (orientation == Orientation.UPRIGHT) {
                return rows;
            }
            // The first row of the turned image needs all rows of the stored one.
            try (rows) {
                return new PictureRows(rows.picture(), orientation);
            }
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private BufferedImage picture() throws IOException {
        byte[] row = LargeArrays.bytes(header.words(), 3L * header.width());
        byte[] all = LargeArrays.bytes(header.words(), 3 * size().pixels());
        for (int at = 0; next(row); at += row.length) {
            System.arraycopy(row, 0, all, at, row.length);
        }
        WritableRaster raster = Raster.createInterleavedRaster(new DataBufferByte(all, all.length), header.width(),
                header.height(), row.length, 3, new int[] {0, 1, 2}, null);
        return new BufferedImage(new ComponentColorModel(ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false,
                Transparency.OPAQUE, DataBuffer.TYPE_BYTE), raster, false, null);
    }

    @Override
    public ImageSize size() {
        return new ImageSize(header.width(), header.height());
    }

    @Override
    public boolean next(byte... row) throws IOException {
        if (!reader.next(samples)) {
            return false;
        }
        int channels = header.colour().channels();
        int largest = (1 << header.bits()) - 1;
        for (int x = 0; x < header.width(); x++) {
            int at = x * channels;
            int colour = header.colour() == PngColour.PALETTE ? ofPalette(samples[x])
                    : channels < 3 ? scaled(samples[at], largest) * 0x010101
                    : scaled(samples[at], largest) << 16 | scaled(samples[at + 1], largest) << 8
                    | scaled(samples[at + 2], largest);
            PictureRows.put(row, x, colour);
        }
        return true;
    }

    private int ofPalette(int index) throws FileFault {
        if (index >= palette.length) {
            throw new FileFault("is damaged: a pixel has colour " + index + " of a palette of " + palette.length);
        }
        return palette[index];
    }

    /** To the nearest of 8 bits. */
    private static int scaled(int sample, int largest) {
        return largest == 255 ? sample : (sample * 255 + largest / 2) / largest;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
