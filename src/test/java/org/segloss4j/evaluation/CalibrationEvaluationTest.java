package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.SegmentationBatch;

/** Calibration errors: values of the peers, and plain loops. */
class CalibrationEvaluationTest {

    private static final Offset<Double> CLOSE = within(5e-5);
    private static final Offset<Double> SAME = within(1e-12);

    private static CalibrationEvaluation binary(int bins, int[] truth, float... probabilities) {
        CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(bins);
        evaluation.eval(Nd4j.createFromArray(truth).reshape(1, 1, truth.length),
                Nd4j.createFromArray(probabilities).reshape(1, 1, probabilities.length));
        return evaluation;
    }

    /** The examples in the documentation of torchmetrics, commit dab0333, and its test with a prediction of 0. */
    @Test
    void examplesOfTorchmetrics() {
        CalibrationEvaluation one = binary(2, new int[] {0, 0, 1, 1, 1}, 0.25f, 0.25f, 0.55f, 0.75f, 0.75f);
        assertThat(one.ece()).isCloseTo(0.29, CLOSE);
        assertThat(one.rmsce()).isCloseTo(0.2918, CLOSE);
        assertThat(one.mce()).isCloseTo(0.3167, CLOSE);

        CalibrationEvaluation three = CalibrationEvaluation.multiClass(3).bins(3);
        three.eval(Nd4j.createFromArray(0, 1, 2, 0).reshape(4, 1), Nd4j.createFromArray(new float[][] {
            {0.25f, 0.20f, 0.55f}, {0.55f, 0.05f, 0.40f}, {0.10f, 0.30f, 0.60f}, {0.90f, 0.05f, 0.05f}})
                .reshape(4, 3, 1));
        assertThat(three.ece()).isCloseTo(0.2, CLOSE);
        assertThat(three.rmsce()).isCloseTo(0.2082, CLOSE);
        assertThat(three.mce()).isCloseTo(0.2333, CLOSE);

        assertThat(binary(2, new int[] {0, 0, 1, 1, 1}, 1, 1, 1, 1, 0).ece()).isCloseTo(0.6, SAME);
    }

    /**
     * {@code test_corner_case_due_to_dtype} of torchmetrics: a mean over the distinct probabilities, as each has a bin
     * of its own.
     */
    @ParameterizedTest
    @ValueSource(ints = {99, 100})
    void probabilitiesOnTheBordersOfBins(int bins) {
        double[] p = {0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.01, 0.33, 0.34, 0.99, 0.61};
        int[] truth = {1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0};
        CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(bins);
        evaluation.eval(Nd4j.createFromArray(truth).reshape(1, 1, 12), Nd4j.createFromArray(p).reshape(1, 1, 12));
        double expected = 0;
        for (double distinct : Arrays.stream(p).distinct().toArray()) {
            expected += Math.abs(IntStream.range(0, 12).filter(k -> p[k] == distinct)
                    .mapToDouble(k -> p[k] - truth[k]).sum()) / 12;
        }
        assertThat(evaluation.ece()).isCloseTo(expected, SAME);
    }

    /** A border belongs to the bin above it, in the predictions' own precision; 1 to the last bin. */
    @ParameterizedTest
    @ValueSource(strings = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16"})
    void everyBorderOpensItsBin(DataType type) {
        for (int bins : new int[] {1, 5, 7, 10, 15, 100}) {
            INDArray borders = Nd4j.createFromArray(IntStream.rangeClosed(0, bins).mapToDouble(b -> (double) b / bins)
                    .toArray()).castTo(type).reshape(1, 1, bins + 1);
            CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(bins);
            evaluation.eval(Nd4j.zeros(DataType.INT32, 1, 1, bins + 1), borders);
            for (int b = 0; b < bins; b++) {
                assertThat(evaluation.reliability(0).get(b).count()).as(bins + " " + b)
                        .isEqualTo(b == bins - 1 ? 2 : 1);
            }
        }
    }

    /**
     * Tables of MONAI's tests, {@code tests/metrics/test_calibration_metric.py} of commit 11bf5ce: [B][C] errors of
     * images of 2 x 2 in 5 bins, expected, average and maximum.
     */
    @Test
    void tablesOfMonai() {
        float[][][] p = {{{0.7f, 0.3f, 0.1f, 0.9f}, {0.7f, 0.3f, 0.5f, 0.5f}},
            {{0.9f, 0.9f, 0.3f, 0.3f}, {0.1f, 0.1f, 0.9f, 0.7f}}};
        int[][][] truth = {{{1, 0, 0, 1}, {0, 1, 1, 0}}, {{1, 1, 0, 0}, {0, 0, 1, 1}}};
        double[][] expected = {{0.2, 0.35}, {0.2, 0.15}};
        double[][] average = {{0.2, 0.4667}, {0.2, 0.1667}};
        double[][] maximum = {{0.3, 0.7}, {0.3, 0.3}};
        for (int b = 0; b < 2; b++) {
            CalibrationEvaluation evaluation = CalibrationEvaluation.multiLabel(2).bins(5);
            evaluation.eval(Nd4j.createFromArray(truth[b]).reshape(1, 2, 2, 2),
                    Nd4j.createFromArray(p[b]).reshape(1, 2, 2, 2));
            for (int c = 0; c < 2; c++) {
                assertThat(evaluation.ece(c)).isCloseTo(expected[b][c], CLOSE);
                assertThat(evaluation.ace(c)).isCloseTo(average[b][c], CLOSE);
                assertThat(evaluation.mce(c)).isCloseTo(maximum[b][c], CLOSE);
            }
            assertThat(evaluation.classwiseEce()).isCloseTo((expected[b][0] + expected[b][1]) / 2, CLOSE);
            assertThat(evaluation.classwiseAce()).isCloseTo((average[b][0] + average[b][1]) / 2, CLOSE);
            assertThat(evaluation.classwiseMce()).isCloseTo((maximum[b][0] + maximum[b][1]) / 2, CLOSE);
            assertThat(new double[] {evaluation.ece(), evaluation.ace(), evaluation.mce()}).containsExactly(
                    evaluation.classwiseEce(), evaluation.classwiseAce(), evaluation.classwiseMce());
        }
        // Its "large_mid" bins of the second channel of the first image.
        CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(5);
        evaluation.eval(Nd4j.createFromArray(truth[0][1]).reshape(1, 1, 4), Nd4j.createFromArray(p[0][1])
                .reshape(1, 1, 4));
        double[] means = {Double.NaN, 0.3, 0.5, 0.7, Double.NaN};
        double[] frequencies = {Double.NaN, 1, 0.5, 0, Double.NaN};
        long[] counts = {0, 1, 2, 1, 0};
        for (int b = 0; b < 5; b++) {
            CalibrationEvaluation.Bin bin = evaluation.reliability(0).get(b);
            assertThat(bin.count()).isEqualTo(counts[b]);
            assertThat(bin.frequency()).isEqualTo(Double.valueOf(frequencies[b]));
            if (counts[b] > 0) {
                assertThat(bin.meanProbability()).isCloseTo(means[b], within(1e-7));
            }
        }
    }

    private static final int N = 3;
    private static final int C = 4;
    private static final int S = 2100;

    /** Random logits, labels, and a mask that is 0 now and then, with the plain loops over them. */
    private static final class Case {
        final Random random = new Random(5);
        final float[][][] logits = new float[N][C][S];
        final int[][] labels = new int[N][S];
        final float[][] mask = new float[N][S];

        Case() {
            for (int n = 0; n < N; n++) {
                for (int s = 0; s < S; s++) {
                    labels[n][s] = random.nextInt(10) == 0 ? 255 : random.nextInt(C);
                    mask[n][s] = random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(2);
                    for (int c = 0; c < C; c++) {
                        logits[n][c][s] = (float) random.nextGaussian() * 2 + (labels[n][s] == c ? 1 : 0);
                    }
                }
            }
        }

        double[] softmax(int n, int s) {
            double[] p = new double[C];
            double sum = 0;
            for (int c = 0; c < C; c++) {
                p[c] = Math.exp(logits[n][c][s]);
                sum += p[c];
            }
            for (int c = 0; c < C; c++) {
                p[c] /= sum;
            }
            return p;
        }

        boolean counts(int n, int s) {
            return labels[n][s] != 255 && mask[n][s] != 0;
        }
    }

    /** Sums of bins of one class, or of the top label where c is C: count, probabilities, truths, and squares. */
    private static double[][] naive(Case data, int c, int bins) {
        double[][] sums = new double[4][bins];
        for (int n = 0; n < N; n++) {
            for (int s = 0; s < S; s++) {
                if (data.counts(n, s)) {
                    double[] p = data.softmax(n, s);
                    int row = c;
                    for (int k = 0; k < C && c == C; k++) {
                        row = row == C || p[k] > p[row] ? k : row;
                    }
                    int bin = (int) Math.min(bins - 1, Math.floor(p[row] * bins));
                    double g = data.labels[n][s] == row ? 1 : 0;
                    sums[0][bin]++;
                    sums[1][bin] += p[row];
                    sums[2][bin] += g;
                    sums[3][bin] += (p[row] - g) * (p[row] - g);
                }
            }
        }
        return sums;
    }

    @ParameterizedTest
    @CsvSource({"false, 15", "true, 15", "false, 20", "true, 1"})
    void plainLoopsSayTheSame(boolean last, int bins) {
        Case data = new Case();
        INDArray logits = Nd4j.createFromArray(data.logits);
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(C).bins(bins).ignoreIndex(255);
        SegmentationBatch batch = SegmentationBatch.predictions(last ? logits.permute(0, 2, 1) : logits)
                .labels(Nd4j.createFromArray(data.labels)).mask(Nd4j.createFromArray(data.mask))
                .activation(Activation.SOFTMAX);
        evaluation.eval(last ? batch.channelsLast() : batch);
        double brier = 0;
        double classwise = 0;
        for (int c = 0; c <= C; c++) {
            double[][] sums = naive(data, c, bins);
            double total = Arrays.stream(sums[0]).sum();
            double ece = 0;
            double ace = 0;
            double mce = 0;
            double square = 0;
            int full = 0;
            for (int b = 0; b < bins; b++) {
                if (sums[0][b] > 0) {
                    double gap = Math.abs(sums[1][b] / sums[0][b] - sums[2][b] / sums[0][b]);
                    ece += sums[0][b] / total * gap;
                    ace += gap;
                    full++;
                    mce = Math.max(mce, gap);
                    square += sums[0][b] / total * gap * gap;
                }
            }
            double error = Arrays.stream(sums[3]).sum() / total;
            double[] scores = c == C ? new double[] {evaluation.ece(), evaluation.ace(), evaluation.mce(),
                evaluation.rmsce(), error}
                    : new double[] {evaluation.ece(c), evaluation.ace(c), evaluation.mce(c), evaluation.rmsce(c),
                        evaluation.brier(c)};
            assertThat(scores).containsExactly(new double[] {ece, ace / full, mce, Math.sqrt(square), error}, SAME);
            brier += c == C ? 0 : error;
            classwise += c == C ? 0 : ece / C;
            assertThat(c == C ? total : evaluation.total(c)).isEqualTo(total);
        }
        assertThat(evaluation.brier()).isCloseTo(brier, SAME);
        assertThat(evaluation.classwiseEce()).isCloseTo(classwise, SAME);
        for (CalibrationEvaluation.Metric metric : CalibrationEvaluation.Metric.values()) {
            assertThat(evaluation.getValue(metric)).isBetween(0.0, 2.0);
            assertThat(metric.minimize()).isTrue();
        }
        assertThat(evaluation.getValue(CalibrationEvaluation.Metric.ECE)).isEqualTo(evaluation.ece());
        assertThat(evaluation.getValue(CalibrationEvaluation.Metric.CLASSWISE_ACE))
                .isEqualTo(evaluation.classwiseAce());
    }

    /** To the bit, whatever the parts and their order, although sums of doubles would differ. */
    @Test
    void mergingEqualsEvaluatingTogether() {
        Case data = new Case();
        INDArray p = Nd4j.createFromArray(data.logits);
        SegmentationBatch whole = SegmentationBatch.predictions(p).labels(Nd4j.createFromArray(data.labels))
                .activation(Activation.SOFTMAX);
        CalibrationEvaluation together = CalibrationEvaluation.multiClass(C).ignoreIndex(255);
        together.eval(whole);
        CalibrationEvaluation parts = together.newInstance();
        for (int n = N - 1; n >= 0; n--) {
            for (int half = 1; half >= 0; half--) {
                CalibrationEvaluation part = together.newInstance();
                part.eval(SegmentationBatch
                        .predictions(p.get(NDArrayIndex.interval(n, n + 1), NDArrayIndex.all(),
                                NDArrayIndex.interval(half * S / 2, (half + 1) * S / 2)))
                        .labels(Nd4j.createFromArray(data.labels).get(NDArrayIndex.interval(n, n + 1),
                                NDArrayIndex.interval(half * S / 2, (half + 1) * S / 2)))
                        .activation(Activation.SOFTMAX));
                parts.merge(part);
            }
        }
        assertThat(parts).isEqualTo(together).hasSameHashCodeAs(together);
        assertThat(parts.toJson()).isEqualTo(together.toJson());
    }

    /** Sorted by probability and cut into ranges of equal counts, where each probability has a bin of its own. */
    @Test
    void adaptiveRangesHoldEquallyManyPixels() {
        int pixels = 120;
        int ranges = 8;
        Random random = new Random(9);
        double[] p = random.ints(0, 1000).distinct().limit(pixels).mapToDouble(k -> (k + 0.5) / 1000).toArray();
        int[] truth = random.ints(pixels, 0, 2).toArray();
        CalibrationEvaluation evaluation = CalibrationEvaluation.binary().bins(1000);
        evaluation.eval(Nd4j.createFromArray(truth).reshape(1, 1, pixels), Nd4j.createFromArray(p)
                .reshape(1, 1, pixels));
        Integer[] order = IntStream.range(0, pixels).boxed().sorted((a, b) -> Double.compare(p[a], p[b]))
                .toArray(Integer[]::new);
        double expected = 0;
        for (int r = 0; r < ranges; r++) {
            double gap = 0;
            for (int k = r * pixels / ranges; k < (r + 1) * pixels / ranges; k++) {
                gap += (p[order[k]] - truth[order[k]]) / (pixels / ranges);
            }
            expected += Math.abs(gap) / ranges;
        }
        assertThat(evaluation.adaptiveEce(ranges)).isCloseTo(expected, SAME);
        assertThat(evaluation.adaptiveEce(1000)).isCloseTo(evaluation.ece(), SAME);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.adaptiveEce(1001))
                .withMessageContaining("ranges is 1001");
    }

    @Test
    void softLabelsCountByTheirShare() {
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(2);
        evaluation.eval(Nd4j.createFromArray(0.25f, 0.75f).reshape(1, 2, 1),
                Nd4j.createFromArray(0.375f, 0.625f).reshape(1, 2, 1));
        assertThat(evaluation.ece()).isCloseTo(0.125, SAME);
        assertThat(evaluation.brier()).isCloseTo(2 * 0.125 * 0.125, SAME);
    }

    @Test
    void aMaskPerOutputVoidsSingleClassesAndNoLabelVoidsThePixel() {
        INDArray p = Nd4j.createFromArray(0.6f, 0.6f, 0.4f, 0.4f).reshape(1, 2, 2);
        INDArray labels = Nd4j.createFromArray(1f, 0f, 0f, 0f).reshape(1, 2, 2);
        INDArray mask = Nd4j.createFromArray(0f, 1f, 1f, 1f).reshape(1, 2, 2);
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(2);
        evaluation.eval(labels, p, mask);
        assertThat(evaluation.total(0)).isZero();
        assertThat(evaluation.total(1)).isEqualTo(1);
        assertThat(evaluation.ece(0)).isNaN();
        CalibrationEvaluation ofLabels = CalibrationEvaluation.multiLabel(2);
        ofLabels.eval(labels, p, mask);
        assertThat(ofLabels.total(0)).isEqualTo(1);
        assertThat(ofLabels.total(1)).isEqualTo(2);
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(2);
        INDArray logits = Nd4j.createFromArray(0f, 0f, 1f, 3.5f).reshape(1, 2, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation.eval(Nd4j.zeros(DataType.INT32, 1, 2), logits))
                .withMessageContaining("channel 1 at example 0, pixel 1 is 3.5, which is no probability");
        assertThat(evaluation).isEqualTo(CalibrationEvaluation.multiClass(2));
        // A few units in the last place, as interpolation makes them.
        evaluation.eval(Nd4j.zeros(DataType.INT32, 1, 1), Nd4j.createFromArray(1.000001f, -1e-7f).reshape(1, 2, 1));
        assertThat(evaluation.ece()).isZero();
    }

    @Test
    void nothingWasMeasured() {
        CalibrationEvaluation evaluation = CalibrationEvaluation.multiClass(2);
        for (CalibrationEvaluation.Metric metric : CalibrationEvaluation.Metric.values()) {
            assertThat(evaluation.getValue(metric)).isNaN();
        }
        assertThat(evaluation.stats()).contains("top label").doesNotContain("NaN");
        assertThat(evaluation.reliabilityChart()).doesNotContain("NaN");
    }
}
