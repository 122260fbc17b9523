package org.segloss4j.bench;

import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SegmentationLossLayer;

/** How a network may end. */
public enum Head {
    /** DL4J's layer with DL4J's cross-entropy. */
    CNN_LOSS_LAYER_MCXENT {
        @Override
        Layer layer(long pixels) {
            return new CnnLossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX).build();
        }
    },
    /** DL4J's layer with ours. */
    CNN_LOSS_LAYER_JACCARD {
        @Override
        Layer layer(long pixels) {
            return new CnnLossLayer.Builder(Losses.jaccard().pixelsPerExample(pixels)).activation(Activation.SOFTMAX)
                    .build();
        }
    },
    /** DL4J's layer with the sum of three. */
    CNN_LOSS_LAYER_DICE_CE_FOCAL {
        @Override
        Layer layer(long pixels) {
            return new CnnLossLayer.Builder(three().pixelsPerExample(pixels)).activation(Activation.SOFTMAX).build();
        }
    },
    /** Our layer, one-hot labels. */
    SEGMENTATION_LOSS_LAYER_JACCARD {
        @Override
        Layer layer(long pixels) {
            return new SegmentationLossLayer.Builder(Losses.jaccard()).activation(Activation.SOFTMAX).build();
        }
    },
    /** Our layer, labels that are class indices. */
    SEGMENTATION_LOSS_LAYER_JACCARD_INDICES {
        @Override
        Layer layer(long pixels) {
            return new SegmentationLossLayer.Builder(Losses.jaccard()).activation(Activation.SOFTMAX).build();
        }

        @Override
        boolean takesIndices() {
            return true;
        }
    },
    /** Our layer with the sum of three, labels that are class indices. */
    SEGMENTATION_LOSS_LAYER_DICE_CE_FOCAL_INDICES {
        @Override
        Layer layer(long pixels) {
            return new SegmentationLossLayer.Builder(three()).activation(Activation.SOFTMAX).build();
        }

        @Override
        boolean takesIndices() {
            return true;
        }
    };

    abstract Layer layer(long pixels);

    /** Whether labels are class indices [N, H, W]. */
    boolean takesIndices() {
        return false;
    }

    private static SegmentationLoss three() {
        return Problem.DICE_CE_FOCAL.loss(2);
    }
}
