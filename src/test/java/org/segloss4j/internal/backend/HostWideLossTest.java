package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/** The kernels of losses that are not plain, executed on the host, against the reference: random terms of all kinds. */
class HostWideLossTest {

    private static final int CASES = 60;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    /** Curves of the true class in the kernels with unrolled loops, also where probabilities underflow. */
    @ParameterizedTest
    @CsvSource({"3, NCS, UINT8, 1025", "19, NCS, UINT8, 97", "8, NSC, INT32, 97"})
    void curvesOfTheTrueClassAreExact(int channels, String axes, ElementType labels, int pixels) {
        checkOwn(HostBackends.some(), channels, axes, labels, pixels);
    }

    /** Slopes where probabilities underflow in double, too. */
    @ParameterizedTest
    @ValueSource(doubles = {-1000, 1000})
    void slopesOfCurvesBesideScoresAreNumbersInDouble(double extreme) {
        Random random = new Random(5);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.DOUBLE, 1, 3, 64),
                () -> random.nextInt(5) == 0 ? extreme : random.nextGaussian());
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.INT32, 1, 1, 64), () -> random.nextInt(3));
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, truth);
        for (SegmentationLoss loss : List.of(Losses.dice().plus(Losses.poly1(1)),
                Losses.dice().plus(Losses.softmaxFocal()), Losses.dice().plus(Losses.softmaxFocal().gamma(1.5)),
                Losses.dice().plus(Losses.generalisedCrossEntropy(0.7)))) {
            ComparedBackendSuite.check(ElementType.DOUBLE, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.DOUBLE, 1, 3, 64), HostBackends.all());
        }
    }

    /** The same where warps share the channels of pixels, which has a form for each kind of labels. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"150, NCS, UINT8, 193", "152, NSC, INT32, 67", "33, NCS, INT64, 193", "150, NCS, INT16, 67"})
    void curvesOfTheTrueClassOfManyAreExact(int channels, String axes, ElementType labels, int pixels) {
        checkOwn(HostBackends.all(), channels, axes, labels, pixels);
    }

    private static void checkOwn(LossBackend backend, int channels, String axes, ElementType labels, int pixels) {
        Random random = new Random(channels);
        for (int k = 0; k < CASES; k++) {
            Tensor logits = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, channels, pixels, axes, 0),
                    () -> random.nextInt(40) == 0 ? random.nextInt(2) * 180 - 90 : 3 * random.nextGaussian());
            Integer ignore = random.nextBoolean() ? 99 : null;
            Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, 1, pixels),
                    () -> ignore != null && random.nextInt(5) == 0 ? 99 : random.nextInt(channels));
            Tensor mask = random.nextInt(3) > 0 ? null
                    : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, truth), mask);
            LossSpec spec = new RandomSpec(random, batch).drawOwn(ignore);
            ComparedBackendSuite.check(ElementType.FLOAT, spec, spec, batch,
                    TestTensors.laidOut(ElementType.FLOAT, 2, channels, pixels, axes, 0), backend);
        }
    }

    /**
     * Sums beyond those of every loss in the kernels with unrolled loops, for pixels of which one class has nearly all,
     * of absent classes and of images that are void altogether.
     */
    @ParameterizedTest
    @CsvSource({"19, NCS, UINT8, SOFTMAX, FLOAT, 97, true, false, true",
        "1, NCS, FLOAT, SIGMOID, FLOAT, 1025, true, true, false",
        "3, NCS, UINT8, SOFTMAX, FLOAT, 1025, false, false, false"})
    void furtherStatisticsAgree(int channels, String axes, ElementType labels, Activation activation, ElementType type,
                                int pixels, boolean squares, boolean distances, boolean pairs) {
        FurtherStatistics.check(HostBackends.some(), CASES / 2, channels, axes, labels, activation, type, pixels,
                squares, distances, pairs);
    }

    /** A sum over pairs for each class: the slopes of all of them together have one row of each true class. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void asManySumsOverPairsAsClassesFitIntoABlock(boolean withEntropy) {
        Random random = new Random(8);
        Tensor logits = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 3, 8, 97, "NSC", 0),
                random::nextGaussian);
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.INT32, 3, 1, 97), () -> random.nextInt(8));
        Batch batch = TestTensors.indexed(logits, Activation.SOFTMAX, truth);
        double[][] distances = new double[8][8];
        for (int y = 0; y < 8; y++) {
            for (int c = 0; c < 8; c++) {
                distances[y][c] = c == y ? 0 : 0.25 + y % 3 + c % 2;
            }
        }
        SegmentationLoss loss = Losses.wassersteinDice(distances).set("weighting", "INVERSE");
        LossSpec spec = LossInternals.spec(withEntropy ? loss.plus(Losses.crossEntropy()) : loss);
        ComparedBackendSuite.check(ElementType.FLOAT, loss, spec, batch,
                TestTensors.laidOut(ElementType.FLOAT, 3, 8, 97, "NSC", 0), HostBackends.some());
    }

    /** The same where every form is compiled as it is. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"40, NCS, UINT8, SOFTMAX, FLOAT, 193, true, false, false",
        "150, NSC, INT32, SOFTMAX, FLOAT, 67, true, false, false",
        "40, NCS, UINT8, SIGMOID, FLOAT, 67, true, false, false",
        "8, NSC, INT32, SOFTMAX, FLOAT, 97, true, false, true",
        "8, NCS, UINT8, SOFTMAX, HALF, 257, true, false, false",
        "19, NCS, INT64, SOFTMAX, BFLOAT16, 97, false, false, true",
        "8, NCS, UINT8, SOFTMAX, DOUBLE, 97, true, false, true",
        "4, NCS, UINT8, SOFTMAX, FLOAT, 257, true, false, true",
        "5, NSC, UINT8, SIGMOID, FLOAT, 97, true, false, false",
        "5, NCS, INT32, IDENTITY, FLOAT, 97, true, false, false",
        "8, NCS, FLOAT, SOFTMAX, FLOAT, 257, true, true, false",
        "8, NCS, DOUBLE, SOFTMAX, DOUBLE, 97, true, true, false",
        "5, NSC, FLOAT, SIGMOID, FLOAT, 97, true, true, false",
        "3, NCS, DOUBLE, IDENTITY, DOUBLE, 257, true, true, false",
        "3, NCS, FLOAT, IDENTITY, FLOAT, 257, true, true, false",
        "8, NCS, UINT8, SOFTMAX, FLOAT, 257, true, false, true",
        "3, NCS, UINT8, SOFTMAX, FLOAT, 1025, true, false, false",
        "3, NCS, UINT8, SOFTMAX, FLOAT, 1025, false, false, true",
        "1, NCS, UINT8, SIGMOID, FLOAT, 1025, true, false, false",
        "3, NCS, FLOAT, SIGMOID, HALF, 1025, false, true, false",
        "2, NSC, FLOAT, SOFTMAX, HALF, 97, true, true, false"})
    void furtherStatisticsAgreeInEveryForm(int channels, String axes, ElementType labels, Activation activation,
                                           ElementType type, int pixels, boolean squares, boolean distances,
                                           boolean pairs) {
        FurtherStatistics.check(HostBackends.all(), CASES / 2, channels, axes, labels, activation, type, pixels,
                squares, distances, pairs);
    }

    /** Curves of the sigmoid of each logit in the kernels that take one channel after the other, soft labels, too. */
    @ParameterizedTest
    @CsvSource({"1, FLOAT, UINT8, 5000", "1, FLOAT, FLOAT, 5000", "3, HALF, FLOAT, 2100"})
    void curvesOfSigmoidsAreExact(int channels, ElementType element, ElementType labels, int pixels) {
        LossBackend backend = HostBackends.some();
        Random random = new Random(channels);
        for (int k = 0; k < CASES; k++) {
            Tensor logits = TestTensors.fill(TestTensors.packed(element, 2, channels, pixels),
                    () -> random.nextInt(40) == 0 ? random.nextInt(2) * 180 - 90 : 3 * random.nextGaussian());
            Integer ignore = random.nextBoolean() ? labels.integer() ? (Integer) 99 : (Integer) 0 : null;
            boolean isSoft = random.nextBoolean();
            Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, labels.integer() ? 1 : channels, pixels),
                    () -> labels.integer() && ignore != null && random.nextInt(50) == 0 ? 99
                            : isSoft && !labels.integer() ? random.nextDouble() : random.nextInt(2));
            Tensor mask = random.nextInt(3) > 0 ? null
                    : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
            Batch batch = new Batch(logits, Activation.SIGMOID,
                    new Labels(labels.integer() ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth), mask);
            LossSpec spec = new RandomSpec(random, batch).drawOutputs(ignore);
            ComparedBackendSuite.check(element, spec, spec, batch,
                    TestTensors.packed(element, 2, channels, pixels), backend);
        }
    }

    /**
     * Logits that are infinite, or nearly so, on the right side cost nothing, and a void one is not felt even if it is
     * NaN, beside others of the same tile.
     */
    @ParameterizedTest
    @CsvSource({"UINT8, false, false", "UINT8, true, false", "FLOAT, false, false", "UINT8, false, true",
        "FLOAT, false, true"})
    void logitsOfSigmoidsThatAreNoNumbersAreTakenApart(ElementType labels, boolean hasVoids, boolean areWrong) {
        Random random = new Random(7);
        Tensor truth = TestTensors.fill(TestTensors.packed(labels, 1, 1, 5000),
                () -> hasVoids && random.nextInt(50) == 0 ? 99 : random.nextInt(2));
        double[] truths = TestTensors.values(truth);
        double[] seldom = areWrong ? new double[] {-88.5, -95, -200, -1000}
                : new double[] {Double.POSITIVE_INFINITY, 3e38, 1e30, 200};
        int[] at = {0};
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, 5000), () -> {
            double g = truths[at[0]++];
            double z = random.nextInt(100) == 0 ? seldom[random.nextInt(4)] : 8 * random.nextDouble();
            return g > 1 ? Double.NaN : g > 0 ? z : -z;
        });
        Batch batch = new Batch(logits, Activation.SIGMOID,
                new Labels(labels.integer() ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : List.of(Losses.sigmoidCrossEntropy(),
                Losses.sigmoidCrossEntropy().positiveWeights(3), Losses.sigmoidFocal(),
                Losses.sigmoidFocal().gamma(1.5), Losses.sigmoidFocal().gamma(1),
                Losses.dice().plus(Losses.sigmoidCrossEntropy()), Losses.dice().plus(Losses.sigmoidFocal()),
                Losses.dice().plus(Losses.sigmoidFocal().gamma(1)),
                Losses.dice().plus(Losses.sigmoidCrossEntropy()).plus(Losses.sigmoidFocal()))) {
            LossSpec spec = LossInternals.spec(hasVoids ? loss.ignoreIndex(99) : loss);
            ComparedBackendSuite.check(ElementType.FLOAT, loss, spec, batch,
                    TestTensors.packed(ElementType.FLOAT, 1, 1, 5000), HostBackends.all());
        }
    }

    /** A soft label asks both sides of a focal loss, also beside tiles of labels 0 and 1. */
    @Test
    void softLabelsOfFocalLossesOfSigmoidsAskBothSides() {
        Random random = new Random(9);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, 5000),
                () -> 3 * random.nextGaussian());
        int[] at = {0};
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, 5000),
                () -> at[0]++ < 2500 ? random.nextInt(2) : random.nextDouble());
        Batch batch = new Batch(logits, Activation.SIGMOID, new Labels(Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : List.of(Losses.sigmoidFocal(), Losses.dice().plus(Losses.sigmoidFocal()))) {
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.FLOAT, 1, 1, 5000), HostBackends.some());
        }
    }

    /** Cross-entropies and focal losses of one-hot, soft and smoothed labels in the kernels with unrolled loops. */
    @ParameterizedTest
    @CsvSource({"3, NCS, FLOAT, 1025", "19, NCS, FLOAT, 97"})
    void curvesOfDenseLabelsAreExact(int channels, String axes, ElementType element, int pixels) {
        checkTruths(HostBackends.some(), CASES, channels, axes, element, pixels);
    }

    /** The same where every form is compiled as it is: of more classes than probabilities are held, and in double. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"32, NCS, FLOAT, 97", "17, NSC, BFLOAT16, 97", "4, NCS, FLOAT, 1024", "12, NCS, DOUBLE, 97",
        "2, NCS, DOUBLE, 256", "8, NCS, HALF, 1024", "5, SNC, FLOAT, 97", "2, NSC, HALF, 211"})
    void curvesOfDenseLabelsAreExactInEveryForm(int channels, String axes, ElementType element, int pixels) {
        checkTruths(HostBackends.all(), CASES / 2, channels, axes, element, pixels);
    }

    static void checkTruths(LossBackend backend, int cases, int channels, String axes, ElementType element,
                            int pixels) {
        Random random = new Random(channels);
        for (int k = 0; k < cases; k++) {
            Tensor logits = TestTensors.fill(TestTensors.laidOut(element, 2, channels, pixels, axes, 0),
                    () -> random.nextInt(40) == 0 ? random.nextInt(2) * 180 - 90 : 3 * random.nextGaussian());
            boolean isSoft = random.nextBoolean();
            Tensor truth = TestTensors.packed(ElementType.FLOAT, 2, channels, pixels);
            for (int s = 0; s < 2 * pixels; s++) {
                TestTensors.put(truth, s / pixels, random.nextInt(channels), s % pixels,
                        isSoft ? random.nextDouble() : 1);
                if (isSoft) {
                    TestTensors.put(truth, s / pixels, random.nextInt(channels), s % pixels, random.nextDouble());
                }
            }
            Tensor mask = random.nextInt(3) > 0 ? null
                    : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), mask);
            LossSpec spec = new RandomSpec(random, batch).drawTruths(random.nextBoolean() ? 0 : null);
            ComparedBackendSuite.check(element, spec, spec, batch,
                    TestTensors.laidOut(element, 2, channels, pixels, axes, 0), backend);
        }
    }

    /** Where several logits are the largest, none of them has the sum of the others for its complement alone. */
    @Test
    void equalLargestLogitsShareTheProbability() {
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 3, 3, 2, 1, 4, 2, 1, 4, -1, 1, 4);
        Tensor truth = TestTensors.of(ElementType.FLOAT, 1, 3, 3, 1, 0, 0.25, 0, 1, 0.5, 0, 0, 0);
        Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.dice(), Losses.crossEntropy(),
            Losses.dice().plus(Losses.softmaxFocal())}) {
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.FLOAT, 1, 3, 3), HostBackends.some());
        }
    }

    /** A gradient that is tiny beside its parts: of one class with nearly all of the probability. */
    @Test
    void slopesOfScoresKeepTheirDigitsWhereOneClassHasNearlyAll() {
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 3, 4, 20, 1, 0, 3, 1, 22, 0, 3, 0, 0, 21, 2.5);
        Tensor truth = TestTensors.of(ElementType.FLOAT, 1, 3, 4, 1, 0, 0.25, 0, 0, 1, 0.5, 0, 0, 0, 1, 1);
        Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
        LossSpec spec = LossInternals.spec(Losses.dice());
        double[] expected = Outcome.of(new ReferenceBackend(), spec, batch,
                TestTensors.packed(ElementType.FLOAT, 1, 3, 4)).gradient();
        double[] actual = Outcome.of(HostBackends.all(), spec, batch,
                TestTensors.packed(ElementType.FLOAT, 1, 3, 4)).gradient();
        for (int k = 0; k < expected.length; k++) {
            assertThat(actual[k]).isCloseTo(expected[k], withinPercentage(0.01));
        }
    }

    /** Dense labels of each type are read by loads of that type, of several pixels that follow in memory. */
    @ParameterizedTest
    @EnumSource(ElementType.class)
    void denseLabelsOfEachTypeAreRead(ElementType type) {
        Random random = new Random(5);
        for (String axes : new String[] {"NCS", "NSC"}) {
            Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 4, 72), random::nextGaussian);
            Tensor truth = TestTensors.fill(TestTensors.laidOut(type, 2, 4, 72, axes, 0), () -> random.nextInt(2));
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
            for (SegmentationLoss loss : new SegmentationLoss[] {Losses.dice(), Losses.crossEntropy()}) {
                ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                        TestTensors.packed(ElementType.FLOAT, 2, 4, 72), HostBackends.all());
            }
        }
    }

    /** The logarithm of a probability of 0 is infinite, but one-hot labels ask it of the true class alone. */
    @Test
    void infiniteLogitsOfClassesNobodyAsksAreNotFelt() {
        double none = Double.NEGATIVE_INFINITY;
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 3, 3, 1, 2, 0, none, 0, 1, 2, none, none);
        Tensor truth = TestTensors.of(ElementType.FLOAT, 1, 3, 3, 1, 0, 0, 0, 1, 1, 0, 0, 0);
        Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.crossEntropy(), Losses.softmaxFocal(),
            Losses.dice().plus(Losses.crossEntropy()), Losses.categoricalCrossEntropy()}) {
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.FLOAT, 1, 3, 3), HostBackends.all());
        }
    }

    /** Of two losses that divide by true weights, each has those of its own classes. */
    @Test
    void eachLossIsDividedByItsOwnTrueWeights() {
        Random random = new Random(3);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 3, 64), random::nextGaussian);
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 64), () -> random.nextInt(3));
        SegmentationLoss loss = Losses.crossEntropy().classWeights(1, 2, 5)
                .plus(Losses.crossEntropy().classWeights(4, 1, 1));
        ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss),
                TestTensors.indexed(logits, Activation.SOFTMAX, labels),
                TestTensors.packed(ElementType.FLOAT, 1, 3, 64), HostBackends.some());
    }

    /** Distances and squares of probabilities and soft labels, all classes of a pixel in one thread. */
    @Test
    void statisticsOfSoftLabelsUnderASoftmaxAgree() {
        Random random = new Random(5);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 5, 97), random::nextGaussian);
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 5, 97), random::nextDouble);
        for (Tensor mask : new Tensor[] {null, TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 97),
                random::nextDouble)}) {
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), mask);
            for (SegmentationLoss loss : new SegmentationLoss[] {Losses.jaccardMetric(), Losses.vNetDice(),
                Losses.vNetDice().plus(Losses.crossEntropy()), Losses.jaccardMetric().plus(Losses.softmaxFocal()),
                Losses.vNetDice().plus(Losses.crossEntropy().labelSmoothing(0.1)).plus(Losses.poly1(1))}) {
                ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                        TestTensors.packed(ElementType.FLOAT, 2, 5, 97), HostBackends.all());
            }
        }
    }

    /** The divisor of a mean by true weights, of channels that begin at any address. */
    @Test
    void trueWeightsOfDenseLabelsAreAddedUp() {
        Random random = new Random(3);
        for (int pixels : new int[] {5, 4999}) {
            Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, pixels),
                    random::nextGaussian);
            Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, pixels),
                    () -> random.nextDouble() / 3);
            Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
            SegmentationLoss loss = Losses.crossEntropy().classWeights(1, 2, 5)
                    .plus(Losses.poly1(1).classWeights(4, 0, 1));
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.FLOAT, 2, 3, pixels), HostBackends.all());
        }
    }

    /** A pixel in which no gathered class has a probability costs nothing. */
    @Test
    void pixelsOfWhichNoGatheredClassHasAnythingCostNothing() {
        double none = Double.NEGATIVE_INFINITY;
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 3, 3, none, 1, 0, none, 0, 2, 1, 2, 3);
        Tensor truth = TestTensors.of(ElementType.FLOAT, 1, 3, 3, 1, 1, 0, 0, 0, 0.5, 0, 0, 0.5);
        Tensor index = TestTensors.of(ElementType.UINT8, 1, 1, 3, 0, 0, 1);
        SegmentationLoss loss = Losses.categoricalCrossEntropy().classIndexes(0, 1);
        for (Batch batch : List.of(new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null),
                TestTensors.indexed(logits, Activation.SOFTMAX, index))) {
            for (SegmentationLoss each : List.of(loss, Losses.dice().plus(loss))) {
                ComparedBackendSuite.check(ElementType.FLOAT, each, LossInternals.spec(each), batch,
                        TestTensors.packed(ElementType.FLOAT, 1, 3, 3), HostBackends.all());
            }
        }
    }

    /** So it is where all other classes have a probability of 0, also in kernels of any loss and on the host. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void pixelsOfWhichOneClassHasAllAreNotFelt(int gathered) {
        double none = Double.NEGATIVE_INFINITY;
        Tensor logits = TestTensors.of(ElementType.FLOAT, 1, 2, 3, 1, 0, none, none, 1, 2);
        Tensor truth = TestTensors.of(ElementType.FLOAT, 1, 2, 3, 1, 1, 0, 0, 0, 1);
        Batch batch = new Batch(logits, Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, truth), null);
        for (PixelCurve curve : List.of(new FocalCurve(1, 2, 0.5), new FocalCurve(1, 2, 0), new LogCurve(1, 2, 0))) {
            for (Input input : List.of(Input.PROBABILITY, Input.RENORMALISED)) {
                PixelTerm ofAll = new PixelTerm(1, curve, null, Input.PROBABILITY, ClassSelection.ALL, null,
                        LabelSmoothing.NONE, Normaliser.OUTPUTS);
                PixelTerm ofOne = new PixelTerm(1, curve, null, input, new ClassSelection(List.of(gathered), null),
                        null, LabelSmoothing.NONE, Normaliser.OUTPUTS);
                LossSpec spec = new LossSpec(List.of(), List.of(ofAll, ofOne), null, null);
                for (LossBackend backend : List.of(HostBackends.some(), new CpuBackend())) {
                    ComparedBackendSuite.check(ElementType.FLOAT, spec, spec, batch,
                            TestTensors.packed(ElementType.FLOAT, 1, 2, 3), backend);
                }
            }
        }
    }

    @Test
    void agreesWithTheReference() {
        for (long k = 0; k < CASES; k++) {
            long seed = 1000 * k;
            check(RandomCase.first(random -> random.batch() != null && random.type() == ElementType.FLOAT, k,
                    tried -> new RandomCase(seed + tried)));
        }
    }

    /** Each type of predictions has kernels of its own. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void agreesWithTheReferenceInEveryType(int part) {
        for (long seed = (long) part * CASES; seed < (long) (part + 1) * CASES; seed++) {
            check(new RandomCase(seed));
        }
    }

    private static void check(RandomCase random) {
        Batch batch = random.batch();
        LossSpec spec = random.spec(batch);
        ComparedBackendSuite.check(random.type(), random, spec, batch, random.gradient(), HostBackends.some());
    }
}
