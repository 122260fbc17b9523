package org.segloss4j.dl4j;

import java.io.IOException;

/** Receives the probabilities of an image row by row. */
interface RowSink {

    /**
     * The next row.
     *
     * @param y             from 0 at the top
     * @param probabilities [W, channels]; valid until the method returns
     * @throws IOException if the receiver fails
     */
    void row(int y, float[] probabilities) throws IOException;
}
