package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.BatchShare;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.replicas.LocalReplicas;

/** Training shows the terms of a loss apart. */
class LossTermsListenerTest {

    private static final SegmentationLoss LOSS = Losses.dice().plus(Losses.categoricalCrossEntropy().times(2))
            .ignoreIndex(SmallNetworks.IGNORED);

    /** Before a step that changes nothing, so that the network can be asked again. */
    private static Map<String, Double> expected(MultiLayerNetwork network, DataSet data) {
        return LOSS.terms(SegmentationBatch.predictions(network.output(data.getFeatures())).labels(data.getLabels()));
    }

    private static MultiLayerNetwork network() {
        return SmallNetworks.network(new Sgd(0), DataType.DOUBLE, Head.SEGMENTATION_LOSS_LAYER.layer(LOSS,
                Activation.SOFTMAX));
    }

    @Test
    void afterAStepTheTermsAreThoseOfItsScore() {
        MultiLayerNetwork network = network();
        network.setListeners(new LossTermsListener(1));
        assertThat(LossTermsListener.terms(network)).isEmpty();
        DataSet data = SmallNetworks.data(3, 4);
        network.fit(data);
        Map<String, Map<String, Double>> terms = LossTermsListener.terms(network);
        assertThat(terms).hasSize(1);
        Map<String, Double> values = terms.values().iterator().next();
        expected(network, data).forEach((name, value) ->
                assertThat(values.get(name)).as(name).isCloseTo(value, offset(1e-6)));
        assertThat(values.values().stream().mapToDouble(value -> value).sum())
                .isCloseTo(network.score(), offset(1e-12));
    }

    @Test
    void eachHeadOfAGraphHasItsOwn() {
        ComputationGraph graph = SmallNetworks.graph(Head.SEGMENTATION_LOSS_LAYER.layer(LOSS, Activation.SOFTMAX),
                Head.SEGMENTATION_LOSS_LAYER.layer(Losses.jaccard().ignoreIndex(SmallNetworks.IGNORED),
                        Activation.SOFTMAX));
        graph.setListeners(new LossTermsListener(1));
        graph.fit(SmallNetworks.twice(SmallNetworks.data(2, 1)));
        Map<String, Map<String, Double>> terms = LossTermsListener.terms(graph);
        assertThat(terms).containsOnlyKeys("first", "second");
        assertThat(terms.get("first")).containsOnlyKeys("dice_loss", "categorical_crossentropy");
        double all = terms.values().stream().flatMap(values -> values.values().stream()).mapToDouble(v -> v).sum();
        assertThat(all).isCloseTo(graph.score(), offset(1e-5));
    }

    @Test
    void replicasSeeThoseOfTheWholeBatch() {
        DataSet data = SmallNetworks.data(5, 4);
        Map<String, Double> expected = expected(network(), data);
        List<Map<String, Double>> seen = LocalReplicas.run(2, Duration.ofSeconds(30), replicas -> {
            MultiLayerNetwork network = network();
            DataParallelTrainer trainer = DataParallelTrainer.of(network, replicas);
            trainer.step(BatchShare.of(data.toMultiDataSet(), trainer.parts()));
            return new HashMap<>(LossTermsListener.terms(network).values().iterator().next());
        });
        assertThat(seen.get(0)).isEqualTo(seen.get(1));
        expected.forEach((name, value) -> assertThat(seen.get(0).get(name)).isCloseTo(value, offset(1e-6)));
    }

    @Test
    void logsEverySoManyIterations() {
        assertThatIllegalArgumentException().isThrownBy(() -> new LossTermsListener(0))
                .withMessageContaining("every 0");
    }
}
