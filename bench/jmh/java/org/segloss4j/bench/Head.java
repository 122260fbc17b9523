package org.segloss4j.bench;

import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SegmentationLossLayer;

/** How a network may end: the output layer, its loss and the labels that it takes. */
public enum Head {
    /** DL4J's layer with DL4J's cross-entropy. */
    DL4J_MCXENT("CnnLossLayer", null, false),
    /** DL4J's layer with ours. */
    DL4J_JACCARD("CnnLossLayer", Problem.JACCARD, false),
    /** DL4J's layer with the sum of three. */
    DL4J_DICE_CE_FOCAL("CnnLossLayer", Problem.DICE_CE_FOCAL, false),
    /** Our layer, one-hot labels. */
    OWN_JACCARD("SegmentationLossLayer", Problem.JACCARD, false),
    /** Our layer, labels that are class indices. */
    OWN_JACCARD_INDICES("SegmentationLossLayer", Problem.JACCARD, true),
    /** Our layer with the sum of three, labels that are class indices. */
    OWN_DICE_CE_FOCAL_INDICES("SegmentationLossLayer", Problem.DICE_CE_FOCAL, true);

    private final String layer;
    /** Null for DL4J's. */
    private final Problem problem;
    private final boolean indices;

    Head(String layer, Problem problem, boolean indices) {
        this.layer = layer;
        this.problem = problem;
        this.indices = indices;
    }

    String layer() {
        return layer;
    }

    String loss() {
        return problem == null ? "LossMCXENT" : JmhRow.lower(problem);
    }

    /** Whether labels are class indices [N, H, W]. */
    boolean takesIndices() {
        return indices;
    }

    Layer layer(long pixels, int classes) {
        if (problem == null) {
            return new CnnLossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX).build();
        }
        SegmentationLoss loss = problem.loss(classes);
        return layer.equals("CnnLossLayer")
                ? new CnnLossLayer.Builder(loss.pixelsPerExample(pixels)).activation(Activation.SOFTMAX).build()
                : new SegmentationLossLayer.Builder(loss).activation(Activation.SOFTMAX).build();
    }
}
