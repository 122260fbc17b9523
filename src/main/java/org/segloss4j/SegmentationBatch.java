package org.segloss4j;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.sweep.VisitSweep;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.nd4j.ArrayBatch;
import org.segloss4j.internal.nd4j.NdTensors;
import org.segloss4j.internal.nd4j.RowOrder;

/**
 * The input of a loss or metric. Immutable; the arrays are read in place and never written.
 *
 * <p>Predictions are [N, C, *] (or [N, *, C] after {@link #channelsLast()}, or [rows, C] of rank 2), FLOAT, DOUBLE,
 * HALF or BFLOAT16, in any order or view. Labels are either
 * <ul>
 *   <li>one-hot, multi-hot or soft: the predictions' shape, any type; or</li>
 *   <li>class indices: [N, *], or [N, 1, *] (with channels last also [N, *, 1]), INT32, INT64, UINT8 or another integer
 *       type. For C = 1 they are 0 or 1.</li>
 * </ul>
 * A mask holds the weights of the pixels, 0 for void: [N], [N, 1], [N, *], [N, 1, *], with channels last also
 * [N, *, 1], or one weight per output, shaped like the predictions; any type. A weight is 0 or lies in 1e-20..1e20;
 * other numbers are refused. Masks act after the activation.
 *
 * <pre>{@code
 * SegmentationBatch.predictions(logits).labels(masks).activation(Activation.SOFTMAX)
 * }</pre>
 *
 * @since 0.1.0
 */
public final class SegmentationBatch {

    private final ArrayBatch arrays;

    private SegmentationBatch(ArrayBatch arrays) {
        this.arrays = arrays;
    }

    /**
     * Begins a batch: probabilities, channels first, until {@link #activation} and {@link #channelsLast} say otherwise.
     *
     * @param predictions probabilities, or what {@link #activation} makes probabilities of
     * @return a batch that lacks its labels
     */
    public static Unlabelled predictions(INDArray predictions) {
        return new Unlabelled(predictions);
    }

    /**
     * Predictions without their labels, on the way to a batch.
     *
     * @since 0.1.0
     */
    public static final class Unlabelled {

        private final INDArray predictions;

        private Unlabelled(INDArray predictions) {
            this.predictions = predictions;
        }

        /**
         * Adds the ground truth.
         *
         * @param labels one-hot or soft labels, or class indices
         * @return the batch, without a mask
         * @throws IllegalArgumentException if labels or predictions are null
         */
        public SegmentationBatch labels(INDArray labels) {
            return new SegmentationBatch(new ArrayBatch(labels, predictions, null, new ActivationIdentity(), false,
                    RowOrder.EXAMPLES));
        }
    }

    /**
     * Sets what makes probabilities of the predictions. Softmax (over the channels, wherever they are), sigmoid and
     * identity are computed inside the loss; any other activation runs on its own and costs two arrays more.
     *
     * @param activation the activation
     * @return the new batch
     */
    public SegmentationBatch activation(IActivation activation) {
        return new SegmentationBatch(new ArrayBatch(arrays.labels(), arrays.predictions(), arrays.mask(),
                activation, arrays.channelsLast(), arrays.rows(), arrays.distances(), arrays.skeleton()));
    }

    /**
     * Sets what makes probabilities of the predictions.
     *
     * @param activation such as {@code Activation.SOFTMAX}
     * @return the new batch
     */
    public SegmentationBatch activation(Activation activation) {
        return activation(activation.getActivationFunction());
    }

    /**
     * Sets the weights of the pixels.
     *
     * @param mask the mask, or null for none
     * @return the new batch
     */
    public SegmentationBatch mask(INDArray mask) {
        return new SegmentationBatch(new ArrayBatch(arrays.labels(), arrays.predictions(), mask,
                arrays.activation(), arrays.channelsLast(), arrays.rows(), arrays.distances(), arrays.skeleton()));
    }

    /**
     * Adds signed distances to the boundaries of the classes, which {@link Losses#boundary} multiplies with the
     * probabilities. {@link org.segloss4j.data.SignedDistanceMaps} makes them.
     *
     * @param distances of the predictions' shape (for 1 channel also without that axis), of a floating-point type:
     *                  negative inside of a class and positive outside, all finite; or null for none
     * @return the new batch
     */
    public SegmentationBatch distances(INDArray distances) {
        return new SegmentationBatch(new ArrayBatch(arrays.labels(), arrays.predictions(), arrays.mask(),
                arrays.activation(), arrays.channelsLast(), arrays.rows(), distances, arrays.skeleton()));
    }

    /**
     * Adds the skeletons of the classes, whose recall {@link Losses#skeletonRecall} is.
     * {@link org.segloss4j.data.Skeletons} makes them.
     *
     * @param skeleton labels in any of the forms of the batch's labels: per class 1 on its skeleton and 0 elsewhere, or
     *                 class indices with 0 where there is no skeleton; or null for none
     * @return the new batch
     */
    public SegmentationBatch skeleton(INDArray skeleton) {
        return new SegmentationBatch(new ArrayBatch(arrays.labels(), arrays.predictions(), arrays.mask(),
                arrays.activation(), arrays.channelsLast(), arrays.rows(), arrays.distances(), skeleton));
    }

    /**
     * Says that the channels are the last axis of the predictions.
     *
     * @return the new batch
     */
    public SegmentationBatch channelsLast() {
        return new SegmentationBatch(new ArrayBatch(arrays.labels(), arrays.predictions(), arrays.mask(),
                arrays.activation(), true, arrays.rows(), arrays.distances(), arrays.skeleton()));
    }

    /**
     * Says how many consecutive rows of predictions of rank 2 are one example; 1 by default.
     *
     * @param pixelsPerExample at least 1
     * @return the new batch
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationBatch pixelsPerExample(long pixelsPerExample) {
        return rows(new RowOrder(pixelsPerExample, false));
    }

    /**
     * Says that predictions of rank 2 are [T·N, C], as DL4J's recurrent layers make them: row t·N + n is time step t of
     * example n.
     *
     * @param timeSteps T, at least 1
     * @return the new batch
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationBatch timeSteps(long timeSteps) {
        return rows(new RowOrder(timeSteps, true));
    }

    SegmentationBatch rows(RowOrder rows) {
        return new SegmentationBatch(new ArrayBatch(arrays.labels(), arrays.predictions(), arrays.mask(),
                arrays.activation(), arrays.channelsLast(), rows, arrays.distances(), arrays.skeleton()));
    }

    /**
     * The number of examples.
     *
     * @return N; for rank 2 the rows divided by the pixels per example
     * @throws IllegalArgumentException if the rows do not make up whole examples
     */
    public long examples() {
        return arrays.examples();
    }

    /**
     * The number of channels.
     *
     * @return C; 1 for predictions of rank 1
     */
    public long channels() {
        return arrays.channels();
    }

    /**
     * Counts the pixels by true and predicted class, as {@code SegmentationEvaluation} does over a data set: the
     * predicted class is the channel of the largest value, or 0 or 1 for a single channel.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   the probability above which a single channel is class 1
     * @return C·C counts, C at least 2: that of truth t and prediction p at t·C + p
     * @throws IllegalArgumentException if shapes, types or labels do not fit, or a prediction is NaN
     */
    public long[] confusion(Integer ignoreIndex, double threshold) {
        return new LossCall(LossSpec.countsOnly(ignoreIndex), arrays).confusion(ignoreIndex, threshold);
    }

    /**
     * Counts the pixels of each example by true and predicted class, as {@link #confusion} does for all together.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   the probability above which a single channel is class 1
     * @param each        receives C·C counts of each example in turn, C at least 2; nothing if this throws
     * @throws IllegalArgumentException if shapes, types or labels do not fit, or a prediction is NaN
     */
    public void confusions(Integer ignoreIndex, double threshold, Consumer<long[]> each) {
        new LossCall(LossSpec.countsOnly(ignoreIndex), arrays).confusions(ignoreIndex, threshold, each);
    }

    /**
     * Shows every pixel that is not void to a visitor, on the host; arrays of a device are copied there. Several
     * threads share the work, each with a visitor of its own, and which of them sees a pixel differs from call to
     * call: what the visitors gather should not depend on the order, as whole numbers do not.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param visitors    makes a visitor for each thread
     * @param <V>         what looks at the pixels
     * @return the visitors
     * @throws IllegalArgumentException if shapes, types or labels do not fit, or a prediction is NaN; visitors may have
     *                                  seen some pixels then
     */
    public <V extends PixelVisitor> List<V> forEachPixel(Integer ignoreIndex, Supplier<V> visitors) {
        LossCall call = new LossCall(LossSpec.countsOnly(ignoreIndex), arrays, new CpuBackend());
        return call.visit(() -> new Shown<>(visitors.get())).stream().map(Shown::visitor).toList();
    }

    /** A visitor of users among those of the walk. */
    private record Shown<V extends PixelVisitor>(V visitor) implements VisitSweep.Visitor {

        @Override
        public void visit(long example, long pixel, double[] probabilities, double[] truth, double[] weights) {
            visitor.visit(example, pixel, probabilities, truth, weights);
        }
    }

    /**
     * Rounds a number to the type of the predictions, in which thresholds are compared: a FLOAT 0.3 is 0.30000001.
     *
     * @param value any number
     * @return the nearest number of that type
     */
    public double rounded(double value) {
        return NdTensors.rounded(arrays.predictions(), value);
    }

    ArrayBatch arrays() {
        return arrays;
    }
}
