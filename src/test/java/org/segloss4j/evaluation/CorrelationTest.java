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

    /** Large counts lose nothing, although squares of them exceed 64 bits and nearly cancel. */
    @Test
    void countsOfAWholeArchive() {
        long rare = 1000;
        long most = 1L << 55;
        SegmentationEvaluation evaluation = of(2, most, rare, rare, rare);
        assertThat(evaluation.mcc()).isCloseTo(0.5, within(1e-12));
        assertThat(evaluation.mcc(1)).isCloseTo(0.5, within(1e-9));
        assertThat(evaluation.cohenKappa()).isCloseTo(0.5, within(1e-12));
    }

    /** Corner cases of torchmetrics, which says 0 where nothing is measured. */
    @ParameterizedTest
    @CsvSource({"5, 0, 0, 5, 1, 1", "0, 5, 5, 0, -1, -1", "10, 0, 0, 0, NaN, NaN", "0, 0, 10, 0, NaN, 0",
        "5, 0, 5, 0, NaN, 0"})
    void cornerCases(long tn, long fp, long fn, long tp, double mcc, double kappa) {
        assertThat(of(2, tn, fp, fn, tp).mcc()).isEqualTo(Double.valueOf(mcc));
        assertThat(of(2, tn, fp, fn, tp).cohenKappa()).isEqualTo(Double.valueOf(kappa));
    }
}
