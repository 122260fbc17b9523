package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Matthews correlation coefficient and Cohen's kappa of a confusion matrix. */
class CorrelationTest {

    private static SegmentationEvaluation of(int classes, long... confusion) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(classes);
        evaluation.add(confusion);
        return evaluation;
    }

    /** The examples in the documentation of torchmetrics: truth 1 1 0 0, predicted 0 1 0 0. */
    @Test
    void examplesOfTorchmetrics() {
        SegmentationEvaluation evaluation = of(2, 2, 0, 1, 1);
        assertThat(evaluation.mcc()).isCloseTo(0.5774, within(5e-5));
        assertThat(evaluation.cohenKappa()).isCloseTo(0.5, within(1e-15));
        assertThat(evaluation.mcc(0)).isCloseTo(evaluation.mcc(), within(1e-15));
        assertThat(evaluation.mcc(1)).isCloseTo(evaluation.mcc(), within(1e-15));
        assertThat(evaluation.getValue(SegmentationEvaluation.Metric.MCC)).isEqualTo(evaluation.mcc());
        assertThat(evaluation.getValue(SegmentationEvaluation.Metric.COHEN_KAPPA)).isEqualTo(evaluation.cohenKappa());
        // truth 2 1 0 0, predicted 2 1 0 1
        SegmentationEvaluation three = of(3, 1, 1, 0, 0, 1, 0, 0, 0, 1);
        assertThat(three.mcc()).isCloseTo(0.7, within(5e-5));
        assertThat(three.cohenKappa()).isCloseTo(0.6364, within(5e-5));
        // By hand: of 4 pixels one is off by 1; by chance it would be 14/4 by distances and 20/4 by squares.
        assertThat(three.linearKappa()).isCloseTo(1 - 4.0 / 14, within(1e-15));
        assertThat(three.quadraticKappa()).isCloseTo(1 - 4.0 / 20, within(1e-15));
    }

    /**
     * The covariances of Gorodkin's definition, summed over all pairs of pixels: whether both are of one class in the
     * truth, less what chance gives.
     */
    @Test
    void theCoefficientIsACorrelationOfIndicators() {
        Random random = new Random(3);
        int classes = 4;
        int pixels = 300;
        int[] truth = random.ints(pixels, 0, classes).toArray();
        int[] predicted = new int[pixels];
        long[] confusion = new long[classes * classes];
        for (int k = 0; k < pixels; k++) {
            predicted[k] = random.nextInt(3) == 0 ? random.nextInt(classes) : truth[k];
            confusion[truth[k] * classes + predicted[k]]++;
        }
        double crossed = 0;
        double ofTruth = 0;
        double ofPrediction = 0;
        double agreement = 0;
        double chance = 0;
        for (int c = 0; c < classes; c++) {
            double meanTruth = 0;
            double meanPrediction = 0;
            for (int k = 0; k < pixels; k++) {
                meanTruth += (truth[k] == c ? 1.0 : 0) / pixels;
                meanPrediction += (predicted[k] == c ? 1.0 : 0) / pixels;
            }
            for (int k = 0; k < pixels; k++) {
                double t = (truth[k] == c ? 1 : 0) - meanTruth;
                double p = (predicted[k] == c ? 1 : 0) - meanPrediction;
                crossed += t * p;
                ofTruth += t * t;
                ofPrediction += p * p;
                agreement += truth[k] == c && predicted[k] == c ? 1.0 / pixels : 0;
            }
            chance += meanTruth * meanPrediction;
        }
        assertThat(of(classes, confusion).mcc()).isCloseTo(crossed / Math.sqrt(ofTruth * ofPrediction), within(1e-12));
        assertThat(of(classes, confusion).cohenKappa()).isCloseTo((agreement - chance) / (1 - chance), within(1e-12));
    }

    /** By chance a pixel of the truth meets each pixel of the prediction. */
    @Test
    void weightedKappaComparesErrorsWithThoseOfAllPairs() {
        Random random = new Random(5);
        int classes = 5;
        int pixels = 200;
        int[] truth = random.ints(pixels, 0, classes).toArray();
        int[] predicted = random.ints(pixels, 0, classes).toArray();
        long[] confusion = new long[classes * classes];
        double[] errors = new double[2];
        double[] byChance = new double[2];
        for (int k = 0; k < pixels; k++) {
            predicted[k] = k % 2 == 0 ? truth[k] : predicted[k];
            confusion[truth[k] * classes + predicted[k]]++;
        }
        for (int k = 0; k < pixels; k++) {
            int off = Math.abs(truth[k] - predicted[k]);
            errors[0] += off / (double) pixels;
            errors[1] += off * off / (double) pixels;
            for (int j = 0; j < pixels; j++) {
                off = Math.abs(truth[k] - predicted[j]);
                byChance[0] += off / (double) pixels / pixels;
                byChance[1] += off * off / (double) pixels / pixels;
            }
        }
        SegmentationEvaluation evaluation = of(classes, confusion);
        assertThat(evaluation.linearKappa()).isCloseTo(1 - errors[0] / byChance[0], within(1e-12));
        assertThat(evaluation.quadraticKappa()).isCloseTo(1 - errors[1] / byChance[1], within(1e-12));
        assertThat(evaluation.getValue(SegmentationEvaluation.Metric.LINEAR_KAPPA)).isEqualTo(evaluation.linearKappa());
        assertThat(evaluation.getValue(SegmentationEvaluation.Metric.QUADRATIC_KAPPA))
                .isEqualTo(evaluation.quadraticKappa());
    }

    /** Large counts lose nothing, although squares of them exceed 64 bits and nearly cancel. */
    @Test
    void countsOfAWholeArchive() {
        long rare = 1000;
        long most = 1L << 55;
        SegmentationEvaluation evaluation = of(2, most, rare, rare, rare);
        assertThat(evaluation.mcc()).isCloseTo(0.5, within(1e-12));
        assertThat(evaluation.mcc(1)).isCloseTo(0.5, within(1e-9));
        assertThat(evaluation.cohenKappa()).isCloseTo(0.5, within(1e-12));
        assertThat(evaluation.linearKappa()).isCloseTo(0.5, within(1e-12));
    }

    /** Corner cases of torchmetrics, which says 0 where nothing is measured. */
    @ParameterizedTest
    @CsvSource({"5, 0, 0, 5, 1, 1", "0, 5, 5, 0, -1, -1", "10, 0, 0, 0, NaN, NaN", "0, 0, 10, 0, NaN, 0",
        "5, 0, 5, 0, NaN, 0"})
    void cornerCases(long tn, long fp, long fn, long tp, double mcc, double kappa) {
        assertThat(of(2, tn, fp, fn, tp).mcc()).isEqualTo(Double.valueOf(mcc));
        assertThat(of(2, tn, fp, fn, tp).cohenKappa()).isEqualTo(Double.valueOf(kappa));
        // Of two classes an error is off by 1.
        assertThat(of(2, tn, fp, fn, tp).linearKappa()).isEqualTo(Double.valueOf(kappa));
        assertThat(of(2, tn, fp, fn, tp).quadraticKappa()).isEqualTo(Double.valueOf(kappa));
    }
}
