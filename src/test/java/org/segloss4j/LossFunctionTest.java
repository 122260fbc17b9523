package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What DL4J relies on when it calls a loss function. */
class LossFunctionTest {

    private static final SegmentationLoss LOSS = Losses.dice().plus(Losses.binaryFocal()).pixelsPerExample(1);

    static Stream<IActivation> activations() {
        return Stream.of(new ActivationSoftmax(), new ActivationSigmoid(), new ActivationIdentity(),
                new ActivationHardSigmoid(), new ActivationSoftmax() { });
    }

    private static INDArray indices(DataType type, long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape).mul(3).castTo(type);
    }

    static Stream<Arguments> typesAndOrders() {
        return Stream.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16).flatMap(type -> Stream.of('c', 'f')
                .flatMap(order -> activations().map(activation -> Arguments.of(type, order, activation))));
    }

    @ParameterizedTest
    @MethodSource("typesAndOrders")
    void gradientsHaveThePredictionsTypeInCOrder(DataType type, char order, IActivation activation) {
        for (long[] shape : new long[][] {{6, 3}, {2, 3, 5}, {2, 3, 4, 5}}) {
            INDArray logits = Nd4j.rand(DataType.FLOAT, shape).castTo(type).dup(order);
            INDArray labels = Nd4j.rand(DataType.FLOAT, shape);
            INDArray gradient = LOSS.computeGradient(labels, logits, activation, null);
            assertThat(gradient.dataType()).isEqualTo(type);
            assertThat(gradient.ordering()).isEqualTo('c');
            assertThat(gradient.shape()).isEqualTo(shape);
            assertThat(gradient.stride()).isEqualTo(Nd4j.createUninitialized(type, shape, 'c').stride());
            assertThat(gradient.isView()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("activations")
    void noMethodWritesToItsArguments(IActivation activation) {
        for (DataType labelType : new DataType[] {DataType.UINT8, DataType.INT32, DataType.INT64, DataType.FLOAT}) {
            INDArray logits = Nd4j.rand(DataType.FLOAT, 2, 3, 4, 5);
            INDArray labels = labelType == DataType.FLOAT ? Nd4j.rand(DataType.FLOAT, 2, 3, 4, 5)
                    : indices(labelType, 2, 4, 5);
            INDArray mask = Nd4j.rand(DataType.FLOAT, 2, 4, 5);
            INDArray[] copies = {logits.dup(), labels.dup(), mask.dup()};
            LOSS.computeScore(labels, logits, activation, mask, true);
            LOSS.computeScore(labels, logits, activation, mask, false);
            LOSS.computeScoreArray(labels, logits, activation, mask);
            LOSS.computeGradient(labels, logits, activation, mask);
            LOSS.computeGradientAndScore(labels, logits, activation, mask, true);
            assertThat(new INDArray[] {logits, labels, mask}).containsExactly(copies);
        }
    }

    /** DL4J takes the gradient on from the workspace of the layer. */
    @ParameterizedTest
    @MethodSource("activations")
    void gradientsAreAttachedToTheCurrentWorkspace(IActivation activation) {
        WorkspaceConfiguration configuration = WorkspaceConfiguration.builder().initialSize(1 << 20).build();
        INDArray logits = Nd4j.rand(DataType.FLOAT, 2, 3, 4, 5);
        INDArray labels = indices(DataType.INT32, 2, 4, 5);
        INDArray expected = LOSS.computeGradient(labels, logits, activation, null);
        assertThat(expected.isAttached()).isFalse();
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager()
                .getAndActivateWorkspace(configuration, "LossFunctionTest")) {
            INDArray gradient = LOSS.computeGradient(labels, logits, activation, null);
            INDArray other = LOSS.computeGradientAndScore(labels, logits, activation, null, true).getSecond();
            for (INDArray array : new INDArray[] {gradient, other}) {
                assertThat(array.isAttached()).isTrue();
                assertThat(array.data().getParentWorkspace()).isSameAs(workspace);
                assertThat(array).isEqualTo(expected);
            }
        }
    }

    /** An array of which some strides are 0 repeats its elements, as ND4J's broadcasting makes it. */
    static Stream<Arguments> repeated() {
        return Stream.of(
                Arguments.of(new long[] {2, 4, 5}, new long[] {0, 0, 0}),
                Arguments.of(new long[] {2, 4, 5}, new long[] {1, 0, 0}),
                Arguments.of(new long[] {2, 4, 5}, new long[] {0, 5, 1}),
                Arguments.of(new long[] {2, 4, 5}, new long[] {0, 1, 0}),
                Arguments.of(new long[] {2, 4, 5}, new long[] {4, 1, 0}),
                Arguments.of(new long[] {2, 4, 5}, new long[] {0, 0, 1}),
                Arguments.of(new long[] {2, 1, 4, 5}, new long[] {0, 0, 5, 1}),
                Arguments.of(new long[] {2, 3, 4, 5}, new long[] {0, 1, 0, 0}),
                Arguments.of(new long[] {2, 3, 4, 5}, new long[] {20, 0, 5, 1}),
                Arguments.of(new long[] {2, 3, 4, 5}, new long[] {1, 0, 0, 2}));
    }

    @ParameterizedTest
    @MethodSource("repeated")
    void labelsAndMasksMayRepeatTheirElements(long[] shape, long[] stride) {
        INDArray logits = Nd4j.rand(DataType.FLOAT, 2, 3, 4, 5);
        boolean dense = shape.length == 4 && shape[1] == 3;
        INDArray values = dense ? Nd4j.rand(DataType.FLOAT, 60) : indices(DataType.INT32, 60);
        INDArray repeated = Nd4j.create(values.data(), shape, stride, 0, 'c');
        INDArray plain = Nd4j.create(values.dataType(), shape);
        for (long k = 0; k < plain.length(); k++) {
            long[] at = new long[shape.length];
            long rest = k;
            long from = 0;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                at[axis] = rest % shape[axis];
                rest /= shape[axis];
                from += at[axis] * stride[axis];
            }
            plain.putScalar(at, values.getDouble(from));
        }
        assertSame(LOSS.valueAndGradient(batch(repeated, logits)), LOSS.valueAndGradient(batch(plain, logits)));
        INDArray labels = indices(DataType.UINT8, 2, 4, 5);
        assertSame(LOSS.valueAndGradient(batch(labels, logits).mask(repeated)),
                LOSS.valueAndGradient(batch(labels, logits).mask(plain)));
    }

    private static SegmentationBatch batch(INDArray labels, INDArray logits) {
        return SegmentationBatch.predictions(logits).labels(labels).activation(new ActivationSoftmax());
    }

    private static void assertSame(LossResult actual, LossResult expected) {
        assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-6));
        assertThat(actual.gradient().equalsWithEps(expected.gradient(), 1e-7)).isTrue();
    }

    /** Nothing in rows tells pixels from examples, and DL4J divides by the examples. */
    @Test
    void rowsAreRefusedUntilSomebodySaysWhatTheyAre() {
        INDArray rows = Nd4j.rand(DataType.FLOAT, 40, 3);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 40, 3);
        ActivationSoftmax softmax = new ActivationSoftmax();
        SegmentationLoss unset = Losses.dice().plus(Losses.binaryFocal());
        String message = "dice_loss_plus_binary_focal_loss of predictions [40, 3] needs to know how many rows are one"
                + " example: set pixelsPerExample, to H·W below a CnnLossLayer and to 1 below an OutputLayer, or"
                + " timeSteps below a recurrent layer";
        assertThatThrownBy(() -> unset.computeGradient(labels, rows, softmax, null))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        assertThatThrownBy(() -> unset.computeScore(labels, rows, softmax, null, false)).hasMessage(message);
        assertThatThrownBy(() -> unset.computeScoreArray(labels, rows, softmax, null)).hasMessage(message);
        assertThatThrownBy(() -> unset.computeGradientAndScore(labels, rows, softmax, null, true)).hasMessage(message);
        double value = unset.value(batch(labels, rows));
        assertThat(unset.pixelsPerExample(1).computeScore(labels, rows, softmax, null, false))
                .isCloseTo(40 * value, offset(1e-4));
        assertThat(unset.pixelsPerExample(20).computeScore(labels, rows, softmax, null, false))
                .isCloseTo(2 * value, offset(1e-5));
        assertThat(Losses.dice().pixelsPerExample(1).plus(Losses.binaryFocal())
                .computeScore(labels, rows, softmax, null, true)).isCloseTo(value, offset(1e-6));
        assertThat(JavaSerialisation.roundTrip(unset)).isEqualTo(unset)
                .isNotEqualTo(unset.pixelsPerExample(1));
    }

    @Test
    void scoresHaveThePredictionsType() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
            INDArray scores = LOSS.computeScoreArray(indices(DataType.INT32, 2, 5), Nd4j.rand(type, 2, 3, 5),
                    new ActivationSigmoid(), null);
            assertThat(scores.dataType()).isEqualTo(type);
            assertThat(scores.shape()).containsExactly(2, 1);
        }
    }
}
