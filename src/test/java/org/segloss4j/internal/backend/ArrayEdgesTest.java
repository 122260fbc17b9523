package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.Metrics;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;

/** Edges of arrays and activations that backends do not see: views, types, NaN, activations that are not fused. */
class ArrayEdgesTest {

    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable());
    }

    private static double[] doubles(INDArray array) {
        return array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7fc00000, 0x7fc00001, 0x7fc001ff, 0x7f800001, 0xffffffff, 0xffc00010})
    void everyNaNIsFelt(int bits) {
        INDArray logits = Nd4j.zeros(DataType.FLOAT, 1, 3, 600);
        logits.data().asNio().order(ByteOrder.nativeOrder()).putInt(7 * Float.BYTES, bits);
        for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
            for (DataType labels : new DataType[] {DataType.UINT8, DataType.FLOAT}) {
                INDArray truth = labels == DataType.UINT8 ? Nd4j.zeros(labels, 1, 600) : Nd4j.ones(labels, 1, 3, 600);
                assertThat(LossInternals.value(Losses.jaccard(), SegmentationBatch.predictions(logits).labels(truth)
                        .activation(activation), new CpuBackend())).isNaN();
            }
        }
    }

    @Test
    void whatIsNotANumberHasNoClass() {
        INDArray logits = Nd4j.zeros(DataType.FLOAT, 2, 3, 50);
        logits.putScalar(new int[] {1, 2, 7}, Float.NaN);
        logits.putScalar(new int[] {1, 0, 9}, Float.NaN);
        INDArray labels = Nd4j.zeros(DataType.UINT8, 2, 50);
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3);
        assertThatThrownBy(() -> evaluation.eval(labels, logits, null, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 predictions are not a number; the first is NaN at example 1, pixel 7");
        assertThat(evaluation.total()).isZero();
        assertThatThrownBy(() -> new SegmentationEvaluation(2).eval(Nd4j.zeros(DataType.UINT8, 1, 1),
                Nd4j.createFromArray(Float.NaN).reshape(1, 1, 1), null, null)).hasMessageContaining("not a number");
        labels.putScalar(1, 7, 255);
        labels.putScalar(1, 9, 255);
        evaluation.ignoreIndex(255).eval(labels, logits, null, null);
        assertThat(evaluation.total()).isEqualTo(98);
        for (LossBackend backend : backends().toList()) {
            assertThat(LossInternals.value(Metrics.iou().threshold(0.5), SegmentationBatch.predictions(logits)
                    .labels(Nd4j.zeros(DataType.UINT8, 2, 50)), backend)).isNaN();
        }
    }

    /** A single output may be void while the others of its pixel count. */
    @ParameterizedTest
    @MethodSource("backends")
    void aVoidOutputIsNotFelt(LossBackend backend) {
        INDArray predictions = Nd4j.rand(DataType.FLOAT, 1, 2, 5);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 1, 2, 5);
        mask.putScalar(new int[] {0, 1, 3}, 0);
        INDArray spoilt = predictions.dup();
        INDArray labels = Nd4j.rand(DataType.FLOAT, 1, 2, 5);
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            spoilt.putScalar(new int[] {0, 1, 3}, value);
            for (IActivation activation : new IActivation[] {new ActivationSigmoid(), new ActivationTanH(),
                    Activation.IDENTITY.getActivationFunction()}) {
                SegmentationLoss loss = Losses.dice().plus(Losses.binaryFocal());
                LossResult expected = LossInternals.valueAndGradient(loss, SegmentationBatch.predictions(predictions)
                        .labels(labels)
                        .activation(activation).mask(mask), backend);
                LossResult actual = LossInternals.valueAndGradient(loss, SegmentationBatch.predictions(spoilt)
                        .labels(labels)
                        .activation(activation).mask(mask), backend);
                assertThat(actual.value()).isEqualTo(expected.value());
                assertThat(doubles(actual.gradient())).isEqualTo(doubles(expected.gradient()));
                assertThat(actual.gradient().getDouble(0, 1, 3)).isZero();
            }
        }
    }

    /** Activations that are not fused: over the channels wherever they are, in every type, with void pixels. */
    @ParameterizedTest
    @MethodSource("backends")
    void unfusedActivationsAreTheFusedOnes(LossBackend backend) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16, DataType.BFLOAT16}) {
            for (boolean channelsLast : new boolean[] {false, true}) {
                INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 4, 5).castTo(type);
                INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 4, 5).mul(3).castTo(DataType.UINT8);
                logits.putScalar(new int[] {1, 2, 1, 1}, Double.NaN);
                labels.putScalar(new int[] {1, 1, 1}, 255);
                INDArray given = channelsLast ? logits.permute(0, 2, 3, 1) : logits;
                SegmentationLoss loss = Losses.dice().plus(Losses.categoricalFocal()).ignoreIndex(255);
                compare(loss, labels, given, channelsLast, new ActivationSoftmax(), new ActivationSoftmax() { },
                        backend);
                compare(loss, labels, given, channelsLast, new ActivationSigmoid(), new ActivationSigmoid() { },
                        backend);
            }
        }
    }

    private static void compare(SegmentationLoss loss, INDArray labels, INDArray logits, boolean channelsLast,
                                IActivation fused, IActivation unfused, LossBackend backend) {
        SegmentationBatch plain = SegmentationBatch.predictions(logits).labels(labels);
        SegmentationBatch batch = channelsLast ? plain.channelsLast() : plain;
        LossResult expected = LossInternals.valueAndGradient(loss, batch.activation(fused), backend);
        LossResult actual = LossInternals.valueAndGradient(loss, batch.activation(unfused), backend);
        double eps = logits.dataType() == DataType.DOUBLE ? 1e-12 : 1e-6;
        assertThat(actual.value()).isCloseTo(expected.value(), offset(eps));
        assertThat(actual.gradient().dataType()).isEqualTo(logits.dataType());
        double[] theirs = doubles(expected.gradient());
        double[] ours = doubles(actual.gradient());
        double unit = logits.dataType() == DataType.BFLOAT16 ? 8e-3 : logits.dataType() == DataType.FLOAT16 ? 1e-3 : 0;
        for (int k = 0; k < ours.length; k++) {
            assertThat(ours[k]).isCloseTo(theirs[k], offset(eps + unit * Math.abs(theirs[k])));
        }
    }

    @Test
    void theGradientMayBeOfAnotherType() {
        // Outputs of tanh may sum to almost nothing, where the loss is steep and bfloat16 coarse.
        Nd4j.getRandom().setSeed(12);
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 10);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 10).mul(3).castTo(DataType.INT32);
        for (IActivation activation : new IActivation[] {new ActivationSoftmax(), new ActivationTanH()}) {
            SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(activation);
            INDArray expected = Losses.dice().valueAndGradient(batch).gradient();
            for (DataType type : new DataType[] {DataType.DOUBLE, DataType.BFLOAT16}) {
                INDArray gradient = Nd4j.create(type, 2, 3, 10);
                Losses.dice().valueAndGradient(batch, 1, gradient);
                assertThat(gradient.castTo(DataType.FLOAT).equalsWithEps(expected, 1e-3)).isTrue();
            }
        }
    }

    /** Rows that are examples are computed in blocks, several in one piece of work. */
    @Test
    void manySmallExamplesHaveTheirOwnLosses() {
        int rows = 40_000;
        INDArray logits = Nd4j.randn(DataType.FLOAT, rows, 19);
        INDArray labels = Nd4j.rand(DataType.FLOAT, rows, 1).mul(19).castTo(DataType.INT32);
        SegmentationLoss loss = Losses.dice().plus(Losses.categoricalFocal()).pixelsPerExample(1);
        INDArray scores = loss.computeScoreArray(labels, logits, new ActivationSoftmax(), null);
        SegmentationLoss perImage = Losses.dice().perImage(true).plus(Losses.categoricalFocal());
        double mean = 0;
        for (int row = 0; row < rows; row++) {
            mean += scores.getDouble(row) / rows;
        }
        assertThat(perImage.value(SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX)))
                .isCloseTo(mean, offset(1e-6));
        for (int row = 0; row < rows; row += 2999) {
            double own = loss.value(SegmentationBatch.predictions(logits.getRow(row, true))
                    .labels(labels.getRow(row, true))
                    .activation(Activation.SOFTMAX));
            assertThat(scores.getDouble(row)).isCloseTo(own, offset(1e-6));
        }
    }
}
