package org.segloss4j.evaluation;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.morphology.ConnectedComponents;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.nd4j.LabelImages;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.segloss4j.internal.nd4j.NdTensors;
import org.segloss4j.internal.nd4j.RowOrder;

/**
 * Class and instance of each pixel: what panoptic segmentation finds. Arrays are of an integer type and are read when
 * they are evaluated.
 *
 * @since 0.1.0
 */
public final class PanopticSegmentation {

    private final INDArray classes;
    private final INDArray instances;
    /** Classes and instances, [N, 1 or 2, S]. */
    private final Tensor classTensor;
    private final Tensor instanceTensor;
    /** The sizes of an image whose instances are the parts that hang together, or null. */
    private final int[] sizes;

    private PanopticSegmentation(INDArray classes, INDArray instances, Tensor classTensor, Tensor instanceTensor,
                                 int[] sizes) {
        this.classes = classes;
        this.instances = instances;
        this.classTensor = classTensor;
        this.instanceTensor = instanceTensor;
        this.sizes = sizes;
    }

    /**
     * Classes and instances in two arrays.
     *
     * @param classes   [N, *] class of each pixel
     * @param instances of the same shape: any number that tells instances of one class and image apart; that of stuff
     *                  does not matter
     * @return the segmentation of N images
     * @throws IllegalArgumentException if types or shapes do not fit
     */
    public static PanopticSegmentation of(INDArray classes, INDArray instances) {
        check("classes", classes, 2);
        check("instances", instances, 2);
        if (!Arrays.equals(classes.shape(), instances.shape())) {
            throw new IllegalArgumentException("classes " + Arrays.toString(classes.shape())
                    + " do not match instances " + Arrays.toString(instances.shape()));
        }
        return new PanopticSegmentation(classes, instances, tensor(classes), tensor(instances), null);
    }

    /**
     * Pairs of class and instance, as torchmetrics has them.
     *
     * @param pairs [N, *, 2]
     * @return the segmentation of N images
     * @throws IllegalArgumentException if type or shape do not fit
     */
    public static PanopticSegmentation ofPairs(INDArray pairs) {
        check("pairs", pairs, 3);
        int last = pairs.rank() - 1;
        if (pairs.size(last) != 2) {
            throw new IllegalArgumentException("pairs " + Arrays.toString(pairs.shape())
                    + " need a last axis of 2: class and instance");
        }
        Tensor tensor = NdTensors.tensor(pairs, last, RowOrder.EXAMPLES);
        return new PanopticSegmentation(pairs, pairs, tensor, tensor, null);
    }

    /**
     * Classes alone: the pixels of a class that touch by a side, an edge or a corner (8 neighbours in images, 26 in
     * volumes) are an instance.
     *
     * @param classes [N, H, W], [N, 1, H, W], [N, D, H, W] or [N, 1, D, H, W]
     * @return the segmentation of N images
     * @throws IllegalArgumentException if type or shape do not fit
     */
    public static PanopticSegmentation ofComponents(INDArray classes) {
        int[] sizes = LabelImages.of("classes", classes).sizes();
        return new PanopticSegmentation(classes, classes, tensor(classes), null, sizes);
    }

    private static void check(String name, INDArray array, int rank) {
        if (array == null) {
            throw new IllegalArgumentException(name + " must not be null");
        }
        if (array.isEmpty() || array.rank() < rank) {
            throw new IllegalArgumentException(name + " " + Arrays.toString(array.shape())
                    + " need an axis of examples and one of pixels");
        }
        if (!array.dataType().isIntType()) {
            throw new IllegalArgumentException(name + " " + array.dataType() + " " + Arrays.toString(array.shape())
                    + " must be of an integer type such as INT32 or INT64");
        }
        NdTensors.inside(name, array);
    }

    private static Tensor tensor(INDArray array) {
        return NdTensors.withoutChannels(array, RowOrder.EXAMPLES, Nd4jMemory.here().access(false)::reading);
    }

    /** N. */
    long examples() {
        return classTensor.examples();
    }

    /** Pixels of each image. */
    long pixels() {
        return classTensor.pixels();
    }

    /** The class of each pixel of an image. */
    long[] classes(long n) {
        return read(classTensor, n, 0);
    }

    /** The instance of each pixel of an image. */
    long[] instances(long n) {
        if (sizes == null) {
            return read(instanceTensor, n, instanceTensor.channels() - 1);
        }
        return Arrays.stream(ConnectedComponents.of(classes(n), Grid.of(sizes))).asLongStream().toArray();
    }

    private long[] read(Tensor tensor, long n, int channel) {
        long[] values = new long[Math.toIntExact(tensor.pixels())];
        for (int s = 0; s < values.length; s++) {
            values[s] = Elements.getLong(tensor, n, channel, s);
        }
        Reference.reachabilityFence(classes);
        Reference.reachabilityFence(instances);
        return values;
    }

    /** The numbers of images and of the pixels of each. */
    @Override
    public String toString() {
        return "[" + examples() + ", " + pixels() + "]";
    }
}
