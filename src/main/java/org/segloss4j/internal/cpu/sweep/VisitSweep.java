package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;

/**
 * Shows the pixels of a batch to a visitor, one after the other, in double. Holds the state of one pixel, so each
 * thread has its own.
 *
 * @param <V> what looks at the pixels
 */
public final class VisitSweep<V extends VisitSweep.Visitor> {

    /** Looks at a pixel. */
    public interface Visitor {

        /**
         * One pixel that is not void.
         *
         * @param example       n
         * @param pixel         s
         * @param probabilities [C] after the activation; the array is used again for the next pixel
         * @param truth         [C] the labels from 0 to 1
         * @param weights       [C] of the mask, 0 for an output that is void
         */
        void visit(long example, long pixel, double[] probabilities, double[] truth, double[] weights);
    }

    private final V visitor;
    private final Pixel pixel;

    public VisitSweep(Batch batch, Integer ignoreIndex, V visitor) {
        this.visitor = visitor;
        pixel = new Pixel(batch, ignoreIndex);
    }

    /** Shows pixels [from, to) of example n, but for those that are void, or hold a prediction that is NaN. */
    public void visit(long n, long from, long to, BadInput bad) {
        for (long s = from; s < to; s++) {
            pixel.load(n, s, bad);
            if (pixel.isVoid()) {
                continue;
            }
            if (pixel.hasNaN()) {
                bad.add(BadInput.Kind.PREDICTION, n, s, Double.NaN);
                continue;
            }
            pixel.activate();
            visitor.visit(n, s, pixel.p, pixel.g, pixel.m);
        }
    }

    /** What has looked at the pixels. */
    public V visitor() {
        return visitor;
    }
}
