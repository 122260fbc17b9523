package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;

/**
 * Compares a network with the loss as it is defined: the reported score must be L, and one step of plain gradient
 * descent at rate 1 must be dL/dW by differences of L. DL4J's GradientCheckUtil is blind to a wrong scale, since score
 * and gradient are scaled alike.
 */
final class NetworkCheck {

    private static final double STEP = 1e-5;

    private final MultiLayerNetwork network;
    private final SegmentationLoss loss;
    private final DataSet data;
    private final Function<INDArray, SegmentationBatch> batch;
    private double scoreDivisor = 1;
    private double stepFactor = 1;

    /**
     * Prepares the check.
     *
     * @param network DOUBLE, with the updater NoOp, which subtracts the raw gradient
     * @param loss    as defined on whole examples
     * @param data    what the network is trained with
     * @param batch   makes the loss's input of the last layer's input
     */
    NetworkCheck(MultiLayerNetwork network, SegmentationLoss loss, DataSet data,
                 Function<INDArray, SegmentationBatch> batch) {
        this.network = network;
        this.loss = loss;
        this.data = data;
        this.batch = batch;
    }

    /** For the settings with which DL4J divides score and step differently: what they are in terms of L. */
    NetworkCheck expecting(double newScoreDivisor, double newStepFactor) {
        scoreDivisor = newScoreDivisor;
        stepFactor = newStepFactor;
        return this;
    }

    /** Runs the check on some eight parameters. */
    void run() {
        DoubleSupplier definition = () -> LossInternals.value(loss, batch.apply(lastInput()), new ReferenceBackend());
        double value = definition.getAsDouble();
        assertThat(network.score(data)).as("score of the data").isCloseTo(value / scoreDivisor, offset(1e-10));
        double[] slopes = new double[(int) network.numParams()];
        int stride = Math.max(1, slopes.length / 8);
        INDArray parameters = network.params();
        for (int k = 0; k < slopes.length; k += stride) {
            double at = parameters.getDouble(k);
            parameters.putScalar(k, at + STEP);
            double above = definition.getAsDouble();
            parameters.putScalar(k, at - STEP);
            double below = definition.getAsDouble();
            parameters.putScalar(k, at);
            slopes[k] = (above - below) / (2 * STEP);
        }
        INDArray before = parameters.dup();
        network.fit(data);
        assertThat(network.score()).as("score of the step").isCloseTo(value / scoreDivisor, offset(1e-10));
        INDArray step = before.sub(network.params());
        double largest = step.amaxNumber().doubleValue();
        assertThat(largest).as("largest step").isGreaterThan(1e-6);
        for (int k = 0; k < slopes.length; k += stride) {
            assertThat(step.getDouble(k)).as("step of parameter %d", k)
                    .isCloseTo(stepFactor * slopes[k], offset(1e-6 * Math.max(largest, 1e-3)));
        }
        network.setParams(before);
    }

    private INDArray lastInput() {
        network.setLayerMaskArrays(data.getFeaturesMaskArray(), null);
        INDArray input = network.feedForward(data.getFeatures(), true).get(network.getnLayers() - 1);
        network.clearLayerMaskArrays();
        return input;
    }
}
