package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.JavaSerialisation;
import org.segloss4j.evaluation.PanopticEvaluation.Quality;

/** Panoptic quality is that of torchmetrics and of plain sets of pixels. */
class PanopticEvaluationTest {

    /** Pairs of class and instance as a picture: {@code 6a} is class 6, instance 0. */
    private static INDArray pairs(String picture) {
        String[] lines = picture.strip().split("\n");
        int width = lines[0].strip().split(" +").length;
        INDArray pairs = Nd4j.create(DataType.INT32, 1, lines.length, width, 2);
        for (int y = 0; y < lines.length; y++) {
            String[] cells = lines[y].strip().split(" +");
            for (int x = 0; x < width; x++) {
                String cell = cells[x];
                pairs.putScalar(new int[] {0, y, x, 0}, Integer.parseInt(cell.substring(0, cell.length() - 1)));
                pairs.putScalar(new int[] {0, y, x, 1}, cell.charAt(cell.length() - 1) - 'a');
            }
        }
        return pairs;
    }

    private static void eval(PanopticEvaluation evaluation, INDArray truth, INDArray predicted) {
        evaluation.eval(PanopticSegmentation.ofPairs(truth), PanopticSegmentation.ofPairs(predicted));
    }

    /** Three images of 60 pixels, the last class void; torchmetrics dab0333 computes IoU in 32 bits. */
    @ParameterizedTest
    @CsvSource({"false, 0.10389611, 0.09523810, 0.17460319, 0.43101346",
        "true, 0.10389611, 0.09523810, 0.37605246, 0.53246272"})
    void stuffMayBeMeasuredWithoutMatches(boolean modified, double first, double second, double third, double fourth) {
        int[] labels = {0, 1, 6, 7, 255};
        INDArray truth = Nd4j.create(DataType.INT32, 3, 60, 2);
        INDArray predicted = Nd4j.create(DataType.INT32, 3, 60, 2);
        for (int n = 0; n < 3; n++) {
            for (int s = 0; s < 60; s++) {
                truth.putScalar(n, s, 0, labels[(s / 7 + n) % 5]);
                truth.putScalar(n, s, 1, s / 14);
                predicted.putScalar(n, s, 0, labels[((s + 3) / 8 + n + (s % 11 == 0 ? 1 : 0)) % 4]);
                predicted.putScalar(n, s, 1, (s + 3) / 16);
            }
        }
        PanopticEvaluation whole = PanopticEvaluation.ofThings(0, 1).andStuff(6, 7).ignoreIndex(255)
                .modified(modified);
        eval(whole, truth, predicted);
        double[] expected = {first, second, third, fourth};
        for (int k = 0; k < 4; k++) {
            assertThat(whole.value(Quality.PQ, labels[k])).isCloseTo(expected[k], within(1e-7));
        }
        assertThat(whole.mean(Quality.PQ)).isCloseTo((first + second + third + fourth) / 4, within(1e-7));
        PanopticEvaluation other = whole.newInstance();
        eval(other, truth, predicted);
        assertThat(other).isEqualTo(whole).isEqualTo(JavaSerialisation.roundTrip(other));
        assertThatIllegalArgumentException().isThrownBy(() -> other.merge(PanopticEvaluation.ofThings(0, 1)
                .andStuff(6, 7).ignoreIndex(255).modified(!modified)));
    }

    private static final String PREDICTED = """
            6a 0a 6a 6a
            0a 0a 6a 0b
            0a 0a 6a 0b
            0a 7a 6a 1a
            0a 7a 7a 7a
            """;
    private static final String TRUTH = """
            6a 0b 6a 0b
            0b 0b 6a 0b
            0b 0b 6a 1a
            0b 7a 1a 1a
            0b 7a 7a 7a
            """;

    /** The examples in the documentation of torchmetrics dab0333, functional/detection/panoptic_qualities.py. */
    @Test
    void examplesOfTorchmetrics() {
        PanopticEvaluation evaluation = PanopticEvaluation.ofThings(0, 1).andStuff(6, 7);
        eval(evaluation, pairs(TRUTH), pairs(PREDICTED));
        assertThat(evaluation.mean(Quality.PQ)).isCloseTo(0.5463, within(5e-5));
        assertThat(evaluation.mean(Quality.SQ)).isCloseTo(0.6111, within(5e-5));
        assertThat(evaluation.mean(Quality.RQ)).isCloseTo(0.6667, within(5e-5));
        double[][] expected = {{0.5185, 0.7778, 0.6667}, {0, 0, 0}, {0.6667, 0.6667, 1}, {1, 1, 1}};
        int[] classes = {0, 1, 6, 7};
        for (int k = 0; k < 4; k++) {
            for (Quality quality : Quality.values()) {
                assertThat(evaluation.value(quality, classes[k])).as(quality + " of " + classes[k])
                        .isCloseTo(expected[k][quality.ordinal()], within(5e-5));
            }
        }
        assertThat(evaluation.meanOfThings(Quality.PQ)).isCloseTo(0.5185 / 2, within(5e-5));
        assertThat(evaluation.meanOfStuff(Quality.PQ)).isCloseTo(1.6667 / 2, within(5e-5));
        assertThat(evaluation.truePositives(0)).isEqualTo(1);
        assertThat(evaluation.falsePositives(0)).isEqualTo(1);
        assertThat(evaluation.falseNegatives(0)).isZero();
        assertThat(evaluation.toString()).contains("6 (stuff)").contains("0.5463");
    }

    private static final String PREDICTED_5 = """
            6a 0a 6a 6a 0b
            0a 0a 6a 0b 0b
            0a 0a 6a 0b 1a
            0a 7a 6a 1a 1a
            0a 7a 7a 7a 7a
            """;
    private static final String TRUTH_5 = """
            6a 6a 6a 6a 0a
            0b 0b 6a 0a 0a
            0b 0b 6a 1a 1a
            0b 7a 7a 1a 1a
            0b 7a 7a 7a 7a
            """;

    /** Of its tests: unittests/detection/test_panoptic_quality.py. */
    @Test
    void testsOfTorchmetrics() {
        PanopticEvaluation evaluation = PanopticEvaluation.ofThings(0, 1).andStuff(6, 7);
        eval(evaluation, pairs(TRUTH_5), pairs(PREDICTED_5));
        assertThat(evaluation.mean(Quality.PQ)).isCloseTo(0.7753, within(5e-5));
        PanopticEvaluation points = PanopticEvaluation.ofThings(0, 1).andStuff(10, 11);
        eval(points, pairs("10a 10a 0a 0b 1a"), pairs("10a 10q 0b 10a 1c"));
        assertThat(points.mean(Quality.PQ)).isCloseTo((2 / 3.0 + 1 + 2 / 3.0) / 3, within(1e-12));
        PanopticEvaluation unknown = PanopticEvaluation.ofThings(2).andStuff(3).ignoreIndex(0, 1, 6, 7);
        eval(unknown, pairs(TRUTH_5), pairs(PREDICTED_5));
        assertThat(unknown.mean(Quality.PQ)).isNaN();
        assertThat(PanopticEvaluation.ofThings(0).andStuff().mean(Quality.PQ)).isNaN();
        PanopticEvaluation same = evaluation.newInstance();
        eval(same, pairs(TRUTH_5), pairs(TRUTH_5));
        assertThat(same.mean(Quality.PQ)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"2, 1, true", "3, 2, true", "10, 2, true", "2, 1, false", "3, 2, false", "10, 2, false"})
    void classesKeepTheirOrder(int second, int third, boolean isStuff) {
        int[] classes = {0, second, third};
        PanopticEvaluation evaluation = isStuff ? PanopticEvaluation.ofThings().andStuff(classes)
                : PanopticEvaluation.ofThings(classes).andStuff();
        String b = second + "a ";
        String c = third + "a ";
        eval(evaluation, pairs("0a 0a " + b + b + c + c), pairs("0a 0a " + b + b + b + c));
        assertThat(evaluation.value(Quality.PQ, 0)).isEqualTo(1);
        assertThat(evaluation.value(Quality.PQ, second)).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(evaluation.value(Quality.PQ, third)).isZero();
    }

    @Test
    void whatIsVoidInTheTruthChangesNothing() {
        PanopticEvaluation expected = PanopticEvaluation.ofThings(0, 1).andStuff(6, 7).ignoreIndex(255);
        eval(expected, pairs(TRUTH_5), pairs(PREDICTED_5));
        for (int axis = 1; axis < 3; axis++) {
            PanopticEvaluation evaluation = expected.newInstance();
            INDArray nothing = pairs(TRUTH_5).mul(0).add(255);
            eval(evaluation, Nd4j.concat(axis, pairs(TRUTH_5), nothing),
                    Nd4j.concat(axis, pairs(PREDICTED_5), pairs(PREDICTED_5)));
            assertThat(evaluation).isEqualTo(expected);
        }
    }

    @Test
    void segmentsThatAreMostlyVoidAreNoErrors() {
        PanopticEvaluation evaluation = PanopticEvaluation.ofThings(1).andStuff(0).ignoreIndex(255);
        eval(evaluation, pairs("0a 255a 255a 0a 0a"), pairs("1a 1a 1a 0a 0a"));
        assertThat(evaluation.falsePositives(1)).isZero();
        eval(evaluation, pairs("0a 0a 255a 255a 0a 0a 0a 0a"), pairs("1a 1a 1a 1a 0a 0a 0a 0a"));
        assertThat(evaluation.falsePositives(1)).isEqualTo(1);
        eval(evaluation, pairs("1a 1a 1a 0a 0a 0a 0a 0a"), pairs("255a 255a 0a 0a 0a 0a 0a 0a"));
        assertThat(evaluation.falseNegatives(1)).isZero();
        eval(evaluation, pairs("1a 1a 0a 0a 0a"), pairs("255a 0a 0a 0a 0a"));
        assertThat(evaluation.falseNegatives(1)).as("half of it is void").isEqualTo(1);
        assertThat(evaluation.value(Quality.SQ, 1)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void isThatOfSetsOfPixels(int seed) {
        Random random = new Random(seed);
        long[][][] images = new long[2][3][];
        PanopticEvaluation evaluation = PanopticEvaluation.ofThings(3, 4).andStuff(1).ignoreIndex(9);
        for (int k = 0; k < 3; k++) {
            images[0][k] = segments(random);
            images[1][k] = images[0][k].clone();
            for (int p = random.nextInt(40); p < images[1][k].length; p += 1 + random.nextInt(5 * seed)) {
                images[1][k][p] = images[1][k][(p + 7) % images[1][k].length];
            }
        }
        INDArray[] arrays = new INDArray[4];
        for (int a = 0; a < 4; a++) {
            arrays[a] = Nd4j.create(DataType.INT64, 3, 60);
            for (int k = 0; k < 3; k++) {
                for (int p = 0; p < 60; p++) {
                    long segment = images[a / 2][k][p];
                    arrays[a].putScalar(k, p, a % 2 == 0 ? segment / 100 : segment % 100);
                }
            }
        }
        evaluation.eval(PanopticSegmentation.of(arrays[0], arrays[1]),
                PanopticSegmentation.of(arrays[2], arrays[3]));
        for (int c : new int[] {1, 3, 4}) {
            double ious = 0;
            int matches = 0;
            int trueSegments = 0;
            int predictedSegments = 0;
            for (int k = 0; k < 3; k++) {
                Map<Long, Set<Integer>> truth = sets(images[0][k]);
                Map<Long, Set<Integer>> predicted = sets(images[1][k]);
                Set<Integer> voidTruth = truth.getOrDefault(900L, Set.of());
                Set<Integer> voidPrediction = predicted.getOrDefault(900L, Set.of());
                for (Map.Entry<Long, Set<Integer>> t : truth.entrySet()) {
                    boolean isMatched = false;
                    for (Map.Entry<Long, Set<Integer>> p : predicted.entrySet()) {
                        if (t.getKey() / 100 == c && p.getKey() / 100 == c) {
                            double iou = iou(t.getValue(), p.getValue(), voidTruth, voidPrediction);
                            isMatched |= iou > 0.5;
                            matches += iou > 0.5 ? 1 : 0;
                            ious += iou > 0.5 ? iou : 0;
                        }
                    }
                    boolean counts = common(t.getValue(), voidPrediction) <= 0.5 * t.getValue().size();
                    trueSegments += t.getKey() / 100 == c && (isMatched || counts) ? 1 : 0;
                }
                for (Map.Entry<Long, Set<Integer>> p : predicted.entrySet()) {
                    boolean isMatched = truth.entrySet().stream().anyMatch(t -> t.getKey() / 100 == p.getKey() / 100
                            && iou(t.getValue(), p.getValue(), voidTruth, voidPrediction) > 0.5);
                    boolean counts = common(p.getValue(), voidTruth) <= 0.5 * p.getValue().size();
                    predictedSegments += p.getKey() / 100 == c && (isMatched || counts) ? 1 : 0;
                }
            }
            assertThat(evaluation.truePositives(c)).isEqualTo(matches);
            assertThat(evaluation.falseNegatives(c)).isEqualTo(trueSegments - matches);
            assertThat(evaluation.falsePositives(c)).isEqualTo(predictedSegments - matches);
            assertThat(evaluation.value(Quality.PQ, c))
                    .isCloseTo(ious / (0.5 * trueSegments + 0.5 * predictedSegments), within(1e-12));
        }
    }

    /** Runs of segments, as 100 · class + instance; stuff and void have no instances. */
    private static long[] segments(Random random) {
        int[] classes = {1, 3, 3, 4, 4, 9};
        long[] segments = new long[60];
        for (int p = 0; p < 60;) {
            int c = classes[random.nextInt(classes.length)];
            long segment = 100L * c + (c == 3 || c == 4 ? random.nextInt(3) : 0);
            for (int end = Math.min(60, p + 1 + random.nextInt(12)); p < end; p++) {
                segments[p] = segment;
            }
        }
        return segments;
    }

    private static Map<Long, Set<Integer>> sets(long[] segments) {
        Map<Long, Set<Integer>> sets = new HashMap<>();
        for (int p = 0; p < segments.length; p++) {
            sets.computeIfAbsent(segments[p], segment -> new HashSet<>()).add(p);
        }
        return sets;
    }

    private static int common(Set<Integer> a, Set<Integer> b) {
        Set<Integer> both = new HashSet<>(a);
        both.retainAll(b);
        return both.size();
    }

    private static double iou(Set<Integer> truth, Set<Integer> predicted, Set<Integer> voidTruth,
                              Set<Integer> voidPrediction) {
        Set<Integer> union = new HashSet<>(truth);
        union.removeAll(voidPrediction);
        Set<Integer> ofPrediction = new HashSet<>(predicted);
        ofPrediction.removeAll(voidTruth);
        union.addAll(ofPrediction);
        return (double) common(truth, predicted) / union.size();
    }

    @Test
    void instancesMayBeTheComponentsOfClasses() {
        INDArray truth = Nd4j.createFromArray(new int[][][] {{
            {1, 1, 0, 0, 1},
            {1, 0, 0, 1, 1},
            {0, 1, 0, 0, 0}}});
        INDArray predicted = Nd4j.createFromArray(new int[][][] {{
            {1, 1, 0, 0, 1},
            {1, 0, 0, 1, 1},
            {0, 0, 0, 0, 0}}});
        PanopticEvaluation evaluation = PanopticEvaluation.ofThings(1).andStuff(0);
        evaluation.eval(PanopticSegmentation.ofComponents(truth),
                PanopticSegmentation.ofComponents(predicted.reshape(1, 1, 3, 5)));
        assertThat(evaluation.truePositives(1)).isEqualTo(2);
        assertThat(evaluation.value(Quality.SQ, 1)).isCloseTo((3 / 4.0 + 1) / 2, within(1e-12));
        assertThat(evaluation.value(Quality.PQ, 0)).isCloseTo(8 / 9.0, within(1e-12));
    }

    @Test
    void partsMergeAndAreStored() {
        PanopticEvaluation whole = PanopticEvaluation.ofThings(0, 1).andStuff(6, 7);
        eval(whole, Nd4j.concat(0, pairs(TRUTH_5), pairs(PREDICTED_5)),
                Nd4j.concat(0, pairs(PREDICTED_5), pairs(PREDICTED_5)));
        List<PanopticEvaluation> parts = new ArrayList<>();
        for (String truth : List.of(TRUTH_5, PREDICTED_5)) {
            parts.add(whole.newInstance());
            eval(parts.get(parts.size() - 1), pairs(truth), pairs(PREDICTED_5));
        }
        parts.get(0).merge(parts.get(1));
        assertThat(parts.get(0)).isEqualTo(whole).hasSameHashCodeAs(whole);
        assertThat(JavaSerialisation.roundTrip(whole)).isEqualTo(whole);
        PanopticEvaluation other = PanopticEvaluation.ofThings(0).andStuff(1, 6, 7);
        assertThatIllegalArgumentException().isThrownBy(() -> whole.merge(other))
                .withMessage("an evaluation of things [0], stuff [1, 6, 7], ignored [] cannot be merged into one of"
                        + " things [0, 1], stuff [6, 7], ignored []");
    }

    @Test
    void badInputIsNamedAndNothingIsAdded() {
        PanopticEvaluation evaluation = PanopticEvaluation.ofThings(0, 1).andStuff(6);
        assertThatIllegalArgumentException().isThrownBy(() -> eval(evaluation, pairs(TRUTH), pairs(PREDICTED)))
                .withMessage("the true class 7 at example 0, pixel 13 is neither one of things [0, 1] nor of stuff [6]"
                        + " nor ignored []");
        assertThat(evaluation).isEqualTo(evaluation.newInstance());
        assertThatIllegalArgumentException().isThrownBy(() -> eval(evaluation, pairs("0a"), pairs("0a 0a")))
                .withMessage("true segments of [N, S] = [1, 1] do not match predicted ones of [1, 2]");
        assertThatIllegalArgumentException().isThrownBy(() -> PanopticEvaluation.ofThings(1, 2).andStuff(2))
                .withMessage("class 2 occurs twice among things [1, 2] and stuff [2]");
        assertThatIllegalArgumentException().isThrownBy(() -> PanopticEvaluation.ofThings().andStuff())
                .withMessage("there is neither a class of things nor one of stuff");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.ignoreIndex(255, 6))
                .withMessage("the ignored label 6 is one of things [0, 1] or stuff [6]");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.value(Quality.PQ, 5))
                .withMessage("class 5 is neither one of things [0, 1] nor of stuff [6]");
        INDArray floats = Nd4j.zeros(DataType.FLOAT, 1, 4);
        INDArray wholes = Nd4j.zeros(DataType.INT32, 1, 4);
        assertThatIllegalArgumentException().isThrownBy(() -> PanopticSegmentation.of(floats, wholes))
                .withMessage("classes FLOAT [1, 4] must be of an integer type such as INT32 or INT64");
        assertThatIllegalArgumentException().isThrownBy(() -> PanopticSegmentation.of(wholes, wholes.reshape(2, 2)))
                .withMessage("classes [1, 4] do not match instances [2, 2]");
        assertThatIllegalArgumentException().isThrownBy(() -> PanopticSegmentation.ofPairs(wholes.reshape(1, 1, 4)))
                .withMessage("pairs [1, 1, 4] need a last axis of 2: class and instance");
    }
}
