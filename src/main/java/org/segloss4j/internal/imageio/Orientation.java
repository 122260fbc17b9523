package org.segloss4j.internal.imageio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a stored image must be turned to be upright, as cameras note it in Exif. The first word says what the stored rows
 * become, the second in which order their pixels are read.
 */
public enum Orientation {

    /** 1: as it is. */
    UPRIGHT(false, false, false),
    /** 2: mirrored, left and right swapped. */
    MIRRORED(false, false, true),
    /** 3: turned by 180 degrees. */
    UPSIDE_DOWN(false, true, true),
    /** 4: top and bottom swapped. */
    FLIPPED(false, true, false),
    /** 5: rows are columns. */
    TRANSPOSED(true, false, false),
    /** 6: to be turned by 90 degrees to the right. */
    TURNED_LEFT(true, false, true),
    /** 7: rows are columns, both from the end. */
    TRANSVERSE(true, true, true),
    /** 8: to be turned by 90 degrees to the left. */
    TURNED_RIGHT(true, true, false);

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;

    private final boolean transposed;
    private final boolean linesFromEnd;
    private final boolean pixelsFromEnd;

    Orientation(boolean transposed, boolean linesFromEnd, boolean pixelsFromEnd) {
        this.transposed = transposed;
        this.linesFromEnd = linesFromEnd;
        this.pixelsFromEnd = pixelsFromEnd;
    }

    /** Whether rows of the upright image are columns of the stored one. */
    public boolean transposed() {
        return transposed;
    }

    /** Whether the upright image starts with the last stored row, or column if transposed. */
    public boolean linesFromEnd() {
        return linesFromEnd;
    }

    /** Whether rows of the upright image are read from the end. */
    public boolean pixelsFromEnd() {
        return pixelsFromEnd;
    }

    /** The orientation of a number; upright unless it is 1 to 8. */
    public static Orientation of(long number) {
        return number < 1 || number > values().length ? UPRIGHT : values()[(int) number - 1];
    }

    /**
     * What Exif data say. Only the first directory is looked at, so that faults elsewhere do not matter.
     *
     * @param exif a TIFF structure, or null
     * @return the orientation; upright if there is none that can be read
     */
    public static Orientation ofExif(byte[] exif) {
        if (exif == null || exif.length < 8 || exif[0] != exif[1] || exif[0] != 'I' && exif[0] != 'M') {
            return UPRIGHT;
        }
        ByteBuffer data = ByteBuffer.wrap(exif).order(exif[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long at = data.getInt(4) & 0xFFFFFFFFL;
        if (at + 2 > exif.length) {
            return UPRIGHT;
        }
        int entries = data.getShort((int) at) & 0xFFFF;
        for (long entry = at + 2; entries > 0 && entry + 12 <= exif.length; entry += 12, entries--) {
            int position = (int) entry;
            if ((data.getShort(position) & 0xFFFF) == TAG && data.getShort(position + 2) == SHORT) {
                return of(data.getShort(position + 8));
            }
        }
        return UPRIGHT;
    }
}
