package org.segloss4j;

/**
 * Looks at the pixels of a batch, for metrics that no loss computes. See {@link SegmentationBatch#forEachPixel}.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface PixelVisitor {

    /**
     * Looks at one pixel that is not void. The arrays are used again for the next pixel and must not be kept or
     * written to.
     *
     * @param example       its example, from 0
     * @param pixel         its place in the example, from 0 to S − 1, in the order of the spatial axes
     * @param probabilities [C] after the activation
     * @param truth         [C] labels from 0 to 1; of class indices 1 for the class and 0 for the others
     * @param weights       [C] weights of the mask, 1 without one, 0 where this output alone is void
     */
    void visit(long example, long pixel, double[] probabilities, double[] truth, double[] weights);
}
