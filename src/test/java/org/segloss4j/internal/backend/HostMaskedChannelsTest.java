package org.segloss4j.internal.backend;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cuda.HostBackends;

/**
 * Channels of a sigmoid in kernels executed on the host, against the reference: labels that are class indices for all
 * of them or dense, void pixels by an ignored label, by a mask of 0 and 1, or by both, and weights.
 */
class HostMaskedChannelsTest {

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static List<SegmentationLoss> losses() {
        SegmentationLoss dice = Losses.dice();
        return List.of(Losses.jaccard(), Losses.binaryCrossEntropy(), Losses.binaryFocal(),
                dice.plus(Losses.binaryCrossEntropy()), Losses.sigmoidCrossEntropy(),
                dice.plus(Losses.sigmoidCrossEntropy()), dice.plus(Losses.sigmoidFocal().alpha(0.25)),
                dice.plus(Losses.sigmoidFocal().gamma(0.5)), Losses.sigmoidFocal().gamma(1.5),
                dice.plus(Losses.sigmoidCrossEntropy().labelSmoothing(0.1)), Losses.vNetDice(),
                Losses.vNetDice().plus(Losses.sigmoidCrossEntropy()),
                Losses.vNetDice().plus(Losses.sigmoidFocal()), Losses.vNetDice().plus(Losses.binaryCrossEntropy()));
    }

    @ParameterizedTest
    @CsvSource({"1, UINT8, 1027", "3, UINT8, 5000"})
    void channelsAgree(int channels, ElementType labels, int pixels) {
        check(HostBackends.some(), channels, ElementType.FLOAT, labels, pixels);
    }

    /** Of dense labels, one loss of each kind. */
    @Test
    void channelsOfDenseLabelsAgree() {
        check(HostBackends.some(), List.of(Losses.jaccard(), Losses.vNetDice(),
                Losses.dice().plus(Losses.sigmoidCrossEntropy())), 1, ElementType.FLOAT, ElementType.FLOAT, 5000);
    }

    /** The same where every form is compiled as it is. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"8, FLOAT, UINT8, 5000", "5, FLOAT, INT32, 2500", "3, HALF, INT64, 2100", "3, DOUBLE, UINT8, 1100",
        "2, DOUBLE, INT64, 1100", "32, BFLOAT16, UINT8, 2200", "4, FLOAT, INT16, 2048", "8, FLOAT, FLOAT, 2050",
        "3, DOUBLE, DOUBLE, 1100", "1, DOUBLE, UINT8, 1100", "1, FLOAT, INT32, 2500", "1, FLOAT, UINT8, 5000",
        "1, FLOAT, FLOAT, 5000"})
    void channelsAgreeInEveryForm(int channels, ElementType element, ElementType labels, int pixels) {
        check(HostBackends.all(), channels, element, labels, pixels);
    }

    /**
     * Of soft labels, a tile adds a first term at once and then takes the second one apart. All tiles behind it are
     * taken with weights where a mask may have some.
     */
    @Test
    void everyTileOfAMaskAddsAllTerms() {
        Random random = new Random(1);
        int pixels = 20_000;
        Batch batch = new Batch(TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels),
                random::nextGaussian), Activation.SIGMOID, new Labels(Labels.Kind.DENSE,
                TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble)),
                TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), () -> 1));
        SegmentationLoss entropyFirst = Losses.sigmoidCrossEntropy().plus(Losses.sigmoidFocal());
        for (SegmentationLoss loss : List.of(entropyFirst, Losses.dice().plus(entropyFirst))) {
            ComparedBackendSuite.check(ElementType.FLOAT, loss, LossInternals.spec(loss), batch,
                    TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), HostBackends.some());
        }
    }

    static void check(LossBackend backend, int channels, ElementType element, ElementType labels, int pixels) {
        check(backend, losses(), channels, element, labels, pixels);
    }

    private static void check(LossBackend backend, List<SegmentationLoss> losses, int channels, ElementType element,
                              ElementType labels, int pixels) {
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses) {
            for (Weights weights : Weights.values()) {
                Integer ignore = ignored(random, labels, channels);
                Batch batch = batch(random, channels, element, labels, pixels, weights, ignore);
                ComparedBackendSuite.check(element, loss + " " + weights + " " + ignore,
                        LossInternals.spec(ignore == null ? loss : loss.ignoreIndex(ignore)), batch,
                        TestTensors.packed(element, 2, channels, pixels), backend);
            }
        }
    }

    private enum Weights {
        NONE,
        ONES,
        ZEROS_AND_ONES,
        /** Zeros and ones in most places. */
        FEW_FRACTIONS,
        FRACTIONS;

        private DoubleSupplier of(Random random) {
            return switch (this) {
                case NONE, ONES -> () -> 1;
                case ZEROS_AND_ONES -> () -> random.nextInt(20) == 0 ? 0 : 1;
                case FEW_FRACTIONS -> () -> random.nextInt(200) == 0 ? random.nextDouble() : random.nextInt(2);
                case FRACTIONS -> () -> random.nextInt(20) == 0 ? 0 : 2 * random.nextDouble();
            };
        }
    }

    /** A label that is ignored, or null: one of no class, some larger than a byte or negative, or that of a class. */
    private static Integer ignored(Random random, ElementType labels, int channels) {
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> labels.integer() ? 99 : channels > 1 ? random.nextInt(channels) : 99;
            case 2 -> labels.integer() && labels.bytes() > 1 ? -1 : 255;
            default -> random.nextInt(Math.max(2, channels));
        };
    }

    private static Batch batch(Random random, int channels, ElementType element, ElementType labels, int pixels,
                               Weights weights, Integer ignore) {
        boolean index = labels.integer();
        boolean isSoft = !index && random.nextInt(3) == 0;
        Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, index ? 1 : channels, pixels), () -> {
            if (ignore != null && random.nextInt(50) == 0) {
                // A dense label cannot be the number of a class.
                return index || ignore < 2 || ignore >= channels ? ignore : 1;
            }
            return isSoft ? random.nextDouble() : random.nextInt(index ? Math.max(2, channels) : 2);
        });
        Tensor logits = TestTensors.fill(TestTensors.packed(element, 2, channels, pixels),
                () -> random.nextInt(50) > 0 ? 3 * random.nextGaussian() : 120 * random.nextDouble() - 60);
        Tensor mask = weights == Weights.NONE ? null
                : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), weights.of(random));
        double[] truths = TestTensors.values(truth);
        double[] masses = mask == null ? null : TestTensors.values(mask);
        for (int k = 0; k < 2 * pixels; k++) {
            boolean isVoid = mask != null && masses[k] == 0 || index && ignore != null && truths[k] == ignore;
            if (isVoid && random.nextBoolean()) {
                // Void pixels may hold anything.
                TestTensors.put(logits, k / pixels, random.nextInt(channels), k % pixels, Double.NaN);
            }
        }
        return new Batch(logits, Activation.SIGMOID, new Labels(index ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth),
                mask);
    }
}
