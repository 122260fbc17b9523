package org.segloss4j.data;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.morphology.Boundaries;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.morphology.Skeleton;
import org.segloss4j.internal.nd4j.LabelImages;

/**
 * The skeletons of the labels, a few pixels wide, for the skeleton recall loss, which keeps thin structures such as
 * vessels, roads and cracks in one piece.
 *
 * <pre>{@code
 * Skeletons skeletons = Skeletons.ofClasses(3);
 * INDArray onSkeletons = skeletons.maps(labels);                           // [N, 3, H, W], 0 or 1
 * SegmentationIterator training = SegmentationIterator.of(source).batch(8).appendMaps(skeletons);
 * }</pre>
 *
 * <p>All classes but the background, which is class 0, make up one mask; it is thinned to lines, these are dilated
 * twice by their direct neighbours, and what lies on them keeps its label. So a map holds 1 where a pixel is of its
 * class and near a skeleton, and 0 elsewhere; the map of class 0 is 0. Void pixels are no part of the mask.
 *
 * <p>Source: Kirchhoff et al., Skeleton Recall Loss for Connectivity Conserving and Resource Efficient Segmentation of
 * Thin Tubular Structures, ECCV 2024. The thinning is that of Lee et al. 1994, as
 * {@code skeletonize(method="lee")} of scikit-image does it; MIC-DKFZ/Skeleton-Recall uses it for volumes, and another
 * one for images, whose lines differ by single pixels.
 *
 * @since 0.1.0
 */
public final class Skeletons extends PixelMaps {

    private static final int TWICE = 2;

    private final int dilations;
    private final boolean sliceWise;

    private Skeletons(int classes, Integer ignoreIndex, int dilations, boolean sliceWise) {
        super(classes, ignoreIndex);
        this.dilations = dilations;
        this.sliceWise = sliceWise;
    }

    /**
     * Skeletons that are dilated twice.
     *
     * @param classes the number of classes with the background; 1 for a single channel, whose map is that of label 1
     * @return what makes the maps
     * @throws IllegalArgumentException if there is no class
     */
    public static Skeletons ofClasses(int classes) {
        return new Skeletons(classes, null, TWICE, false);
    }

    /**
     * Sets how often lines are dilated by their direct neighbours.
     *
     * @param times 0 for lines of one pixel
     * @return the new settings
     * @throws IllegalArgumentException if it is negative
     */
    public Skeletons dilations(int times) {
        if (times < 0) {
            throw new IllegalArgumentException("dilations is " + times + ", but must be at least 0");
        }
        return new Skeletons(classes(), ignoreIndex(), times, sliceWise);
    }

    /**
     * Takes each slice of a volume as an image, for volumes whose slices lie far apart.
     *
     * @return the new settings
     */
    public Skeletons sliceWise() {
        return new Skeletons(classes(), ignoreIndex(), dilations, true);
    }

    /**
     * Sets the label of void pixels. An iterator knows it by its label map.
     *
     * @param ignoreIndex the label
     * @return the new settings
     */
    public Skeletons ignoreIndex(int ignoreIndex) {
        return new Skeletons(classes(), ignoreIndex, dilations, sliceWise);
    }

    /**
     * The skeletons as labels: those of the pixels near a skeleton, 0 elsewhere.
     *
     * @param labels class indices of an integer type, images or volumes
     * @return INT32 of the same shape
     * @throws IllegalArgumentException if type or shape do not fit, or a label is no class
     */
    public INDArray labels(INDArray labels) {
        LabelImages images = LabelImages.of("labels", labels);
        int pixels = Grid.of(images.sizes()).length();
        int[] all = new int[Math.multiplyExact(images.examples(), pixels)];
        for (int n = 0; n < images.examples(); n++) {
            int[] own = images.classes(n, labels(), ignoreIndex());
            boolean[] near = near(own, images.sizes());
            for (int s = 0; s < pixels; s++) {
                all[n * pixels + s] = near[s] ? own[s] : 0;
            }
        }
        return kept(() -> Nd4j.createFromArray(all).reshape(labels.shape()));
    }

    @Override
    float[] ofImage(int[] labels, int[] sizes) {
        float[] maps = new float[Math.multiplyExact(classes(), labels.length)];
        boolean[] near = near(labels, sizes);
        for (int s = 0; s < labels.length; s++) {
            if (near[s]) {
                maps[(classes() == 1 ? 0 : labels[s]) * labels.length + s] = 1;
            }
        }
        return maps;
    }

    /** The pixels of the mask that are near its skeleton. */
    private boolean[] near(int[] labels, int[] sizes) {
        boolean[] mask = new boolean[labels.length];
        for (int s = 0; s < labels.length; s++) {
            mask[s] = labels[s] > 0;
        }
        boolean[] near = sliceWise && sizes.length > 2 ? ofSlices(mask, sizes) : dilated(mask, Grid.of(sizes));
        for (int s = 0; s < labels.length; s++) {
            near[s] &= mask[s];
        }
        return near;
    }

    private boolean[] ofSlices(boolean[] mask, int[] sizes) {
        Grid slice = Grid.of(sizes[1], sizes[2]);
        int pixels = slice.length();
        boolean[] all = new boolean[mask.length];
        for (int first = 0; first < mask.length; first += pixels) {
            boolean[] own = dilated(Arrays.copyOfRange(mask, first, first + pixels), slice);
            System.arraycopy(own, 0, all, first, pixels);
        }
        return all;
    }

    private boolean[] dilated(boolean[] mask, Grid grid) {
        boolean[] lines = Skeleton.of(mask, grid);
        for (int k = 0; k < dilations; k++) {
            lines = Boundaries.dilated(lines, grid);
        }
        return lines;
    }

    @Override
    public String toString() {
        return "skeletons of " + classes() + (classes() == 1 ? " class" : " classes") + ", dilated " + dilations
                + (dilations == 1 ? " time" : " times") + (sliceWise ? ", slice by slice" : "");
    }
}
