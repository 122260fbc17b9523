package org.segloss4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One loss on several heads of a network, from the finest to the coarsest, each with a weight: deep supervision. The
 * loss is {@code Σ weight·L(head)}. Labels of a coarser head are those of the pixels nearest to the centres of its own,
 * as torch's {@code nearest-exact} picks them, which nnU-Net and MONAI use. Immutable.
 *
 * <pre>{@code
 * DeepSupervision supervision = DeepSupervision.halving(Losses.CCE_DICE_LOSS, 3, false);
 * SegmentationBatch finest = SegmentationBatch.predictions(full).labels(labels).activation(Activation.SOFTMAX);
 * DeepSupervision.Result result = supervision.valueAndGradients(finest, DeepSupervision.coarser(finest, half),
 *         DeepSupervision.coarser(finest, quarter));
 * }</pre>
 *
 * <p>For networks of DL4J see {@link org.segloss4j.dl4j.DeepSupervisionHeads}.
 *
 * @since 0.1.0
 */
public final class DeepSupervision {

    private final SegmentationLoss loss;
    private final double[] weights;

    private DeepSupervision(SegmentationLoss loss, double[] weights) {
        this.loss = loss;
        this.weights = weights;
    }

    /**
     * With weights of one's own, as they are.
     *
     * @param loss    the loss of each head
     * @param weights one for each head, the finest first; at least 0, and one above it
     * @return the losses
     * @throws IllegalArgumentException if there is none, or one is negative or not finite, or all are 0
     */
    public static DeepSupervision of(SegmentationLoss loss, double... weights) {
        double sum = 0;
        for (double weight : weights) {
            if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("a head has the weight " + weight
                        + ", but a weight is a finite number of at least 0");
            }
            sum += weight;
        }
        if (sum == 0) {
            throw new IllegalArgumentException("the weights of the heads are " + Arrays.toString(weights)
                    + ", but one must be above 0");
        }
        return new DeepSupervision(loss, weights.clone());
    }

    /**
     * With weights 1, 1/2, 1/4 and so on, divided by their sum. Without the last head these are nnU-Net's.
     *
     * @param loss     the loss of each head
     * @param heads    how many there are
     * @param withLast whether the coarsest head counts; otherwise its weight is 0
     * @return the losses
     * @throws IllegalArgumentException if no head is left that counts
     */
    public static DeepSupervision halving(SegmentationLoss loss, int heads, boolean withLast) {
        int counted = withLast ? heads : heads - 1;
        if (counted < 1) {
            throw new IllegalArgumentException("the number of heads is " + heads + (withLast ? ""
                    : ", of which the last does not count") + ", but one that counts is needed");
        }
        double[] all = new double[heads];
        double sum = 2 - Math.pow(0.5, counted - 1);
        for (int k = 0; k < counted; k++) {
            all[k] = Math.pow(0.5, k) / sum;
        }
        return of(loss, all);
    }

    /**
     * How MONAI's {@code DeepSupervisionLoss} weighs heads; the weights are not divided by their sum.
     *
     * @since 0.1.0
     */
    public enum MonaiWeights {
        /** 1, 1/2, 1/4 and so on, but at least 1/16. */
        EXP {
            @Override
            double of(int head) {
                return Math.max(Math.pow(0.5, head), 0.0625);
            }
        },
        /** 1 for the finest and 1/2 for all others. */
        TWO {
            @Override
            double of(int head) {
                return head == 0 ? 1 : 0.5;
            }
        },
        /** 1 for all. */
        SAME {
            @Override
            double of(int head) {
                return 1;
            }
        };

        abstract double of(int head);
    }

    /**
     * With the weights of MONAI 1.5.
     *
     * @param loss  the loss of each head
     * @param heads how many there are, at least 1
     * @param mode  which weights
     * @return the losses
     * @throws IllegalArgumentException if there is no head
     */
    public static DeepSupervision monai(SegmentationLoss loss, int heads, MonaiWeights mode) {
        double[] all = new double[Math.max(0, heads)];
        Arrays.setAll(all, mode::of);
        return of(loss, all);
    }

    /**
     * The weights.
     *
     * @return one for each head, the finest first
     */
    public double[] weights() {
        return weights.clone();
    }

    /**
     * The loss of each head, for layers of a network.
     *
     * @return the loss times the weight of the head, the finest first
     */
    public List<SegmentationLoss> losses() {
        return Arrays.stream(weights).mapToObj(loss::times).toList();
    }

    /**
     * The weighted sum of the losses of all heads.
     *
     * @param heads the batch of each head, the finest first
     * @return Σ weight·L
     * @throws IllegalArgumentException if there are more or fewer heads than weights
     */
    public double value(SegmentationBatch... heads) {
        check(heads);
        double value = 0;
        for (int k = 0; k < heads.length; k++) {
            value += weights[k] == 0 ? 0 : weights[k] * loss.value(heads[k]);
        }
        return value;
    }

    /**
     * The weighted sum and its gradient with respect to the predictions of each head.
     *
     * @param heads the batch of each head, the finest first
     * @return value and gradients
     * @throws IllegalArgumentException if there are more or fewer heads than weights
     */
    public Result valueAndGradients(SegmentationBatch... heads) {
        check(heads);
        double value = 0;
        List<INDArray> gradients = new ArrayList<>();
        for (int k = 0; k < heads.length; k++) {
            INDArray predictions = heads[k].arrays().predictions();
            INDArray gradient = Nd4j.create(predictions.dataType(), predictions.shape(), 'c');
            value += weights[k] == 0 ? 0 : weights[k] * loss.valueAndGradient(heads[k], weights[k], gradient);
            gradients.add(gradient);
        }
        return new Result(value, gradients);
    }

    private void check(SegmentationBatch... heads) {
        if (heads.length != weights.length) {
            throw new IllegalArgumentException("the number of heads is " + heads.length + ", but there are weights for "
                    + weights.length);
        }
    }

    /**
     * Value and gradients of all heads.
     *
     * @param value     Σ weight·L
     * @param gradients the gradient of each head's predictions, the finest first; 0 for a head of weight 0
     * @since 0.1.0
     */
    public record Result(double value, List<INDArray> gradients) {

        /**
         * Copies the list.
         *
         * @param value     Σ weight·L
         * @param gradients the gradients
         */
        public Result {
            gradients = List.copyOf(gradients);
        }
    }

    /**
     * The batch of a coarser head: its predictions, with labels and mask of the finest head at the nearest pixels.
     * Where the sizes divide evenly the labels are a strided view; a loss copies such a view of more than one axis
     * once, so 1/4 of the labels for half the size of images. Where they do not divide, the labels are copied here.
     *
     * @param finest      the batch of the finest head, without distances and skeletons
     * @param predictions of the coarser head, of rank 3 or more, channels where the finest head has them
     * @return its batch, with the activation of the finest head
     * @throws IllegalArgumentException if the head is not coarser, or labels or mask do not fit the finest predictions
     */
    public static SegmentationBatch coarser(SegmentationBatch finest, INDArray predictions) {
        return CoarserHead.batch(finest.arrays(), predictions);
    }

    /**
     * The labels of a coarser head as a view: every k-th pixel, from the middle one of each k on, along the last axes.
     * The view shares the memory of the labels. A loss reads it in place if one axis alone is strided, and otherwise
     * copies the pixels of the view once for each call.
     *
     * @param labels  [N, *], [N, 1, *] or [N, C, *]
     * @param strides one for each spatial axis, which are the last axes; at least 1, a divisor of the axis
     * @return the view
     * @throws IllegalArgumentException if a stride is below 1 or does not divide its axis
     */
    public static INDArray labelStride(INDArray labels, int... strides) {
        return CoarserHead.labelStride(labels, strides);
    }
}
