package org.segloss4j.internal.nd4j;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Tensor;

/** Whole numbers of images [N, H, W] or [N, 1, H, W], or of volumes [N, D, H, W] or [N, 1, D, H, W]. */
public final class LabelImages {

    /** Stands for a pixel that is of no class. */
    public static final int VOID = -1;

    private final INDArray array;
    private final Tensor tensor;
    private final int[] sizes;

    private LabelImages(INDArray array, Tensor tensor, int[] sizes) {
        this.array = array;
        this.tensor = tensor;
        this.sizes = sizes;
    }

    /**
     * Reads an array where it lies.
     *
     * @param name  what it holds, for messages
     * @param array of an integer type. Of rank 4, a second axis of size 1 is that of the channels, not a single slice
     * @return its images
     * @throws IllegalArgumentException with type and shape if they do not fit
     */
    public static LabelImages of(String name, INDArray array) {
        if (array == null) {
            throw new IllegalArgumentException(name + " must not be null");
        }
        long[] shape = array.shape();
        boolean hasChannel = shape.length > 3 && shape[1] == 1;
        if (array.isEmpty() || shape.length < 3 || shape.length > 5 || shape.length == 5 && !hasChannel) {
            throw new IllegalArgumentException(name + " " + Arrays.toString(shape) + " are no images [N, H, W] or"
                    + " [N, 1, H, W] and no volumes [N, D, H, W] or [N, 1, D, H, W]");
        }
        if (!array.dataType().isIntType()) {
            throw new IllegalArgumentException(name + " " + array.dataType() + " " + Arrays.toString(shape)
                    + " must be of an integer type such as INT32, INT64 or UINT8");
        }
        NdTensors.inside(name, array);
        Tensor tensor = hasChannel ? NdTensors.tensor(array, 1, RowOrder.EXAMPLES)
                : NdTensors.withoutChannels(array, RowOrder.EXAMPLES, Nd4jMemory.here().access(false)::reading);
        return new LabelImages(array, tensor, Arrays.stream(shape).skip(hasChannel ? 2 : 1)
                .mapToInt(Math::toIntExact).toArray());
    }

    /**
     * The sizes of an image or volume.
     *
     * @return [H, W] or [D, H, W]
     */
    public int[] sizes() {
        return sizes.clone();
    }

    /**
     * N.
     *
     * @return how many there are
     */
    public int examples() {
        return Math.toIntExact(tensor.examples());
    }

    /**
     * The numbers of one image.
     *
     * @param n which
     * @return in 'c' order
     */
    public long[] values(int n) {
        long[] values = new long[Math.toIntExact(tensor.pixels())];
        for (int s = 0; s < values.length; s++) {
            values[s] = Elements.getLong(tensor, n, 0, s);
        }
        Reference.reachabilityFence(array);
        return values;
    }

    /**
     * The classes of one image.
     *
     * @param n           which
     * @param classes     how many there are
     * @param ignoreIndex the label of void pixels, or null
     * @return in 'c' order, {@link #VOID} for void pixels
     * @throws IllegalArgumentException with count and place of labels that are neither a class nor void
     */
    public int[] classes(int n, int classes, Integer ignoreIndex) {
        BadInput bad = new BadInput();
        int[] labels = new int[Math.toIntExact(tensor.pixels())];
        for (int s = 0; s < labels.length; s++) {
            long label = Elements.getLong(tensor, n, 0, s);
            if (ignoreIndex != null && label == ignoreIndex) {
                labels[s] = VOID;
            } else if (label < 0 || label >= classes) {
                bad.add(BadInput.Kind.LABEL, n, s, label);
            } else {
                labels[s] = (int) label;
            }
        }
        bad.check(labels.length, classes, ignoreIndex);
        Reference.reachabilityFence(array);
        return labels;
    }
}
