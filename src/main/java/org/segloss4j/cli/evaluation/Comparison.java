package org.segloss4j.cli.evaluation;

import java.io.IOException;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.Example;
import org.segloss4j.data.LabelMap;

/** An image whose prediction can be compared with its truth. */
public interface Comparison {

    /** The image's path below its folder, without the ending. */
    String name();

    /**
     * Compares all pixels, at the size that they have.
     *
     * @param labels   what the masks store
     * @param progress is told of rows, where they take long
     * @return the counts, or everything that is wrong with the files
     */
    PixelCounts.Outcome count(LabelMap labels, FileProgress progress);

    /**
     * The image to look at.
     *
     * @param labels what the masks store
     * @param side   that no side is longer than
     * @return a small copy
     * @throws IOException if a file cannot be read
     */
    Example example(LabelMap labels, int side) throws IOException;
}
