package org.segloss4j.cli.prediction;

import java.io.IOException;
import org.segloss4j.data.MaskWriter;

/** Writes the labels as a mask. */
record MaskOutput(MaskWriter writer) implements RowOutput {

    @Override
    public void row(int[] labels, float[] probabilities) throws IOException {
        writer.write(labels);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
