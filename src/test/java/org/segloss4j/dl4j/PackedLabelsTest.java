package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.time.Duration;
import java.util.List;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.PixelMaps;
import org.segloss4j.data.SignedDistanceMaps;
import org.segloss4j.data.Skeletons;
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
                .withMessageContaining("it needs 7 channels")
                .withMessageEndingWith("SegmentationIterator.appendMaps(PixelMaps.of(loss, 3)) makes them");
        packed.putScalar(new int[] {0, 0, 0, 0}, 0.5);
        assertThatIllegalArgumentException().isThrownBy(() -> network().fit(data)).withMessageContaining("not whole");
    }

    /** Maps of volumes, made by an iterator that knows nothing of them. */
    @Test
    void trainsOnPackedLabelsOfVolumes() {
        INDArray volumes = Nd4j.randn(DataType.DOUBLE, 2, 2, 3, 4, 5);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 3, 4, 5).muli(3).castTo(DataType.INT32);
        PixelMaps maps = PixelMaps.of(LOSS, 3);
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(3)
                .dataType(DataType.DOUBLE).updater(new NoOp()).list()
                .layer(new Convolution3D.Builder(1, 1, 1).nOut(3).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(LOSS).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 3, 4, 5, 2)).build());
        network.init();
        ExistingDataSetIterator iterator = new ExistingDataSetIterator(List.of(new DataSet(volumes, labels)));
        iterator.setPreProcessor(data -> data.setLabels(maps.packed(data.getLabels())));
        DataSet packed = iterator.next();
        assertThat(packed.getLabels().shape()).containsExactly(2, 1 + 3 + 3, 3, 4, 5);
        double expected = LOSS.value(SegmentationBatch.predictions(network.output(volumes)).labels(labels)
                .distances(SignedDistanceMaps.ofClasses(3).ignoreIndex(SmallNetworks.IGNORED).maps(labels))
                .skeleton(Skeletons.ofClasses(3).ignoreIndex(SmallNetworks.IGNORED).labels(labels)));
        network.fit(packed);
        assertThat(network.score()).isCloseTo(expected, offset(1e-6));
    }

    @Test
    void replicasRefuseALossThatDoesNotMerge() {
        MultiLayerNetwork sorts = network(LOSS.plus(Losses.lovaszSoftmax()));
        assertThatIllegalArgumentException().isThrownBy(() -> DataParallelTrainer.of(sorts,
                LocalReplicas.of(1, Duration.ofSeconds(5)).get(0))).withMessageContaining("cannot divide a batch")
                .withMessageContaining("lovasz");
    }
}
