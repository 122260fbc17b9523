package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SegmentationMetricTest {

    private static final int N = 3;
    private static final int C = 4;
    private static final int S = 35;

    /** Labels and predictions [N, C, S] of random numbers, and a mask [N, S] that voids every fifth pixel. */
    private static final double[][][] TRUTH = new double[N][C][S];
    private static final double[][][] PROBABILITY = new double[N][C][S];
    private static final double[][] MASK = new double[N][S];

    static {
        Random random = new Random(7);
        for (int n = 0; n < N; n++) {
            for (int s = 0; s < S; s++) {
                TRUTH[n][random.nextInt(C)][s] = 1;
                MASK[n][s] = (n * S + s) % 5 == 0 ? 0 : 1;
                for (int c = 0; c < C; c++) {
                    PROBABILITY[n][c][s] = random.nextDouble();
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, iou_score", "2, precision", "3, recall"})
    void namesAreThoseOfSegmentationModels(int which, String name) {
        assertThat(List.of(Metrics.iou(), Metrics.precision(), Metrics.recall()).get(which - 1).name())
                .isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({"1, f1-score", "2, f2-score", "0.5, f0.5-score", "1.25, f1.25-score"})
    void theNameOfAnFScoreHoldsItsBeta(double beta, String name) {
        assertThat(Metrics.fScore(beta).name()).isEqualTo(name);
    }

    @Test
    void instancesHaveTheDefaults() {
        assertThat(Metrics.IOU_SCORE).isEqualTo(Metrics.iou().smooth(1e-5).perImage(false));
        assertThat(Metrics.F1_SCORE).isEqualTo(Metrics.fScore(1));
        assertThat(Metrics.F2_SCORE).isEqualTo(Metrics.fScore(2));
        assertThat(Metrics.PRECISION).isEqualTo(Metrics.precision());
        assertThat(Metrics.RECALL).isEqualTo(Metrics.recall());
    }

    /** How a metric is set up, and the same in the plain terms of the naive implementation. */
    private record Case(String metric, double[] weights, int[] indexes, Double threshold, boolean perImage,
                        double smooth, boolean masked) {

        SegmentationMetric build() {
            SegmentationMetric built = switch (metric) {
                case "iou" -> Metrics.iou();
                case "f1" -> Metrics.fScore(1);
                case "f2" -> Metrics.fScore(2);
                case "precision" -> Metrics.precision();
                default -> Metrics.recall();
            };
            built = built.perImage(perImage).smooth(smooth);
            built = indexes == null ? built : built.classIndexes(indexes);
            built = weights == null ? built : built.classWeights(weights);
            return threshold == null ? built : built.threshold(threshold);
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (String metric : List.of("iou", "f1", "f2", "precision", "recall")) {
            for (boolean perImage : new boolean[] {false, true}) {
                for (boolean masked : new boolean[] {false, true}) {
                    cases.add(new Case(metric, null, null, null, perImage, 1e-5, masked));
                    cases.add(new Case(metric, new double[] {0.5, 1, 2, 3}, null, 0.5, perImage, 1, masked));
                    cases.add(new Case(metric, new double[] {3, 1, 0.5}, new int[] {2, 0, 2}, 0.25, perImage, 1e-5,
                            masked));
                    cases.add(new Case(metric, new double[] {0.7}, new int[] {1}, null, perImage, 0, masked));
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithANaiveImplementation(Case setup) {
        INDArray mask = setup.masked() ? Nd4j.createFromArray(MASK) : null;
        SegmentationBatch first = SegmentationBatch.predictions(Nd4j.createFromArray(PROBABILITY))
                .labels(Nd4j.createFromArray(TRUTH))
                .mask(mask);
        SegmentationBatch last = SegmentationBatch.predictions(Nd4j.createFromArray(PROBABILITY).permute(0, 2, 1))
                .labels(Nd4j.createFromArray(TRUTH).permute(0, 2, 1)).mask(mask).channelsLast();

        double expected = naive(setup);
        assertThat(setup.build().value(first)).isCloseTo(expected, within(1e-6));
        assertThat(setup.build().value(last)).isCloseTo(expected, within(1e-6));
    }

    private static double naive(Case setup) {
        if (!setup.perImage()) {
            return naive(setup, 0, N);
        }
        double sum = 0;
        for (int n = 0; n < N; n++) {
            sum += naive(setup, n, n + 1);
        }
        return sum / N;
    }

    /** From true and false positives and negatives, as the text books have it. */
    private static double naive(Case setup, int from, int to) {
        int[] indexes = setup.indexes() == null ? new int[] {0, 1, 2, 3} : setup.indexes();
        double s = setup.smooth();
        double sum = 0;
        for (int k = 0; k < indexes.length; k++) {
            double tp = 0;
            double fp = 0;
            double fn = 0;
            for (int n = from; n < to; n++) {
                for (int i = 0; i < S; i++) {
                    double g = TRUTH[n][indexes[k]][i];
                    double p = PROBABILITY[n][indexes[k]][i];
                    p = setup.threshold() == null ? p : p > setup.threshold() ? 1 : 0;
                    double m = setup.masked() ? MASK[n][i] : 1;
                    tp += m * g * p;
                    fp += m * (1 - g) * p;
                    fn += m * g * (1 - p);
                }
            }
            double score = switch (setup.metric()) {
                case "iou" -> (tp + s) / (tp + fp + fn + s);
                case "f1" -> (2 * tp + s) / (2 * tp + fn + fp + s);
                case "f2" -> (5 * tp + s) / (5 * tp + 4 * fn + fp + s);
                case "precision" -> (tp + s) / (tp + fp + s);
                default -> (tp + s) / (tp + fn + s);
            };
            sum += score * (setup.weights() == null ? 1 : setup.weights()[setup.weights().length == 1 ? 0 : k]);
        }
        return sum / indexes.length;
    }

    /** In the predictions' type: the float nearest to 0.49999999 is one half. */
    @ParameterizedTest
    @CsvSource({"0.5, 0", "0.49999999, 0", "0.49999998, 1", "0.25, 1", "0.75, 0", "0, 1", "1, 0"})
    void theThresholdItselfIsBelow(double threshold, double expected) {
        INDArray half = Nd4j.valueArrayOf(new long[] {2, 1, 3, 3}, 0.5, DataType.FLOAT);
        INDArray truth = Nd4j.ones(DataType.FLOAT, 2, 1, 3, 3);
        assertThat(Metrics.recall().threshold(threshold).smooth(0)
                .value(SegmentationBatch.predictions(half).labels(truth))).isEqualTo(expected);
    }

    @Test
    void perImageIsTheMeanOfTheImages() {
        INDArray truth = Nd4j.createFromArray(new float[][][] {{{1, 1, 1, 1}}, {{1, 0, 0, 0}}});
        INDArray predictions = Nd4j.createFromArray(new float[][][] {{{1, 1, 1, 1}}, {{0, 1, 0, 0}}});
        SegmentationMetric iou = Metrics.iou().smooth(0);
        assertThat(iou.value(SegmentationBatch.predictions(predictions).labels(truth)))
                .isCloseTo(4 / 6.0, within(1e-7));
        assertThat(iou.perImage(true).value(SegmentationBatch.predictions(predictions).labels(truth)))
                .isCloseTo(0.5, within(1e-7));
    }

    @Test
    void ignoredPixelsCountNowhere() {
        INDArray labels = Nd4j.createFromArray(new int[][] {{0, 1, 255, 255}});
        INDArray predictions = Nd4j.createFromArray(new float[][][] {{{1, 0, 1, 0}, {0, 1, 0, 1}}});
        assertThat(Metrics.precision().smooth(0).ignoreIndex(255)
                .value(SegmentationBatch.predictions(predictions).labels(labels))).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Metrics.precision().value(SegmentationBatch.predictions(predictions).labels(labels)))
                .withMessageContaining("255");
    }

    @Test
    void aBatchThatIsVoidAltogetherHasNoScore() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.ones(2, 1, 4)).labels(Nd4j.ones(2, 1, 4))
                .mask(Nd4j.zeros(2, 4));
        assertThat(Metrics.iou().value(batch)).isNaN();
        assertThat(Metrics.iou().perImage(true).value(batch)).isNaN();
    }

    @Test
    void aVoidImageDropsOutOfTheMean() {
        INDArray truth = Nd4j.createFromArray(new float[][][] {{{1, 1}}, {{1, 1}}});
        INDArray predictions = Nd4j.createFromArray(new float[][][] {{{1, 0}}, {{1, 1}}});
        SegmentationBatch batch = SegmentationBatch.predictions(predictions).labels(truth)
                .mask(Nd4j.createFromArray(1f, 0f));
        assertThat(Metrics.recall().smooth(0).perImage(true).value(batch)).isEqualTo(0.5);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void isTheComplementOfTheLossOnLogits(boolean perImage) {
        Nd4j.getRandom().setSeed(3);
        INDArray logits = Nd4j.randn(DataType.DOUBLE, 2, 3, 5, 7);
        INDArray labels = Nd4j.createFromArray(new int[2 * 35]).reshape(2, 5, 7);
        for (int k = 0; k < labels.length(); k++) {
            labels.putScalar(k, k * 7 % 3);
        }
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        assertThat(Metrics.iou().perImage(perImage).value(batch))
                .isCloseTo(1 - Losses.jaccard().perImage(perImage).value(batch), within(1e-7));
        assertThat(Metrics.fScore(2).perImage(perImage).value(batch))
                .isCloseTo(1 - Losses.dice().beta(2).perImage(perImage).value(batch), within(1e-7));
    }

    @Test
    void leavingOutTheBackgroundIsNamingTheOtherClasses() throws Exception {
        Nd4j.getRandom().setSeed(3);
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.randn(DataType.DOUBLE, 1, 3, 4))
                .labels(Nd4j.createFromArray(new int[][] {{0, 2, 1, 0}})).activation(Activation.SOFTMAX);
        SegmentationMetric without = Metrics.iou().includeBackground(false);
        assertThat(without.value(batch)).isEqualTo(Metrics.iou().classIndexes(1, 2).value(batch))
                .isNotEqualTo(Metrics.iou().value(batch));
        assertThat(without.classWeights(1, 3).scores(batch)[0]).hasSize(2);
        assertThat(without.includeBackground(true)).isEqualTo(Metrics.iou());
        assertThat(JavaSerialisation.roundTrip(without)).isEqualTo(without);
        assertThatIllegalArgumentException().isThrownBy(() -> without.classIndexes(0))
                .withMessageContaining("nothing but class 0");
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void mergedSumsGiveTheScoreOfTheLargeBatch(boolean perImage) {
        SegmentationMetric metric = Metrics.iou().threshold(0.5).perImage(perImage);
        INDArray truth = Nd4j.createFromArray(TRUTH);
        INDArray predictions = Nd4j.createFromArray(PROBABILITY);
        assertThat(metric.value(metric.sums(part(truth, predictions, 0, 1))
                .merge(metric.sums(part(truth, predictions, 1, 3)))))
                .isCloseTo(metric.value(SegmentationBatch.predictions(predictions).labels(truth)), within(1e-12));
    }

    private static SegmentationBatch part(INDArray truth, INDArray predictions, int from, int to) {
        INDArrayIndex rows = NDArrayIndex.interval(from, to);
        return SegmentationBatch.predictions(predictions.get(rows)).labels(truth.get(rows));
    }

    static Stream<Arguments> badSettings() {
        return Stream.of(
                bad("smooth is -1.0", m -> m.smooth(-1)),
                bad("smooth is NaN", m -> m.smooth(Double.NaN)),
                bad("threshold is 1.5", m -> m.threshold(1.5)),
                bad("threshold is NaN", m -> m.threshold(Double.NaN)),
                bad("classWeights holds -2.0", m -> m.classWeights(1, -2)),
                bad("sum to 0", m -> m.classWeights(0, 0)),
                bad("sum to Infinity", m -> m.classWeights(Double.MAX_VALUE, Double.MAX_VALUE)),
                bad("classIndexes holds -1", m -> m.classIndexes(-1)),
                bad("at least one class", SegmentationMetric::classIndexes),
                bad("2 values, but 3 classes", m -> m.classIndexes(0, 1, 2).classWeights(1, 2)),
                bad("a metric needs a name", m -> m.named(" ")),
                bad("beta is 0.0", m -> Metrics.fScore(0)),
                bad("beta is 1.0E200", m -> Metrics.fScore(1e200)),
                bad("beta is Infinity", m -> Metrics.fScore(Double.POSITIVE_INFINITY)));
    }

    private static Arguments bad(String message, UnaryOperator<SegmentationMetric> change) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest
    @MethodSource("badSettings")
    void badSettingsAreRejectedWithTheirValue(String message, UnaryOperator<SegmentationMetric> change) {
        assertThatIllegalArgumentException().isThrownBy(() -> change.apply(Metrics.iou()))
                .withMessageContaining(message);
    }

    @Test
    void settingsThatDoNotFitTheBatchAreRejectedWithBothSides() {
        INDArray array = Nd4j.ones(1, 3, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Metrics.iou().classWeights(1, 2)
                .value(SegmentationBatch.predictions(array).labels(array)))
                .withMessageContaining("2 values, but 3 classes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Metrics.iou().classIndexes(3)
                .value(SegmentationBatch.predictions(array).labels(array)))
                .withMessageContaining("3").withMessageContaining("only 3 channels");
    }

    @Test
    void isAnImmutableValue() {
        SegmentationMetric base = Metrics.fScore(2);
        SegmentationMetric changed = base.classWeights(1, 2).classIndexes(0, 2).threshold(0.4).perImage(true)
                .smooth(1).ignoreIndex(9).named("mine");
        assertThat(base).isEqualTo(Metrics.F2_SCORE);
        assertThat(changed).isNotEqualTo(base);
        assertThat(changed.name()).isEqualTo("mine");
        assertThat(Metrics.fScore(2).classWeights(1, 2).classIndexes(0, 2).threshold(0.4).perImage(true)
                .smooth(1).ignoreIndex(9).named("mine")).isEqualTo(changed).hasSameHashCodeAs(changed);
        assertThat(JavaSerialisation.roundTrip(changed)).isEqualTo(changed);
    }
}
