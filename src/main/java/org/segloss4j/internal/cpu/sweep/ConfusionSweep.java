package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;

/** Counts (truth, prediction) pairs, one pixel after the other. */
public final class ConfusionSweep {

    private final PixelClasses pixels;
    private final int classes;
    private final long[] counts;

    public ConfusionSweep(Batch batch, Integer ignoreIndex, double threshold) {
        pixels = new PixelClasses(batch, ignoreIndex, threshold);
        classes = pixels.classes();
        counts = new long[classes * classes];
    }

    /** Counts pixels [from, to) of example n. */
    public void count(long n, long from, long to, BadInput bad) {
        for (long s = from; s < to; s++) {
            int truth = pixels.truth(n, s, bad);
            if (truth >= 0) {
                counts[truth * classes + pixels.prediction(n, s, bad)]++;
            }
        }
    }

    /** Adds what was counted to [classes · classes] counts, row = truth. */
    public void addTo(long[] sum) {
        for (int k = 0; k < sum.length; k++) {
            sum[k] += counts[k];
        }
    }
}
