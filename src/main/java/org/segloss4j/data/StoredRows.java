package org.segloss4j.data;

import java.io.Closeable;
import java.io.IOException;

/**
 * What a mask file stores for each pixel, row by row: a value from 0 to 65535 or a colour 0xRRGGBB, whichever the label
 * map asks for. A pixel that has neither gets a number with one of the marks, which no label map knows.
 */
interface StoredRows extends Closeable {

    /** Marks the colour of a pixel that should have a value, but is not grey. */
    int COLOURED = 1 << 30;
    /** Marks the colour, of 8 bits per channel, of a pixel that lies between two such colours. */
    int BETWEEN = 1 << 29;
    /** Marks a pixel that shows nothing, but has a value or colour other than 0. */
    int TRANSPARENT = 1 << 28;

    ImageSize size();

    /** Reads a row; false if there is none left. */
    boolean next(int... row) throws IOException;

    /** How messages name what a pixel stores. */
    static String words(int stored, boolean byColour) {
        int plain = stored & 0xFFFFFF;
        boolean colour = byColour || (stored & COLOURED) != 0;
        return (colour ? String.format("#%06x", plain) : Integer.toString(plain))
                + ((stored & BETWEEN) != 0 ? " (rounded to 8 bits)" : "")
                + ((stored & TRANSPARENT) != 0 ? " (transparent)" : "");
    }
}
