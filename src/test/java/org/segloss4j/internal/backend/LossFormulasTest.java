package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.LossCases;
import org.segloss4j.LossCases.Case;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** Values and gradients of every loss with every setting are those of its formula and of its formula's differences. */
class LossFormulasTest {

    private static final int EXAMPLES = 3;
    private static final int CHANNELS = 3;
    private static final int PIXELS = 7;
    private static final double STEP = 1e-5;

    static Stream<Case> cases() {
        return LossCases.cases(CHANNELS).stream();
    }

    static List<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), kernels().stream()).toList();
    }

    private static List<LossBackend> kernels() {
        return Stream.concat(HostBackends.ifAvailable(), RealBackends.ifAvailable()).toList();
    }

    /** Labels are soft or indices; pixels weigh 0, 1/2 or 1; the last example is void altogether. */
    private record Drawn(double[][][] z, double[][][] g, double[][] m, int[][] index) {

        static Drawn of(long seed) {
            Random random = new Random(seed);
            double[][][] z = new double[EXAMPLES][CHANNELS][PIXELS];
            double[][][] g = new double[EXAMPLES][CHANNELS][PIXELS];
            double[][] m = new double[EXAMPLES][PIXELS];
            int[][] index = new int[EXAMPLES][PIXELS];
            for (int n = 0; n < EXAMPLES; n++) {
                for (int s = 0; s < PIXELS; s++) {
                    index[n][s] = random.nextInt(CHANNELS);
                    m[n][s] = n == EXAMPLES - 1 ? 0 : random.nextInt(3) / 2.0;
                    for (int c = 0; c < CHANNELS; c++) {
                        // What a float holds, so that backends read what the formula reads.
                        z[n][c][s] = (float) (1.5 * random.nextGaussian());
                        g[n][c][s] = seed % 2 == 0 ? c == index[n][s] ? 1 : 0 : (float) (random.nextDouble()
                                / (seed < 2 ? CHANNELS : 1));
                    }
                }
            }
            return new Drawn(z, g, m, index);
        }

        double formula(Case loss, Activation activation) {
            double[][][] p = new double[EXAMPLES][CHANNELS][PIXELS];
            for (int n = 0; n < EXAMPLES; n++) {
                for (int s = 0; s < PIXELS; s++) {
                    double sum = 0;
                    for (int c = 0; c < CHANNELS; c++) {
                        sum += Math.exp(z[n][c][s]);
                    }
                    for (int c = 0; c < CHANNELS; c++) {
                        double e = Math.exp(z[n][c][s]);
                        p[n][c][s] = activation == Activation.SOFTMAX ? e / sum : e / (1 + e);
                    }
                }
            }
            return new LossFormulas(p, z, g, m).value(loss);
        }

        Batch batch(ElementType type, Activation activation, boolean indexed) {
            Tensor predictions = TestTensors.of(type, EXAMPLES, CHANNELS, PIXELS, flat(z));
            Labels labels = indexed ? new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.INT32, EXAMPLES, 1,
                    PIXELS, Arrays.stream(index).flatMapToInt(Arrays::stream).asDoubleStream().toArray()))
                    : new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, EXAMPLES, CHANNELS, PIXELS,
                    flat(g)));
            return new Batch(predictions, activation, labels, TestTensors.of(ElementType.FLOAT, EXAMPLES, 1, PIXELS,
                    Arrays.stream(m).flatMapToDouble(Arrays::stream).toArray()));
        }

        private static double[] flat(double[][][] values) {
            return Arrays.stream(values).flatMap(Arrays::stream).flatMapToDouble(Arrays::stream).toArray();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void valueAndSlopesAreTheFormulas(Case loss) {
        check(loss, List.of(new ReferenceBackend(), new CpuBackend()), false, 0, 1, 2, 3);
    }

    /** The cases with the seeds of a softmax and of a sigmoid, of which one has soft labels: in turn one and other. */
    static Stream<Arguments> casesOfKernels() {
        List<Case> all = LossCases.cases(CHANNELS);
        return IntStream.range(0, all.size()).mapToObj(k -> Arguments.of(all.get(k), k % 2, 3 - k % 2));
    }

    /** Apart, since most of the time goes to the kernels; so a loss has half the batches for each of its settings. */
    @ParameterizedTest
    @MethodSource("casesOfKernels")
    void valueAndSlopesOfTheKernelsAreTheFormulas(Case loss, int ofSoftmax, int ofSigmoid) {
        check(loss, kernels(), true, ofSoftmax, ofSigmoid);
    }

    /** Kernels read predictions in double by the same code for all labels, so they get one kind of those. */
    private static void check(Case loss, List<LossBackend> backends, boolean areKernels, int... seeds) {
        for (int seed : seeds) {
            Drawn drawn = Drawn.of(seed);
            Activation activation = seed < 2 ? Activation.SOFTMAX : Activation.SIGMOID;
            if (activation == Activation.SIGMOID && loss.settings().containsKey(Setting.CLASS_GROUPS)) {
                // The classes of a group exclude one another, so that their probabilities sum to at most 1.
                continue;
            }
            double value = drawn.formula(loss, activation);
            double[] slopes = slopes(drawn, loss, activation);
            for (boolean indexed : seed % 2 == 0 ? new boolean[] {true, false} : new boolean[] {false}) {
                boolean alsoDouble = !areKernels || seed % 2 == 0 && !indexed;
                for (LossBackend backend : backends) {
                    for (ElementType type : alsoDouble ? List.of(ElementType.DOUBLE, ElementType.FLOAT)
                            : List.of(ElementType.FLOAT)) {
                        String what = loss + ", " + backend.name() + ", " + type + ", seed " + seed + ", " + indexed;
                        boolean exact = type == ElementType.DOUBLE && backend instanceof ReferenceBackend;
                        Outcome outcome = Outcome.of(backend, loss.loss(), drawn.batch(type, activation, indexed));
                        assertThat(outcome.value()).as(what)
                                .isCloseTo(value, offset((exact ? 1e-13 : 2e-6) * Math.max(1, value)));
                        for (int k = 0; k < slopes.length; k++) {
                            assertThat(outcome.gradient()[k]).as("%d of %s", k, what)
                                    .isCloseTo(slopes[k], offset((exact ? 1e-9 : 2e-6) * Math.max(1, value)));
                        }
                    }
                }
            }
        }
    }

    /** Differences of the formula. */
    private static double[] slopes(Drawn drawn, Case loss, Activation activation) {
        double[] slopes = new double[EXAMPLES * CHANNELS * PIXELS];
        for (int k = 0; k < slopes.length; k++) {
            double[] row = drawn.z()[k / PIXELS / CHANNELS][k / PIXELS % CHANNELS];
            double at = row[k % PIXELS];
            row[k % PIXELS] = at + STEP;
            double above = drawn.formula(loss, activation);
            row[k % PIXELS] = at - STEP;
            double below = drawn.formula(loss, activation);
            row[k % PIXELS] = at;
            slopes[k] = (above - below) / (2 * STEP);
        }
        return slopes;
    }

    /** Weights multiply the loss of a class, not its score, whatever the exponent: their mean need not be 1. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 2})
    void weightsOfFocalTverskyMultiplyTheLossOfAClass(double gamma) {
        Case loss = new Case(LossKind.FOCAL_TVERSKY, Map.of(Setting.GAMMA, gamma, Setting.CLASS_WEIGHTS,
                List.of(1.0, 2.0, 3.0)));
        Drawn drawn = Drawn.of(0);
        double value = drawn.formula(loss, Activation.SOFTMAX);
        for (LossBackend backend : backends()) {
            Batch batch = drawn.batch(ElementType.FLOAT, Activation.SOFTMAX, true);
            assertThat(Outcome.of(backend, loss.loss(), batch).value()).as(backend.name())
                    .isCloseTo(value, offset(1e-5));
            assertThat(Outcome.value(backend, loss.loss(), batch)).as(backend.name()).isCloseTo(value, offset(1e-5));
        }
    }

    /** One class that is right to the last bit, where a power below 1 has an infinite slope, and one that is wrong. */
    @Test
    void aPerfectScoreHasNoSlope() {
        Tensor right = TestTensors.of(ElementType.FLOAT, 1, 2, 4, 1, 1, 0, 0, 0, 0, 1, 1);
        Labels labels = new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.UINT8, 1, 1, 4, 0, 0, 1, 1));
        for (SegmentationLoss loss : new SegmentationLoss[] {Losses.focalTversky(0.5, 0.5, 0.5),
                Losses.focalTversky(0.5, 0.5, 0.75), Losses.focalTversky(0.5, 0.5, 2), Losses.logCoshDice()}) {
            for (double smooth : new double[] {0, 1}) {
                for (LossBackend backend : backends()) {
                    Outcome outcome = Outcome.of(backend, loss.smooth(smooth), new Batch(right, Activation.IDENTITY,
                            labels, null));
                    assertThat(outcome.value()).as(backend.name() + loss).isZero();
                    assertThat(outcome.gradient()).as(backend.name() + loss).containsOnly(0);
                }
            }
        }
        // γ = 1 is linear: the slope is that of 1 - T.
        for (LossBackend backend : backends()) {
            Outcome linear = Outcome.of(backend, Losses.focalTversky(0.5, 0.5, 1).smooth(0), new Batch(right,
                    Activation.IDENTITY, labels, null));
            Outcome tversky = Outcome.of(backend, Losses.tversky().smooth(0), new Batch(right, Activation.IDENTITY,
                    labels, null));
            assertThat(linear.value()).isZero();
            assertThat(linear.gradient()).isEqualTo(tversky.gradient());
            assertThat(linear.gradient()[0]).isCloseTo(-0.125, offset(1e-7));
        }
    }

    /** No overlap at all and nothing that smooths: the logarithm is cut off and flat. */
    @Test
    void aScoreOfZeroHasAFiniteLogarithm() {
        Tensor wrong = TestTensors.of(ElementType.FLOAT, 1, 2, 4, 0, 0, 1, 1, 1, 1, 0, 0);
        Labels labels = new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.UINT8, 1, 1, 4, 0, 0, 1, 1));
        Batch batch = new Batch(wrong, Activation.IDENTITY, labels, null);
        for (LossBackend backend : backends()) {
            Outcome outcome = Outcome.of(backend, Losses.logDice().smooth(0), batch);
            assertThat(outcome.value()).as(backend.name()).isCloseTo(-Math.log(1e-7), offset(1e-12));
            assertThat(outcome.gradient()).as(backend.name()).containsOnly(0);
            // With smoothing the score is that of the smoothing, far above the cut: P + G = 4 of each class.
            Outcome smoothed = Outcome.of(backend, Losses.logDice().smooth(1e-5), batch);
            assertThat(smoothed.value()).as(backend.name()).isCloseTo(-Math.log(1e-5 / (4 + 1e-5)), offset(1e-9));
            assertThat(smoothed.gradient()[0]).isNegative().isFinite();
        }
    }

    /** Clipped pixel losses are flat where a probability is cut off, be it right or wrong. */
    @Test
    void clippedProbabilitiesHaveNoSlope() {
        for (double[] p : new double[][] {{1, 0, 0, 1}, {0, 1, 1, 0}}) {
            for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE}) {
                Batch batch = new Batch(TestTensors.of(type, 1, 2, 2, p), Activation.IDENTITY, new Labels(
                        Labels.Kind.INDEX, TestTensors.of(ElementType.UINT8, 1, 1, 2, 0, 1)), null);
                // Of a class that is gathered twice, the probability is never nearly 1.
                for (SegmentationLoss loss : LossCases.ofPixels(2).filter(l -> LossInternals.spec(l).isPlain()
                        && !l.toString().contains("Indexes")).toList()) {
                    for (LossBackend backend : backends()) {
                        Outcome outcome = Outcome.of(backend, loss, batch);
                        assertThat(outcome.value()).as(backend.name() + loss).isFinite();
                        assertThat(outcome.gradient()).as(backend.name() + loss).containsOnly(0);
                    }
                }
            }
        }
    }

    /** A class that is nowhere scores 1 without smoothing, and has no slope under any link. */
    @Test
    void anAbsentClassWithoutSmoothingCostsNothing() {
        Tensor p = TestTensors.of(ElementType.FLOAT, 1, 2, 2, 0, 0, 1, 1);
        Labels labels = new Labels(Labels.Kind.INDEX, TestTensors.of(ElementType.UINT8, 1, 1, 2, 1, 1));
        for (Case each : LossCases.cases(2)) {
            // Weights multiply a score of 1; a bound, other smoothing above or another link make it something else, and
            // a clip costs a little.
            if (each.kind().has(Setting.SMOOTH) && Collections.disjoint(each.settings().keySet(), EnumSet.of(
                    Setting.CLASS_WEIGHTS, Setting.FLOOR, Setting.NUMERATOR_SMOOTH, Setting.LINK,
                    Setting.CLASS_GROUPS, Setting.FORM, Setting.LEAST_TRUE_POSITIVES))) {
                SegmentationLoss loss = each.loss();
                boolean joins = LossInternals.spec(loss).regions().get(0).score().joinsClasses();
                for (LossBackend backend : backends()) {
                    Outcome outcome = Outcome.of(backend, loss.smooth(0), new Batch(p, Activation.IDENTITY, labels,
                            null));
                    assertThat(outcome.value()).as(backend.name() + loss).isCloseTo(0, offset(1e-12));
                    assertThat(outcome.gradient()).as(backend.name() + loss).doesNotContain(Double.NaN);
                    if (!joins && !each.settings().containsValue("PENALISE")) {
                        assertThat(outcome.gradient()[0]).as(backend.name() + loss).isZero();
                    }
                }
            }
        }
    }
}
