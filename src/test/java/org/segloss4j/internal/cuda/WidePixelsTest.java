package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Rounding16;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** Several pixels of a thread at a time, under policies of all kinds, where addresses and sizes are awkward. */
class WidePixelsTest {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    /** The first one fills groups and warps, the others leave some of them open. */
    private static final int[] PIXELS = {1024, 8, 264, 1208};

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @ParameterizedTest
    @CsvSource({
        "t256b2v4s2r1, 3, FLOAT, UBYTE, FLOAT, false, false",
        "t64b2v8s2r0, 5, BFLOAT16, INT, , false, true",
        "t256b2v4s2r1, 5, FLOAT, UBYTE, , true, false",
        "t256b2v4s2r1, 40, FLOAT, UBYTE, FLOAT, false, true",
        "t256b2v4s2r1, 40, FLOAT, FLOAT, FLOAT, false, false",
    })
    void agreesWithTheReference(String policy, int channels, DataType type, DataType labels, DataType mask,
                                boolean channelsLast, boolean pixelLosses) {
        for (int pixels : PIXELS) {
            check(policy, channels, pixels, type, labels, mask, channelsLast, pixelLosses);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "t256b2v2s2r1, 19, FLOAT, UBYTE, FLOAT, false, true",
        "t96b3v4s2r1, 21, HALF, UBYTE, , false, false",
        "t256b2v4s1r0, 8, FLOAT, LONG, UBYTE, false, true",
        "t128b2v4s1r1, 8, FLOAT, INT, FLOAT, false, false",
        "t256b1v8s1r1, 5, HALF, UBYTE, , false, true",
        "t256b2v2s2r1, 6, DOUBLE, LONG, DOUBLE, false, true",
        "t256b2v4s2r1, 8, FLOAT, FLOAT, , false, false",
        "t256b2v8s2r1, 2, BFLOAT16, LONG, FLOAT, false, false",
        "t256b2v4s2r1, 32, FLOAT, UBYTE, , false, false",
        "t256b3v1s2r1, 32, FLOAT, UBYTE, FLOAT, true, true",
        "t256b2v4s1r0, 19, FLOAT, INT, , true, false",
        "t128b4v4s2r1, 6, BFLOAT16, UBYTE, FLOAT, true, false",
        "t128b4v4s1r1, 7, HALF, UBYTE, , true, true",
        "t128b4v4s2r1, 5, DOUBLE, INT, , true, false",
        "t256b2v4s2r1, 33, HALF, INT, FLOAT, true, true",
        "t256b2v4s2r0, 152, FLOAT, UBYTE, , false, false",
        "t256b2v4s2r0, 152, FLOAT, FLOAT, , false, false",
        "t256b2v8s2r1, 33, HALF, FLOAT, FLOAT, false, false",
        "t256b2v4s2r1, 70, BFLOAT16, FLOAT, , true, false",
        "t256b2v4s2r1, 153, FLOAT, UBYTE, , false, true",
    })
    void othersAgreeWithTheReference(String policy, int channels, DataType type, DataType labels, DataType mask,
                                     boolean channelsLast, boolean pixelLosses) {
        agreesWithTheReference(policy, channels, type, labels, mask, channelsLast, pixelLosses);
    }

    private static void check(String policy, int channels, int pixels, DataType type, DataType labelType,
                              DataType maskType, boolean channelsLast, boolean pixelLosses) {
        Nd4j.getRandom().setSeed(pixels);
        INDArray logits = Nd4j.randn(DataType.FLOAT, 3, channels, pixels).mul(2).castTo(type);
        INDArray index = Nd4j.rand(DataType.FLOAT, 3, pixels).mul(channels);
        INDArray labels = labelType != DataType.FLOAT ? index.castTo(labelType)
                : channelsLast ? Nd4j.rand(labelType, 3, pixels, channels) : Nd4j.rand(labelType, 3, channels, pixels);
        INDArray mask = maskType == null ? null : Nd4j.rand(DataType.FLOAT, 3, pixels).mul(3).castTo(DataType.INT32)
                .castTo(maskType);
        INDArray predictions = channelsLast ? logits.permute(0, 2, 1).dup('c') : logits;
        SegmentationBatch batch = SegmentationBatch.predictions(predictions).labels(labels)
                .activation(Activation.SOFTMAX).mask(mask);
        SegmentationLoss loss = pixelLosses ? Losses.dice().perImage(true).plus(Losses.categoricalFocal())
                : Losses.jaccard();
        compare(LaunchPolicy.parse(policy), loss, predictions, channelsLast ? batch.channelsLast() : batch, type);
    }

    /** The predictions are those of the batch. */
    private static void compare(LaunchPolicy policy, SegmentationLoss loss, INDArray predictions,
                                SegmentationBatch batch, DataType type) {
        LossResult expected = LossInternals.valueAndGradient(loss, batch, REFERENCE);
        predictions.negi();
        double otherValue = LossInternals.value(loss, batch, REFERENCE);
        predictions.negi();
        // Memory that begins at multiples of 256 bytes, and of no more than 8.
        for (int shift : new int[] {0, 8}) {
            try (HostDevice device = new HostDevice(null, UnaryOperator.identity(), shift);
                    CudaBackend backend = new CudaBackend(device, policy)) {
                LossResult actual = LossInternals.valueAndGradient(loss, batch, backend);
                assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-6));
                double[] theirs = doubles(expected.gradient());
                double[] ours = doubles(actual.gradient());
                double largest = Arrays.stream(theirs).map(Math::abs).max().orElseThrow();
                double unit = type == DataType.FLOAT16 ? 1e-3 : type == DataType.BFLOAT16 ? 8e-3 : 1e-5;
                for (int k = 0; k < ours.length; k++) {
                    if (!(Math.abs(ours[k] - theirs[k]) <= unit * largest + (unit == 1e-3 ? 6e-8 : 0))) {
                        assertThat(ours[k]).as("element %d", k).isEqualTo(theirs[k]);
                    }
                }
                if (unit > 1e-4) {
                    INDArray exact = Nd4j.create(DataType.FLOAT, actual.gradient().shape());
                    LossInternals.call(loss, batch, backend).valueAndGradient(1, exact);
                    Rounding16.assertNearest(ours, doubles(exact), type == DataType.FLOAT16 ? ElementType.HALF
                            : ElementType.BFLOAT16);
                }
                // Other predictions at the same place: what is left of the first ones must not be taken for theirs.
                predictions.negi();
                LossResult other = LossInternals.valueAndGradient(loss, batch, backend);
                predictions.negi();
                assertThat(other.value()).isCloseTo(otherValue, offset(1e-6)).isNotEqualTo(actual.value());
                assertThat(doubles(other.gradient())).isNotEqualTo(ours);
                LossResult again = LossInternals.valueAndGradient(loss, batch, backend);
                assertThat(again.value()).isEqualTo(actual.value());
                assertThat(doubles(again.gradient())).isEqualTo(ours);
            }
        }
    }

    /** Examples that follow one another at an odd distance are aligned each in its own way. */
    @Test
    void examplesNeedNotBeAlignedAlike() {
        for (int pixels : new int[] {1, 3, 1203}) {
            INDArray logits = Nd4j.randn(DataType.FLOAT, 3, 1, pixels + 2).get(NDArrayIndex.all(), NDArrayIndex.all(),
                    NDArrayIndex.interval(1, pixels + 1));
            INDArray labels = Nd4j.rand(DataType.FLOAT, 3, 1, pixels);
            compare(LaunchPolicy.DEFAULT, Losses.jaccard(), logits, SegmentationBatch.predictions(logits).labels(labels)
                    .activation(Activation.SIGMOID), DataType.FLOAT);
        }
    }

    /** So many pixel losses that shared memory does not hold what a block's warps would add up for each of them. */
    @Test
    void manyPixelLossesOfManyClassesAreTaken() {
        int channels = 152;
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, channels, 40);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 40).mul(channels).castTo(DataType.UINT8);
        SegmentationLoss loss = Losses.jaccard();
        for (int k = 0; k < 40; k++) {
            loss = loss.plus(Losses.categoricalFocal().gamma(1 + k / 8.0).times(1.0 / 40));
        }
        compare(LaunchPolicy.DEFAULT, loss, logits, SegmentationBatch.predictions(logits).labels(labels)
                .activation(Activation.SOFTMAX), DataType.FLOAT);
    }

    /** The order in which the gradient is written does not change it. */
    @Test
    void gradientsDoNotDependOnTheDirection() {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 5, 3, 1208);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 5, 1208).mul(3).castTo(DataType.UINT8);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        double[][] gradients = new double[2][];
        for (int reverse = 0; reverse < 2; reverse++) {
            try (CudaBackend backend = new CudaBackend(new HostDevice(null, UnaryOperator.identity()),
                    LaunchPolicy.parse("t256b2v4s2r" + reverse))) {
                gradients[reverse] = doubles(LossInternals.valueAndGradient(Losses.dice().perImage(true), batch,
                        backend).gradient());
            }
        }
        assertThat(gradients[0]).isEqualTo(gradients[1]);
    }

    private static double[] doubles(INDArray array) {
        return array.dup('c').castTo(DataType.DOUBLE).data().asDouble();
    }
}
