package org.segloss4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cpu.ReferenceBackend;

/** What every backend must do. A backend's own test overrides {@link #backend()}. */
abstract class LossBackendSuite {

    private static final LossBackend REFERENCE = new ReferenceBackend();

    abstract LossBackend backend();

    static LongStream seeds() {
        return LongStream.range(0, 400);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void agreesWithTheReference(long seed) {
        check(() -> new RandomCase(seed));
    }

    /** Sizes around those of tiles, warps and blocks. */
    static Stream<Arguments> awkwardSizes() {
        IntStream pixels = IntStream.of(1, 31, 32, 33, 97, 257, 1025);
        IntStream channels = IntStream.of(1, 2, 3, 19, 21, 32, 33, 150);
        return Stream.concat(Stream.concat(
                        pixels.boxed().flatMap(s -> Stream.of(Arguments.of(1, 3, s), Arguments.of(3, 1, s))),
                        channels.boxed().flatMap(c -> Stream.of(Arguments.of(1, c, 97), Arguments.of(3, c, 33)))),
                Stream.of(Arguments.of(1, 2, 65537), Arguments.of(1, 19, 5000), Arguments.of(3, 1, 9000)));
    }

    @ParameterizedTest
    @MethodSource("awkwardSizes")
    void agreesWithTheReferenceAtAwkwardSizes(int examples, int channels, int pixels) {
        for (int k = 0; k < 5; k++) {
            long seed = 31L * pixels + channels + 1000L * k;
            check(() -> new RandomCase(seed, examples, channels, pixels));
        }
    }

    /** Whether the backend takes part in a case, which is drawn anew for the question. */
    boolean fits(RandomCase random) {
        return true;
    }

    private void check(Supplier<RandomCase> drawn) {
        if (!fits(drawn.get())) {
            return;
        }
        RandomCase random = drawn.get();
        SegmentationBatch batch = random.batch();
        SegmentationLoss loss = random.loss();
        LossResult expected = loss.valueAndGradient(batch, REFERENCE);
        LossResult actual = loss.valueAndGradient(batch, backend());
        double eps = precision(random.type());
        assertThat(actual.value()).as("value of %s", random)
                .isCloseTo(expected.value(), offset(
                        Math.min(eps, 1e-5) * Math.max(1, Math.abs(expected.value()))));
        double[] truth = doubles(expected.gradient());
        double[] ours = doubles(actual.gradient());
        double largest = Arrays.stream(truth).map(Math::abs).max().orElseThrow();
        // Half precision has nothing finer than 6e-8.
        double bound = eps * largest + (random.type() == DataType.FLOAT16 ? 6e-8 : 1e-30);
        assertClose(ours, truth, bound, "gradient of " + random);
    }

    private static double precision(DataType type) {
        if (type == DataType.FLOAT16) {
            return 1e-3;
        }
        return type == DataType.BFLOAT16 ? 8e-3 : type == DataType.DOUBLE ? 1e-12 : 1e-5;
    }

    @Test
    void repeatsItselfToTheBit() {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 5, 151, 67);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 151, 67).mul(5).castTo(DataType.UINT8);
        SegmentationBatch batch = SegmentationBatch.of(labels, logits).activation(Activation.SOFTMAX);
        SegmentationLoss loss = Losses.dice().perImage(true).plus(Losses.categoricalFocal());
        LossResult first = loss.valueAndGradient(batch, backend());
        for (int run = 0; run < 9; run++) {
            LossResult again = loss.valueAndGradient(batch, backend());
            assertThat(Double.doubleToRawLongBits(again.value()))
                    .isEqualTo(Double.doubleToRawLongBits(first.value()));
            assertThat(Arrays.equals(doubles(again.gradient()), doubles(first.gradient()))).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void doesNotFeelVoidPixels(SegmentationLoss loss) {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 1, 3, 4, 50);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 1, 4, 50).mul(3).castTo(DataType.INT32);
        INDArray seen = logits.get(all(), all(), interval(0, 2), all()).dup('c');
        INDArray seenLabels = labels.get(all(), interval(0, 2), all()).dup('c');
        labels.get(all(), interval(2, 4), all()).assign(255);
        logits.get(all(), all(), interval(2, 4), all()).assign(Double.NaN);
        for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
            LossResult part = loss.valueAndGradient(SegmentationBatch.of(seenLabels, seen).activation(activation),
                    backend());
            LossResult whole = loss.ignoreIndex(255).valueAndGradient(SegmentationBatch.of(labels, logits)
                    .activation(activation), backend());
            assertThat(whole.value()).isCloseTo(part.value(), offset(1e-6));
            assertThat(doubles(whole.gradient().get(all(), all(), interval(2, 4), all()))).containsOnly(0);
            assertClose(doubles(whole.gradient().get(all(), all(), interval(0, 2), all())), doubles(part.gradient()),
                    1e-8, "gradient");
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void isZeroWhereEverythingIsVoid(SegmentationLoss loss) {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 7);
        SegmentationBatch batch = SegmentationBatch.of(Nd4j.zeros(DataType.UINT8, 2, 7), logits)
                .activation(Activation.SOFTMAX).mask(Nd4j.zeros(DataType.FLOAT, 2, 7));
        LossResult result = loss.valueAndGradient(batch, backend());
        assertThat(result.value()).isZero();
        assertThat(doubles(result.gradient())).containsOnly(0);
    }

    static Stream<SegmentationLoss> losses() {
        return Stream.of(Losses.jaccard(), Losses.dice().perImage(true), Losses.binaryCrossEntropy(),
                Losses.categoricalCrossEntropy(), Losses.categoricalCrossEntropy().classIndexes(0, 2),
                Losses.categoricalFocal(), Losses.binaryFocal(), Losses.CCE_JACCARD_LOSS);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void survivesExtremeLogits(SegmentationLoss loss) {
        INDArray logits = Nd4j.create(new float[] {90, -90, 0, -90, 90, 90, -90, -90, 1}, new int[] {1, 3, 3});
        INDArray labels = Nd4j.createFromArray(0, 1, 2).reshape(1, 3);
        for (Activation activation : new Activation[] {Activation.SOFTMAX, Activation.SIGMOID}) {
            SegmentationBatch batch = SegmentationBatch.of(labels, logits).activation(activation);
            LossResult expected = loss.valueAndGradient(batch, REFERENCE);
            LossResult actual = loss.valueAndGradient(batch, backend());
            assertThat(actual.value()).isFinite().isCloseTo(expected.value(),
                    offset(1e-5));
            assertClose(doubles(actual.gradient()), doubles(expected.gradient()), 1e-6, "gradient");
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void letsNaNThrough(SegmentationLoss loss) {
        INDArray logits = Nd4j.zeros(DataType.FLOAT, 1, 3, 40);
        logits.putScalar(new int[] {0, 0, 5}, Float.NaN);
        SegmentationBatch batch = SegmentationBatch.of(Nd4j.zeros(DataType.UINT8, 1, 40), logits)
                .activation(Activation.SOFTMAX);
        assertThat(loss.value(batch, backend())).isNaN();
    }

    @Test
    void namesTheFirstBadLabel() {
        INDArray labels = Nd4j.zeros(DataType.INT64, 2, 6000);
        labels.putScalar(1, 5001, 7);
        labels.putScalar(1, 5003, -3);
        SegmentationBatch batch = SegmentationBatch.of(labels, Nd4j.randn(DataType.FLOAT, 2, 4, 6000));
        assertThatThrownBy(() -> Losses.jaccard().value(batch, backend()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 labels are outside 0..3; the first is 7 at example 1, pixel 5001");
        assertThatThrownBy(() -> Losses.jaccard().ignoreIndex(7).value(batch, backend()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 label is outside 0..3 and not the ignored 7; the first is -3 at example 1, pixel 5003");
    }

    @Test
    void leavesItsInputAlone() {
        for (long seed = 1000; seed < 1040; seed++) {
            INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 9);
            INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 3, 9);
            INDArray mask = Nd4j.rand(DataType.FLOAT, 2, 9);
            INDArray[] copies = {logits.dup(), labels.dup(), mask.dup()};
            new RandomCase(seed, 2, 3, 9).loss().valueAndGradient(SegmentationBatch.of(labels, logits)
                    .activation(Activation.SIGMOID).mask(mask), backend());
            assertThat(new INDArray[] {logits, labels, mask}).containsExactly(copies);
        }
    }

    private static INDArrayIndex all() {
        return NDArrayIndex.all();
    }

    private static INDArrayIndex interval(long from, long to) {
        return NDArrayIndex.interval(from, to);
    }

    private static void assertClose(double[] actual, double[] expected, double bound, String what) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int k = 0; k < actual.length; k++) {
            if (!(Math.abs(actual[k] - expected[k]) <= bound)) {
                assertThat(actual[k]).as("element %d of the %s", k, what).isCloseTo(expected[k], offset(bound));
            }
        }
    }

    private static double[] doubles(INDArray array) {
        return array.dup('c').castTo(DataType.DOUBLE).data().asDouble();
    }
}
