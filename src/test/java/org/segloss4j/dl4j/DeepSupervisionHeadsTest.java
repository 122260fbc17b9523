package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.DeepSupervision;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/** A small graph with two heads. */
class DeepSupervisionHeadsTest {

    private static final SegmentationLoss LOSS = Losses.CCE_DICE_LOSS.ignoreIndex(SmallNetworks.IGNORED);

    private static ComputationGraph graph(DeepSupervision supervision) {
        GraphBuilder builder = SmallNetworks.common().updater(new Adam(0.02)).graphBuilder().addInputs("in")
                .addLayer("hidden", SmallNetworks.hidden(), "in")
                .addLayer("logits", SmallNetworks.logits(), "hidden")
                .addLayer("pooled", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(2, 2)
                        .stride(2, 2).build(), "hidden")
                .addLayer("halfLogits", SmallNetworks.logits(), "pooled");
        assertThat(DeepSupervisionHeads.add(builder, supervision, Activation.SOFTMAX, "logits", "halfLogits"))
                .containsExactly("logits_loss", "halfLogits_loss");
        ComputationGraph graph = new ComputationGraph(builder.setInputTypes(InputType.convolutional(8, 8,
                SmallNetworks.FEATURES)).build());
        graph.init();
        return graph;
    }

    private static MultiDataSet data() {
        INDArray features = Nd4j.rand(org.nd4j.linalg.api.buffer.DataType.FLOAT, 4, SmallNetworks.FEATURES, 8, 8);
        INDArray labels = features.get(org.nd4j.linalg.indexing.NDArrayIndex.all(),
                org.nd4j.linalg.indexing.NDArrayIndex.point(0)).mul(3).castTo(
                org.nd4j.linalg.api.buffer.DataType.INT32);
        MultiDataSet data = new MultiDataSet(features, labels);
        DeepSupervisionHeads.labels(1, 2).preProcess(data);
        return data;
    }

    @Test
    void trains() {
        DeepSupervision supervision = DeepSupervision.halving(LOSS, 2, true);
        ComputationGraph graph = graph(supervision);
        MultiDataSet data = data();
        assertThat(data.getLabels(1).shape()).containsExactly(4, 4, 4);
        INDArray[] out = graph.output(data.getFeatures(0));
        double expected = supervision.value(SegmentationBatch.predictions(out[0]).labels(data.getLabels(0)),
                SegmentationBatch.predictions(out[1]).labels(data.getLabels(1)));
        graph.fit(data);
        double first = graph.score();
        assertThat(first).isCloseTo(expected, offset(1e-4));
        for (int k = 0; k < 30; k++) {
            graph.fit(data);
        }
        assertThat(graph.score()).isLessThan(0.9 * first);
    }

    @Test
    void countsMustFit() {
        assertThatIllegalArgumentException().isThrownBy(() -> graph(DeepSupervision.halving(LOSS, 3, true)))
                .withMessageContaining("2 layers").withMessageContaining("3 heads");
    }
}
