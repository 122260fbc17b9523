package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.segloss4j.LossCases;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/** Score and step of networks are those of the mean loss, in DL4J's output layers and in ours. */
class LossGradientInNetworksTest {

    private static final int CHANNELS = 3;
    private static final int HEIGHT = 4;
    private static final int WIDTH = 5;

    static Stream<Arguments> images() {
        List<Arguments> all = new ArrayList<>();
        for (SegmentationLoss loss : Stream.concat(LossCases.some(CHANNELS).stream(), ranking()).toList()) {
            // Both layers, with all pairs of an activation and a mask in turn.
            int turn = all.size() / 2;
            for (boolean own : new boolean[] {false, true}) {
                Activation activation = turn % 2 == 0 ^ own ? Activation.SOFTMAX : Activation.SIGMOID;
                boolean masked = turn / 2 % 2 == 0 ^ own;
                all.add(Arguments.of(loss, activation, masked, own, masked ? 3 : 1));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("images")
    void imagesAreTrainedByTheMeanLoss(SegmentationLoss loss, Activation activation, boolean masked, boolean own,
                                       int examples) {
        Images images = new Images(examples, masked);
        Layer last = own ? new SegmentationLossLayer.Builder(loss).activation(activation).build()
                : new CnnLossLayer.Builder(loss.pixelsPerExample(HEIGHT * WIDTH)).activation(activation).build();
        new NetworkCheck(network(last, true), loss, images.data(), images.batch(activation)).run();
    }

    /** Without miniBatch DL4J does not divide the step; CnnLossLayer divides the score nonetheless. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withoutMiniBatchTheStepIsThatOfTheMeanLossInOurLayer(boolean own) {
        SegmentationLoss loss = Losses.jaccard();
        Images images = new Images(3, true);
        Layer last = own ? new SegmentationLossLayer.Builder(loss).build()
                : new CnnLossLayer.Builder(loss.pixelsPerExample(HEIGHT * WIDTH)).activation(Activation.SOFTMAX)
                .build();
        new NetworkCheck(network(last, false), loss, images.data(), images.batch(Activation.SOFTMAX))
                .expecting(1, own ? 1 : 3).run();
    }

    private static MultiLayerNetwork network(Layer last, boolean miniBatch) {
        MultiLayerNetwork network = new MultiLayerNetwork(settings().miniBatch(miniBatch)
                .convolutionMode(ConvolutionMode.Same).list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(4).activation(Activation.TANH).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(CHANNELS).activation(Activation.IDENTITY).build())
                .layer(last).setInputType(InputType.convolutional(HEIGHT, WIDTH, 2)).build());
        network.init();
        return network;
    }

    private static NeuralNetConfiguration.Builder settings() {
        return new NeuralNetConfiguration.Builder().seed(3).dataType(DataType.DOUBLE).updater(new NoOp());
    }

    static Stream<SegmentationLoss> fewLosses() {
        return Stream.of(LossCases.plain().stream(), Stream.of(Losses.dice().perImage(true),
                Losses.jaccard().perImage(true).plus(Losses.categoricalFocal())), ranking()).flatMap(some -> some);
    }

    /** Losses that make passes of their own over the labels of a network. */
    private static Stream<SegmentationLoss> ranking() {
        return LossCases.separateCases(CHANNELS).stream().filter(each -> each.settings().isEmpty()
                && each.kind().otherLabels() == null).map(LossCases.Case::loss);
    }

    @ParameterizedTest
    @MethodSource("fewLosses")
    void volumesAreTrainedByTheMeanLoss(SegmentationLoss loss) {
        for (int examples : examples(loss)) {
            INDArray volumes = Nd4j.rand(DataType.DOUBLE, examples, 2, 2, HEIGHT, WIDTH);
            INDArray labels = oneHot(examples, 2, HEIGHT, WIDTH);
            INDArray mask = Nd4j.rand(DataType.DOUBLE, examples, 1, 2, HEIGHT, WIDTH).gt(0.3).castTo(DataType.DOUBLE);
            for (boolean own : new boolean[] {false, true}) {
                Layer last = own ? new SegmentationLossLayer.Builder(loss).build()
                        : new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW).lossFunction(
                        loss.pixelsPerExample(2 * HEIGHT * WIDTH)).activation(Activation.SOFTMAX).build();
                MultiLayerNetwork network = new MultiLayerNetwork(settings().convolutionMode(ConvolutionMode.Same)
                        .list().layer(new Convolution3D.Builder(1, 1, 1).nOut(4).activation(Activation.TANH).build())
                        .layer(new Convolution3D.Builder(1, 1, 1).nOut(CHANNELS).activation(Activation.IDENTITY)
                                .build())
                        .layer(last).setInputType(InputType.convolutional3D(
                                Convolution3D.DataFormat.NCDHW, 2, HEIGHT, WIDTH, 2)).build());
                network.init();
                new NetworkCheck(network, loss, new DataSet(volumes, labels, null, mask), logits ->
                        SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX).mask(mask))
                                .run();
            }
        }
    }

    /** What one example alone could show, the first of these shows. */
    private static int[] examples(SegmentationLoss loss) {
        return loss.equals(LossCases.plain().get(0)) ? new int[] {1, 3} : new int[] {3};
    }

    /** Recurrent layers alternate the examples in their rows, which a loss per image has to know. */
    @ParameterizedTest
    @MethodSource("fewLosses")
    void seriesAreTrainedByTheMeanLoss(SegmentationLoss loss) {
        int steps = 6;
        for (int examples : examples(loss)) {
            INDArray series = Nd4j.rand(DataType.DOUBLE, examples, 2, steps);
            INDArray labels = oneHot(examples, steps);
            INDArray mask = Nd4j.rand(DataType.DOUBLE, examples, steps).gt(0.3).castTo(DataType.DOUBLE);
            for (boolean own : new boolean[] {false, true}) {
                Layer last = own ? new SegmentationLossLayer.Builder(loss).build()
                        : new RnnOutputLayer.Builder(loss.timeSteps(steps)).nOut(CHANNELS)
                        .activation(Activation.SOFTMAX).build();
                NeuralNetConfiguration.ListBuilder layers = settings().list()
                        .layer(new LSTM.Builder().nOut(own ? CHANNELS : 4).build());
                MultiLayerNetwork network = new MultiLayerNetwork(layers.layer(last)
                        .setInputType(InputType.recurrent(2, steps, RNNFormat.NCW)).build());
                network.init();
                DataSet data = new DataSet(series, labels, null, mask);
                Function<INDArray, SegmentationBatch> batch = input ->
                        SegmentationBatch.predictions(own ? input : timeDistributed(network, input)).labels(labels)
                        .activation(Activation.SOFTMAX).mask(mask);
                new NetworkCheck(network, loss, data, batch).run();
            }
        }
    }

    /** What RnnOutputLayer computes before its activation: W·x + b of each time step. */
    private static INDArray timeDistributed(MultiLayerNetwork network, INDArray input) {
        INDArray weights = network.getParam("1_W");
        INDArray bias = network.getParam("1_b");
        INDArray rows = input.permute(0, 2, 1).dup('c').reshape(-1, input.size(1)).mmul(weights).addRowVector(bias);
        return rows.reshape(input.size(0), input.size(2), CHANNELS).permute(0, 2, 1).dup('c');
    }

    @ParameterizedTest
    @MethodSource("fewLosses")
    void vectorsAreTrainedByTheMeanLoss(SegmentationLoss loss) {
        INDArray vectors = Nd4j.rand(DataType.DOUBLE, 7, 4);
        INDArray labels = oneHot(7);
        for (boolean own : new boolean[] {false, true}) {
            Layer last = own ? new SegmentationLossLayer.Builder(loss).build()
                    : new OutputLayer.Builder(loss.pixelsPerExample(1)).nOut(CHANNELS).activation(Activation.SOFTMAX)
                    .build();
            MultiLayerNetwork network = new MultiLayerNetwork(settings().list()
                    .layer(new DenseLayer.Builder().nOut(own ? CHANNELS : 4).activation(Activation.TANH).build())
                    .layer(last).setInputType(InputType.feedForward(4)).build());
            network.init();
            new NetworkCheck(network, loss, new DataSet(vectors, labels),
                    input -> SegmentationBatch.predictions(own ? input : input.mmul(network.getParam("1_W"))
                    .addRowVector(network.getParam("1_b"))).labels(labels)
                    .activation(Activation.SOFTMAX)).run();
        }
    }

    @Test
    void regularisationIsPartOfTheScore() {
        SegmentationLoss loss = Losses.dice();
        Images images = new Images(2, false);
        MultiLayerNetwork plain = network(new SegmentationLossLayer.Builder(loss).build(), true);
        MultiLayerNetwork network = new MultiLayerNetwork(settings().l2(0.1).convolutionMode(ConvolutionMode.Same)
                .list().layer(new ConvolutionLayer.Builder(3, 3).nOut(4).activation(Activation.TANH).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(CHANNELS).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(loss).build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, 2)).build());
        network.init(plain.params().dup(), false);
        double weights = 0;
        for (String name : new String[] {"0_W", "1_W"}) {
            weights += Math.pow(network.getParam(name).norm2Number().doubleValue(), 2);
        }
        assertThat(network.score(images.data()))
                .isCloseTo(plain.score(images.data()) + 0.05 * weights,
                        offset(1e-10));
    }

    /** [N, 3, *] with a class drawn for each pixel; [N, 3] without spatial sizes. */
    private static INDArray oneHot(long examples, long... spatial) {
        long[] shape = new long[spatial.length + 2];
        shape[0] = examples;
        shape[1] = CHANNELS;
        System.arraycopy(spatial, 0, shape, 2, spatial.length);
        INDArray noise = Nd4j.rand(DataType.DOUBLE, shape);
        return noise.eq(noise.max(true, 1).broadcast(shape)).castTo(DataType.DOUBLE);
    }

    /** Random images and labels, and perhaps a mask [N, 1, H, W]. */
    private record Images(INDArray features, INDArray labels, INDArray mask) {

        Images(int examples, boolean masked) {
            this(Nd4j.rand(DataType.DOUBLE, examples, 2, HEIGHT, WIDTH), oneHot(examples, HEIGHT, WIDTH),
                    masked ? Nd4j.rand(DataType.DOUBLE, examples, 1, HEIGHT, WIDTH).gt(0.3).castTo(DataType.DOUBLE)
                            : null);
        }

        DataSet data() {
            return new DataSet(features, labels, null, mask);
        }

        Function<INDArray, SegmentationBatch> batch(Activation activation) {
            return logits -> SegmentationBatch.predictions(logits).labels(labels).activation(activation).mask(mask);
        }
    }
}
