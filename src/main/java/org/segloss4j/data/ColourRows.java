package org.segloss4j.data;

import java.io.Closeable;
import java.io.IOException;

/** The colours of an image file, row by row. */
interface ColourRows extends Closeable {

    ImageSize size();

    /** Reads a row [W, 3]; false if there is none left. */
    boolean next(byte... row) throws IOException;
}
