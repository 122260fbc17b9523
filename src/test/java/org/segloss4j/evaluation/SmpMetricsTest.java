package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Counts and scores that the code of segmentation_models.pytorch 0.5 ({@code metrics/functional.py}) gave, recorded in
 * double precision.
 */
class SmpMetricsTest {

    private static final int N = 3;
    private static final int H = 4;
    private static final int W = 5;

    static final Map<String, OutcomeMetric> METRICS = Map.ofEntries(
            Map.entry("fbeta_score", OutcomeMetric.fBeta(2)), Map.entry("f1_score", OutcomeMetric.f1()),
            Map.entry("iou_score", OutcomeMetric.iou()), Map.entry("accuracy", OutcomeMetric.accuracy()),
            Map.entry("recall", OutcomeMetric.recall()), Map.entry("specificity", OutcomeMetric.specificity()),
            Map.entry("balanced_accuracy", OutcomeMetric.balancedAccuracy()),
            Map.entry("precision", OutcomeMetric.precision()),
            Map.entry("negative_predictive_value", OutcomeMetric.negativePredictiveValue()),
            Map.entry("false_negative_rate", OutcomeMetric.falseNegativeRate()),
            Map.entry("false_positive_rate", OutcomeMetric.falsePositiveRate()),
            Map.entry("false_discovery_rate", OutcomeMetric.falseDiscoveryRate()),
            Map.entry("false_omission_rate", OutcomeMetric.falseOmissionRate()),
            Map.entry("positive_likelihood_ratio", OutcomeMetric.positiveLikelihoodRatio()),
            Map.entry("negative_likelihood_ratio", OutcomeMetric.negativeLikelihoodRatio()));

    @Test
    void countsAreThoseOfGetStats() throws IOException {
        List<String[]> cases = rows("smp-stats.csv");
        assertThat(cases).hasSize(7);
        for (String[] row : cases) {
            OutcomeEvaluation evaluation = evaluated(row);
            assertThat(evaluation.images()).isEqualTo(N);
            for (int n = 0; n < N; n++) {
                for (int c = 0; c < evaluation.classes(); c++) {
                    int at = n * evaluation.classes() + c;
                    assertThat(new long[] {evaluation.truePositives(n, c), evaluation.falsePositives(n, c),
                        evaluation.falseNegatives(n, c), evaluation.trueNegatives(n, c)}).as(row[0] + " " + n + " " + c)
                            .containsExactly(numbers(row[5])[at], numbers(row[6])[at], numbers(row[7])[at],
                                    numbers(row[8])[at]);
                }
            }
        }
    }

    @Test
    void scoresAreThoseOfTheFunctionsWithEveryReduction() throws IOException {
        Map<String, OutcomeEvaluation> evaluations = new HashMap<>();
        for (String[] row : rows("smp-stats.csv")) {
            evaluations.put(row[0], evaluated(row));
        }
        List<String[]> values = rows("smp-metrics.csv");
        assertThat(values).hasSizeGreaterThan(1000);
        for (String[] row : values) {
            OutcomeMetric metric = METRICS.get(row[1]).zeroDivision(Double.parseDouble(row[3]))
                    .reduction(Arrays.stream(Reduction.values()).filter(r -> r.toString().equals(row[2])).findAny()
                            .orElseThrow());
            if (!row[4].equals("-")) {
                metric = metric.classWeights(Arrays.stream(row[4].split(" ")).mapToDouble(Double::parseDouble)
                        .toArray());
            }
            double value = evaluations.get(row[0]).value(metric);
            String text = row[5].replace("nan", "NaN").replace("inf", "Infinity");
            if (Double.isFinite(Double.parseDouble(text))) {
                assertThat(value).as(String.join(" ", row)).isCloseTo(Double.parseDouble(text), within(1e-13));
            } else {
                assertThat(value).as(String.join(" ", row)).isEqualTo(Double.valueOf(text));
            }
        }
    }

    private static OutcomeEvaluation evaluated(String... row) {
        int classes = Integer.parseInt(row[1]);
        if (row[0].startsWith("multiclass")) {
            OutcomeEvaluation evaluation = OutcomeEvaluation.multiClass(classes);
            if (!row[2].equals("-")) {
                evaluation.ignoreIndex(Integer.parseInt(row[2]));
            }
            INDArray predictions = Nd4j.zeros(DataType.FLOAT, N, classes, H, W);
            long[] output = numbers(row[3]);
            for (int k = 0; k < output.length; k++) {
                predictions.putScalar(new long[] {k / (H * W), output[k], k / W % H, k % W}, 1);
            }
            evaluation.eval(Nd4j.createFromArray(numbers(row[4])).reshape(N, H, W), predictions);
            return evaluation;
        }
        OutcomeEvaluation evaluation = row[0].startsWith("binary") ? OutcomeEvaluation.binary()
                : OutcomeEvaluation.multiLabel(classes);
        double[] output = Arrays.stream(row[3].split(" ")).mapToDouble(Double::parseDouble).toArray();
        evaluation.eval(Nd4j.createFromArray(numbers(row[4])).reshape(N, classes, H, W),
                Nd4j.createFromArray(output).reshape(N, classes, H, W));
        return evaluation;
    }

    private static long[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    private static List<String[]> rows(String file) throws IOException {
        try (InputStream in = SmpMetricsTest.class.getResourceAsStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(",")).toList();
        }
    }
}
