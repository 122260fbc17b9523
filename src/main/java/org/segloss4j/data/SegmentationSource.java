package org.segloss4j.data;

import java.io.IOException;

/**
 * Images and their labels, read one at a time by their number, so that a data set may be larger than memory. May be
 * shared by threads.
 *
 * @since 0.1.0
 */
public interface SegmentationSource {

    /**
     * The number of samples.
     *
     * @return at least 0
     */
    int size();

    /**
     * Reads a sample. The same number always gives the same sample.
     *
     * @param index from 0 to {@link #size} - 1
     * @return the sample
     * @throws IOException if a file cannot be read; the message is one line that names it
     */
    SegmentationSample read(int index) throws IOException;

    /**
     * What the labels of the samples mean.
     *
     * @return the classes and the label of void pixels
     */
    LabelMap labels();
}
