package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.Metrics;
import org.segloss4j.SegmentationBatch;

/** Counting batches: labels, masks and layouts of every shape against plain loops. */
class SegmentationEvaluationBatchTest {

    private static final int N = 3;
    private static final int C = 4;
    private static final int H = 5;
    private static final int W = 7;

    private static final int[][][] TRUTH = new int[N][H][W];
    private static final float[][][][] PROBABILITY = new float[N][C][H][W];

    static {
        Random random = new Random(11);
        for (int n = 0; n < N; n++) {
            for (int h = 0; h < H; h++) {
                for (int w = 0; w < W; w++) {
                    TRUTH[n][h][w] = random.nextInt(C);
                    for (int c = 0; c < C; c++) {
                        PROBABILITY[n][c][h][w] = random.nextFloat();
                    }
                }
            }
        }
    }

    /** Whether a pixel counts. */
    private interface Counts {
        boolean test(int n, int h, int w);
    }

    private static long[] naive(Counts counts) {
        long[] confusion = new long[C * C];
        for (int n = 0; n < N; n++) {
            for (int h = 0; h < H; h++) {
                for (int w = 0; w < W; w++) {
                    int predicted = 0;
                    for (int c = 1; c < C; c++) {
                        predicted = PROBABILITY[n][c][h][w] > PROBABILITY[n][predicted][h][w] ? c : predicted;
                    }
                    confusion[TRUTH[n][h][w] * C + predicted] += counts.test(n, h, w) ? 1 : 0;
                }
            }
        }
        return confusion;
    }

    private static INDArray truth() {
        return Nd4j.createFromArray(TRUTH);
    }

    private static INDArray oneHot() {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, N, C, H, W);
        for (int n = 0; n < N; n++) {
            for (int h = 0; h < H; h++) {
                for (int w = 0; w < W; w++) {
                    labels.putScalar(new int[] {n, TRUTH[n][h][w], h, w}, 1);
                }
            }
        }
        return labels;
    }

    private static INDArray predictions() {
        return Nd4j.createFromArray(PROBABILITY);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16", "UBYTE", "INT", "BOOL"})
    void oneHotLabelsOfAnyType(DataType type) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        evaluation.eval(oneHot().castTo(type), predictions());
        assertThat(evaluation.confusion()).isEqualTo(naive((n, h, w) -> true));
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"UBYTE", "INT", "LONG"})
    void classIndices(DataType type) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        evaluation.eval(truth().castTo(type), predictions());
        evaluation.eval(truth().castTo(type).reshape(N, 1, H, W), predictions());
        assertThat(evaluation.confusion())
                .isEqualTo(Arrays.stream(naive((n, h, w) -> true)).map(k -> 2 * k).toArray());
    }

    /** The shape of a mask of four dimensions, and which pixels it keeps. */
    static Stream<long[]> perPixelMasks() {
        return Stream.of(new long[] {N, H, W}, new long[] {N, 1, H, W}, new long[] {N, H, W, 1});
    }

    @ParameterizedTest
    @MethodSource("perPixelMasks")
    void masksPerPixel(long[] shape) {
        INDArray mask = Nd4j.zeros(DataType.FLOAT, N, H, W);
        for (int k = 0; k < N * H * W; k++) {
            mask.putScalar(k, k % 3 == 0 ? 0 : k % 3 == 1 ? 1 : 0.25);
        }
        Counts kept = (n, h, w) -> ((n * H + h) * W + w) % 3 != 0;

        SegmentationEvaluation last = new SegmentationEvaluation(C).channelsLast();
        last.eval(oneHot().permute(0, 2, 3, 1), predictions().permute(0, 2, 3, 1), mask.reshape(shape));
        assertThat(last.confusion()).isEqualTo(naive(kept));

        if (shape[shape.length - 1] != 1) {
            SegmentationEvaluation first = new SegmentationEvaluation(C);
            first.eval(oneHot(), predictions(), mask.reshape(shape).castTo(DataType.DOUBLE));
            assertThat(first.confusion()).isEqualTo(naive(kept));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "4"})
    void masksPerExample(int rank) {
        long[] shape = {N, 1, 1, 1};
        INDArray mask = Nd4j.createFromArray(1f, 0f, 1f).reshape(Arrays.copyOf(shape, rank));
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        evaluation.eval(oneHot(), predictions(), mask);
        assertThat(evaluation.confusion()).isEqualTo(naive((n, h, w) -> n != 1));
    }

    @Test
    void masksPerOutputVoidAPixelThatIsVoidInAllChannels() {
        INDArray mask = Nd4j.ones(DataType.FLOAT, N, C, H, W);
        mask.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(2)).assign(0);
        mask.get(NDArrayIndex.all(), NDArrayIndex.point(0)).assign(0);
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        evaluation.eval(oneHot(), predictions(), mask);
        assertThat(evaluation.confusion()).isEqualTo(naive((n, h, w) -> h != 2));
    }

    @Test
    void aMaskThatDoesNotFitIsRejectedWithBothShapes() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation.eval(oneHot(), predictions(), Nd4j.ones(N, H)))
                .withMessageContaining("[3, 5]").withMessageContaining("[3, 4, 5, 7]");
        assertThat(evaluation.total()).isZero();
    }

    @Test
    void theIgnoredLabelNeedNotBeAClass() {
        INDArray labels = truth();
        labels.putScalar(new int[] {0, 0, 0}, 255);
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C).ignoreIndex(255);
        evaluation.eval(labels, predictions());
        assertThat(evaluation.confusion()).isEqualTo(naive((n, h, w) -> n + h + w > 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SegmentationEvaluation(C).eval(labels, predictions()))
                .withMessageContaining("1 label is outside 0..3").withMessageContaining("255");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void theIgnoredLabelMayBeAClass(boolean oneHot) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C).ignoreIndex(2);
        evaluation.eval(oneHot ? oneHot() : truth(), predictions());
        assertThat(evaluation.confusion()).isEqualTo(naive((n, h, w) -> TRUTH[n][h][w] != 2));
        assertThat(evaluation.meanIou())
                .isCloseTo((evaluation.iou(0) + evaluation.iou(1) + evaluation.iou(3)) / 3, within(1e-15));
    }

    @Test
    void rowsOfFlattenedPixels() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        evaluation.eval(oneHot().permute(0, 2, 3, 1).dup('c').reshape(-1, C),
                predictions().permute(0, 2, 3, 1).dup('c').reshape(-1, C), Nd4j.ones(N * H * W, 1));
        assertThat(evaluation.confusion()).isEqualTo(naive((n, h, w) -> true));
    }

    @ParameterizedTest
    @CsvSource({"0.5, 2, 1", "0.49, 0, 3", "0.25, 0, 3", "0.75, 3, 0"})
    void oneChannelIsTwoClassesByTheThreshold(double threshold, long below, long above) {
        INDArray predictions = Nd4j.createFromArray(0.5f, 0.75f, 0.5f).reshape(1, 1, 3);
        INDArray labels = Nd4j.ones(1, 1, 3);
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2).threshold(threshold);
        evaluation.eval(labels, predictions);
        assertThat(evaluation.confusion()).containsExactly(0, 0, below, above);
    }

    @Test
    void aBatchBringsItsActivationAndLayout() {
        INDArray logits = Nd4j.createFromArray(0.2f, -0.2f).reshape(1, 2, 1);
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        evaluation.eval(SegmentationBatch.predictions(logits).labels(Nd4j.createFromArray(1, 1).reshape(1, 2))
                .activation(Activation.SIGMOID).channelsLast());
        assertThat(evaluation.confusion()).containsExactly(0, 0, 1, 1);
    }

    @Test
    void mergingEqualsEvaluatingTogether() {
        SegmentationEvaluation parts = new SegmentationEvaluation(C);
        for (int n = 0; n < N; n++) {
            SegmentationEvaluation part = parts.newInstance();
            part.eval(truth().get(NDArrayIndex.interval(n, n + 1)), predictions().get(NDArrayIndex.interval(n, n + 1)));
            parts.merge(part);
        }
        SegmentationEvaluation whole = new SegmentationEvaluation(C);
        whole.eval(truth(), predictions());
        assertThat(parts).isEqualTo(whole);
    }

    @Test
    void agreesWithTheThresholdedMetricWhereOneChannelWins() {
        INDArray hard = Nd4j.zeros(DataType.FLOAT, N, C, H, W);
        INDArray best = predictions().argMax(1);
        for (int n = 0; n < N; n++) {
            for (int h = 0; h < H; h++) {
                for (int w = 0; w < W; w++) {
                    hard.putScalar(new int[] {n, best.getInt(n, h, w), h, w}, 1);
                }
            }
        }
        SegmentationEvaluation evaluation = new SegmentationEvaluation(C);
        evaluation.eval(truth(), predictions());
        assertThat(evaluation.meanIou())
                .isCloseTo(Metrics.iou().smooth(0).value(SegmentationBatch.predictions(hard).labels(truth())),
                within(1e-9));
        assertThat(evaluation.meanDice())
                .isCloseTo(Metrics.fScore(1).smooth(0).value(SegmentationBatch.predictions(hard).labels(truth())),
                within(1e-9));
    }

    @Test
    void argumentsAreNotWrittenTo() {
        INDArray labels = oneHot();
        INDArray predictions = predictions();
        INDArray mask = Nd4j.ones(N, H, W);
        new SegmentationEvaluation(C).eval(labels, predictions, mask);
        assertThat(labels).isEqualTo(oneHot());
        assertThat(predictions).isEqualTo(predictions());
        assertThat(mask).isEqualTo(Nd4j.ones(N, H, W));
    }
}
