package org.segloss4j.cli.prediction;

import java.io.Closeable;
import java.io.IOException;

/** A file that grows with each predicted row. Closing it completes its content. */
interface RowOutput extends Closeable {

    /**
     * The next row.
     *
     * @param labels        [W] the class of each pixel
     * @param probabilities [W, channels]
     * @throws IOException if writing fails
     */
    void row(int[] labels, float[] probabilities) throws IOException;
}
