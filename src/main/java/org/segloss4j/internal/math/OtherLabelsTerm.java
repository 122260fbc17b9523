package org.segloss4j.internal.math;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A region term that compares the probabilities with other labels than those of the rest of the loss. It is computed by
 * sweeps of its own over the predictions and these labels, whose sums are those of parts added up, as of any region
 * term.
 *
 * @param coefficient factor in the sum
 * @param labels      which labels
 * @param classes     classes and weights
 * @param smooth      added above and below the recall's fraction
 * @param perImage    whether images have losses of their own, instead of pooled sums
 */
public record OtherLabelsTerm(double coefficient, OtherLabels labels, ClassSelection classes, double smooth,
                              boolean perImage) implements SeparateTerm {

    /** What stands in the place of the labels. */
    public enum OtherLabels {
        /** A signed distance of each pixel to the boundary of each class; any finite number. */
        DISTANCES("distances"),
        /** The skeletons of the classes. */
        SKELETON("skeletons");

        private final String title;

        OtherLabels(String title) {
            this.title = title;
        }

        /**
         * What messages call them.
         *
         * @return such as {@code distances}
         */
        public String title() {
            return title;
        }
    }

    /**
     * What the sweeps compute.
     *
     * @param channels    C
     * @param ignoreIndex the label of void pixels, or null
     * @return a loss of one region term, coefficient included
     */
    public LossSpec spec(int channels, Integer ignoreIndex) {
        if (labels == OtherLabels.DISTANCES) {
            // What is void stands in the mask: distances have no label for it.
            return spec(new RegionTerm(coefficient, new MeanProduct(), Link.COMPLEMENT, Aggregation.LOSS_MEAN, classes,
                    perImage), null);
        }
        // A skeleton of the background is no structure that could be broken.
        ClassSelection structures = classes.indexes() != null || channels == 1 ? classes
                : new ClassSelection(IntStream.range(1, channels).boxed().toList(), classes.weights());
        return spec(new RegionTerm(coefficient, RegionScore.recall(smooth), structures, perImage), ignoreIndex);
    }

    private static LossSpec spec(RegionTerm term, Integer ignoreIndex) {
        return new LossSpec(List.of(term), List.of(), ignoreIndex, null);
    }

    @Override
    public String title() {
        return labels == OtherLabels.DISTANCES ? "boundary loss" : "skeleton recall";
    }

    /** {@code 1 − Σ m·g·p / Σ m}, so that the loss is the mean of the products. */
    private record MeanProduct() implements ScoreFunction {

        @Override
        public double value(Sums sums, int row, int c) {
            double weight = sums.weight(row, c);
            return weight == 0 ? 1 : 1 - sums.intersection(row, c) / weight;
        }

        @Override
        public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
            double weight = sums.weight(row, c);
            if (weight != 0) {
                to.addA(toRow, c, -factor / weight);
            }
        }
    }
}
