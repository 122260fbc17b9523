package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation.Metric;
import org.segloss4j.evaluation.SurfaceEvaluation;

/** Evaluation and early stopping as DL4J runs them: pictures of 8 by 8 pixels, 3 classes by brightness. */
class SegmentationEvaluationInNetworksTest {

    private static final int SIZE = 8;

    private static MultiLayerNetwork network;

    @BeforeAll
    static void makeNetwork() {
        network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(5).updater(new Adam(0.05))
                .convolutionMode(ConvolutionMode.Same).list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(6).activation(Activation.TANH).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(3).activation(Activation.IDENTITY).build())
                .layer(new CnnLossLayer.Builder(Losses.jaccard().pixelsPerExample(SIZE * SIZE))
                        .activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(SIZE, SIZE, 1)).build());
        network.init();
    }

    /** Batches of 2 pictures; the mask voids the upper half of each picture. */
    private static List<DataSet> batches(boolean masked) {
        Nd4j.getRandom().setSeed(17);
        List<DataSet> batches = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            INDArray features = Nd4j.rand(DataType.FLOAT, 2, 1, SIZE, SIZE);
            INDArray labels = Nd4j.zeros(DataType.FLOAT, 2, 3, SIZE, SIZE);
            INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 1, SIZE, SIZE);
            for (int n = 0; n < 2; n++) {
                for (int h = 0; h < SIZE; h++) {
                    for (int w = 0; w < SIZE; w++) {
                        int c = Math.min(2, (int) (3 * features.getDouble(n, 0, h, w)));
                        labels.putScalar(new int[] {n, c, h, w}, 1);
                        mask.putScalar(new int[] {n, 0, h, w}, h < SIZE / 2 ? 0 : 1);
                    }
                }
            }
            batches.add(new DataSet(features, labels, null, masked ? mask : null));
        }
        return batches;
    }

    /** An iterator over the batches as they are. */
    private static DataSetIterator iterator(boolean masked) {
        return new ExistingDataSetIterator(batches(masked));
    }

    private static SegmentationEvaluation byHand(boolean masked) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3);
        for (DataSet batch : batches(masked)) {
            evaluation.eval(batch.getLabels(), network.output(batch.getFeatures()), batch.getLabelsMaskArray());
        }
        return evaluation;
    }

    @Test
    void aMultiLayerNetworkEvaluates() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3);
        network.doEvaluation(iterator(false), evaluation);
        assertThat(evaluation.total()).isEqualTo(6 * SIZE * SIZE);
        assertThat(evaluation).isEqualTo(byHand(false));
    }

    @Test
    void aMultiLayerNetworkEvaluatesUnderAMask() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3);
        network.doEvaluation(iterator(true), evaluation);
        assertThat(evaluation.total()).isEqualTo(6 * SIZE * SIZE / 2);
        assertThat(evaluation).isEqualTo(byHand(true));
    }

    @Test
    void aComputationGraphEvaluates() {
        ComputationGraph graph = network.toComputationGraph();
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3);
        graph.doEvaluation(iterator(true), evaluation);
        assertThat(evaluation).isEqualTo(byHand(true));
    }

    @Test
    void scoresBothKindsOfNetworkOnBothKindsOfIterator() {
        SegmentationEvaluation settings = new SegmentationEvaluation(3);
        double expected = byHand(true).pixelAccuracy();
        ComputationGraph graph = network.toComputationGraph();
        for (Model model : new Model[] {network, graph}) {
            assertThat(new SegmentationScoreCalculator(iterator(true), settings, Metric.PIXEL_ACCURACY)
                    .calculateScore(model)).isEqualTo(expected);
            assertThat(new SegmentationScoreCalculator(new MultiDataSetIteratorAdapter(iterator(true)), settings,
                    Metric.PIXEL_ACCURACY).calculateScore(model)).isEqualTo(expected);
        }
        assertThat(new SegmentationScoreCalculator(iterator(true), 3).calculateScore(network))
                .isEqualTo(byHand(true).meanIou());
        assertThat(settings.total()).isZero();
    }

    @Test
    void aScoreThatIsNotDefinedIsAnError() {
        DataSet batch = batches(true).get(0);
        batch.getLabelsMaskArray().assign(0);
        SegmentationScoreCalculator calculator =
                new SegmentationScoreCalculator(new ExistingDataSetIterator(List.of(batch)), 3);
        assertThatIllegalStateException().isThrownBy(() -> calculator.calculateScore(network))
                .withMessageContaining("MEAN_IOU").withMessageContaining("0 pixels");
    }

    @Test
    void earlyStoppingKeepsTheEpochOfTheBestIou() {
        MultiLayerNetwork trained = network.clone();
        SegmentationScoreCalculator calculator = new SegmentationScoreCalculator(iterator(false), 3);
        EarlyStoppingConfiguration<MultiLayerNetwork> configuration =
                new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                        .epochTerminationConditions(new MaxEpochsTerminationCondition(25))
                        .modelSaver(new InMemoryModelSaver<>()).scoreCalculator(calculator).build();
        EarlyStoppingResult<MultiLayerNetwork> result =
                new EarlyStoppingTrainer(configuration, trained, iterator(false)).fit();

        double best = result.getScoreVsEpoch().values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        assertThat(result.getScoreVsEpoch().get(result.getBestModelEpoch())).isEqualTo(best);
        assertThat(calculator.calculateScore(result.getBestModel())).isCloseTo(best, within(1e-6));
        assertThat(best).isGreaterThan(0.7).isGreaterThan(calculator.calculateScore(network));
    }

    @Test
    void surfacesAreEvaluatedByNetworks() {
        for (boolean masked : new boolean[] {false, true}) {
            SurfaceEvaluation byHand = new SurfaceEvaluation(3);
            for (DataSet batch : batches(masked)) {
                byHand.eval(batch.getLabels(), network.output(batch.getFeatures()), batch.getLabelsMaskArray());
            }
            SurfaceEvaluation evaluation = network.doEvaluation(iterator(masked), new SurfaceEvaluation(3))[0];
            assertThat(evaluation.images()).isEqualTo(6);
            assertThat(evaluation).isEqualTo(byHand);
        }
    }
}
