package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.segloss4j.dl4j.SmallNetworks.EVERY_SETTING;
import static org.segloss4j.dl4j.SmallNetworks.IGNORED;

import java.util.List;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.scorecalc.ScoreCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.transferlearning.TransferLearningHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The losses in what DL4J does with networks besides plain training. */
class IntegrationTest {

    private static final DataSet DATA = SmallNetworks.data(3, 1);

    private static MultiLayerNetwork trained(Head head) {
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        network.fit(DATA);
        network.fit(SmallNetworks.data(2, 2));
        return network;
    }

    private static double loss(INDArray labels, INDArray probabilities) {
        return EVERY_SETTING.value(SegmentationBatch.predictions(probabilities).labels(labels));
    }

    @ParameterizedTest
    @EnumSource
    void aCloneTrainsLikeTheOriginalAndApart(Head head) {
        MultiLayerNetwork network = trained(head);
        MultiLayerNetwork clone = network.clone();
        double score = network.score(DATA);
        assertThat(clone.score(DATA)).isEqualTo(score);
        clone.fit(DATA);
        assertThat(network.score(DATA)).isEqualTo(score);
        network.fit(DATA);
        assertThat(network.params()).isEqualTo(clone.params());
    }

    @ParameterizedTest
    @EnumSource
    void becomesAGraph(Head head) {
        // Not a trained one: DL4J leaves the updater's state behind.
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        ComputationGraph graph = network.toComputationGraph();
        assertThat(graph.outputSingle(DATA.getFeatures())).isEqualTo(network.output(DATA.getFeatures()));
        assertThat(graph.score(DATA)).isEqualTo(network.score(DATA))
                .isCloseTo(loss(DATA.getLabels(), network.output(DATA.getFeatures())), within(1e-6));
        graph.fit(DATA);
        network.fit(DATA);
        assertThat(graph.score()).isEqualTo(network.score());
        assertThat(graph.params()).isEqualTo(network.params());
    }

    @ParameterizedTest
    @EnumSource
    void frozenLayersStayAndTheOthersLearn(Head head) {
        MultiLayerNetwork network = trained(head);
        MultiLayerNetwork transferred = new TransferLearning.Builder(network)
                .fineTuneConfiguration(fineTuning()).setFeatureExtractor(0).build();
        assertThat(transferred.score(DATA)).isEqualTo(network.score(DATA));
        transferred.fit(DATA);
        assertThat(transferred.getLayer(0).params()).isEqualTo(network.getLayer(0).params());
        assertThat(transferred.getLayer(1).params()).isNotEqualTo(network.getLayer(1).params());
    }

    private static FineTuneConfiguration fineTuning() {
        return new FineTuneConfiguration.Builder().updater(new Adam(0.05))
                .optimizationAlgo(OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT).seed(3).build();
    }

    @ParameterizedTest
    @EnumSource
    void theOutputLayerCanBeReplaced(Head head) {
        SegmentationLoss loss = Losses.dice().ignoreIndex(IGNORED).pixelsPerExample(30);
        MultiLayerNetwork network = new TransferLearning.Builder(trained(head)).fineTuneConfiguration(fineTuning())
                .removeOutputLayer().addLayer(head.layer(loss, Activation.SIGMOID)).build();
        INDArray probabilities = network.output(DATA.getFeatures());
        assertThat(network.score(DATA))
                .isCloseTo(loss.value(SegmentationBatch.predictions(probabilities).labels(DATA.getLabels())),
                within(1e-6));
        double before = network.score(DATA);
        for (int k = 0; k < 5; k++) {
            network.fit(DATA);
        }
        assertThat(network.score(DATA)).isLessThan(before);
    }

    @ParameterizedTest
    @EnumSource
    void featurizedDataTrainsTheUnfrozenPart(Head head) {
        MultiLayerNetwork network = trained(head);
        double before = network.score(DATA);
        TransferLearningHelper helper = new TransferLearningHelper(network, 0);
        DataSet featurized = helper.featurize(DATA);
        assertThat(helper.unfrozenMLN().score(featurized)).isCloseTo(before, within(1e-6));
        helper.fitFeaturized(featurized);
        assertThat(helper.unfrozenMLN().score(featurized)).isLessThan(before);
    }

    @ParameterizedTest
    @EnumSource
    void tellsItsShapesAndItsMemory(Head head) {
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        String type = head.layer().getClass().getSimpleName();
        assertThat(network.summary(SmallNetworks.inputType())).contains(type.replace("LossLayer", ""))
                .contains("InputTypeConvolutional(h=6,w=5,c=3");
        assertThat(SmallNetworks.graph(head.layer()).summary(SmallNetworks.inputType())).contains("first");
        assertThat(network.getLayerWiseConfigurations().getMemoryReport(SmallNetworks.inputType()).toString())
                .contains(type);
    }

    @ParameterizedTest
    @EnumSource
    void workspacesChangeNothing(Head head) {
        MultiLayerNetwork with = SmallNetworks.network(head.layer(), WorkspaceMode.ENABLED);
        MultiLayerNetwork without = SmallNetworks.network(head.layer(), WorkspaceMode.NONE);
        for (int k = 0; k < 4; k++) {
            DataSet data = SmallNetworks.data(1 + k, k);
            with.fit(data);
            without.fit(data);
            assertThat(without.score()).isEqualTo(with.score());
            assertThat(without.score(data)).isEqualTo(with.score(data));
            assertThat(without.scoreExamples(data, true)).isEqualTo(with.scoreExamples(data, true));
        }
        assertThat(without.params()).isEqualTo(with.params());
    }

    @Test
    void twoOutputsWithMasksAddUp() {
        SegmentationLoss first = Losses.jaccard().perImage(true).ignoreIndex(IGNORED);
        SegmentationLoss second = Losses.categoricalFocal().times(3);
        ComputationGraph graph = SmallNetworks.graph(Head.SEGMENTATION_LOSS_LAYER.layer(first, Activation.SOFTMAX),
                Head.SEGMENTATION_LOSS_LAYER.layer(second, Activation.SIGMOID));
        INDArray features = SmallNetworks.features(3, 1);
        INDArray indices = SmallNetworks.indices(features);
        INDArray labels = SmallNetworks.oneHot(indices);
        INDArray firstMask = Nd4j.ones(DataType.FLOAT, 3, 1, 6, 5);
        firstMask.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, 2)).assign(0);
        INDArray secondMask = indices.neq(IGNORED).castTo(DataType.FLOAT);
        MultiDataSet data = new MultiDataSet(new INDArray[] {features}, new INDArray[] {indices, labels}, null,
                new INDArray[] {firstMask, secondMask});

        INDArray[] outputs = graph.output(features);
        double expected = first.value(SegmentationBatch.predictions(outputs[0]).labels(indices).mask(firstMask))
                + second.value(SegmentationBatch.predictions(outputs[1]).labels(labels).mask(secondMask));
        assertThat(graph.score(data)).isCloseTo(expected, within(1e-6));
        graph.fit(data);
        assertThat(graph.score()).isCloseTo(expected, within(1e-6));
        for (int k = 0; k < 30; k++) {
            graph.fit(data);
        }
        assertThat(graph.score(data)).isLessThan(0.8 * expected);
    }

    @ParameterizedTest
    @EnumSource
    void scoresEachExample(Head head) {
        MultiLayerNetwork network = trained(head);
        INDArray scores = network.scoreExamples(DATA, false);
        assertThat(scores.shape()).containsExactly(3, 1);
        for (int n = 0; n < 3; n++) {
            INDArray one = DATA.getFeatures().get(NDArrayIndex.interval(n, n + 1));
            INDArray labels = DATA.getLabels().get(NDArrayIndex.interval(n, n + 1));
            assertThat(scores.getDouble(n, 0)).isCloseTo(loss(labels, network.output(one)), within(1e-5))
                    .isCloseTo(network.score(new DataSet(one, labels)), within(1e-5));
        }
        assertThat(network.toComputationGraph().scoreExamples(DATA, false)).isEqualTo(scores);
    }

    private static DataSetIterator indexed() {
        return new ExistingDataSetIterator(List.of(SmallNetworks.indexedData(3, 1), SmallNetworks.indexedData(2, 2)));
    }

    @Test
    void evaluatesIntegerLabels() {
        MultiLayerNetwork network = trained(Head.SEGMENTATION_LOSS_LAYER);
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3).ignoreIndex(IGNORED);
        network.doEvaluation(indexed(), evaluation);
        SegmentationEvaluation expected = new SegmentationEvaluation(3).ignoreIndex(IGNORED);
        for (DataSet data : List.of(SmallNetworks.indexedData(3, 1), SmallNetworks.indexedData(2, 2))) {
            expected.eval(data.getLabels(), network.output(data.getFeatures()));
        }
        assertThat(evaluation).isEqualTo(expected);
        assertThat(evaluation.total()).isPositive().isLessThan(5 * 30);
    }

    @Test
    void stopsEarlyOnIntegerLabels() {
        SegmentationEvaluation settings = new SegmentationEvaluation(3).ignoreIndex(IGNORED);
        ScoreCalculator<?> byIou = new SegmentationScoreCalculator(indexed(), settings,
                SegmentationEvaluation.Metric.MEAN_IOU);
        EarlyStoppingResult<MultiLayerNetwork> result = stopEarly(byIou);
        assertThat(best(result)).isEqualTo(result.getScoreVsEpoch().values().stream().max(Double::compare).get());
        ScoreCalculator<?> byLoss = new DataSetLossCalculator(indexed(), true);
        result = stopEarly(byLoss);
        assertThat(best(result)).isEqualTo(result.getScoreVsEpoch().values().stream().min(Double::compare).get())
                .isLessThan(result.getScoreVsEpoch().get(0));
        assertThat(new DataSetLossCalculator(indexed(), true).calculateScore(result.getBestModel()))
                .isCloseTo(best(result), within(1e-6));
    }

    private static double best(EarlyStoppingResult<MultiLayerNetwork> result) {
        return result.getScoreVsEpoch().get(result.getBestModelEpoch());
    }

    private static EarlyStoppingResult<MultiLayerNetwork> stopEarly(ScoreCalculator<?> calculator) {
        EarlyStoppingConfiguration<MultiLayerNetwork> configuration =
                new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                        .epochTerminationConditions(new MaxEpochsTerminationCondition(8))
                        .modelSaver(new InMemoryModelSaver<>()).scoreCalculator(calculator).build();
        MultiLayerNetwork network = SmallNetworks.network(Head.SEGMENTATION_LOSS_LAYER.layer());
        return new EarlyStoppingTrainer(configuration, network, indexed()).fit();
    }
}
