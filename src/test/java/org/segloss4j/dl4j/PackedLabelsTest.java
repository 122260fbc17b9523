package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.time.Duration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.replicas.LocalReplicas;

/** A network's one array of labels may hold distances and skeletons, too. */
class PackedLabelsTest {

    private static final SegmentationLoss LOSS = Losses.dice().plus(Losses.boundary().times(0.1))
            .plus(Losses.skeletonRecall()).ignoreIndex(SmallNetworks.IGNORED);

    private static MultiLayerNetwork network() {
        return network(LOSS);
    }

    private static MultiLayerNetwork network(SegmentationLoss loss) {
        return SmallNetworks.network(Head.SEGMENTATION_LOSS_LAYER.layer(loss, Activation.SOFTMAX));
    }

    @Test
    void trainsOnPackedLabels() {
        INDArray features = SmallNetworks.features(3, 1);
        INDArray indices = SmallNetworks.indices(features);
        INDArray maps = Nd4j.randn(DataType.FLOAT, 3, SmallNetworks.CLASSES, SmallNetworks.HEIGHT,
                SmallNetworks.WIDTH);
        INDArray skeletons = maps.gt(1).castTo(DataType.FLOAT);
        INDArray packed = Nd4j.concat(1, indices.castTo(DataType.FLOAT).reshape(3, 1, SmallNetworks.HEIGHT,
                SmallNetworks.WIDTH), maps, skeletons);
        MultiLayerNetwork network = network();
        double expected = LOSS.value(SegmentationBatch.predictions(network.output(features)).labels(indices)
                .distances(maps).skeleton(skeletons));
        DataSet data = new DataSet(features, packed);
        network.fit(data);
        double first = network.score();
        assertThat(first).isCloseTo(expected, offset(1e-5));
        for (int k = 0; k < 20; k++) {
            network.fit(data);
        }
        assertThat(network.score()).isLessThan(first - 0.05);
        assertThat(LossTermsListener.terms(network).values().iterator().next())
                .containsOnlyKeys("dice_loss", "boundary_loss", "skeleton_recall_loss");
        assertThatIllegalArgumentException().isThrownBy(() -> network().fit(new DataSet(features, indices)))
                .withMessageContaining("it needs 7 channels");
        packed.putScalar(new int[] {0, 0, 0, 0}, 0.5);
        assertThatIllegalArgumentException().isThrownBy(() -> network().fit(data)).withMessageContaining("not whole");
    }

    @Test
    void replicasRefuseALossThatDoesNotMerge() {
        MultiLayerNetwork sorts = network(LOSS.plus(Losses.lovaszSoftmax()));
        assertThatIllegalArgumentException().isThrownBy(() -> DataParallelTrainer.of(sorts,
                LocalReplicas.of(1, Duration.ofSeconds(5)).get(0))).withMessageContaining("cannot divide a batch")
                .withMessageContaining("lovasz");
    }
}
