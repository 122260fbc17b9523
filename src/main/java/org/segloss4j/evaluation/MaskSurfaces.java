package org.segloss4j.evaluation;

import java.util.Arrays;
import org.segloss4j.internal.morphology.Boundaries;
import org.segloss4j.internal.morphology.Box;
import org.segloss4j.internal.morphology.DistanceTransform;
import org.segloss4j.internal.morphology.Grid;

/**
 * How far the surfaces of a predicted and a true mask lie apart, in images and volumes: surface Dice, Hausdorff
 * distance, average surface distance, boundary IoU. Immutable.
 *
 * <pre>{@code
 * MaskSurfaces surfaces = MaskSurfaces.ofPrediction(predicted).andTruth(truth, new int[] {128, 128}, 0.8, 0.8);
 * double hd95 = surfaces.hausdorff(95);
 * double nsd = surfaces.surfaceDice(1.5);
 * }</pre>
 *
 * <p>The surface of a mask is its edge: those of its pixels that have a direct neighbour outside of it, or lie at the
 * border of the image. Each counts once, whatever the length of border that it stands for. This is the form of MONAI
 * ({@code get_mask_edges}, {@code use_subvoxels=False}); the form of google-deepmind/surface-distance, which weights
 * elements between the pixels by their area, gives other numbers. The distance of an edge pixel is the exact Euclidean
 * one to the nearest edge pixel of the other mask.
 *
 * <p>If both masks are empty, everything is NaN: there is no surface to be measured. If only one is, distances are
 * infinite, and surface Dice and boundary IoU are 0. MONAI has the same values.
 *
 * <p>Cost: time and memory in proportion to the smallest box that holds both masks.
 *
 * @since 0.1.0
 */
public final class MaskSurfaces {

    private static final double ALL = 100;

    /** Predicted and true mask within their box; null if both are empty. */
    private final boolean[] predicted;
    private final boolean[] truth;
    private final Box box;
    /** The distances of the edge pixels of each mask to the other mask's edge; sorted; infinite if that is empty. */
    private final double[] fromPrediction;
    private final double[] fromTruth;

    MaskSurfaces(boolean[] predicted, boolean[] truth, Box box) {
        this.predicted = predicted;
        this.truth = truth;
        this.box = box;
        if (box.isEmpty()) {
            fromPrediction = new double[0];
            fromTruth = new double[0];
            return;
        }
        Grid grid = box.inner();
        boolean[] predictedEdge = Boundaries.edge(predicted, grid);
        boolean[] trueEdge = Boundaries.edge(truth, grid);
        fromPrediction = distances(predictedEdge, trueEdge, grid);
        fromTruth = distances(trueEdge, predictedEdge, grid);
    }

    /**
     * Begins with the predicted mask.
     *
     * @param predicted in 'c' order; true where the class is predicted
     * @return what lacks the true mask
     */
    public static Prediction ofPrediction(boolean[] predicted) {
        return new Prediction(predicted);
    }

    /**
     * A predicted mask, on the way to its surfaces.
     *
     * @since 0.1.0
     */
    public static final class Prediction {

        private final boolean[] predicted;

        private Prediction(boolean[] predicted) {
            this.predicted = predicted;
        }

        /**
         * Adds the true mask.
         *
         * @param truth   in 'c' order; true where the class is
         * @param sizes   of both masks: [H, W] or [D, H, W]
         * @param spacing distance between neighbouring pixels along each axis, such as in millimetres; none for 1
         * @return the surfaces
         * @throws IllegalArgumentException if a mask has another number of pixels, there are not two or three axes, or
         *                                  the spacing does not fit
         */
        public MaskSurfaces andTruth(boolean[] truth, int[] sizes, double... spacing) {
            Grid grid = Grid.spaced(sizes.clone(), spacing.length == 0 ? null : spacing.clone());
            if (sizes.length < 2 || sizes.length > 3) {
                throw new IllegalArgumentException("sizes are " + Arrays.toString(sizes)
                        + ", but must be [H, W] or [D, H, W]");
            }
            if (predicted.length != grid.length() || truth.length != grid.length()) {
                throw new IllegalArgumentException("a predicted mask of " + predicted.length
                        + " pixels and a true one of " + truth.length + " do not fit the sizes "
                        + Arrays.toString(sizes));
            }
            Box box = Box.empty(grid);
            int[] at = new int[sizes.length];
            for (int p = 0; p < truth.length; p++, grid.step(at)) {
                if (predicted[p] || truth[p]) {
                    box.add(at);
                }
            }
            return box.isEmpty() ? new MaskSurfaces(null, null, box)
                    : new MaskSurfaces(box.cut(p -> predicted[p]), box.cut(p -> truth[p]), box);
        }
    }

    private static double[] distances(boolean[] from, boolean[] to, Grid grid) {
        double[] squared = DistanceTransform.squared(to, grid);
        int count = 0;
        for (int p = 0; p < from.length; p++) {
            if (from[p]) {
                squared[count++] = Math.sqrt(squared[p]);
            }
        }
        double[] distances = Arrays.copyOf(squared, count);
        Arrays.sort(distances);
        return distances;
    }

    /**
     * Whether just one of the two masks is empty.
     *
     * @return true if distances are infinite
     */
    public boolean isOneSided() {
        return fromPrediction.length == 0 != (fromTruth.length == 0);
    }

    private boolean isEmpty() {
        return fromPrediction.length == 0 && fromTruth.length == 0;
    }

    /**
     * Normalised surface Dice (NSD): the share of both surfaces that lies within a tolerance of the other one.
     *
     * <p>Distances and tolerance are compared as floats, so that three steps of a spacing of 0.1 are within 0.3.
     *
     * @param tolerance the largest distance that is right, in the unit of the spacing, at least 0
     * @return from 0 to 1; 0 if one mask is empty, NaN if both are
     * @throws IllegalArgumentException if the tolerance is negative or not finite
     */
    public double surfaceDice(double tolerance) {
        checkTolerance(tolerance);
        long right = 0;
        for (double[] distances : new double[][] {fromPrediction, fromTruth}) {
            for (double distance : distances) {
                right += (float) distance <= (float) tolerance ? 1 : 0;
            }
        }
        return isOneSided() ? 0 : (double) right / (fromPrediction.length + fromTruth.length);
    }

    static void checkTolerance(double tolerance) {
        if (!(tolerance >= 0) || Double.isInfinite(tolerance)) {
            throw new IllegalArgumentException("tolerance is " + tolerance + ", but must be finite and at least 0");
        }
    }

    /**
     * Hausdorff distance (HD): the largest distance of any edge pixel to the other surface.
     *
     * @return at least 0; infinite if one mask is empty, NaN if both are
     */
    public double hausdorff() {
        return hausdorff(ALL);
    }

    /**
     * A percentile of the Hausdorff distance, such as HD95: that of the distances from the prediction or that of those
     * from the truth, whichever is larger. Between two distances it is interpolated.
     *
     * @param percentile above 0 and up to 100, which is the largest distance
     * @return at least 0; infinite if one mask is empty, NaN if both are
     * @throws IllegalArgumentException if the percentile is none
     */
    public double hausdorff(double percentile) {
        checkPercentile(percentile);
        return isEmpty() ? Double.NaN : isOneSided() ? Double.POSITIVE_INFINITY
                : Math.max(percentile(fromPrediction, percentile), percentile(fromTruth, percentile));
    }

    /**
     * The same from the prediction to the truth only: how far false surface lies from the true one.
     *
     * @param percentile above 0 and up to 100
     * @return at least 0; infinite if one mask is empty, NaN if both are
     * @throws IllegalArgumentException if the percentile is none
     */
    public double directedHausdorff(double percentile) {
        checkPercentile(percentile);
        return isEmpty() ? Double.NaN : isOneSided() ? Double.POSITIVE_INFINITY
                : percentile(fromPrediction, percentile);
    }

    static void checkPercentile(double percentile) {
        if (!(percentile > 0 && percentile <= ALL)) {
            throw new IllegalArgumentException("percentile is " + percentile
                    + ", but must be above 0 and at most 100");
        }
    }

    private static double percentile(double[] sorted, double percentile) {
        double rank = percentile / ALL * (sorted.length - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }

    /**
     * Average symmetric surface distance (ASSD): the mean distance of the edge pixels of both masks to the other
     * surface.
     *
     * @return at least 0; infinite if one mask is empty, NaN if both are
     */
    public double averageSymmetricDistance() {
        return isOneSided() ? Double.POSITIVE_INFINITY
                : (sum(fromPrediction) + sum(fromTruth)) / (fromPrediction.length + fromTruth.length);
    }

    /**
     * Average surface distance (ASD) from the prediction to the truth only.
     *
     * @return at least 0; infinite if one mask is empty, NaN if both are
     */
    public double averageDistance() {
        return isOneSided() ? Double.POSITIVE_INFINITY : sum(fromPrediction) / fromPrediction.length;
    }

    private static double sum(double[] distances) {
        double sum = 0;
        for (double distance : distances) {
            sum += distance;
        }
        return sum;
    }

    /**
     * Boundary IoU: the intersection over union of the parts of the masks that lie near their borders. How near follows
     * from the diagonal of the image in pixels; see {@link #boundaryIouOfWidth}.
     *
     * <p>Source: Cheng et al., Boundary IoU: Improving Object-Centric Image Segmentation Evaluation, CVPR 2021; 0.02 is
     * their ratio. The width is that of bowenc0221/boundary-iou-api: rounded, ties to even, and at least 1.
     *
     * @param ratio of width and diagonal, above 0 and up to 1
     * @return from 0 to 1; NaN if both masks are empty
     * @throws IllegalArgumentException if the ratio lies outside
     */
    public double boundaryIou(double ratio) {
        checkRatio(ratio);
        return boundaryIouOfWidth((int) Math.max(1, Math.rint(ratio * box.grid().diagonal())));
    }

    static void checkRatio(double ratio) {
        if (!(ratio > 0 && ratio <= 1)) {
            throw new IllegalArgumentException("boundary ratio is " + ratio + ", but must be above 0 and at most 1");
        }
    }

    /**
     * Boundary IoU of boundaries of a given width: what as many erosions of a mask by a square of 3 by 3 pixels (or a
     * cube) remove. The border of the image is a border of the mask. The spacing does not matter.
     *
     * @param width in pixels, at least 1
     * @return from 0 to 1; NaN if both masks are empty
     * @throws IllegalArgumentException if the width is below 1
     */
    public double boundaryIouOfWidth(int width) {
        if (width < 1) {
            throw new IllegalArgumentException("boundary width is " + width + ", but must be at least 1");
        }
        if (isEmpty()) {
            return Double.NaN;
        }
        boolean[] ofPrediction = Boundaries.inner(predicted, box.inner(), width);
        boolean[] ofTruth = Boundaries.inner(truth, box.inner(), width);
        long both = 0;
        long any = 0;
        for (int p = 0; p < ofTruth.length; p++) {
            both += ofPrediction[p] && ofTruth[p] ? 1 : 0;
            any += ofPrediction[p] || ofTruth[p] ? 1 : 0;
        }
        return (double) both / any;
    }
}
