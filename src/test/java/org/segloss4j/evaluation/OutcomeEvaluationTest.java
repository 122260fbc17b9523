package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.SegmentationBatch;

/** Counting batches of labels and classes, against plain loops. */
class OutcomeEvaluationTest {

    private static final int N = 3;
    private static final int C = 3;
    private static final int H = 5;
    private static final int W = 7;

    private final Random random = new Random(29);
    private final float[][][][] probability = new float[N][C][H][W];
    private final int[][][][] truth = new int[N][C][H][W];
    private final int[][][] classOf = new int[N][H][W];

    {
        for (int n = 0; n < N; n++) {
            for (int h = 0; h < H; h++) {
                for (int w = 0; w < W; w++) {
                    classOf[n][h][w] = random.nextInt(C);
                    for (int c = 0; c < C; c++) {
                        probability[n][c][h][w] = random.nextInt(11) / 10f;
                        truth[n][c][h][w] = random.nextInt(2);
                    }
                }
            }
        }
    }

    /** What is predicted, true, and counted, of a label of a pixel. */
    private interface Pixels {
        boolean test(int n, int c, int h, int w);
    }

    private static long[] naive(Pixels predicted, Pixels isTrue, Pixels counts) {
        long[] outcomes = new long[N * C * 4];
        for (int n = 0; n < N; n++) {
            for (int c = 0; c < C; c++) {
                for (int h = 0; h < H; h++) {
                    for (int w = 0; w < W; w++) {
                        boolean p = predicted.test(n, c, h, w);
                        boolean g = isTrue.test(n, c, h, w);
                        int kind = p && g ? 0 : p ? 1 : g ? 2 : 3;
                        outcomes[(n * C + c) * 4 + kind] += counts.test(n, c, h, w) ? 1 : 0;
                    }
                }
            }
        }
        return outcomes;
    }

    private static long[] counts(OutcomeEvaluation evaluation) {
        long[] outcomes = new long[evaluation.images() * evaluation.classes() * 4];
        for (int k = 0; k < outcomes.length; k += 4) {
            int n = k / 4 / evaluation.classes();
            int c = k / 4 % evaluation.classes();
            outcomes[k] = evaluation.truePositives(n, c);
            outcomes[k + 1] = evaluation.falsePositives(n, c);
            outcomes[k + 2] = evaluation.falseNegatives(n, c);
            outcomes[k + 3] = evaluation.trueNegatives(n, c);
        }
        return outcomes;
    }

    private boolean isPredicted(int n, int c, int h, int w) {
        return probability[n][c][h][w] >= 0.5f;
    }

    private boolean isTrue(int n, int c, int h, int w) {
        return truth[n][c][h][w] == 1;
    }

    private INDArray predictions() {
        return Nd4j.createFromArray(probability);
    }

    private INDArray labels() {
        return Nd4j.createFromArray(truth);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "DOUBLE", "HALF", "UBYTE", "INT", "BOOL"})
    void labelsOfAnyTypeInBothLayouts(DataType type) {
        OutcomeEvaluation first = OutcomeEvaluation.multiLabel(C);
        first.eval(labels().castTo(type), predictions());
        OutcomeEvaluation last = OutcomeEvaluation.multiLabel(C).channelsLast();
        last.eval(labels().castTo(type).permute(0, 2, 3, 1), predictions().permute(0, 2, 3, 1));
        long[] expected = naive(this::isPredicted, this::isTrue, (n, c, h, w) -> true);
        assertThat(counts(first)).isEqualTo(expected);
        assertThat(counts(last)).isEqualTo(expected);
    }

    @Test
    void masksPerPixelAndPerLabelVoidWhatTheySay() {
        INDArray perPixel = Nd4j.zeros(DataType.FLOAT, N, H, W);
        for (int k = 0; k < N * H * W; k++) {
            perPixel.putScalar(k, k % 3);
        }
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(C);
        evaluation.eval(labels(), predictions(), perPixel);
        assertThat(counts(evaluation)).isEqualTo(naive(this::isPredicted, this::isTrue,
                (n, c, h, w) -> ((n * H + h) * W + w) % 3 != 0));

        INDArray perLabel = Nd4j.ones(DataType.FLOAT, N, C, H, W);
        perLabel.get(NDArrayIndex.all(), NDArrayIndex.point(1), NDArrayIndex.point(2)).assign(0);
        OutcomeEvaluation ofLabels = OutcomeEvaluation.multiLabel(C);
        ofLabels.eval(labels(), predictions(), perLabel);
        assertThat(counts(ofLabels)).isEqualTo(naive(this::isPredicted, this::isTrue,
                (n, c, h, w) -> c != 1 || h != 2));
    }

    @Test
    void anIgnoredValueVoidsTheLabelThatHoldsIt() {
        INDArray labels = labels();
        labels.putScalar(new int[] {1, 2, 0, 0}, -1);
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(C).ignoreIndex(-1);
        evaluation.eval(labels, predictions());
        assertThat(counts(evaluation)).isEqualTo(naive(this::isPredicted, this::isTrue,
                (n, c, h, w) -> n != 1 || c != 2 || h + w > 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OutcomeEvaluation.multiLabel(C).eval(labels, predictions()))
                .withMessageContaining("1 label is outside 0..1").withMessageContaining("-1 at example 1, pixel 0");
    }

    @Test
    void thresholdsArePerLabelAndBelongToThePositives() {
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(C).threshold(0.3, 0.5, 1);
        evaluation.eval(labels(), predictions());
        float[] thresholds = {0.3f, 0.5f, 1};
        assertThat(counts(evaluation)).isEqualTo(naive(
                (n, c, h, w) -> probability[n][c][h][w] >= thresholds[c], this::isTrue, (n, c, h, w) -> true));
    }

    @Test
    void classIndicesAreLabelsToo() {
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(C);
        evaluation.eval(Nd4j.createFromArray(classOf), predictions());
        assertThat(counts(evaluation)).isEqualTo(naive(this::isPredicted,
                (n, c, h, w) -> classOf[n][h][w] == c, (n, c, h, w) -> true));
    }

    private boolean isLargest(int n, int c, int h, int w) {
        int best = 0;
        for (int k = 1; k < C; k++) {
            best = probability[n][k][h][w] > probability[n][best][h][w] ? k : best;
        }
        return best == c;
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void classesThatExcludeOneAnother(boolean oneHot, boolean last) {
        INDArray labels = Nd4j.createFromArray(classOf);
        if (oneHot) {
            labels = Nd4j.zeros(DataType.FLOAT, N, C, H, W);
            for (int k = 0; k < N * H * W; k++) {
                labels.putScalar(new int[] {k / (H * W), classOf[k / (H * W)][k / W % H][k % W], k / W % H, k % W}, 1);
            }
            labels = last ? labels.permute(0, 2, 3, 1) : labels;
        } else if (!last) {
            labels = labels.reshape(N, 1, H, W);
        }
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiClass(C);
        if (last) {
            evaluation.channelsLast();
        }
        evaluation.eval(labels, last ? predictions().permute(0, 2, 3, 1) : predictions());
        assertThat(counts(evaluation)).isEqualTo(naive(this::isLargest,
                (n, c, h, w) -> classOf[n][h][w] == c, (n, c, h, w) -> true));
    }

    @Test
    void ignoredAndMaskedPixelsAreNoTrueNegatives() {
        INDArray labels = Nd4j.createFromArray(classOf);
        labels.get(NDArrayIndex.all(), NDArrayIndex.point(1)).assign(255);
        INDArray mask = Nd4j.ones(DataType.FLOAT, N, H, W);
        mask.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(3)).assign(0);
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiClass(C).ignoreIndex(255);
        evaluation.eval(labels, predictions(), mask);
        assertThat(counts(evaluation)).isEqualTo(naive(this::isLargest,
                (n, c, h, w) -> classOf[n][h][w] == c, (n, c, h, w) -> h != 1 && w != 3));
    }

    /** The pooled scores are those of the evaluation that keeps no images, also with a class ignored. */
    @ParameterizedTest
    @ValueSource(ints = {1, 255})
    void agreesWithTheConfusionMatrix(int ignored) {
        OutcomeEvaluation outcomes = OutcomeEvaluation.multiClass(C).ignoreIndex(ignored);
        outcomes.eval(Nd4j.createFromArray(classOf), predictions());
        SegmentationEvaluation matrix = new SegmentationEvaluation(C).ignoreIndex(ignored);
        matrix.eval(Nd4j.createFromArray(classOf), predictions());
        OutcomeMetric iou = OutcomeMetric.iou().reduction(Reduction.MACRO).zeroDivision(Double.NaN);
        assertThat(outcomes.value(iou)).isCloseTo(matrix.meanIou(), within(1e-15));
        for (int c = 0; c < C; c++) {
            assertThat(outcomes.perClass(iou)[c]).isEqualTo(Double.valueOf(matrix.iou(c)));
            assertThat(outcomes.perClass(OutcomeMetric.specificity())[c])
                    .isEqualTo(Double.valueOf(matrix.specificity(c)));
            assertThat(outcomes.perClass(OutcomeMetric.balancedAccuracy())[c])
                    .isEqualTo(Double.valueOf(matrix.balancedAccuracy(c)));
            assertThat(outcomes.perClass(OutcomeMetric.mcc())[c]).isEqualTo(Double.valueOf(matrix.mcc(c)));
        }
        assertThat(outcomes.value(OutcomeMetric.iou().reduction(Reduction.WEIGHTED).classWeights(1, 0, 1)))
                .isCloseTo((matrix.iou(0) + matrix.iou(2)) / 2, within(1e-15));
    }

    @Test
    void aBatchBringsItsActivationAndItsRows() {
        INDArray logits = Nd4j.createFromArray(0.2f, -0.2f, 0f, 3f).reshape(4, 1);
        OutcomeEvaluation evaluation = OutcomeEvaluation.binary();
        evaluation.eval(SegmentationBatch.predictions(logits).labels(Nd4j.createFromArray(1, 1, 0, 1).reshape(4, 1))
                .activation(Activation.SIGMOID).pixelsPerExample(2));
        assertThat(counts(evaluation)).containsExactly(1, 0, 1, 0, 1, 1, 0, 0);
    }

    @Test
    void imagesOfAnyNumberMergeIntoThoseOfTheWhole() {
        for (OutcomeEvaluation whole : List.of(OutcomeEvaluation.multiLabel(C), OutcomeEvaluation.multiClass(C))) {
            whole.eval(Nd4j.createFromArray(classOf), predictions());
            OutcomeEvaluation parts = whole.newInstance();
            for (int n = 0; n < N; n++) {
                OutcomeEvaluation part = whole.newInstance();
                part.eval(Nd4j.createFromArray(classOf).get(NDArrayIndex.interval(n, n + 1)),
                        predictions().get(NDArrayIndex.interval(n, n + 1)));
                parts.merge(part);
            }
            assertThat(parts).isEqualTo(whole).hasSameHashCodeAs(whole);
            assertThat(parts.value(OutcomeMetric.f1().reduction(Reduction.MACRO_IMAGEWISE)))
                    .isEqualTo(whole.value(OutcomeMetric.f1().reduction(Reduction.MACRO_IMAGEWISE)));
        }
    }

    @Test
    void imagesOfCountsMadeElsewhere() {
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiClass(3).ignoreIndex(2);
        evaluation.addImage(new long[] {5, 1, 1, 2, 3, 0, 9, 9, 9});
        assertThat(counts(evaluation)).containsExactly(5, 2, 2, 3, 3, 1, 2, 6, 0, 0, 0, 0);
        long[] large = new long[12];
        large[0] = Long.MAX_VALUE - 20;
        evaluation.newInstance().add(large);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.add(large))
                .withMessageContaining("exceed 2^63");
        assertThat(evaluation.images()).isEqualTo(1);
    }

    /** The reductions of random counts by plain loops, where undefined scores drop out. */
    @Test
    void reductionsThatLeaveOutWhatIsUndefined() {
        int images = 5;
        long[] counts = new long[images * C * 4];
        for (int k = 0; k < counts.length; k++) {
            counts[k] = random.nextInt(3) == 0 ? random.nextInt(20) : 0;
        }
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(C);
        evaluation.add(counts);
        List<Double> ofImages = new ArrayList<>();
        for (int n = 0; n < images; n++) {
            List<Double> ofClasses = new ArrayList<>();
            for (int c = 0; c < C; c++) {
                int at = (n * C + c) * 4;
                if (counts[at] + counts[at + 1] + counts[at + 2] > 0) {
                    ofClasses.add((double) counts[at] / (counts[at] + counts[at + 1] + counts[at + 2]));
                }
            }
            if (!ofClasses.isEmpty()) {
                ofImages.add(ofClasses.stream().mapToDouble(d -> d).average().orElseThrow());
            }
        }
        assertThat(evaluation.value(OutcomeMetric.iou().reduction(Reduction.MACRO_IMAGEWISE)
                .zeroDivision(Double.NaN))).isCloseTo(ofImages.stream().mapToDouble(d -> d).average().orElseThrow(),
                within(1e-14));
    }

    @Test
    void resultsPerImageAndClass() {
        OutcomeEvaluation evaluation = OutcomeEvaluation.multiLabel(2);
        evaluation.add(1, 1, 0, 2, 0, 0, 0, 4);
        evaluation.add(3, 0, 1, 0, 1, 1, 1, 1);
        assertThat(evaluation.perImage(OutcomeMetric.iou())).containsExactly(0.5, 4.0 / 7);
        assertThat(evaluation.perClass(OutcomeMetric.iou())).containsExactly(4.0 / 6, 1.0 / 3);
        assertThat(evaluation.scores(OutcomeMetric.iou().zeroDivision(0))).isDeepEqualTo(
                new double[][] {{0.5, 0}, {0.75, 1.0 / 3}});
        assertThat(evaluation.getValue(OutcomeMetric.iou())).isEqualTo(5.0 / 9);
        assertThat(Arrays.asList(OutcomeMetric.iou().minimize(), OutcomeMetric.falsePositiveRate().minimize()))
                .containsExactly(false, true);
        assertThat(evaluation.classNames(List.of("cat", "dog")).stats()).isEqualTo("""
                class     IoU    Dice  precision  recall  specificity     MCC  TP  FP  FN  TN
                cat    0.6667  0.8000     0.8000  0.8000       0.6667  0.4667   4   1   1   2
                dog    0.3333  0.5000     0.5000  0.5000       0.8333  0.3333   1   1   1   5
                mean   0.5000  0.6500     0.6500  0.6500       0.7500  0.4000
                of 2 images together; the mean is over the classes that have the score
                """);
    }
}
