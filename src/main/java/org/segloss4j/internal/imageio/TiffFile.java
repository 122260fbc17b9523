package org.segloss4j.internal.imageio;

import com.twelvemonkeys.imageio.metadata.Entry;
import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import com.twelvemonkeys.imageio.plugins.tiff.BigTIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageMetadata;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.segloss4j.internal.files.FileFault;

/** A TIFF file, read in horizontal strips. Not thread-safe. */
public final class TiffFile implements Closeable {

    /** Strips of so many bytes are read at once, and of an eighth of the image if that is more. */
    private static final long STRIP_BYTES = 64 << 20;
    /** The plug-in decodes all that lies above a strip again, hence no more strips than this. */
    private static final int MOST_STRIPS = 8;
    private static final int BIG = 43;
    private static final int UNSIGNED = 1;
    private static final int UNDEFINED = 4;

    private final ImageInputStream input;
    private final ImageReader reader;
    private final TIFFImageMetadata metadata;
    private final int width;
    private final int height;

    private TiffFile(ImageInputStream input, ImageReader reader) throws FileFault {
        this.input = input;
        this.reader = reader;
        metadata = Decoding.of(reader, "is a TIFF image", 0, () -> (TIFFImageMetadata) reader.getImageMetadata(0));
        width = Decoding.of(reader, "is a TIFF image", 0, () -> reader.getWidth(0));
        height = Decoding.of(reader, "is a TIFF image", 0, () -> reader.getHeight(0));
    }

    /**
     * Opens a file of one image, perhaps with smaller copies of it behind.
     *
     * @param file a regular file
     * @return the file, to be closed
     * @throws IOException if that fails, or the file holds several images or samples that are no numbers up to 65535
     */
    public static TiffFile open(Path file) throws IOException {
        ImageInputStream input = Decoding.open(file);
        ImageReader reader = null;
        try {
            byte[] start = new byte[4];
            input.readFully(start);
            input.seek(0);
            boolean big = start[2] == BIG || start[3] == BIG;
            reader = (big ? new BigTIFFImageReaderSpi() : new TIFFImageReaderSpi()).createReaderInstance();
            reader.setInput(input);
            TiffFile tiff = new TiffFile(input, reader);
            tiff.check();
            return tiff;
        } catch (IOException | RuntimeException e) {
            if (reader != null) {
                reader.dispose();
            }
            input.close();
            throw e;
        }
    }

    private void check() throws FileFault {
        if (width < 1 || height < 1) {
            throw new FileFault("is damaged: its header says " + width + "x" + height + " pixels");
        }
        long format = first(TIFF.TAG_SAMPLE_FORMAT, UNSIGNED);
        if (format != UNSIGNED && format != UNDEFINED || bits() > 16) {
            throw new FileFault("is a TIFF image of " + bits() + "-bit " + (format == 3 ? "floating-point" : format == 2
                    ? "signed" : "unsigned") + " samples, whose range is unknown: save it with 8 or 16 bits");
        }
        int images = Decoding.of(reader, what(), 0, () -> reader.getNumImages(true));
        if (images > 1 && Decoding.of(reader, what(), 0,
                () -> reader.getWidth(1) == width && reader.getHeight(1) == height)) {
            throw new FileFault("is a TIFF file of " + images + " images, but must hold one");
        }
    }

    /** In pixels, as stored. */
    public int width() {
        return width;
    }

    /** In pixels, as stored. */
    public int height() {
        return height;
    }

    /** How to turn the image. */
    public Orientation orientation() {
        return Orientation.of(first(TIFF.TAG_ORIENTATION, 1));
    }

    /** Of a sample. */
    public long bits() {
        return first(TIFF.TAG_BITS_PER_SAMPLE, 1);
    }

    /** Of a pixel. */
    public long samples() {
        return first(TIFF.TAG_SAMPLES_PER_PIXEL, 1);
    }

    /** What the samples mean: 0 grey that grows darker, 1 grey, 2 RGB, 3 palette. */
    public long photometric() {
        return first(TIFF.TAG_PHOTOMETRIC_INTERPRETATION, -1);
    }

    /** How the samples are compressed. */
    public long compression() {
        return first(TIFF.TAG_COMPRESSION, 1);
    }

    private long first(int tag, long otherwise) {
        Entry entry = metadata.getTIFFField(tag);
        Object value = entry == null ? null : entry.getValue();
        if (value instanceof int[] several) {
            return several.length == 0 ? otherwise : several[0];
        }
        if (value instanceof short[] several) {
            return several.length == 0 ? otherwise : several[0] & 0xFFFF;
        }
        if (value instanceof long[] several) {
            return several.length == 0 ? otherwise : several[0];
        }
        return value instanceof Number number ? number.longValue() : otherwise;
    }

    private String what() {
        return "is " + width + "x" + height + " pixels";
    }

    /** How many rows should be read together. */
    public int stripHeight() {
        long stored = Math.max(1, first(TIFF.TAG_TILE_HEIGTH, 1));
        long rowBytes = Math.max(1, width * samples() * (bits() > 8 ? 2 : 1));
        long rows = Math.max((height + MOST_STRIPS - 1L) / MOST_STRIPS, STRIP_BYTES / rowBytes);
        return (int) Math.min(height, (rows + stored - 1) / stored * stored);
    }

    /** Whole rows as a picture. */
    public BufferedImage picture(int y, int rows) throws FileFault {
        return Decoding.of(reader, what(), bytes(rows), () -> reader.read(0, region(y, rows)));
    }

    /** Whole rows as they are stored. */
    public Raster raster(int y, int rows) throws FileFault {
        return Decoding.of(reader, what(), bytes(rows), () -> reader.readRaster(0, region(y, rows)));
    }

    private long bytes(int rows) {
        return (long) rows * width * samples() * bits() / 8;
    }

    private ImageReadParam region(int y, int rows) {
        ImageReadParam region = reader.getDefaultReadParam();
        region.setSourceRegion(new Rectangle(0, y, width, rows));
        return region;
    }

    @Override
    public void close() throws IOException {
        reader.dispose();
        input.close();
    }
}
