package org.segloss4j.internal.png;

import java.io.IOException;
import org.segloss4j.internal.files.LargeArrays;

/** The rows of an image, or of one of its passes: filters undone, samples still packed. Holds two rows. */
final class PngRows {

    private final PngData data;
    private final int length;
    private final int distance;
    /** Each with its filter's number in front. */
    private byte[] row;
    private byte[] above;

    PngRows(PngHeader header, int width, PngData data) throws IOException {
        this.data = data;
        long bytes = header.rowBytes(width) + 1;
        row = LargeArrays.bytes(header.words(), bytes);
        above = LargeArrays.bytes(header.words(), bytes);
        length = (int) bytes - 1;
        distance = header.filterDistance();
    }

    /** The next row, whose bytes start at 1; valid until the next call. */
    byte[] next() throws IOException {
        byte[] older = above;
        above = row;
        row = older;
        data.read(row, length + 1);
        PngFilter.undo(row, above, length, distance);
        return row;
    }
}
