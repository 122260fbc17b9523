package org.segloss4j.dl4j;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.segloss4j.Losses;
import org.segloss4j.PixelNormaliser;
import org.segloss4j.SegmentationLoss;

/** Networks of two small convolutions on pictures [N, 2, 6, 5] with 3 classes, and data for them. */
final class SmallNetworks {

    static final int HEIGHT = 6;
    static final int WIDTH = 5;
    static final int FEATURES = 2;
    static final int CLASSES = 3;
    static final int IGNORED = 255;

    /** A loss with every kind of setting. */
    static final SegmentationLoss EVERY_SETTING = Losses.jaccard().classWeights(0.5, 1.5).classIndexes(0, 2)
            .perImage(true).smooth(1e-3)
            .plus(Losses.dice().beta(2).times(0.75))
            .plus(Losses.categoricalFocal().alpha(0.4).gamma(1.5).times(2))
            .plus(Losses.categoricalCrossEntropy().classWeights(1, 2, 3))
            .named("every_setting").ignoreIndex(IGNORED).pixelsPerExample((long) HEIGHT * WIDTH);

    /** Losses of sums that Jaccard does not have: squares, distances, pairs of classes and the number of pixels. */
    static final List<SegmentationLoss> OF_FURTHER_SUMS = Stream.of(
            Losses.vNetDice(),
            Losses.jaccard().softLabels(true).classWeights(1, 2, 3),
            Losses.wassersteinDice(new double[][] {{0, 1, 0.5}, {1, 0, 0.3}, {0.5, 0.3, 0}}),
            Losses.dice().classGroups(new int[] {1, 2}, new int[] {2}).perImage(true),
            Losses.mcc(),
            Losses.generalisedDice(),
            Losses.crossEntropy().normaliser(PixelNormaliser.ALL_PIXELS),
            Losses.vNetDice().perImage(true).plus(Losses.tversky(0.3, 0.7).softLabels(true))
                    .plus(Losses.wassersteinDice().times(0.5)).plus(Losses.unifiedFocal()).named("all_of_them"))
            .map(loss -> loss.ignoreIndex(IGNORED).pixelsPerExample((long) HEIGHT * WIDTH)).toList();

    /** The two ways to give a network a loss. */
    enum Head {
        CNN_LOSS_LAYER {
            @Override
            Layer layer(SegmentationLoss loss, Activation activation) {
                return new CnnLossLayer.Builder(loss).activation(activation).build();
            }
        },
        SEGMENTATION_LOSS_LAYER {
            @Override
            Layer layer(SegmentationLoss loss, Activation activation) {
                return new SegmentationLossLayer.Builder(loss).activation(activation).build();
            }
        };

        abstract Layer layer(SegmentationLoss loss, Activation activation);

        Layer layer() {
            return layer(EVERY_SETTING, Activation.SOFTMAX);
        }
    }

    private SmallNetworks() {
    }

    static InputType inputType() {
        return InputType.convolutional(HEIGHT, WIDTH, FEATURES);
    }

    static NeuralNetConfiguration.Builder common() {
        return new NeuralNetConfiguration.Builder().seed(12).updater(new Adam(0.02))
                .convolutionMode(ConvolutionMode.Same);
    }

    static ConvolutionLayer hidden() {
        return new ConvolutionLayer.Builder(3, 3).nOut(4).activation(Activation.TANH).build();
    }

    static ConvolutionLayer logits() {
        return new ConvolutionLayer.Builder(1, 1).nOut(CLASSES).activation(Activation.IDENTITY).build();
    }

    static MultiLayerConfiguration configuration(Layer head) {
        return common().list().layer(hidden()).layer(logits()).layer(head).setInputType(inputType()).build();
    }

    static MultiLayerNetwork network(Layer head) {
        return initialised(configuration(head));
    }

    static MultiLayerNetwork network(Layer head, WorkspaceMode mode) {
        return initialised(common().trainingWorkspaceMode(mode).inferenceWorkspaceMode(mode).list().layer(hidden())
                .layer(logits()).layer(head).setInputType(inputType()).build());
    }

    static MultiLayerNetwork network(IUpdater updater, DataType type, Layer head) {
        return initialised(common().updater(updater).dataType(type).list().layer(hidden()).layer(logits()).layer(head)
                .setInputType(inputType()).build());
    }

    private static MultiLayerNetwork initialised(MultiLayerConfiguration configuration) {
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        return network;
    }

    /** A graph with the outputs "first", "second" and so on after a shared convolution. */
    static ComputationGraphConfiguration graphConfiguration(Layer... heads) {
        return graphConfiguration(common(), heads);
    }

    private static ComputationGraphConfiguration graphConfiguration(NeuralNetConfiguration.Builder common,
                                                                    Layer... heads) {
        String[] names = {"first", "second", "third"};
        ComputationGraphConfiguration.GraphBuilder graph = common.graphBuilder().addInputs("in")
                .addLayer("hidden", hidden(), "in");
        String[] outputs = new String[heads.length];
        for (int k = 0; k < heads.length; k++) {
            graph.addLayer(names[k] + "Logits", logits(), "hidden").addLayer(names[k], heads[k], names[k] + "Logits");
            outputs[k] = names[k];
        }
        return graph.setOutputs(outputs).setInputTypes(inputType()).build();
    }

    static ComputationGraph graph(Layer... heads) {
        ComputationGraph graph = new ComputationGraph(graphConfiguration(heads));
        graph.init();
        return graph;
    }

    static ComputationGraph graph(IUpdater updater, DataType type, Layer... heads) {
        ComputationGraph graph = new ComputationGraph(
                graphConfiguration(common().updater(updater).dataType(type), heads));
        graph.init();
        return graph;
    }

    static INDArray features(int examples, long seed) {
        return noise(new Random(seed), examples, FEATURES, HEIGHT, WIDTH);
    }

    private static INDArray noise(Random random, long... shape) {
        INDArray array = Nd4j.create(DataType.FLOAT, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array;
    }

    /** Class indices [N, H, W], UINT8, that the features tell; every seventh pixel is void. */
    static INDArray indices(INDArray features) {
        INDArray labels = Nd4j.create(DataType.UINT8, features.size(0), HEIGHT, WIDTH);
        for (int n = 0; n < labels.size(0); n++) {
            for (int h = 0; h < HEIGHT; h++) {
                for (int w = 0; w < WIDTH; w++) {
                    double x = features.getDouble(n, 0, h, w);
                    int label = x < -0.5 ? 0 : x < 0.5 ? 1 : 2;
                    labels.putScalar(new long[] {n, h, w}, (h * WIDTH + w + n) % 7 == 0 ? IGNORED : label);
                }
            }
        }
        return labels;
    }

    /** Labels [N, C, H, W], one-hot, void pixels filled with the ignored label. */
    static INDArray oneHot(INDArray indices) {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, indices.size(0), CLASSES, HEIGHT, WIDTH);
        for (int n = 0; n < labels.size(0); n++) {
            for (int h = 0; h < HEIGHT; h++) {
                for (int w = 0; w < WIDTH; w++) {
                    int label = indices.getInt(n, h, w);
                    for (int c = 0; c < CLASSES; c++) {
                        labels.putScalar(new int[] {n, c, h, w}, label == IGNORED ? IGNORED : c == label ? 1 : 0);
                    }
                }
            }
        }
        return labels;
    }

    /** Features and one-hot labels. */
    static DataSet data(int examples, long seed) {
        INDArray features = features(examples, seed);
        return new DataSet(features, oneHot(indices(features)));
    }

    /** Features and class indices. */
    static DataSet indexedData(int examples, long seed) {
        INDArray features = features(examples, seed);
        return new DataSet(features, indices(features));
    }

    /** The same labels for two outputs. */
    static org.nd4j.linalg.dataset.api.MultiDataSet twice(DataSet data) {
        return new org.nd4j.linalg.dataset.MultiDataSet(new INDArray[] {data.getFeatures()},
                new INDArray[] {data.getLabels(), data.getLabels()});
    }
}
