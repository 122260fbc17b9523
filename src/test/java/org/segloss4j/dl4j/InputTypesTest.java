package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;

/** Of every input type that DL4J has: how many channels there are, and whether they are the last axis. */
class InputTypesTest {

    static Stream<Arguments> types() {
        return Stream.of(Arguments.of(InputType.convolutional(5, 6, 3, CNN2DFormat.NCHW), false),
                Arguments.of(InputType.convolutional(5, 6, 3, CNN2DFormat.NHWC), true),
                Arguments.of(InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 4, 5, 6, 3), false),
                Arguments.of(InputType.convolutional3D(Convolution3D.DataFormat.NDHWC, 4, 5, 6, 3), true),
                Arguments.of(InputType.convolutionalFlat(5, 6, 3), false),
                Arguments.of(InputType.recurrent(3, 7, RNNFormat.NCW), false),
                Arguments.of(InputType.recurrent(3, 7, RNNFormat.NWC), true),
                Arguments.of(InputType.feedForward(3), false));
    }

    @ParameterizedTest
    @MethodSource("types")
    void tellsTheChannelsAndWhereTheyAre(InputType type, boolean channelsLast) {
        assertThat(InputTypes.channels(type)).isEqualTo(3);
        assertThat(InputTypes.channelsLast(type)).isEqualTo(channelsLast);
        SegmentationLossLayer layer = new SegmentationLossLayer.Builder(Losses.dice()).build();
        layer.setNIn(type, true);
        assertThat(layer.isChannelsLast()).isEqualTo(channelsLast);
    }

    /** A new kind of input type has to be told of. */
    @Test
    void noTypeIsLeftOut() {
        List<InputType.Type> told = types().map(a -> ((InputType) a.get()[0]).getType()).distinct().toList();
        assertThat(told).containsExactlyInAnyOrder(InputType.Type.values());
    }
}
