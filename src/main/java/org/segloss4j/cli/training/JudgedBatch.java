package org.segloss4j.cli.training;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.dl4j.SegmentationLossLayer;

/** What a network answers to validation samples, as loss and evaluation take it. */
final class JudgedBatch {

    private JudgedBatch() {
    }

    /**
     * Judges by what the layer of the loss reads, the logits: some losses are functions of these, not of probabilities.
     *
     * @param network  with one output, a layer of a segmentation loss, channels last
     * @param features of the samples
     * @param labels   of the samples, with the maps that the loss reads
     * @param mask     0 at void pixels, whose labels are not told from others, or null
     */
    static SegmentationBatch of(ComputationGraph network, INDArray features, INDArray labels, INDArray mask) {
        String output = network.getConfiguration().getNetworkOutputs().get(0);
        String before = network.getConfiguration().getVertexInputs().get(output).get(0);
        SegmentationLossLayer layer = (SegmentationLossLayer) network.getLayer(output).conf().getLayer();
        INDArray logits = network.output(List.of(before), false, new INDArray[] {features}, null)[0];
        return layer.batch(logits, labels, mask);
    }
}
