package org.segloss4j.data;

import java.util.Arrays;
import org.segloss4j.internal.morphology.DistanceTransform;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.nd4j.LabelImages;

/**
 * The signed distance of each pixel to the border of each class, for the boundary loss: positive outside of the class,
 * negative inside. Distances are exact and Euclidean, in images and volumes.
 *
 * <pre>{@code
 * SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(4).ignoreIndex(255);
 * INDArray phi = distances.maps(labels);                                   // [N, 4, H, W]
 * SegmentationIterator training = SegmentationIterator.of(source).batch(8).appendMaps(distances);
 * }</pre>
 *
 * <p>Outside, the value is the distance to the nearest pixel of the class; inside, it is less than 0 by the distance to
 * the nearest pixel of another class, less one step, so that the pixels along the border are 0. The step is 1, or the
 * smallest spacing if that is below 1. A class that an image does not hold, or that fills it, has 0 everywhere, and so
 * adds nothing to the loss. Void pixels are 0 and belong to no class: distances are measured across them.
 *
 * <p>Cost: time in proportion to C·S; beside the result, an array of S doubles for one class at a time.
 *
 * <p>Source: Kervadec et al., Boundary loss for highly unbalanced segmentation, MIDL 2019; the values are those of
 * {@code one_hot2dist} of LIVIAETS/boundary-loss, for spacings of at least 1. The normalised form is that of Xue et
 * al., Shape-Aware Organ Segmentation by Predicting Signed Distance Maps, AAAI 2020.
 *
 * @since 0.1.0
 */
public final class SignedDistanceMaps extends PixelMaps {

    private final double[] spacing;
    private final boolean normalised;

    private SignedDistanceMaps(int classes, Integer ignoreIndex, double[] spacing, boolean normalised) {
        super(classes, ignoreIndex);
        this.spacing = spacing;
        this.normalised = normalised;
    }

    /**
     * Maps in pixels, of labels that are all classes.
     *
     * @param classes the number of classes; 1 for a single channel, whose map is that of label 1
     * @return what makes the maps
     * @throws IllegalArgumentException if there is no class
     */
    public static SignedDistanceMaps ofClasses(int classes) {
        return new SignedDistanceMaps(classes, null, null, false);
    }

    /**
     * Sets the distance between neighbouring pixels along each axis, such as in millimetres; 1 by default.
     *
     * @param spacing along [H, W], or [D, H, W] for volumes
     * @return the new settings
     * @throws IllegalArgumentException if one is not positive and finite
     */
    public SignedDistanceMaps spacing(double... spacing) {
        Grid.checkSpacing(spacing);
        return new SignedDistanceMaps(classes(), ignoreIndex(), spacing.clone(), normalised);
    }

    /**
     * Divides what is outside by the largest distance there, and what is inside by the largest there, for each image
     * and class, so that values lie from −1 to 1 whatever the size of the image.
     *
     * @return the new settings
     */
    public SignedDistanceMaps normalised() {
        return new SignedDistanceMaps(classes(), ignoreIndex(), spacing, true);
    }

    /**
     * Sets the label of void pixels. An iterator knows it by its label map.
     *
     * @param ignoreIndex the label
     * @return the new settings
     */
    public SignedDistanceMaps ignoreIndex(int ignoreIndex) {
        return new SignedDistanceMaps(classes(), ignoreIndex, spacing, normalised);
    }

    @Override
    float[] ofImage(int[] labels, int[] sizes) {
        Grid grid = Grid.spaced(sizes, spacing);
        float[] maps = new float[Math.multiplyExact(classes(), labels.length)];
        double step = Math.min(1, Arrays.stream(grid.spacing()).min().orElse(1));
        for (int c = 0; c < classes(); c++) {
            map(labels, label(c), grid, step, maps, c * labels.length);
        }
        return maps;
    }

    private void map(int[] labels, int label, Grid grid, double step, float[] maps, int first) {
        boolean[] inside = new boolean[labels.length];
        boolean[] outside = new boolean[labels.length];
        boolean isInside = false;
        boolean isOutside = false;
        for (int s = 0; s < labels.length; s++) {
            inside[s] = labels[s] == label;
            outside[s] = labels[s] != label && labels[s] != LabelImages.VOID;
            isInside |= inside[s];
            isOutside |= outside[s];
        }
        if (!isInside || !isOutside) {
            return;
        }
        double[] squared = DistanceTransform.squared(inside, grid);
        double largest = 0;
        for (int s = 0; s < labels.length; s++) {
            if (outside[s]) {
                maps[first + s] = (float) Math.sqrt(squared[s]);
                largest = Math.max(largest, maps[first + s]);
            }
        }
        squared = DistanceTransform.squared(outside, grid);
        double deepest = 0;
        for (int s = 0; s < labels.length; s++) {
            if (inside[s]) {
                maps[first + s] = (float) (step - Math.sqrt(squared[s]));
                deepest = Math.min(deepest, maps[first + s]);
            }
        }
        if (normalised) {
            for (int k = first; k < first + labels.length; k++) {
                maps[k] = maps[k] == 0 ? 0 : (float) (maps[k] / (maps[k] > 0 ? largest : -deepest));
            }
        }
    }

    @Override
    public String toString() {
        return (normalised ? "normalised " : "") + "signed distance maps of " + classes()
                + (classes() == 1 ? " class" : " classes")
                + (spacing == null ? "" : ", spacing " + Arrays.toString(spacing));
    }
}
