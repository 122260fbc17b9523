package org.segloss4j.internal.cpu.lanes;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Tensor;

/** Counts class indices some hundred at a time. Belongs to one thread. */
public final class LabelTile {

    private static final int LANES = 512;

    private final Tensor labels;
    private final int classes;
    private final Integer ignoreIndex;
    private final TileIo io = new TileIo();
    private final int[] indices = new int[LANES];
    private final long[] own;

    public LabelTile(Tensor labels, int classes, Integer ignoreIndex) {
        this.labels = labels;
        this.classes = classes;
        this.ignoreIndex = ignoreIndex;
        own = new long[classes + 1];
    }

    /** Adds pixels [from, to) of an example to its counts, void last; other threads may add to them, too. */
    public void count(long n, long from, long to, long[] counts, BadInput bad) {
        for (long s = from; s < to; s += LANES) {
            int lanes = (int) Math.min(LANES, to - s);
            io.readIndices(labels, n, s, lanes, classes, ignoreIndex, indices, bad);
            for (int k = 0; k < lanes; k++) {
                own[indices[k] == TileIo.IGNORED ? classes : indices[k]]++;
            }
        }
        synchronized (counts) {
            for (int c = 0; c <= classes; c++) {
                counts[c] += own[c];
                own[c] = 0;
            }
        }
    }
}
