package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.LargeArrays;
import org.segloss4j.internal.png.PngColour;
import org.segloss4j.internal.png.PngHeader;
import org.segloss4j.internal.png.PngReader;

/** The values or colours of a PNG mask. */
final class PngMaskRows implements StoredRows {

    /** The factor between a value of 8 bits and the same one of 16. */
    private static final int WIDE = 257;

    private final PngReader reader;
    private final PngHeader header;
    private final boolean byColour;
    private final int[] samples;
    /** What each sample of one channel stands for, or null if that is computed. */
    private final int[] table;

    private PngMaskRows(PngReader reader, boolean byColour) throws IOException {
        this.reader = reader;
        this.byColour = byColour;
        header = reader.header();
        samples = LargeArrays.ints(header.words(), header.rowSamples());
        table = byColour && header.colour().channels() == 1 ? colours() : null;
    }

    /**
     * Opens a mask.
     *
     * @param file     a PNG file
     * @param byColour whether colours are asked for, not values
     * @param strict   whether grey and palette are the only images with values
     */
    static StoredRows open(Path file, boolean byColour, boolean strict) throws IOException {
        PngReader reader = PngReader.open(file);
        try {
            PngColour colour = reader.header().colour();
            if (strict && colour != PngColour.GREY && colour != PngColour.PALETTE) {
                throw new FileFault("is " + (colour == PngColour.GREY_ALPHA ? "grey with alpha"
                        : colour == PngColour.RGB ? "an RGB image" : "an RGBA image")
                        + ", but labels must be stored as grey values or palette indices");
            }
            return new PngMaskRows(reader, byColour);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private int[] colours() {
        if (header.colour() == PngColour.PALETTE) {
            return reader.palette();
        }
        int[] greys = new int[1 << header.bits()];
        int largest = greys.length - 1;
        for (int v = 0; v < greys.length; v++) {
            int grey = v * 255 / largest;
            greys[v] = grey * 0x010101 | (v * 255 % largest == 0 ? 0 : BETWEEN);
        }
        return greys;
    }

    @Override
    public ImageSize size() {
        return new ImageSize(header.width(), header.height());
    }

    @Override
    public boolean next(int... row) throws IOException {
        if (header.colour().channels() == 1) {
            if (!reader.next(row)) {
                return false;
            }
            if (table != null) {
                look(row);
            }
            return true;
        }
        if (!reader.next(samples)) {
            return false;
        }
        int channels = header.colour().channels();
        boolean alpha = header.colour().hasAlpha();
        for (int x = 0; x < header.width(); x++) {
            int at = x * channels;
            int stored = channels < 3 ? grey(samples[at]) : colour(samples[at], samples[at + 1], samples[at + 2]);
            row[x] = alpha && stored != 0 && samples[at + channels - 1] == 0 ? stored | TRANSPARENT : stored;
        }
        return true;
    }

    private void look(int... row) throws FileFault {
        for (int x = 0; x < header.width(); x++) {
            if (row[x] >= table.length) {
                throw new FileFault("is damaged: a pixel has colour " + row[x] + " of a palette of " + table.length);
            }
            row[x] = table[row[x]];
        }
    }

    private int grey(int value) {
        return byColour ? colour(value, value, value) : value;
    }

    private int colour(int red, int green, int blue) {
        if (!byColour && red == green && green == blue) {
            return red;
        }
        int mark = byColour ? 0 : COLOURED;
        if (header.bits() == 8) {
            return red << 16 | green << 8 | blue | mark;
        }
        boolean between = red % WIDE != 0 || green % WIDE != 0 || blue % WIDE != 0;
        return red / WIDE << 16 | green / WIDE << 8 | blue / WIDE | mark | (between ? BETWEEN : 0);
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
