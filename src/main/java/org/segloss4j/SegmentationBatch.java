package org.segloss4j;

import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.nd4j.Rows;

/**
 * The input of a loss or metric. Immutable; the arrays are read in place and never written.
 *
 * <p>Predictions are [N, C, *] (or [N, *, C] after {@link #channelsLast()}, or [rows, C] of rank 2), FLOAT, DOUBLE,
 * HALF or BFLOAT16, in any order or view. Labels are either
 * <ul>
 *   <li>one-hot, multi-hot or soft: the predictions' shape, any type; or</li>
 *   <li>class indices: [N, *], or [N, 1, *] (with channels last also [N, *, 1]), UINT8, INT32, INT64 or another integer
 *       type. For C = 1 they are 0 or 1.</li>
 * </ul>
 * A mask holds the weights of the pixels, 0 for void: [N], [N, 1], [N, *], [N, 1, *], with channels last also
 * [N, *, 1], or one weight per output, shaped like the predictions; any type. Masks act after the activation.
 */
public final class SegmentationBatch {

    private final INDArray labels;
    private final INDArray predictions;
    private final INDArray mask;
    private final IActivation activation;
    private final boolean channelsLast;
    private final Rows rows;

    private SegmentationBatch(INDArray labels, INDArray predictions, INDArray mask, IActivation activation,
                              boolean channelsLast, Rows rows) {
        if (labels == null || predictions == null || activation == null) {
            throw new IllegalArgumentException("labels, predictions and activation must not be null");
        }
        this.labels = labels;
        this.predictions = predictions;
        this.mask = mask;
        this.activation = activation;
        this.channelsLast = channelsLast;
        this.rows = rows;
    }

    /**
     * A batch of probabilities, channels first, without a mask.
     *
     * @param labels      the ground truth
     * @param predictions probabilities, or what {@link #activation} makes probabilities of
     * @return the batch
     * @throws IllegalArgumentException if one is null
     */
    public static SegmentationBatch of(INDArray labels, INDArray predictions) {
        return new SegmentationBatch(labels, predictions, null, new ActivationIdentity(), false, Rows.EXAMPLES);
    }

    /**
     * Sets what makes probabilities of the predictions. Softmax (over the channels, wherever they are), sigmoid and
     * identity are computed inside the loss; any other activation runs on its own and costs two arrays more.
     *
     * @param activation the activation
     * @return the new batch
     */
    public SegmentationBatch activation(IActivation activation) {
        return new SegmentationBatch(labels, predictions, mask, activation, channelsLast, rows);
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
        return new SegmentationBatch(labels, predictions, mask, activation, channelsLast, rows);
    }

    /**
     * Says that the channels are the last axis of the predictions.
     *
     * @return the new batch
     */
    public SegmentationBatch channelsLast() {
        return new SegmentationBatch(labels, predictions, mask, activation, true, rows);
    }

    /**
     * Says how many consecutive rows of predictions of rank 2 are one example; 1 by default.
     *
     * @param pixelsPerExample at least 1
     * @return the new batch
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationBatch pixelsPerExample(long pixelsPerExample) {
        return rows(new Rows(pixelsPerExample, false));
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
        return rows(new Rows(timeSteps, true));
    }

    public SegmentationBatch rows(Rows newRows) {
        return new SegmentationBatch(labels, predictions, mask, activation, channelsLast, newRows);
    }

    /**
     * The number of examples.
     *
     * @return N; for rank 2 the rows divided by the pixels per example
     * @throws IllegalArgumentException if the rows do not make up whole examples
     */
    public long examples() {
        long first = predictions.size(0);
        return predictions.rank() == 2 ? rows.examples(first) : first;
    }

    public INDArray labels() {
        return labels;
    }

    public INDArray predictions() {
        return predictions;
    }

    public INDArray mask() {
        return mask;
    }

    public IActivation activation() {
        return activation;
    }

    public Rows rows() {
        return rows;
    }

    /** The axis of the predictions' channels. */
    public int channelAxis() {
        return channelsLast || predictions.rank() == 2 ? predictions.rank() - 1 : 1;
    }
}
