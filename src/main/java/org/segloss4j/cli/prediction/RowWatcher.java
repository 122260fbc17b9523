package org.segloss4j.cli.prediction;

import org.segloss4j.data.ImageSize;

/** Is told of the rows of an image while they are predicted. */
interface RowWatcher {

    /**
     * After a row.
     *
     * @param y      from 0 at the top
     * @param size   of the image
     * @param labels [W] the class of each pixel
     */
    void row(int y, ImageSize size, int... labels);
}
