package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/** What the layer takes beyond DL4J's own: any layout, strides, masks and labels, without copies. */
class SegmentationLossLayerTest {

    private static final int CLASSES = 3;
    private static final int HEIGHT = 4;
    private static final int WIDTH = 5;
    private static final SegmentationLoss LOSS = Losses.jaccard().perImage(true).plus(Losses.categoricalFocal());

    private static MultiLayerNetwork network(boolean channelsLast, SegmentationLoss loss, IUpdater updater,
                                             Layer... first) {
        CNN2DFormat format = channelsLast ? CNN2DFormat.NHWC : CNN2DFormat.NCHW;
        NeuralNetConfiguration.ListBuilder layers = new NeuralNetConfiguration.Builder().seed(9)
                .dataType(DataType.DOUBLE).updater(updater).convolutionMode(ConvolutionMode.Same).list();
        for (Layer layer : first) {
            layers.layer(layer);
        }
        MultiLayerNetwork network = new MultiLayerNetwork(layers
                .layer(new SegmentationLossLayer.Builder(loss).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, 2, format)).build());
        network.init();
        return network;
    }

    private static Layer convolution() {
        return new ConvolutionLayer.Builder(3, 3).nOut(CLASSES).activation(Activation.TANH).build();
    }

    private static INDArray features(boolean channelsLast, int examples) {
        INDArray features = Nd4j.rand(DataType.DOUBLE, examples, 2, HEIGHT, WIDTH);
        return channelsLast ? features.permute(0, 2, 3, 1).dup('c') : features;
    }

    /** Class indices [N, H, W]. */
    private static INDArray indices(int examples) {
        return Nd4j.rand(DataType.DOUBLE, examples, HEIGHT, WIDTH).mul(CLASSES).castTo(DataType.UINT8);
    }

    private static INDArray oneHot(INDArray indices, boolean channelsLast) {
        INDArray last = Nd4j.zeros(DataType.DOUBLE, indices.size(0), HEIGHT, WIDTH, CLASSES);
        for (int c = 0; c < CLASSES; c++) {
            last.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(c))
                    .assign(indices.eq(c).castTo(DataType.DOUBLE));
        }
        return channelsLast ? last : last.permute(0, 3, 1, 2);
    }

    /** A plain convolution leaves channels outermost in memory, a separable one channels first under NHWC. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void layoutsAndStridesAreTakenAsTheyAre(boolean channelsLast) {
        Layer separable = new SeparableConvolution2D.Builder(3, 3).nOut(CLASSES).activation(Activation.TANH).build();
        for (Layer first : new Layer[] {convolution(), separable}) {
            INDArray labels = indices(3);
            INDArray mask = Nd4j.rand(DataType.DOUBLE, 3, HEIGHT, WIDTH).gt(0.3);
            MultiLayerNetwork network = network(channelsLast, LOSS, new NoOp(), first);
            new NetworkCheck(network, LOSS, new DataSet(features(channelsLast, 3), labels, null, mask), logits -> {
                SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels)
                        .activation(Activation.SOFTMAX)
                        .mask(mask);
                return channelsLast ? batch.channelsLast() : batch;
            }).run();
        }
    }

    /** If this fails, the strides that the test above is about no longer occur. */
    @Test
    void convolutionsLeaveUnusualStrides() {
        MultiLayerNetwork network = network(false, LOSS, new NoOp(), convolution());
        INDArray input = network.feedForward(features(false, 3)).get(1);
        assertThat(input.stride()).containsExactly(HEIGHT * WIDTH, 3 * HEIGHT * WIDTH, WIDTH, 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void volumesComeInBothLayouts(boolean channelsLast) {
        Convolution3D.DataFormat format = channelsLast ? Convolution3D.DataFormat.NDHWC
                : Convolution3D.DataFormat.NCDHW;
        INDArray volumes = Nd4j.rand(DataType.DOUBLE, channelsLast ? new long[] {2, 3, HEIGHT, WIDTH, 2}
                : new long[] {2, 2, 3, HEIGHT, WIDTH});
        INDArray labels = Nd4j.rand(DataType.DOUBLE, 2, 3, HEIGHT, WIDTH).mul(CLASSES).castTo(DataType.INT32);
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(9)
                .dataType(DataType.DOUBLE).updater(new NoOp()).convolutionMode(ConvolutionMode.Same).list()
                .layer(new Convolution3D.Builder(1, 1, 1).nOut(CLASSES).dataFormat(format)
                        .activation(Activation.TANH).build())
                .layer(new SegmentationLossLayer.Builder(LOSS).build())
                .setInputType(InputType.convolutional3D(format, 3, HEIGHT, WIDTH, 2)).build());
        network.init();
        new NetworkCheck(network, LOSS, new DataSet(volumes, labels), logits -> {
            SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels)
                    .activation(Activation.SOFTMAX);
            return channelsLast ? batch.channelsLast() : batch;
        }).run();
        assertThat(network.output(volumes).sum(channelsLast ? 4 : 1).sub(1).amaxNumber().doubleValue())
                .isLessThan(1e-12);
    }

    static Stream<Arguments> labels() {
        INDArray indices = indices(3);
        INDArray wide = Nd4j.zeros(DataType.INT32, 3, HEIGHT + 2, WIDTH);
        INDArray view = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(1, HEIGHT + 1), NDArrayIndex.all());
        view.assign(indices.castTo(DataType.INT32));
        INDArray oneHot = oneHot(indices, false);
        return Stream.of(Arguments.of("UINT8", indices, indices), Arguments.of("INT32", indices,
                        indices.castTo(DataType.INT32)),
                Arguments.of("INT64 [N, 1, H, W]", indices, indices.castTo(DataType.INT64).reshape(3, 1, HEIGHT,
                        WIDTH)),
                Arguments.of("'f' order", indices, indices.dup('f')), Arguments.of("view", indices, view),
                Arguments.of("one-hot view", indices, oneHot), Arguments.of("one-hot FLOAT", indices,
                        oneHot.castTo(DataType.FLOAT)),
                Arguments.of("one-hot BOOL", indices, oneHot.castTo(DataType.BOOL)));
    }

    @ParameterizedTest(name = "{0}", autoCloseArguments = false)
    @MethodSource("labels")
    void labelsComeInAnyForm(String form, INDArray indices, INDArray labels) {
        MultiLayerNetwork network = network(false, LOSS, new Sgd(0.1), convolution());
        MultiLayerNetwork other = network.clone();
        INDArray features = features(false, 3);
        network.fit(new DataSet(features, oneHot(indices, false).dup('c')));
        INDArray copy = labels.dup();
        other.fit(new DataSet(features, labels));
        assertThat(other.score()).isCloseTo(network.score(), offset(1e-14));
        assertThat(other.params().equalsWithEps(network.params(), 1e-14)).isTrue();
        assertThat(labels).as("labels after training").isEqualTo(copy);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void masksComeInAnyShape(boolean channelsLast) {
        INDArray features = features(channelsLast, 3);
        INDArray labels = indices(3);
        INDArray pixels = Nd4j.rand(DataType.DOUBLE, 3, HEIGHT, WIDTH).gt(0.4).castTo(DataType.FLOAT);
        INDArray perOutput = pixels.reshape(3, 1, HEIGHT, WIDTH).broadcast(3, CLASSES, HEIGHT, WIDTH);
        INDArray whole = Nd4j.createFromArray(1.0, 0.0, 1.0);
        INDArray wholePixels = whole.reshape(3, 1, 1).broadcast(3, HEIGHT, WIDTH);
        MultiLayerNetwork network = network(channelsLast, LOSS, new NoOp(), convolution());
        double expected = network.score(new DataSet(features, labels, null, pixels));
        for (INDArray mask : new INDArray[] {pixels.reshape(3, 1, HEIGHT, WIDTH), pixels.castTo(DataType.BOOL),
                pixels.dup('f'), channelsLast ? perOutput.permute(0, 2, 3, 1) : perOutput,
                channelsLast ? pixels.reshape(3, HEIGHT, WIDTH, 1) : pixels}) {
            assertThat(network.score(new DataSet(features, labels, null, mask))).isCloseTo(expected, offset(1e-14));
        }
        double expectedWhole = network.score(new DataSet(features, labels, null, wholePixels));
        for (INDArray mask : new INDArray[] {whole, whole.reshape(3, 1)}) {
            assertThat(network.score(new DataSet(features, labels, null, mask)))
                    .isCloseTo(expectedWhole, offset(1e-14));
        }
        assertThat(network.score(new DataSet(features, labels))).isNotCloseTo(expected, offset(1e-3))
                .isNotCloseTo(expectedWhole, offset(1e-3));
    }

    /** Without a mask of the labels that of the features serves, and the former comes first. */
    @Test
    void theMaskOfTheFeaturesServesToo() {
        INDArray features = features(false, 3);
        INDArray labels = indices(3);
        INDArray mask = Nd4j.rand(DataType.DOUBLE, 3, 1, HEIGHT, WIDTH).gt(0.4).castTo(DataType.DOUBLE);
        INDArray other = Nd4j.rand(DataType.DOUBLE, 3, HEIGHT, WIDTH).gt(0.4);
        MultiLayerNetwork network = network(false, LOSS, new NoOp(), convolution());
        // The convolution itself zeroes masked pixels, so both runs have the mask of the features.
        double both = network.score(new DataSet(features, labels, mask, mask));
        assertThat(network.score(new DataSet(features, labels, mask, null))).isCloseTo(both, offset(1e-14));
        assertThat(network.score(new DataSet(features, labels, mask, other))).isNotCloseTo(both, offset(1e-6));
        assertThat(network.score(new DataSet(features, labels)))
                .as("no mask stays behind").isNotCloseTo(both, offset(1e-6));
    }

    /** Counts how often the loss is computed: each computation of an activation that is not fused applies it once. */
    private static final class Counting extends ActivationSigmoid {
        private static final long serialVersionUID = 1L;
        private static int calls;

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            calls++;
            return super.getActivation(in, training);
        }
    }

    @Test
    void valueAndGradientComeFromOneComputation() {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().updater(new Sgd(0.1))
                .convolutionMode(ConvolutionMode.Same).list().layer(convolution())
                .layer(new SegmentationLossLayer.Builder(LOSS).activation(new Counting()).build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, 2)).build());
        network.init();
        DataSet data = new DataSet(features(false, 3).castTo(DataType.FLOAT), indices(3));
        network.fit(data);
        Counting.calls = 0;
        for (int k = 0; k < 5; k++) {
            network.fit(data);
        }
        assertThat(Counting.calls).isEqualTo(5);
        double before = network.score();
        assertThat(network.score(data)).as("score after the step").isLessThan(before);
    }

    /** A graph sets the mask of the labels again between the backward pass and the score. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inAGraphValueAndGradientComeFromOneComputation(boolean isMasked) {
        ComputationGraph network = new ComputationGraph(new NeuralNetConfiguration.Builder().updater(new Sgd(0.1))
                .convolutionMode(ConvolutionMode.Same).graphBuilder().addInputs("in")
                .addLayer("convolution", convolution(), "in")
                .addLayer("loss", new SegmentationLossLayer.Builder(LOSS).activation(new Counting()).build(),
                        "convolution")
                .setOutputs("loss").setInputTypes(InputType.convolutional(HEIGHT, WIDTH, 2)).build());
        network.init();
        INDArray mask = isMasked ? Nd4j.rand(DataType.FLOAT, 3, HEIGHT, WIDTH).gt(0.4) : null;
        DataSet data = new DataSet(features(false, 3).castTo(DataType.FLOAT), indices(3), null, mask);
        network.fit(data);
        Counting.calls = 0;
        for (int k = 0; k < 5; k++) {
            network.fit(data);
        }
        assertThat(Counting.calls).isEqualTo(5);
        double before = network.score();
        assertThat(network.score(data)).as("score after the step").isLessThan(before);
    }

    /** The score follows each of input, labels and mask when only that one changes. */
    @Test
    void noStaleScoreIsReported() {
        INDArray input = Nd4j.randn(DataType.DOUBLE, 2, CLASSES, HEIGHT, WIDTH);
        MultiLayerNetwork network = network(false, LOSS, new NoOp(), convolution());
        SegmentationLossLayerImpl layer = (SegmentationLossLayerImpl) network.getLayer(1);
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        INDArray first = indices(2);
        INDArray second = indices(2);
        INDArray mask = Nd4j.createFromArray(1.0, 0.0);
        layer.setInput(input, none);
        layer.setLabels(first);
        layer.backpropGradient(null, none);
        assertThat(layer.computeScore(0, true, none)).isEqualTo(value(input, first, null));
        layer.setLabels(second);
        assertThat(layer.computeScore(0, true, none)).isEqualTo(value(input, second, null));
        layer.setMaskArray(mask);
        assertThat(layer.computeScore(0, true, none)).isEqualTo(value(input, second, mask));
        layer.setInput(input.mul(2), none);
        assertThat(layer.computeScore(0.25, true, none)).isEqualTo(value(input.mul(2), second, mask) + 0.25);
        layer.clear();
        assertThatThrownBy(() -> layer.computeScore(0, true, none)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("input field is not set");
    }

    private static double value(INDArray input, INDArray labels, INDArray mask) {
        return LOSS.value(SegmentationBatch.predictions(input).labels(labels).activation(Activation.SOFTMAX)
                .mask(mask));
    }

    @Test
    void scoresOfExamplesAreTheirOwnLosses() {
        MultiLayerNetwork network = network(false, Losses.dice(), new NoOp(), convolution());
        INDArray features = features(false, 3);
        INDArray labels = indices(3);
        INDArray scores = network.scoreExamples(new DataSet(features, labels), false);
        assertThat(scores.shape()).containsExactly(3, 1);
        for (int n = 0; n < 3; n++) {
            DataSet one = new DataSet(features.get(NDArrayIndex.interval(n, n + 1)),
                    labels.get(NDArrayIndex.interval(n, n + 1)));
            assertThat(scores.getDouble(n)).isCloseTo(network.score(one), offset(1e-12));
        }
    }

    @Test
    void scoresOfExamplesHaveTheRegularisationIfItIsAskedFor() {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(9).l2(0.1).l1(0.01)
                .dataType(DataType.DOUBLE).updater(new NoOp()).convolutionMode(ConvolutionMode.Same).list()
                .layer(convolution()).layer(new SegmentationLossLayer.Builder(Losses.dice()).build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, 2)).build());
        network.init();
        DataSet data = new DataSet(features(false, 3), indices(3));
        INDArray plain = network.scoreExamples(data, false);
        INDArray regularised = network.scoreExamples(data, true);
        double penalty = network.calcRegularizationScore(true);
        assertThat(penalty).isGreaterThan(0.01);
        for (int n = 0; n < 3; n++) {
            assertThat(regularised.getDouble(n)).isCloseTo(plain.getDouble(n) + penalty, offset(1e-12));
        }
        assertThat(network.toComputationGraph().scoreExamples(data, true)).isEqualTo(regularised);
    }

    @Test
    void outputsAreProbabilities() {
        for (boolean channelsLast : new boolean[] {false, true}) {
            INDArray features = features(channelsLast, 2);
            MultiLayerNetwork network = network(channelsLast, LOSS, new NoOp(), convolution());
            INDArray output = network.output(features);
            assertThat(output.sum(channelsLast ? 3 : 1).sub(1).amaxNumber().doubleValue()).isLessThan(1e-12);
            assertThat(output.minNumber().doubleValue()).isPositive();
            MultiLayerNetwork unfused = new MultiLayerNetwork(network.getLayerWiseConfigurations().clone());
            SegmentationLossLayer last = (SegmentationLossLayer) unfused.getLayerWiseConfigurations().getConf(1)
                    .getLayer();
            unfused.getLayerWiseConfigurations().getConf(1).setLayer(new SegmentationLossLayer.Builder(
                    last.getLossFn()).activation(new ActivationSoftmax() { }).channelsLast(channelsLast).build());
            unfused.init(network.params(), false);
            assertThat(unfused.output(features).equalsWithEps(output, 1e-12)).isTrue();
        }
    }

    static Stream<DataType> types() {
        return Stream.of(DataType.FLOAT, DataType.FLOAT16);
    }

    @ParameterizedTest
    @MethodSource("types")
    void networksOfLowerPrecisionTrain(DataType type) {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(4).dataType(type)
                .updater(new Sgd(0.5)).convolutionMode(ConvolutionMode.Same).list().layer(convolution())
                .layer(new SegmentationLossLayer.Builder(Losses.jaccard()).build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, 2)).build());
        network.init();
        DataSet data = new DataSet(features(false, 3).castTo(type), indices(3));
        double before = network.score(data);
        for (int k = 0; k < 20; k++) {
            network.fit(data);
        }
        assertThat(network.score(data)).isLessThan(before - 0.02);
    }

    @Test
    void nonsenseIsRejected() {
        assertThatThrownBy(() -> new NeuralNetConfiguration.Builder().list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(1).build())
                .layer(new SegmentationLossLayer.Builder(Losses.jaccard()).build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, 2)).build())
                .hasStackTraceContaining("SOFTMAX over 1 channel, which is always 1: use SIGMOID");
        MultiLayerNetwork network = network(false, LOSS, new NoOp(), convolution());
        INDArray features = features(false, 2);
        for (Map.Entry<INDArray, String> wrong : Map.of(
                Nd4j.zeros(DataType.UINT8, 2, HEIGHT, 9), "labels [2, 4, 9] do not match predictions [2, 3, 4, 5]",
                Nd4j.valueArrayOf(new long[] {2, HEIGHT, WIDTH}, 7, DataType.INT32), "40 labels are outside 0..2",
                Nd4j.zeros(DataType.DOUBLE, 2, HEIGHT, WIDTH), "must be of an integer type").entrySet()) {
            INDArray before = network.params().dup();
            assertThatThrownBy(() -> network.fit(new DataSet(features, wrong.getKey())))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(wrong.getValue());
            assertThat(network.params()).as("parameters after the error").isEqualTo(before);
        }
        assertThatThrownBy(() -> new SegmentationLossLayer.Builder(null)).hasMessageContaining("lossFunction");
    }
}
