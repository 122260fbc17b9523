package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What holds of region losses whatever the numbers are. */
class RegionLossPropertiesTest {

    private static final int IMAGES = 3;
    private static final int CLASSES = 3;
    private static final int PIXELS = 20;

    private static INDArray probabilities(long seed) {
        Random random = new Random(seed);
        double[] values = new double[IMAGES * CLASSES * PIXELS];
        for (int n = 0; n < IMAGES; n++) {
            for (int s = 0; s < PIXELS; s++) {
                double[] drawn = random.doubles(CLASSES, 0.05, 1).toArray();
                double sum = Arrays.stream(drawn).sum();
                for (int c = 0; c < CLASSES; c++) {
                    values[(n * CLASSES + c) * PIXELS + s] = drawn[c] / sum;
                }
            }
        }
        return Nd4j.createFromArray(values).reshape('c', IMAGES, CLASSES, PIXELS);
    }

    private static double value(SegmentationLoss loss, INDArray p, INDArray g) {
        return loss.value(SegmentationBatch.predictions(p).labels(g).activation(Activation.IDENTITY));
    }

    static Stream<SegmentationLoss> lowestAtTheLabel() {
        return Stream.of(Losses.jaccard(), Losses.dice(), Losses.tversky(0.3, 0.7), Losses.generalisedDice())
                .map(loss -> loss.softLabels(true)).flatMap(loss -> Stream.of(loss, loss.perImage(true)))
                .flatMap(loss -> Stream.concat(Stream.of(loss), Stream.of(Losses.vNetDice(), Losses.jaccard()
                        .squared(true), Losses.jaccardMetric(), Losses.dice().softLabels(true)
                        .link(ScoreLink.LOG_COSH))));
    }

    @ParameterizedTest
    @MethodSource("lowestAtTheLabel")
    void isLowestWhereThePredictionIsTheSoftLabel(SegmentationLoss loss) {
        INDArray g = probabilities(1);
        double lowest = value(loss, g, g);
        assertThat(lowest).isCloseTo(0, offset(1e-12));
        for (double share : new double[] {-0.05, 0.05, 0.2, 1}) {
            assertThat(value(loss, g.add(probabilities(2).sub(g).mul(share)), g)).isGreaterThan(lowest + 1e-6);
        }
        // Which plain products do not promise.
        assertThat(value(Losses.dice(), g, g)).isGreaterThan(0.1);
    }

    static Stream<SegmentationLoss> symmetric() {
        return Stream.of(Losses.dice(), Losses.jaccard(), Losses.vNetDice(), Losses.jaccardMetric(), Losses.mcc(),
                Losses.tversky(0.4, 0.4), Losses.generalisedDice().weighting(ClassWeighting.UNIFORM));
    }

    @ParameterizedTest
    @MethodSource("symmetric")
    void predictionAndLabelMayBeSwapped(SegmentationLoss loss) {
        INDArray p = probabilities(3);
        INDArray g = probabilities(4);
        assertThat(value(loss, p, g)).isCloseTo(value(loss, g, p), offset(1e-12));
    }

    static Stream<SegmentationLoss> any() {
        return LossCases.ofRegions(CLASSES).filter(loss -> !loss.toString().contains("classWeights")
                && !loss.toString().contains("Indexes") && !loss.toString().contains("classGroups")
                && !loss.toString().contains("includeBackground=false") && !loss.toString().contains("distances")
                && !loss.toString().contains("WASSERSTEIN") && !loss.toString().contains("ASYMMETRIC")
                && !loss.toString().contains("UNIFIED"));
    }

    @ParameterizedTest
    @MethodSource("any")
    void theOrderOfClassesAndImagesDoesNotMatter(SegmentationLoss loss) {
        INDArray p = probabilities(5);
        INDArray g = probabilities(6);
        double expected = value(loss, p, g);
        assertThat(value(loss, turned(p, 1), turned(g, 1))).isCloseTo(expected, offset(1e-12));
        assertThat(value(loss, turned(p, 0), turned(g, 0))).isCloseTo(expected, offset(1e-12));
    }

    private static INDArray turned(INDArray array, int axis) {
        INDArray[] slices = new INDArray[(int) array.size(axis)];
        for (int k = 0; k < slices.length; k++) {
            int from = (k + 1) % slices.length;
            slices[k] = axis == 0 ? array.get(NDArrayIndex.interval(from, from + 1))
                    : array.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + 1));
        }
        return Nd4j.concat(axis, slices);
    }

    /** Moving probability of a pixel from a wrong class to the true one never costs more. */
    @Test
    void aBetterPredictionCostsLess() {
        INDArray labels = Nd4j.createFromArray(0, 1, 2, 0, 1, 2).reshape(1, 6);
        double before = Double.POSITIVE_INFINITY;
        for (SegmentationLoss loss : List.of(Losses.mcc(), Losses.generalisedDice(), Losses.wassersteinDice(),
                Losses.wassersteinDice(new double[][] {{0, 1, 1}, {1, 0, 0.5}, {1, 0.5, 0}}), Losses.vNetDice(),
                Losses.jaccardMetric(), Losses.dice().classGroups(new int[] {1, 2}, new int[] {2}))) {
            before = Double.POSITIVE_INFINITY;
            for (double right = 0.1; right < 1; right += 0.2) {
                double[] p = new double[18];
                for (int s = 0; s < 6; s++) {
                    for (int c = 0; c < 3; c++) {
                        p[c * 6 + s] = c == s % 3 ? right : (1 - right) / 2;
                    }
                }
                double now = value(loss, Nd4j.createFromArray(p).reshape(1, 3, 6), labels);
                assertThat(now).as(loss.toString()).isLessThan(before);
                before = now;
            }
        }
        assertThat(before).isPositive();
    }

    /** A mistake within a group of classes is none for the group. */
    @Test
    void groupsDoNotTellTheirClassesApart() {
        INDArray labels = Nd4j.createFromArray(0, 1, 2, 0).reshape(1, 4);
        INDArray swapped = Nd4j.createFromArray(1.0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0).reshape(1, 3, 4);
        assertThat(value(Losses.dice().classGroups(new int[] {1, 2}), swapped, labels)).isCloseTo(0, offset(1e-12));
        assertThat(value(Losses.dice().classIndexes(1, 2), swapped, labels)).isGreaterThan(0.9);
    }

    /** The mean of what comes as an array is the loss, and the sum is the sum. */
    @Test
    void lossesPerClassMakeUpTheLoss() {
        SegmentationBatch batch = SegmentationBatch.predictions(probabilities(7)).labels(probabilities(8))
                .activation(Activation.IDENTITY);
        for (SegmentationLoss loss : List.of(Losses.dice(), Losses.jaccard().perImage(true),
                Losses.logDice().perImage(true), Losses.dice().classIndexes(2, 0, 2).classWeights(1, 2, 0.5),
                Losses.generalisedDice().perImage(true), Losses.dice().times(3),
                Losses.jaccard().weightMode(WeightMode.LOSS_MEAN).classWeights(1, 2, 4))) {
            double[] each = Arrays.stream(loss.lossPerClass(batch)).flatMapToDouble(Arrays::stream).toArray();
            assertThat(Arrays.stream(each).average().orElseThrow()).as(loss.toString())
                    .isCloseTo(loss.value(batch), offset(1e-12));
        }
        SegmentationLoss sum = Losses.dice().perImage(true).reduction(LossReduction.SUM);
        double[][] each = sum.lossPerClass(batch);
        assertThat(each).hasDimensions(IMAGES, CLASSES);
        assertThat(Arrays.stream(each).flatMapToDouble(Arrays::stream).sum()).isCloseTo(sum.value(batch),
                offset(1e-12));
        assertThat(Losses.dice().scores(batch)[0]).hasSize(CLASSES);
        assertThatThrownBy(() -> Losses.BCE_DICE_LOSS.scores(batch)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("only a region loss alone");
        assertThatThrownBy(() -> Losses.tversky().power(2).lossPerClass(batch))
                .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("ask for its scores");
    }

    /** Class 2 is nowhere true; of its pixels a quarter of the probability is predicted. By hand. */
    @Test
    void policiesForAbsentClassesHoldForLossesAndMetrics() {
        INDArray p = Nd4j.createFromArray(0.75, 0, 0, 0.75, 0.25, 0.25).reshape(1, 3, 2);
        SegmentationBatch batch = SegmentationBatch.predictions(p)
                .labels(Nd4j.createFromArray(0, 1).reshape(1, 2)).activation(Activation.IDENTITY);
        double dice = 1.5 / 1.75;
        double[] expected = {2 * dice / 3, (2 * dice + 1) / 3, dice, (2 * dice + 0.75) / 3};
        for (AbsentClassPolicy policy : AbsentClassPolicy.values()) {
            double score = expected[policy.ordinal()];
            assertThat(Metrics.fScore(1).smooth(0).absentClasses(policy).value(batch)).as(policy.name())
                    .isCloseTo(score, offset(1e-12));
            assertThat(Losses.dice().smooth(0).absentClasses(policy).value(batch)).as(policy.name())
                    .isCloseTo(1 - score, offset(1e-12));
        }
        assertThat(Metrics.fScore(1).smooth(0).absentClasses(AbsentClassPolicy.SKIP).scores(batch)[0][2]).isNaN();
        assertThat(Metrics.fScore(1).smooth(0).classWeights(1, 2, 5).weightMode(WeightMode.NORMALISED).value(batch))
                .isCloseTo(3 * dice / 8, offset(1e-12));
    }
}
