package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.data.SegmentationIterator;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The iterator wherever DL4J takes one. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SegmentationIteratorInNetworksTest {

    private static final ImageSize SIZE = new ImageSize(8, 6);
    private static final int VOID = 255;
    private static final LabelMap LABELS = LabelMap.indexes(3);

    /**
     * Images whose colour tells the class.
     *
     * @param labels three classes, or two; void pixels occur if something is ignored
     */
    private record Colours(int size, LabelMap labels) implements SegmentationSource {

        @Override
        public SegmentationSample read(int index) {
            Random random = new Random(index);
            byte[] pixels = new byte[3 * (int) SIZE.pixels()];
            int[] classes = new int[(int) SIZE.pixels()];
            for (int p = 0; p < classes.length; p++) {
                classes[p] = random.nextInt(labels.classes());
                pixels[3 * p + classes[p]] = (byte) (150 + random.nextInt(100));
                if (labels.ignoreIndex() != null && p % 5 == 0) {
                    classes[p] = labels.ignoreIndex();
                }
            }
            return new SegmentationSample(Integer.toString(index), RgbImage.of(SIZE, pixels),
                    MaskImage.of(SIZE.width(), SIZE.height(), classes));
        }
    }

    private static SegmentationIterator iterator(LabelMap labels) {
        SegmentationIterator iterator = SegmentationIterator.of(new Colours(12, labels)).batch(4).shuffle(1);
        iterator.setPreProcessor(new ImagePreProcessingScaler());
        return iterator;
    }

    private static NeuralNetConfiguration.Builder common() {
        return new NeuralNetConfiguration.Builder().seed(3).updater(new Adam(0.05))
                .convolutionMode(ConvolutionMode.Same);
    }

    private static ConvolutionLayer logits(int channels) {
        return new ConvolutionLayer.Builder(1, 1).nOut(channels).activation(Activation.IDENTITY).build();
    }

    private static Layer head(SegmentationLoss loss) {
        return new SegmentationLossLayer.Builder(loss).activation(Activation.SOFTMAX).build();
    }

    private static MultiLayerNetwork network(Layer head, int channels, CNN2DFormat format) {
        MultiLayerNetwork network = new MultiLayerNetwork(common().list().layer(logits(channels)).layer(head)
                .setInputType(InputType.convolutional(SIZE.height(), SIZE.width(), 3, format)).build());
        network.init();
        return network;
    }

    private static MultiLayerNetwork network(SegmentationLoss loss) {
        return network(head(loss), 3, CNN2DFormat.NCHW);
    }

    private static double meanIou(MultiLayerNetwork network, SegmentationIterator iterator) {
        iterator.reset();
        SegmentationEvaluation evaluation = new SegmentationEvaluation(iterator.totalOutcomes())
                .classNames(iterator.getLabels());
        return network.doEvaluation(iterator, evaluation)[0].meanIou();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void aNetworkFitsAndIsEvaluated(boolean voids, boolean channelsLast) {
        SegmentationIterator iterator = iterator(voids ? LABELS.ignoring(VOID) : LABELS);
        if (channelsLast) {
            iterator = iterator.channelsLast();
        }
        MultiLayerNetwork network = network(head(Losses.jaccard()), 3,
                channelsLast ? CNN2DFormat.NHWC : CNN2DFormat.NCHW);
        network.fit(iterator, 12);
        assertThat(iterator.epoch()).isIn(11, 12);
        iterator.reset();
        SegmentationEvaluation empty = new SegmentationEvaluation(3);
        SegmentationEvaluation scores = network.doEvaluation(iterator, channelsLast ? empty.channelsLast() : empty)[0];
        assertThat(scores.meanIou()).isGreaterThan(0.9);
        // Void pixels are not counted.
        assertThat(scores.total()).isEqualTo(voids ? 12 * 38 : 12 * 48);
    }

    /** Batch for batch the same, so that it does not matter by which way DL4J asks. */
    @Test
    void everyWayToFitGivesTheSameNetwork() {
        MultiLayerNetwork byIterator = network(Losses.jaccard());
        byIterator.fit(iterator(LABELS), 3);
        MultiLayerNetwork byAsync = network(Losses.jaccard());
        AsyncDataSetIterator async = new AsyncDataSetIterator(iterator(LABELS), 2, true);
        byAsync.fit(async, 3);
        async.shutdown();
        MultiLayerNetwork byHand = network(Losses.jaccard());
        SegmentationIterator batches = iterator(LABELS);
        for (int epoch = 0; epoch < 3; epoch++) {
            while (batches.hasNext()) {
                byHand.fit(batches.next());
            }
            batches.reset();
        }
        assertThat(byAsync.params()).isEqualTo(byHand.params());
        assertThat(byIterator.params()).isEqualTo(byHand.params());

        ComputationGraph graph = graph("only");
        ComputationGraph multi = graph("only");
        graph.fit(iterator(LABELS), 3);
        multi.fit(iterator(LABELS).multi(), 3);
        assertThat(multi.params()).isEqualTo(graph.params());
    }

    private static ComputationGraph graph(String... outputs) {
        var builder = common().graphBuilder().addInputs("in");
        for (String output : outputs) {
            builder.addLayer(output + "Logits", logits(3), "in")
                    .addLayer(output, head(Losses.jaccard()), output + "Logits");
        }
        ComputationGraph graph = new ComputationGraph(builder.setOutputs(outputs)
                .setInputTypes(InputType.convolutional(SIZE.height(), SIZE.width(), 3)).build());
        graph.init();
        return graph;
    }

    @Test
    void aGraphOfTwoOutputsLearnsTheLabelsTwice() {
        ComputationGraph graph = graph("first", "second");
        SegmentationIterator iterator = iterator(LABELS.ignoring(VOID));
        graph.fit(iterator.multi(2), 1);
        double before = graph.score();
        graph.fit(iterator.multi(2), 10);
        assertThat(graph.score()).isLessThan(before / 2);
        iterator.reset();
        assertThat(graph("only").doEvaluation(iterator, new SegmentationEvaluation(3))[0].total())
                .isEqualTo(12 * 38);
    }

    /** The mask alone keeps void pixels out, and so it does where the loss ignores a label besides. */
    @Test
    void voidPixelsCountNowhereWithOrWithoutAnIgnoredLabel() {
        DataSet batch = iterator(LABELS.ignoring(VOID)).next();
        SegmentationLoss loss = Losses.jaccard().plus(Losses.categoricalCrossEntropy());
        INDArray marked = batch.getLabels().dup();
        for (int n = 0; n < 4; n++) {
            for (int p = 0; p < SIZE.pixels(); p += 5) {
                marked.putScalar(new int[] {n, 0, p / SIZE.width(), p % SIZE.width()}, VOID);
            }
        }
        double byLabel = network(loss.ignoreIndex(VOID)).score(new DataSet(batch.getFeatures(), marked));
        assertThat(network(loss).score(batch)).isCloseTo(byLabel, within(1e-6));
        assertThat(network(loss.ignoreIndex(VOID)).score(batch)).isCloseTo(byLabel, within(1e-6));
        assertThat(network(loss).score(new DataSet(batch.getFeatures(), batch.getLabels())))
                .isNotCloseTo(byLabel, within(1e-3));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lossesOfDl4jTakeOneHotLabels(boolean voids) {
        SegmentationIterator iterator = iterator(voids ? LABELS.ignoring(VOID) : LABELS).oneHot();
        MultiLayerNetwork network = network(new CnnLossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX)
                .build(), 3, CNN2DFormat.NCHW);
        network.fit(iterator, 12);
        assertThat(meanIou(network, iterator)).isGreaterThan(0.9);
        // Ours take them, too, in both layers.
        iterator.reset();
        DataSet batch = iterator.next(4);
        double oneHot = network(Losses.jaccard()).score(batch);
        MultiLayerNetwork cnnLossLayer = network(new CnnLossLayer.Builder(Losses.jaccard()
                .pixelsPerExample(SIZE.pixels())).activation(Activation.SOFTMAX).build(), 3, CNN2DFormat.NCHW);
        assertThat(cnnLossLayer.score(batch)).isCloseTo(oneHot, within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void oneSigmoidChannelTakesTheLabelsAsTheyAre(boolean voids, boolean channelsLast) {
        LabelMap binary = LabelMap.values(0, 255);
        SegmentationIterator iterator = iterator(voids ? binary.ignoring(128) : binary);
        CNN2DFormat format = channelsLast ? CNN2DFormat.NHWC : CNN2DFormat.NCHW;
        if (channelsLast) {
            iterator = iterator.channelsLast();
        }
        SegmentationLoss loss = Losses.binaryCrossEntropy().plus(Losses.dice());
        MultiLayerNetwork network = network(new SegmentationLossLayer.Builder(loss).activation(Activation.SIGMOID)
                .build(), 1, format);
        network.fit(iterator, 12);
        iterator.reset();
        SegmentationEvaluation empty = new SegmentationEvaluation(2);
        assertThat(network.doEvaluation(iterator, channelsLast ? empty.channelsLast() : empty)[0].meanIou())
                .isGreaterThan(0.9);
        if (!channelsLast) {
            MultiLayerNetwork dl4j = network(new CnnLossLayer.Builder(new LossBinaryXENT())
                    .activation(Activation.SIGMOID).build(), 1, format);
            dl4j.fit(iterator, 12);
            assertThat(meanIou(dl4j, iterator)).isGreaterThan(0.9);
        }
    }

    @Test
    void severalThreadsTrainFromOneIterator() {
        MultiLayerNetwork network = network(Losses.jaccard());
        SegmentationIterator iterator = iterator(LABELS).batch(2);
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(network).workers(2).averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING).prefetchBuffer(2).build();
        try {
            for (int epoch = 0; epoch < 8; epoch++) {
                wrapper.fit(iterator);
            }
        } finally {
            wrapper.shutdown();
        }
        assertThat(meanIou(network, iterator)).isGreaterThan(0.8);
    }

    @Test
    void earlyStoppingResetsItForEachEpoch() {
        SegmentationIterator training = iterator(LABELS);
        SegmentationIterator validation = iterator(LABELS);
        EarlyStoppingConfiguration<MultiLayerNetwork> configuration =
                new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                        .epochTerminationConditions(new MaxEpochsTerminationCondition(6))
                        .scoreCalculator(new SegmentationScoreCalculator(validation,
                                new SegmentationEvaluation(3), SegmentationEvaluation.Metric.MEAN_IOU))
                        .modelSaver(new InMemoryModelSaver<>()).build();
        EarlyStoppingResult<MultiLayerNetwork> result = new EarlyStoppingTrainer(configuration,
                network(Losses.jaccard()), training).fit();
        assertThat(result.getTerminationReason()).isEqualTo(
                EarlyStoppingResult.TerminationReason.EpochTerminationCondition);
        assertThat(result.getScoreVsEpoch()).hasSize(6);
        assertThat(result.getScoreVsEpoch().get(5)).isGreaterThan(result.getScoreVsEpoch().get(0));
        assertThat(training.epoch()).isIn(5, 6);
    }

    /** With a thread of DL4J's between them, fit would wait for ever. */
    @Test
    void aFileThatCannotBeReadEndsFit() {
        SegmentationSource broken = new SegmentationSource() {
            private final SegmentationSource whole = new Colours(12, LABELS);

            @Override
            public int size() {
                return whole.size();
            }

            @Override
            public SegmentationSample read(int index) throws IOException {
                if (index == 7) {
                    throw new IOException("image seven.png cannot be read: the file ends too early");
                }
                return whole.read(index);
            }

            @Override
            public LabelMap labels() {
                return LABELS;
            }
        };
        SegmentationIterator iterator = SegmentationIterator.of(broken).batch(2);
        assertThatThrownBy(() -> network(Losses.jaccard()).fit(iterator, 2)).isInstanceOf(UncheckedIOException.class)
                .hasMessage("image seven.png cannot be read: the file ends too early");
        iterator.reset();
        assertThatThrownBy(() -> graph("only").fit(iterator.multi(), 2)).isInstanceOf(UncheckedIOException.class);
    }
}
