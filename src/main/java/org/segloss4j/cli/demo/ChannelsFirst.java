package org.segloss4j.cli.demo;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Brings [N, H, W, C] to [N, C, H, W], and gradients back. The network computes with the channels last because that is
 * faster, but DL4J's own {@code CnnLossLayer} needs them first: with channels last it takes the wrong axis for that of
 * the classes when it computes the score.
 */
final class ChannelsFirst implements InputPreProcessor {

    private static final long serialVersionUID = 1L;

    @Override
    public INDArray preProcess(INDArray input, int miniBatchSize, LayerWorkspaceMgr workspaces) {
        return workspaces.dup(ArrayType.ACTIVATIONS, input.permute(0, 3, 1, 2), 'c');
    }

    @Override
    public INDArray backprop(INDArray output, int miniBatchSize, LayerWorkspaceMgr workspaces) {
        return workspaces.dup(ArrayType.ACTIVATION_GRAD, output.permute(0, 2, 3, 1), 'c');
    }

    @Override
    @SuppressWarnings("checkstyle:NoClone") // The interface asks for it.
    public InputPreProcessor clone() {
        return new ChannelsFirst();
    }

    @Override
    public InputType getOutputType(InputType input) {
        InputTypeConvolutional image = (InputTypeConvolutional) input;
        return InputType.convolutional(image.getHeight(), image.getWidth(), image.getChannels(), CNN2DFormat.NCHW);
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int miniBatchSize) {
        return new Pair<>(mask, state);
    }
}
