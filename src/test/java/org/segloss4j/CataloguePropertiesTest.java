package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.cli.options.LossExpression;
import org.segloss4j.data.SignedDistanceMaps;
import org.segloss4j.data.Skeletons;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** What holds of every loss of the catalogue with its default settings, or of all but those that are named here. */
class CataloguePropertiesTest {

    private static final int IMAGES = 4;
    private static final int CLASSES = 3;
    private static final int SIDE = 9;

    /** They decide each channel on its own. */
    private static final Set<String> OF_SIGMOIDS = Set.of("binary_crossentropy", "binary_focal_loss",
            "sigmoid_cross_entropy", "sigmoid_focal_loss", "lovasz_hinge_loss");
    /** Class 0 is the background to them. */
    private static final Set<String> WITH_BACKGROUND = Set.of("asymmetric_focal_loss",
            "asymmetric_focal_tversky_loss", "unified_focal_loss", "wasserstein_dice_loss", "skeleton_recall_loss");
    /** Its lowest value is where the network is as sure as it is right, on the way to the truth. */
    private static final String CALIBRATION = "l1_ace_loss";

    static List<SegmentationLoss> all() {
        return Losses.names().stream().map(Losses::named).toList();
    }

    /** With every setting, too. */
    static Stream<SegmentationLoss> withSettings() {
        return Stream.concat(LossCases.cases(CLASSES).stream(), LossCases.separateCases(CLASSES).stream())
                .map(LossCases.Case::loss);
    }

    private static Stream<SegmentationLoss> without(Set<String> names) {
        return all().stream().filter(loss -> !names.contains(loss.name()));
    }

    static Stream<SegmentationLoss> ofEqualClasses() {
        return without(WITH_BACKGROUND);
    }

    static Stream<SegmentationLoss> lowerWhenNearer() {
        return without(Set.of(CALIBRATION));
    }

    static Stream<LossKind> thatGather() {
        return Arrays.stream(LossKind.values()).filter(kind -> kind.has(Setting.CLASS_INDEXES));
    }

    private static INDArray labels(int images) {
        Random random = new Random(8);
        INDArray labels = Nd4j.create(DataType.INT32, images, 1, SIDE, SIDE);
        for (int n = 0; n < images; n++) {
            int x = 2 + random.nextInt(4);
            int y = 2 + random.nextInt(4);
            for (int s = 0; s < SIDE * SIDE; s++) {
                labels.putScalar(new int[] {n, 0, s / SIDE, s % SIDE}, s % SIDE < x ? 0 : s / SIDE < y ? 1 : 2);
            }
        }
        return labels;
    }

    private static INDArray logits(int images, long seed) {
        Random random = new Random(seed);
        INDArray logits = Nd4j.create(DataType.DOUBLE, images, CLASSES, SIDE, SIDE);
        for (long k = 0; k < logits.length(); k++) {
            logits.putScalar(k, random.nextGaussian());
        }
        return logits;
    }

    /** Logits that are larger for the true class. */
    private static INDArray truth(INDArray labels, double difference) {
        INDArray logits = Nd4j.create(DataType.DOUBLE, labels.size(0), CLASSES, SIDE, SIDE);
        for (int n = 0; n < labels.size(0); n++) {
            for (int c = 0; c < CLASSES; c++) {
                for (int s = 0; s < SIDE * SIDE; s++) {
                    logits.putScalar(new int[] {n, c, s / SIDE, s % SIDE}, difference
                            * (labels.getInt(n, 0, s / SIDE, s % SIDE) == c ? 0.5 : -0.5));
                }
            }
        }
        return logits;
    }

    private static SegmentationBatch batch(SegmentationLoss loss, INDArray logits, INDArray labels) {
        return SegmentationBatch.predictions(logits).labels(labels)
                .activation(OF_SIGMOIDS.contains(loss.name()) ? Activation.SIGMOID : Activation.SOFTMAX)
                .distances(SignedDistanceMaps.ofClasses(CLASSES).maps(labels))
                .skeleton(Skeletons.ofClasses(CLASSES).labels(labels));
    }

    private static double value(SegmentationLoss loss, INDArray logits, INDArray labels) {
        return loss.value(batch(loss, logits, labels));
    }

    private static INDArray turned(INDArray array, int axis) {
        long size = array.size(axis);
        INDArray copy = array.dup();
        for (int k = 0; k < size; k++) {
            if (axis == 0) {
                copy.get(NDArrayIndex.point(k)).assign(array.get(NDArrayIndex.point((k + 1) % size)));
            } else {
                copy.get(NDArrayIndex.all(), NDArrayIndex.point(k))
                        .assign(array.get(NDArrayIndex.all(), NDArrayIndex.point((k + 1) % size)));
            }
        }
        return copy;
    }

    @ParameterizedTest
    @MethodSource("withSettings")
    void theOrderOfImagesDoesNotMatter(SegmentationLoss loss) {
        INDArray logits = logits(IMAGES, 1);
        INDArray labels = labels(IMAGES);
        assertThat(value(loss, turned(logits, 0), turned(labels, 0))).isCloseTo(value(loss, logits, labels),
                within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("ofEqualClasses")
    void theOrderOfClassesDoesNotMatter(SegmentationLoss loss) {
        INDArray logits = logits(IMAGES, 2);
        INDArray labels = labels(IMAGES);
        // What was class c is c - 1 now, and 0 the last one.
        INDArray others = labels.dup();
        for (long k = 0; k < others.length(); k++) {
            others.putScalar(k, ((int) labels.getDouble(k) + CLASSES - 1) % CLASSES);
        }
        assertThat(value(loss, turned(logits, 1), others)).isCloseTo(value(loss, logits, labels), within(1e-9));
    }

    /** Of classes that are alike to all losses, and of the pixels of an image together with their maps. */
    @ParameterizedTest
    @MethodSource("all")
    void theOrderOfForegroundClassesAndOfPixelsDoesNotMatter(SegmentationLoss loss) {
        INDArray logits = logits(IMAGES, 5);
        INDArray labels = labels(IMAGES);
        double expected = value(loss, logits, labels);
        INDArray swapped = logits.dup();
        swapped.get(NDArrayIndex.all(), NDArrayIndex.point(1)).assign(logits.get(NDArrayIndex.all(),
                NDArrayIndex.point(2)));
        swapped.get(NDArrayIndex.all(), NDArrayIndex.point(2)).assign(logits.get(NDArrayIndex.all(),
                NDArrayIndex.point(1)));
        INDArray others = labels.dup();
        for (long k = 0; k < others.length(); k++) {
            others.putScalar(k, (CLASSES - (int) labels.getDouble(k)) % CLASSES);
        }
        assertThat(value(loss, swapped, others)).isCloseTo(expected, within(1e-9));
        SegmentationBatch drawn = batch(loss, logits, labels);
        SegmentationBatch turned = SegmentationBatch.predictions(upsideDown(logits)).labels(upsideDown(labels))
                .activation(drawn.arrays().activation()).distances(upsideDown(drawn.arrays().distances()))
                .skeleton(upsideDown(drawn.arrays().skeleton()));
        assertThat(loss.value(turned)).isCloseTo(expected, within(1e-9));
    }

    /** The pixels of each image and channel in the opposite order. */
    private static INDArray upsideDown(INDArray array) {
        INDArray turned = array.dup('c');
        long pixels = (long) SIDE * SIDE;
        INDArray rows = array.dup('c').reshape('c', array.length() / pixels, pixels);
        for (long k = 0; k < array.length(); k++) {
            turned.putScalar(k, rows.getDouble(k / pixels, pixels - 1 - k % pixels));
        }
        return turned;
    }

    @ParameterizedTest
    @MethodSource("withSettings")
    void partsMergeIntoTheWhole(SegmentationLoss loss) {
        INDArray logits = logits(IMAGES, 3);
        INDArray labels = labels(IMAGES);
        if (!loss.mergesExactly()) {
            // Which pixels are the hardest, and the order of errors, only the whole batch knows.
            assertThat(loss.name()).matches("lovasz_.*|top_k_.*|ohem_.*|" + CALIBRATION);
            return;
        }
        ClassSums sums = null;
        for (int[] part : new int[][] {{0, 1}, {1, 3}, {3, 4}}) {
            ClassSums own = loss.sums(batch(loss, logits.get(NDArrayIndex.interval(part[0], part[1])).dup(),
                    labels.get(NDArrayIndex.interval(part[0], part[1])).dup()));
            sums = sums == null ? own : sums.merge(own);
        }
        assertThat(loss.value(sums)).isCloseTo(value(loss, logits, labels), within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("lowerWhenNearer")
    void aBetterPredictionCostsLess(SegmentationLoss loss) {
        INDArray labels = labels(IMAGES);
        double before = Double.POSITIVE_INFINITY;
        // The hinge of Lovász ends at a margin of 1.
        for (double difference : new double[] {-2, -1, 0, 0.5, 1, 1.9}) {
            double now = value(loss, truth(labels, difference), labels);
            assertThat(now).as("difference " + difference).isLessThan(before);
            before = now;
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void nothingCostsLessThanTheTruth(SegmentationLoss loss) {
        INDArray labels = labels(IMAGES);
        double least = value(loss, truth(labels, 30), labels);
        for (int seed = 10; seed < 14; seed++) {
            INDArray other = logits(IMAGES, seed);
            assertThat(value(loss, other, labels)).isGreaterThan(least);
            assertThat(value(loss, truth(labels, 30).addi(other.mul(8)), labels)).isGreaterThanOrEqualTo(least - 1e-9);
        }
    }

    /** Skeleton recall leaves it out anyway. */
    @ParameterizedTest
    @MethodSource("thatGather")
    void leavingOutTheBackgroundIsNamingTheOtherClasses(LossKind kind) {
        if (kind == LossKind.SKELETON_RECALL) {
            assertThat(kind.has(Setting.INCLUDE_BACKGROUND)).isFalse();
            return;
        }
        SegmentationLoss loss = Losses.named(kind.lossName());
        INDArray labels = labels(IMAGES);
        INDArray logits = logits(IMAGES, 4);
        for (LossBackend backend : List.of(new ReferenceBackend(), new CpuBackend())) {
            LossResult without = LossInternals.valueAndGradient(loss.includeBackground(false),
                    batch(loss, logits, labels), backend);
            LossResult others = LossInternals.valueAndGradient(loss.classIndexes(1, 2),
                    batch(loss, logits, labels), backend);
            assertThat(without.value()).isEqualTo(others.value())
                    .isNotEqualTo(LossInternals.value(loss, batch(loss, logits, labels), backend));
            assertThat(without.gradient()).isEqualTo(others.gradient());
        }
        assertThat(LossExpression.of(kind.lossName() + "(include_background=false)", 3).loss(null, null))
                .isEqualTo(loss.includeBackground(false));
    }

    /** A label is a probability itself: of all predictions, it costs the least. */
    @ParameterizedTest
    @ValueSource(strings = {"cross_entropy", "sigmoid_cross_entropy", "categorical_crossentropy",
        "binary_crossentropy"})
    void crossEntropyIsLowestWhereThePredictionIsTheSoftLabel(String name) {
        SegmentationLoss loss = Losses.named(name);
        INDArray truth = Transforms.softmax(logits(1, 6).permute(0, 2, 3, 1).dup('c').reshape('c', -1, CLASSES))
                .reshape('c', -1, CLASSES);
        double least = loss.value(SegmentationBatch.predictions(truth).labels(truth));
        for (double share : new double[] {0.02, 0.3, 1}) {
            INDArray other = truth.mul(1 - share).add(share / CLASSES);
            assertThat(loss.value(SegmentationBatch.predictions(other).labels(truth))).isGreaterThan(least);
        }
    }
}
