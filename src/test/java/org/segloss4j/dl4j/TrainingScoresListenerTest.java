package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.BatchShare;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.replicas.LocalReplicas;

/** What a network predicts while it learns is counted by its loss. */
class TrainingScoresListenerTest {

    private static final SegmentationLoss LOSS = Losses.dice().plus(Losses.categoricalCrossEntropy())
            .ignoreIndex(SmallNetworks.IGNORED);

    private final TrainingScoresListener listener = new TrainingScoresListener(settings(), 2);

    private static SegmentationEvaluation settings() {
        return new SegmentationEvaluation(SmallNetworks.CLASSES).ignoreIndex(SmallNetworks.IGNORED);
    }

    /** Of a network that does not change, so that it can be asked again. */
    private static MultiLayerNetwork network() {
        return SmallNetworks.network(new Sgd(0), DataType.DOUBLE, Head.SEGMENTATION_LOSS_LAYER.layer(LOSS,
                Activation.SOFTMAX));
    }

    private static SegmentationEvaluation expected(MultiLayerNetwork network, DataSet... batches) {
        SegmentationEvaluation all = settings();
        for (DataSet data : batches) {
            all.eval(data.getLabels(), network.output(data.getFeatures()), data.getLabelsMaskArray());
        }
        return all;
    }

    @Test
    void anEpochHasTheScoresOfItsBatches() {
        MultiLayerNetwork network = network();
        network.setListeners(listener, new LossTermsListener(5));
        assertThat(listener.epochScores()).isEmpty();
        DataSet[] batches = {SmallNetworks.data(3, 4), SmallNetworks.data(3, 5), SmallNetworks.data(3, 6)};
        network.fit(new ExistingDataSetIterator(List.of(batches)), 2);
        Map<String, SegmentationEvaluation> scores = listener.epochScores();
        assertThat(scores).hasSize(1);
        SegmentationEvaluation own = scores.values().iterator().next();
        assertThat(own).isEqualTo(expected(network, batches));
        assertThat(own.total()).isPositive();
        own.reset();
        assertThat(listener.epochScores().values().iterator().next().total()).as("a copy").isPositive();
    }

    /** A score that is asked for without a step, or twice, counts nothing. */
    @Test
    void onlyStepsCount() {
        MultiLayerNetwork network = network();
        network.setListeners(listener);
        DataSet data = SmallNetworks.data(2, 1);
        network.score(data);
        assertThat(listener.epochScores()).isEmpty();
        network.fit(data);
        SegmentationEvaluation once = expected(network, data);
        network.score(data);
        network.score(data, true);
        assertThat(listener.epochScores().values()).containsExactly(once);
        network.fit(data);
        assertThat(listener.epochScores().values().iterator().next().total()).isEqualTo(2 * once.total());
    }

    @Test
    void eachHeadOfAGraphHasItsOwn() {
        ComputationGraph graph = SmallNetworks.graph(Head.SEGMENTATION_LOSS_LAYER.layer(LOSS, Activation.SOFTMAX),
                Head.SEGMENTATION_LOSS_LAYER.layer(Losses.jaccard().ignoreIndex(SmallNetworks.IGNORED),
                        Activation.SOFTMAX));
        graph.setListeners(listener);
        graph.fit(SmallNetworks.twice(SmallNetworks.data(2, 1)));
        assertThat(listener.epochScores()).containsOnlyKeys("first", "second");
        TrainingScoresListener other = new TrainingScoresListener(new SegmentationEvaluation(5), 1);
        graph.setListeners(other);
        graph.fit(SmallNetworks.twice(SmallNetworks.data(2, 1)));
        assertThat(other.epochScores()).as("heads of other classes").isEmpty();
    }

    @Test
    void aNaNIsLeftOut() {
        MultiLayerNetwork network = network();
        network.setListeners(listener);
        DataSet data = SmallNetworks.data(2, 1);
        data.getFeatures().putScalar(0, Double.NaN);
        network.fit(data);
        assertThat(network.score()).isNaN();
        assertThat(listener.epochScores()).isEmpty();
        assertThat(LossTermsListener.problems(network)).isNotEmpty();
    }

    @Test
    void replicasCountTheirOwnPart() {
        DataSet data = SmallNetworks.data(5, 4);
        List<SegmentationEvaluation> seen = LocalReplicas.run(2, Duration.ofSeconds(30), replicas -> {
            MultiLayerNetwork network = network();
            TrainingScoresListener own = new TrainingScoresListener(settings(), 1);
            network.setListeners(own);
            DataParallelTrainer trainer = DataParallelTrainer.of(network, replicas);
            trainer.step(BatchShare.of(data.toMultiDataSet(), trainer.parts()));
            return own.epochScores().values().iterator().next();
        });
        seen.get(0).merge(seen.get(1));
        assertThat(seen.get(0)).isEqualTo(expected(network(), data));
    }

    @Test
    void logsEverySoManyIterations() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TrainingScoresListener(settings(), 0))
                .withMessageContaining("every 0");
    }
}
