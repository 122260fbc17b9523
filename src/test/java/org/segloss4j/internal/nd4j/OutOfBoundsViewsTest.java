package org.segloss4j.internal.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.weights.ClassCounts;

/** Views whose elements do not lie in their memory: reading one ends the process. */
class OutOfBoundsViewsTest {

    static Stream<Arguments> strides() {
        return Stream.of(Arguments.of(new long[] {12, 4, -1}, 0), Arguments.of(new long[] {12, -4, 1}, 50),
                Arguments.of(new long[] {-2147483648L, 4, 1}, 0), Arguments.of(new long[] {97, 4, 1}, 20),
                Arguments.of(new long[] {Long.MAX_VALUE, Long.MAX_VALUE, 1}, 0));
    }

    private static INDArray view(DataType type, long[] strides, long offset) {
        return Nd4j.create(Nd4j.ones(DataType.FLOAT, 120).castTo(type).data(), new long[] {2, 3, 4}, strides, offset,
                'c');
    }

    @ParameterizedTest
    @MethodSource("strides")
    void areRefusedWhereverTheyAreGiven(long[] strides, long offset) {
        INDArray sound = Nd4j.rand(DataType.FLOAT, 2, 3, 4);
        INDArray broken = view(DataType.FLOAT, strides, offset);
        for (Activation activation : List.of(Activation.SOFTMAX, Activation.TANH)) {
            assertThatThrownBy(() -> Losses.dice().value(SegmentationBatch.predictions(broken).labels(sound)
                    .activation(activation))).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("predictions [2, 3, 4] of the strides [").hasMessageContaining("copy");
        }
        assertThatThrownBy(() -> Losses.dice().value(SegmentationBatch.predictions(sound).labels(broken)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("labels [2, 3, 4]");
        assertThatThrownBy(() -> SegmentationBatch.predictions(sound).labels(sound).mask(broken))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("mask [2, 3, 4]");
        assertThatThrownBy(() -> Losses.dice().valueAndGradient(SegmentationBatch.predictions(sound).labels(sound), 1,
                broken)).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("gradient [2, 3, 4]");
        assertThatThrownBy(() -> ClassCounts.fromJson("{\"perClass\":[{},{},{}]}").addOneHot(broken))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("labels [2, 3, 4]");
        INDArray indices = view(DataType.INT32, strides, offset);
        assertThatThrownBy(() -> ClassCounts.fromJson("{\"perClass\":[{},{},{}]}").addIndices(indices))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("labels [2, 3, 4]");
    }

    @Test
    void soundViewsAreRead() {
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(
                WorkspaceConfiguration.builder().initialSize(1 << 20).build(), "OutOfBoundsViewsTest")) {
            assertThat(workspace.getId()).isNotNull();
            for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
                INDArray array = Nd4j.rand(DataType.FLOAT, 4, 5, 6).castTo(type);
                for (INDArray view : List.of(array, array.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all(),
                        NDArrayIndex.interval(2, 5)), array.permute(2, 0, 1), array.slice(3),
                        array.get(NDArrayIndex.point(3), NDArrayIndex.all(), NDArrayIndex.interval(5, 6)))) {
                    assertThat(NdTensors.inside("view", view)).isSameAs(view);
                }
                assertThat(NdTensors.inside("last", view(type, new long[] {12, 4, 1}, 96))).isNotNull();
                assertThat(NdTensors.inside("repeated", view(type, new long[] {0, 0, 0}, 119))).isNotNull();
            }
        }
    }
}
