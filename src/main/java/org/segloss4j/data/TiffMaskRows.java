package org.segloss4j.data;

import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.LargeArrays;
import org.segloss4j.internal.imageio.Orientation;
import org.segloss4j.internal.imageio.TiffFile;

/**
 * The values or colours of a TIFF mask, read in strips: grey of up to 16 bits and palette images, or 8-bit RGB. What
 * leaves open which number a pixel holds is refused.
 */
final class TiffMaskRows implements StoredRows {

    private static final int GREY_INVERTED = 0;
    private static final int GREY = 1;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    /** None, CCITT, LZW, Deflate and PackBits: what is stored comes back. Others, such as JPEG, change it. */
    private static final Set<Long> LOSSLESS = Set.of(1L, 2L, 3L, 4L, 5L, 8L, 32773L, 32946L);

    private final TiffFile file;
    private final boolean byColour;
    private final boolean raw;
    private Raster values;
    private PictureRows colours;
    private final byte[] bytes;
    private int first;
    private int end;
    private int y;

    private TiffMaskRows(TiffFile file, boolean byColour, boolean strict) throws FileFault {
        this.file = file;
        this.byColour = byColour;
        int kind = (int) file.photometric();
        raw = !byColour && (kind == GREY || kind == PALETTE);
        boolean rgb = kind == RGB && file.bits() == 8 && file.samples() == 3;
        bytes = raw ? null : LargeArrays.bytes("is " + size() + " pixels", 3L * file.width());
        if (!LOSSLESS.contains(file.compression())) {
            throw new FileFault("is a TIFF image compressed with loss, which changes labels: make it again from its "
                    + "source, as PNG");
        }
        if (file.orientation() != Orientation.UPRIGHT) {
            throw new FileFault("is a TIFF image to be turned, which labels are not: save it upright, as PNG");
        }
        if (kind == GREY_INVERTED) {
            throw new FileFault("is a TIFF image in which 0 is white, so that programs differ about its values: "
                    + "save it as PNG");
        }
        if (strict && kind == RGB) {
            throw new FileFault("is an RGB image, but labels must be stored as grey values or palette indices");
        }
        boolean one = file.samples() == 1 && (kind == PALETTE || kind == GREY && (raw || file.bits() <= 8));
        if (!rgb && !one) {
            throw new FileFault("is a TIFF image of " + file.samples() + " samples of " + file.bits() + " bits and "
                    + "kind " + kind + ", but must be grey, a palette image or 8-bit RGB: save it as PNG");
        }
    }

    static StoredRows open(Path path, boolean byColour, boolean strict) throws IOException {
        TiffFile file = TiffFile.open(path);
        try {
            return new TiffMaskRows(file, byColour, strict);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public ImageSize size() {
        return new ImageSize(file.width(), file.height());
    }

    @Override
    public boolean next(int... row) throws IOException {
        if (y == file.height()) {
            return false;
        }
        if (y == end) {
            first = end;
            end = Math.min(file.height(), first + file.stripHeight());
            values = null;
            colours = null;
            if (raw) {
                values = file.raster(first, end - first);
            } else {
                colours = new PictureRows(file.picture(first, end - first), Orientation.UPRIGHT);
            }
        }
        if (raw) {
            values.getSamples(values.getMinX(), values.getMinY() + y - first, file.width(), 1, 0, row);
        } else {
            colours(row);
        }
        y++;
        return true;
    }

    private void colours(int... row) {
        colours.next(bytes);
        for (int x = 0; x < file.width(); x++) {
            int colour = PictureRows.get(bytes, x);
            boolean grey = colour == (colour & 0xFF) * 0x010101;
            row[x] = byColour ? colour : grey ? colour & 0xFF : colour | COLOURED;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
