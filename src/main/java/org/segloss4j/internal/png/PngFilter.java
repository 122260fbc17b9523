package org.segloss4j.internal.png;

import org.segloss4j.internal.files.FileFault;

/** Undoes the filters that rows are stored through. */
final class PngFilter {

    private PngFilter() {
    }

    /**
     * Turns a filtered row into its bytes.
     *
     * @param row      the number of the filter, then the bytes
     * @param above    the row above, laid out in the same way; zeros if there is none
     * @param length   how many bytes the row has, the filter's number aside
     * @param distance of the left neighbour, in bytes
     * @throws FileFault if there is no such filter
     */
    static void undo(byte[] row, byte[] above, int length, int distance) throws FileFault {
        int end = length + 1;
        switch (row[0]) {
            case 0 -> { }
            case 1 -> {
                for (int k = 1 + distance; k < end; k++) {
                    row[k] += row[k - distance];
                }
            }
            case 2 -> {
                for (int k = 1; k < end; k++) {
                    row[k] += above[k];
                }
            }
            case 3 -> {
                for (int k = 1; k < end; k++) {
                    int left = k > distance ? row[k - distance] & 0xFF : 0;
                    row[k] += (byte) (left + (above[k] & 0xFF) >> 1);
                }
            }
            case 4 -> {
                for (int k = 1; k < end; k++) {
                    boolean first = k <= distance;
                    row[k] += (byte) paeth(first ? 0 : row[k - distance] & 0xFF, above[k] & 0xFF,
                            first ? 0 : above[k - distance] & 0xFF);
                }
            }
            default -> throw new FileFault("is damaged: a row says filter " + (row[0] & 0xFF)
                    + ", which PNG does not have");
        }
    }

    /** Whichever of the three neighbours is nearest to left + above - corner. */
    private static int paeth(int left, int above, int corner) {
        int toLeft = Math.abs(above - corner);
        int toAbove = Math.abs(left - corner);
        int toCorner = Math.abs(left + above - 2 * corner);
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }
}
