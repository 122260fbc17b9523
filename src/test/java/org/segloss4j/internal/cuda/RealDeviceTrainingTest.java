package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SegmentationLossLayer;
import org.segloss4j.internal.loss.BackendChoice;

/** A network whose arrays lie in the host's memory learns the same by a device as by the reference. */
class RealDeviceTrainingTest {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @AfterEach
    void anyBackend() {
        System.clearProperty(BackendChoice.PROPERTY);
    }

    private static MultiLayerNetwork trained(String backend, int channels, Activation activation,
                                             SegmentationLoss loss, DataSet data, int steps) {
        System.setProperty(BackendChoice.PROPERTY, backend);
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(5)
                .updater(new Sgd(0.5)).list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(4).activation(Activation.TANH).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(channels).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(loss).activation(activation).build())
                .setInputType(InputType.convolutional(9, 13, 3)).build());
        network.init();
        for (int step = 0; step < steps; step++) {
            network.fit(data);
        }
        return network;
    }

    @ParameterizedTest
    @CsvSource({"3, SOFTMAX", "1, SIGMOID"})
    void learnsAsTheReferenceDoes(int channels, Activation activation) {
        SegmentationLoss loss = channels == 1 ? Losses.BCE_DICE_LOSS
                : Losses.jaccard().plus(Losses.categoricalCrossEntropy());
        Random random = new Random(7);
        float[] values = new float[4 * 3 * 9 * 13];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        INDArray images = Nd4j.createFromArray(values).reshape(4, 3, 9, 13);
        INDArray labels = images.argMax(1).castTo(DataType.INT32);
        DataSet data = new DataSet(images, channels == 1 ? labels.gt(0).castTo(DataType.INT32) : labels);
        MultiLayerNetwork untrained = trained("reference", channels, activation, loss, data, 0);
        double before = untrained.score(data);
        MultiLayerNetwork truth = trained("reference", channels, activation, loss, data, 12);
        double expected = truth.score(data);
        MultiLayerNetwork network = trained("cuda", channels, activation, loss, data, 12);
        assertThat(network.score(data)).isCloseTo(expected, offset(1e-4)).isLessThan(before);
        assertThat(network.params().sub(truth.params()).amaxNumber().doubleValue()).isLessThan(1e-3);
        assertThat(truth.params().sub(untrained.params()).amaxNumber().doubleValue()).isGreaterThan(0.01);
    }
}
