package org.segloss4j;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/** What can be computed of a loss that is given as data: value, gradient and mergeable sums of a batch. */
abstract class LossComputation {

    /**
     * The loss as data, for backends.
     *
     * @return its region and pixel terms
     */
    public abstract LossSpec spec();

    /**
     * The value of the loss, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L
     */
    public double value(SegmentationBatch batch) {
        return value(batch, Backends.selected(batch));
    }

    /**
     * The value of the loss.
     *
     * @param batch   predictions, labels and mask
     * @param backend what computes it
     * @return L
     */
    public double value(SegmentationBatch batch, LossBackend backend) {
        return new LossCall(spec(), batch, backend).value();
    }

    /**
     * Value and gradient of the loss, by the selected backend.
     *
     * @param batch predictions, labels and mask
     * @return L and dL/dpredictions
     */
    public LossResult valueAndGradient(SegmentationBatch batch) {
        return valueAndGradient(batch, Backends.selected(batch));
    }

    /**
     * Value and gradient of the loss.
     *
     * @param batch   predictions, labels and mask
     * @param backend what computes them
     * @return L and dL/dpredictions
     */
    public LossResult valueAndGradient(SegmentationBatch batch, LossBackend backend) {
        LossCall call = new LossCall(spec(), batch, backend);
        INDArray gradient = call.newGradient();
        return new LossResult(call.valueAndGradient(1, gradient), gradient);
    }

    /**
     * Value and gradient, with the gradient written into a given array.
     *
     * @param batch    predictions, labels and mask
     * @param scale    factor of the gradient
     * @param gradient receives scale·dL/dpredictions; of the predictions' shape, any strides, FLOAT, DOUBLE, HALF or
     *                 BFLOAT16
     * @return L
     * @throws IllegalArgumentException also if the gradient's shape is not that of the predictions
     */
    public double valueAndGradient(SegmentationBatch batch, double scale, INDArray gradient) {
        return new LossCall(spec(), batch).valueAndGradient(scale, gradient);
    }

    /**
     * The loss of each example by itself.
     *
     * @param batch predictions, labels and mask
     * @return N values
     */
    public double[] valuePerExample(SegmentationBatch batch) {
        return new LossCall(spec(), batch).valuePerExample();
    }

    /**
     * The class sums of one shard or micro-batch. Merged, they give exactly the value and gradient of the large batch.
     *
     * @param batch predictions, labels and mask of a part of the examples
     * @return its sums, to be {@linkplain ClassSums#merge merged}
     */
    public ClassSums sums(SegmentationBatch batch) {
        return new LossCall(spec(), batch).sums(spec().needsSumsPerImage());
    }

    /**
     * The value of the loss from class sums.
     *
     * @param sums of this loss, or of another that holds all that this one needs: losses of the same ignored label
     *             share the sums of region losses
     * @return L
     * @throws IllegalArgumentException if they lack something or were summed otherwise; names both sides
     */
    public double value(ClassSums sums) {
        LossSpec spec = spec();
        spec.check(sums);
        return Finalisation.value(spec, sums);
    }

    /**
     * The gradient of the large batch's loss with respect to the predictions of one part.
     *
     * @param batch        predictions, labels and mask of the part
     * @param sums         merged sums of all parts
     * @param firstExample index of the part's first example in the large batch; matters only per image
     * @return dL/dpredictions of the part
     * @throws IllegalArgumentException also if the sums are not of this loss or its classes, or per image and without
     *                                  the examples of the part; names both sides
     */
    public INDArray gradient(SegmentationBatch batch, ClassSums sums, int firstExample) {
        LossSpec spec = spec();
        spec.check(sums);
        LossCall call = new LossCall(spec, batch);
        checkPart(batch, sums, firstExample);
        return call.gradient(sums, firstExample, 1, call.newGradient());
    }

    private static void checkPart(SegmentationBatch batch, ClassSums sums, int firstExample) {
        INDArray predictions = batch.predictions();
        if (predictions.size(batch.channelAxis()) != sums.classes()) {
            throw new IllegalArgumentException("sums of " + sums.classes() + " classes do not match predictions "
                    + Arrays.toString(predictions.shape()));
        }
        if (sums.perImage() && (firstExample < 0 || firstExample + batch.examples() > sums.rows())) {
            throw new IllegalArgumentException("firstExample " + firstExample + " and the " + batch.examples()
                    + " examples from there on are not among the " + sums.rows() + " images of the sums");
        }
    }
}
