package org.segloss4j.data;

import java.util.function.Supplier;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.nd4j.LabelImages;

/**
 * Numbers for each class and pixel that are made of the labels alone, for losses that need more than the label of a
 * pixel. They are made where data is read, so that training does not wait for them:
 * {@link SegmentationIterator#appendMaps}. Immutable; safe for use by several threads.
 *
 * <p>A loss may need both kinds. {@link #of} gives what it needs; {@link #and} joins them by hand. Whatever the order
 * in which they were joined, the signed distances of all classes come first and the skeletons of all classes follow.
 *
 * <pre>{@code
 * SegmentationLoss loss = Losses.dice().plus(Losses.boundary().times(0.01)).plus(Losses.skeletonRecall());
 * SegmentationIterator training = SegmentationIterator.of(source).batch(8).appendMaps(PixelMaps.of(loss, 4));
 * }</pre>
 *
 * <p>Labels are class indices of an integer type: images [N, H, W] or [N, 1, H, W], volumes [N, D, H, W] or
 * [N, 1, D, H, W]. (Of rank 4, a second axis of size 1 is that of the channels; a volume of one slice is
 * [N, 1, 1, H, W].) For a single class, they are 0 and 1, and the one map is that of the pixels of label 1, as losses
 * of one channel expect it.
 *
 * @since 0.1.0
 */
public abstract sealed class PixelMaps permits SignedDistanceMaps, Skeletons, JoinedMaps {

    private final int classes;
    private final Integer ignoreIndex;

    PixelMaps(int classes, Integer ignoreIndex) {
        if (classes < 1) {
            throw new IllegalArgumentException("classes is " + classes + ", but must be at least 1");
        }
        this.classes = classes;
        this.ignoreIndex = ignoreIndex;
    }

    /**
     * The maps that a loss reads beside the labels, with their default settings.
     *
     * @param loss     any loss
     * @param channels how many the network has: one for each class, or a single one, whose maps are those of label 1
     * @return signed distances if there is a boundary loss in it, skeletons if there is skeleton recall, both in this
     *         order if there are both; null if it reads the labels alone
     * @throws IllegalArgumentException if there is no channel
     */
    public static PixelMaps of(SegmentationLoss loss, int channels) {
        if (!loss.needsDistances()) {
            return loss.needsSkeleton() ? Skeletons.ofClasses(channels) : null;
        }
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(channels);
        return loss.needsSkeleton() ? distances.and(Skeletons.ofClasses(channels)) : distances;
    }

    /**
     * These maps and others, for a loss that reads both.
     *
     * @param other maps of the other kind, with the same classes and the same label of void pixels
     * @return both, signed distances first
     * @throws IllegalArgumentException if they are of one kind, or differ in classes or the label of void pixels
     */
    public PixelMaps and(PixelMaps other) {
        return JoinedMaps.of(this, other);
    }

    /**
     * The number of channels that the maps take.
     *
     * @return one for each class and kind of map
     */
    public int channels() {
        return classes;
    }

    /**
     * The number of classes, each of which has a map.
     *
     * @return C
     */
    public int classes() {
        return classes;
    }

    /** The label of void pixels, or null. */
    Integer ignoreIndex() {
        return ignoreIndex;
    }

    /** The label whose map is map c. */
    int label(int c) {
        return classes == 1 ? 1 : c;
    }

    /** How many labels are classes. */
    int labels() {
        return Math.max(2, classes);
    }

    /**
     * The maps of one image.
     *
     * @param labels the class of each pixel, or {@link LabelImages#VOID}
     * @param sizes  of the image or volume
     * @return [{@link #channels}, S]
     */
    abstract float[] ofImage(int[] labels, int[] sizes);

    /**
     * The maps, for a loss that is called directly.
     *
     * @param labels class indices of an integer type, images or volumes
     * @return FLOAT [N, C, H, W] or [N, C, D, H, W]; of joined maps 2·C for C
     * @throws IllegalArgumentException if type, shape or spacing do not fit, or a label is no class
     */
    public INDArray maps(INDArray labels) {
        return array(labels, false);
    }

    /**
     * Labels and maps in one array, as layers of DL4J take them, which have one array of labels.
     *
     * @param labels class indices of an integer type, images or volumes
     * @return FLOAT [N, 1 + C, H, W] or [N, 1 + C, D, H, W]: the labels in channel 0, the map of class c in channel
     *         1 + c, of joined maps its skeleton in channel 1 + C + c
     * @throws IllegalArgumentException if type, shape or spacing do not fit, or a label is no class
     */
    public INDArray packed(INDArray labels) {
        return array(labels, true);
    }

    private INDArray array(INDArray labels, boolean withLabels) {
        LabelImages images = LabelImages.of("labels", labels);
        int[] sizes = images.sizes();
        int pixels = Grid.of(sizes).length();
        int channels = channels() + (withLabels ? 1 : 0);
        float[] all = new float[Math.multiplyExact(Math.multiplyExact(images.examples(), channels), pixels)];
        for (int n = 0; n < images.examples(); n++) {
            int at = n * channels * pixels;
            if (withLabels) {
                for (long label : images.values(n)) {
                    all[at++] = label;
                }
            }
            float[] maps = ofImage(images.classes(n, labels(), ignoreIndex), sizes);
            System.arraycopy(maps, 0, all, at, maps.length);
        }
        long[] shape = new long[2 + sizes.length];
        shape[0] = images.examples();
        shape[1] = channels;
        for (int axis = 0; axis < sizes.length; axis++) {
            shape[2 + axis] = sizes[axis];
        }
        return kept(() -> Nd4j.createFromArray(all).reshape(shape));
    }

    /** An array that belongs to no workspace, so that it may be kept. */
    static INDArray kept(Supplier<INDArray> made) {
        MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
        try {
            return made.get();
        } finally {
            outside.close();
        }
    }
}
