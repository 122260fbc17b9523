package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/**
 * Region losses where no channel depends on another, with so many pixels that a thread takes several by one load, at
 * addresses of any alignment, with void pixels among them.
 */
class IndependentChannelsTest {

    /** Of float some tiles of 512 pixels, which a warp takes at a time, and a rest. */
    private static final int PIXELS = 5 * 512 + 77;
    private static final LossBackend REFERENCE = new ReferenceBackend();

    /** The kind of a batch; the integer types of labels are those of class indices. */
    private record Kind(ElementType type, int channels, Activation activation, ElementType labels) {

        /** A batch whose rows have elements of others on either side, so that rows begin at different alignments. */
        Batch batch(int padding, long seed) {
            Random random = new Random(seed);
            Tensor predictions = TestTensors.fill(TestTensors.laidOut(type, 2, channels, PIXELS, "NCS", padding),
                    () -> activation == Activation.IDENTITY ? random.nextDouble() : 3 * random.nextGaussian());
            boolean dense = !labels.integer();
            boolean soft = random.nextBoolean();
            Tensor truth = TestTensors.fill(TestTensors.laidOut(labels, 2, dense ? channels : 1, PIXELS, "NCS",
                    padding % 3), () -> dense && soft ? random.nextDouble() : random.nextInt(2));
            return new Batch(predictions, activation, new Labels(dense ? Labels.Kind.DENSE : Labels.Kind.INDEX, truth),
                    null);
        }

        double precision() {
            return type == ElementType.HALF ? 1e-3 : type == ElementType.BFLOAT16 ? 8e-3
                    : type == ElementType.DOUBLE ? 1e-10 : 2e-6;
        }
    }

    private static final List<Kind> KINDS = List.of(
            new Kind(ElementType.FLOAT, 1, Activation.SIGMOID, ElementType.UINT8),
            new Kind(ElementType.FLOAT, 1, Activation.SIGMOID, ElementType.FLOAT),
            new Kind(ElementType.HALF, 3, Activation.SIGMOID, ElementType.FLOAT),
            new Kind(ElementType.DOUBLE, 2, Activation.IDENTITY, ElementType.DOUBLE),
            new Kind(ElementType.FLOAT, 1, Activation.IDENTITY, ElementType.INT64),
            new Kind(ElementType.BFLOAT16, 1, Activation.SIGMOID, ElementType.INT32),
            new Kind(ElementType.DOUBLE, 1, Activation.SIGMOID, ElementType.UINT8),
            new Kind(ElementType.FLOAT, 8, Activation.SIGMOID, ElementType.FLOAT));

    private static final List<SegmentationLoss> LOSSES = List.of(Losses.jaccard(), Losses.dice().perImage(true));

    static Stream<LossBackend> backends() {
        return NumericalEdgesTest.backends();
    }

    private static void agrees(LossBackend backend, SegmentationLoss loss, Batch batch, Kind kind, String what) {
        Outcome expected = Outcome.of(REFERENCE, loss, batch);
        Outcome actual = Outcome.of(backend, loss, batch);
        what += " of " + kind + " by " + backend.name();
        assertThat(actual.value()).as(what).isCloseTo(expected.value(), offset(Math.min(1e-5, kind.precision())));
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        double bound = kind.precision() * largest + (kind.type == ElementType.HALF ? 6e-8 : 1e-30);
        LossBackendSuite.assertClose(actual.gradient(), expected.gradient(), bound, what);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithTheReferenceAtAnyAlignment(LossBackend backend) {
        for (Kind kind : KINDS) {
            for (int padding : new int[] {0, 1, 4}) {
                for (SegmentationLoss loss : LOSSES) {
                    agrees(backend, loss, kind.batch(padding, 5 + padding), kind, "padding " + padding);
                }
            }
        }
    }

    /** Void pixels may hold anything, and their gradient is 0, even if that of all others is NaN. */
    @ParameterizedTest
    @MethodSource("backends")
    void voidPixelsAmongOthersAreNotFelt(LossBackend backend) {
        for (Kind kind : KINDS) {
            if (!kind.labels.integer() && kind.channels > 1) {
                continue;
            }
            Batch batch = kind.batch(0, 6);
            Tensor p = batch.predictions();
            Random random = new Random(7);
            for (int k = 0; k < 300; k++) {
                int n = random.nextInt(2);
                int s = random.nextInt(PIXELS);
                TestTensors.put(batch.labels().tensor(), n, 0, s, 255);
                TestTensors.put(p, n, 0, s, k % 2 == 0 ? Double.NaN : Double.POSITIVE_INFINITY);
            }
            for (SegmentationLoss loss : LOSSES) {
                agrees(backend, loss.ignoreIndex(255), batch, kind, "void pixels");
            }
            int valid = 0;
            while (Elements.get(batch.labels().tensor(), 0, 0, valid) == 255) {
                valid++;
            }
            TestTensors.put(p, 0, 0, valid, Double.NaN);
            Outcome spoilt = Outcome.of(backend, Losses.jaccard().ignoreIndex(255), batch);
            assertThat(spoilt.value()).isNaN();
            for (int k = 0; k < spoilt.gradient().length; k++) {
                boolean isVoid = Elements.get(batch.labels().tensor(), k / PIXELS, 0, k % PIXELS) == 255;
                assertThat(spoilt.gradient()[k]).as("%s by %s, element %d", kind, backend.name(), k)
                        .satisfies(d -> assertThat(isVoid ? d == 0 : Double.isNaN(d)).isTrue());
            }
        }
    }

    /** A label of 0 or 1 that is ignored leaves only the other one. */
    @ParameterizedTest
    @MethodSource("backends")
    void aTruthCanBeIgnored(LossBackend backend) {
        for (Kind kind : KINDS) {
            for (int ignore = 0; ignore < 2 && kind.activation == Activation.SIGMOID; ignore++) {
                agrees(backend, Losses.jaccard().ignoreIndex(ignore), kind.batch(0, 8), kind, "ignoring " + ignore);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void namesTheFirstBadLabelOfATile(LossBackend backend) {
        for (Kind kind : KINDS) {
            for (double bad : new double[] {2, 254}) {
                Batch batch = kind.batch(0, 9);
                Tensor labels = batch.labels().tensor();
                for (int s : new int[] {1033, 1031, 2000}) {
                    TestTensors.put(labels, 1, labels.channels() - 1, s, bad);
                }
                assertThatThrownBy(() -> Outcome.of(backend, Losses.jaccard(), batch)).as("%s by %s", kind,
                        backend.name()).hasMessageStartingWith("3 labels are outside 0..1; the first is " + (int) bad
                        + " at example 1, pixel 1031");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void weightsOfPixelsCount(LossBackend backend) {
        Random random = new Random(10);
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, PIXELS),
                () -> random.nextInt(3) == 0 ? 0 : random.nextDouble());
        for (Kind kind : KINDS) {
            Batch batch = kind.batch(0, 11);
            for (SegmentationLoss loss : LOSSES) {
                agrees(backend, loss, new Batch(batch.predictions(), batch.activation(), batch.labels(), mask), kind,
                        "weights");
            }
        }
    }

    /** Logits far from 0 give probabilities of 0 and 1, whether they are finite or not. */
    @ParameterizedTest
    @MethodSource("backends")
    void saturatedLogitsAreSure(LossBackend backend) {
        for (Kind kind : KINDS) {
            if (kind.activation != Activation.SIGMOID) {
                continue;
            }
            double[] far = kind.type == ElementType.HALF ? new double[] {120, 60_000, Double.POSITIVE_INFINITY}
                    : new double[] {120, 1e7, 1e30, 3e38, Double.POSITIVE_INFINITY};
            for (double z : far) {
                Batch batch = kind.batch(0, 12);
                Tensor labels = batch.labels().tensor();
                Tensor truth = TestTensors.fill(labels, new Random(13)::nextDouble);
                for (int k = 0; k < 2 * labels.channels() * PIXELS; k++) {
                    int row = k / PIXELS;
                    TestTensors.put(truth, row / labels.channels(), row % labels.channels(), k % PIXELS, k % 2);
                    TestTensors.put(batch.predictions(), row / labels.channels(), row % labels.channels(), k % PIXELS,
                            k % 2 == 0 ? -z : z);
                }
                Outcome outcome = Outcome.of(backend, Losses.jaccard().smooth(0), batch);
                String what = kind + " by " + backend.name() + ", logits of " + z;
                assertThat(outcome.value()).as(what).isCloseTo(0, offset(1e-15));
                LossBackendSuite.assertClose(outcome.gradient(), new double[outcome.gradient().length], 1e-30, what);
            }
        }
    }

    /** Against the truth in double, a backend may be off twice as far as plain float code is, and no more. */
    @ParameterizedTest
    @MethodSource("backends")
    void errsLittleMoreThanPlainFloatCode(LossBackend backend) {
        for (Kind kind : KINDS) {
            Batch batch = kind.batch(0, 14);
            Tensor room = TestTensors.packed(ElementType.DOUBLE, 2, kind.channels, PIXELS);
            Outcome truth = Outcome.of(REFERENCE, Losses.jaccard(), batch, room);
            double[] plain = errors(Outcome.of(new CpuBackend(), Losses.jaccard(), batch), truth);
            double[] ours = errors(Outcome.of(backend, Losses.jaccard(), batch), truth);
            double largest = Arrays.stream(truth.gradient()).map(Math::abs).max().orElseThrow();
            for (int k = 0; k < 2; k++) {
                assertThat(ours[k]).as("%s of %s by %s", k == 0 ? "maximum" : "rms", kind, backend.name())
                        .isLessThanOrEqualTo(2 * plain[k] + 1e-15 * largest);
            }
        }
    }

    /** The maximum and the root of the mean square of the errors of a gradient. */
    private static double[] errors(Outcome actual, Outcome truth) {
        double most = 0;
        double squares = 0;
        for (int k = 0; k < truth.gradient().length; k++) {
            double error = actual.gradient()[k] - truth.gradient()[k];
            most = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(most, Math.abs(error));
            squares += error * error;
        }
        return new double[] {most, Math.sqrt(squares / truth.gradient().length)};
    }
}
