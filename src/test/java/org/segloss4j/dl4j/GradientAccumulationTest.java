package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.ClassSums;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/** Micro-batches by hand, as docs/dl4j-layers.md shows them, against one step with the large batch. */
class GradientAccumulationTest {

    /** What a pass over all parts gives. */
    private record Pass(double value, List<INDArray> ofLogits, INDArray ofParameters) {
    }

    private static MultiLayerNetwork network(DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(SmallNetworks.common().dataType(type).list()
                .layer(SmallNetworks.hidden()).layer(SmallNetworks.logits()).setInputType(SmallNetworks.inputType())
                .build());
        net.init();
        return net;
    }

    private static SegmentationBatch batch(INDArray z, DataSet part) {
        return SegmentationBatch.predictions(z).labels(part.getLabels()).activation(Activation.SOFTMAX);
    }

    private static Pass accumulate(MultiLayerNetwork net, SegmentationLoss loss, List<DataSet> parts) {
        ClassSums merged = null;
        for (DataSet part : parts) {
            ClassSums own = loss.sums(batch(net.output(part.getFeatures(), true), part));
            merged = merged == null ? own : merged.merge(own);
        }
        INDArray total = Nd4j.zerosLike(net.params());
        List<INDArray> ofLogits = new ArrayList<>();
        int first = 0;
        for (DataSet part : parts) {
            net.setInput(part.getFeatures());
            List<INDArray> activations = net.feedForward(true, false);
            INDArray z = activations.get(activations.size() - 1);
            INDArray gradient = loss.gradient(batch(z, part), merged, first);
            ofLogits.add(gradient.dup());
            total.addi(net.backpropGradient(gradient, LayerWorkspaceMgr.noWorkspaces()).getFirst().gradient());
            first += part.numExamples();
        }
        return new Pass(loss.value(merged), ofLogits, total);
    }

    private static List<DataSet> cut(DataSet whole, int... sizes) {
        List<DataSet> parts = new ArrayList<>();
        int from = 0;
        for (int size : sizes) {
            parts.add((DataSet) whole.getRange(from, from + size));
            from += size;
        }
        return parts;
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT", "DOUBLE"})
    void partsAddUpToTheLargeBatch(DataType type) {
        DataSet whole = SmallNetworks.data(6, 1);
        MultiLayerNetwork net = network(type);
        double eps = type == DataType.FLOAT ? 1e-6 : 1e-14;
        for (SegmentationLoss loss : List.of(Losses.dice().perImage(true), Losses.jaccard(),
                Losses.categoricalCrossEntropy(), SmallNetworks.EVERY_SETTING)) {
            SegmentationLoss used = loss.ignoreIndex(SmallNetworks.IGNORED);
            Pass large = accumulate(net, used, cut(whole, 6));
            Pass small = accumulate(net, used, cut(whole, 1, 2, 3));
            INDArray ofLogits = Nd4j.concat(0, small.ofLogits.toArray(INDArray[]::new));
            assertThat(small.value).isCloseTo(large.value, within(eps));
            assertThat(ofLogits.equalsWithEps(large.ofLogits.get(0), eps)).as(loss.name()).isTrue();
            assertThat(small.ofParameters.equalsWithEps(large.ofParameters, 10 * eps)).as(loss.name()).isTrue();
            // The mean of the parts' own gradients is another.
            INDArray mean = Nd4j.zerosLike(net.params());
            for (DataSet part : cut(whole, 1, 2, 3)) {
                mean.addi(accumulate(net, used, List.of(part)).ofParameters.mul(part.numExamples() / 6.0));
            }
            boolean isMeanOfImages = loss.equals(Losses.dice().perImage(true));
            assertThat(mean.equalsWithEps(large.ofParameters, 1e-5)).as(loss.name()).isEqualTo(isMeanOfImages);
        }
    }

    /** Of the same logits: where each image has its own sums, nothing is added in another order. */
    @ParameterizedTest
    @ValueSource(strings = {"FLOAT", "DOUBLE"})
    void lossesPerImageHaveTheBitsOfTheLargeBatch(DataType type) {
        DataSet whole = SmallNetworks.data(6, 1);
        INDArray logits = network(type).output(whole.getFeatures());
        SegmentationLoss loss = Losses.dice().perImage(true).plus(Losses.focalTversky(0.3, 0.7, 2).perImage(true))
                .ignoreIndex(SmallNetworks.IGNORED);
        List<SegmentationBatch> parts = new ArrayList<>();
        int from = 0;
        for (DataSet part : cut(whole, 1, 2, 3)) {
            INDArray z = logits.get(NDArrayIndex.interval(from, from + part.numExamples()), NDArrayIndex.all(),
                    NDArrayIndex.all(), NDArrayIndex.all());
            parts.add(batch(z, part));
            from += part.numExamples();
        }
        ClassSums merged = loss.sums(parts.get(0)).merge(loss.sums(parts.get(1))).merge(loss.sums(parts.get(2)));
        LossResult large = loss.valueAndGradient(batch(logits, whole));
        INDArray gradient = Nd4j.concat(0, loss.gradient(parts.get(0), merged, 0),
                loss.gradient(parts.get(1), merged, 1), loss.gradient(parts.get(2), merged, 3));
        assertThat(loss.value(merged)).isEqualTo(large.value());
        assertThat(gradient.dup('c').data().asDouble()).isEqualTo(large.gradient().dup('c').data().asDouble());
    }
}
