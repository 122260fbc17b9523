package org.segloss4j.dl4j;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;

/** What DL4J's input types say of the channels. */
final class InputTypes {

    private InputTypes() {
    }

    /** The number of channels. */
    static long channels(InputType type) {
        if (type instanceof InputType.InputTypeConvolutional images) {
            return images.getChannels();
        }
        if (type instanceof InputType.InputTypeConvolutional3D volumes) {
            return volumes.getChannels();
        }
        if (type instanceof InputType.InputTypeConvolutionalFlat flat) {
            return flat.getDepth();
        }
        return type instanceof InputType.InputTypeRecurrent series ? series.getSize()
                : ((InputType.InputTypeFeedForward) type).getSize();
    }

    /** Whether the channels are the last axis. */
    static boolean channelsLast(InputType type) {
        return type instanceof InputType.InputTypeConvolutional images && images.getFormat() == CNN2DFormat.NHWC
                || type instanceof InputType.InputTypeConvolutional3D volumes
                && volumes.getDataFormat() == Convolution3D.DataFormat.NDHWC
                || type instanceof InputType.InputTypeRecurrent series && series.getFormat() == RNNFormat.NWC;
    }
}
