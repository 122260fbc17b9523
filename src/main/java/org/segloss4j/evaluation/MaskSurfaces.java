package org.segloss4j.evaluation;

import java.util.Arrays;
import org.segloss4j.internal.morphology.Boundaries;
import org.segloss4j.internal.morphology.Box;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.morphology.SurfaceElements;

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
 * ({@code get_mask_edges}, {@code use_subvoxels=False}). The distance of an edge pixel is the exact Euclidean one to
 * the nearest edge pixel of the other mask.
 *
 * <p>{@link Prediction#byArea} takes the form of google-deepmind/surface-distance instead: there is an element at each
 * corner where pixels inside and outside of the mask meet, which counts by the length of the contour, or the area of
 * the surface, that marching squares or cubes draw there. So the sum over all elements is the length of the contour or
 * the area of the surface, in the unit of the spacing, but for corners that are cut off.
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
    /** From each mask's surface to the other's. */
    private final SurfaceDistances fromPrediction;
    private final SurfaceDistances fromTruth;

    MaskSurfaces(boolean[] predicted, boolean[] truth, Box box, boolean byArea) {
        this.predicted = predicted;
        this.truth = truth;
        this.box = box;
        if (box.isEmpty()) {
            fromPrediction = SurfaceDistances.NONE;
            fromTruth = SurfaceDistances.NONE;
            return;
        }
        Grid grid = box.inner();
        if (byArea) {
            SurfaceElements ofPrediction = SurfaceElements.of(predicted, grid);
            SurfaceElements ofTruth = SurfaceElements.of(truth, grid);
            fromPrediction = SurfaceDistances.ofElements(ofPrediction, ofTruth);
            fromTruth = SurfaceDistances.ofElements(ofTruth, ofPrediction);
        } else {
            fromPrediction = SurfaceDistances.ofEdges(predicted, truth, grid);
            fromTruth = SurfaceDistances.ofEdges(truth, predicted, grid);
        }
    }

    /**
     * Begins with the predicted mask.
     *
     * @param predicted in 'c' order; true where the class is predicted
     * @return what lacks the true mask
     */
    public static Prediction ofPrediction(boolean[] predicted) {
        return new Prediction(predicted, false);
    }

    /**
     * A predicted mask, on the way to its surfaces.
     *
     * @since 0.1.0
     */
    public static final class Prediction {

        private final boolean[] predicted;
        private final boolean byArea;

        private Prediction(boolean[] predicted, boolean byArea) {
            this.predicted = predicted;
            this.byArea = byArea;
        }

        /**
         * Says that surfaces are made of elements between the pixels, each of which counts by its length or area.
         *
         * @return the same prediction
         */
        public Prediction byArea() {
            return new Prediction(predicted, true);
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
            return box.isEmpty() ? new MaskSurfaces(null, null, box, byArea)
                    : new MaskSurfaces(box.cut(p -> predicted[p]), box.cut(p -> truth[p]), box, byArea);
        }
    }

    /**
     * Whether just one of the two masks is empty.
     *
     * @return true if distances are infinite
     */
    public boolean isOneSided() {
        return fromPrediction.isEmpty() != fromTruth.isEmpty();
    }

    private boolean isEmpty() {
        return fromPrediction.isEmpty() && fromTruth.isEmpty();
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
        return isOneSided() ? 0 : (fromPrediction.within(tolerance) + fromTruth.within(tolerance)) / total();
    }

    /** Elements of both surfaces, or their area. */
    private double total() {
        return fromPrediction.total() + fromTruth.total();
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
     * from the truth, whichever is larger. Between the distances of two edge pixels it is
     * interpolated; by area it is the least distance within which that part of the surface lies.
     *
     * @param percentile above 0 and up to 100, which is the largest distance
     * @return at least 0; infinite if one mask is empty, NaN if both are
     * @throws IllegalArgumentException if the percentile is none
     */
    public double hausdorff(double percentile) {
        checkPercentile(percentile);
        return isEmpty() ? Double.NaN : isOneSided() ? Double.POSITIVE_INFINITY
                : Math.max(fromPrediction.percentile(percentile), fromTruth.percentile(percentile));
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
                : fromPrediction.percentile(percentile);
    }

    static void checkPercentile(double percentile) {
        if (!(percentile > 0 && percentile <= ALL)) {
            throw new IllegalArgumentException("percentile is " + percentile
                    + ", but must be above 0 and at most 100");
        }
    }

    /**
     * Average symmetric surface distance (ASSD): the mean distance of the edge pixels of both masks to the other
     * surface.
     *
     * @return at least 0; infinite if one mask is empty, NaN if both are
     */
    public double averageSymmetricDistance() {
        return isOneSided() ? Double.POSITIVE_INFINITY
                : (fromPrediction.sum() + fromTruth.sum()) / total();
    }

    /**
     * Average surface distance (ASD) from the prediction to the truth only.
     *
     * @return at least 0; infinite if one mask is empty, NaN if both are
     */
    public double averageDistance() {
        return isOneSided() ? Double.POSITIVE_INFINITY : fromPrediction.sum() / fromPrediction.total();
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
