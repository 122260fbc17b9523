package org.segloss4j.internal.backend;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.KerasForm;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cuda.HostBackends;

/** Keras' clipped curves of sigmoids beside region scores, in kernels executed on the host, against the reference. */
class HostClippedLossTest {

    private static final int CASES = 5;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    private static List<SegmentationLoss> losses() {
        SegmentationLoss entropy = Losses.binaryCrossEntropy();
        SegmentationLoss focal = Losses.binaryFocal();
        return List.of(Losses.dice().plus(entropy), Losses.dice().plus(entropy.form(KerasForm.CLIP_PLUS_EPSILON)),
                Losses.jaccard().plus(focal), Losses.dice().plus(focal.gamma(1)),
                Losses.dice().plus(focal.gamma(1.5)), Losses.dice().plus(entropy).plus(focal),
                Losses.jaccard().perImage(true).plus(entropy));
    }

    /** Some logits are near the clip or far beyond it; labels are 0 and 1, or any. */
    @ParameterizedTest
    @CsvSource({"1, FLOAT, UINT8, 5000", "1, FLOAT, FLOAT, 5000", "3, HALF, FLOAT, 2100"})
    void clippedCurvesAgree(int channels, ElementType element, ElementType labels, int pixels) {
        check(HostBackends.some(), channels, element, labels, pixels);
    }

    /** The same where every form is compiled as it is. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"1, DOUBLE, UINT8, 1024", "2, DOUBLE, DOUBLE, 1024", "8, FLOAT, FLOAT, 2048",
        "1, BFLOAT16, INT32, 1024", "1, HALF, HALF, 1000"})
    void clippedCurvesAgreeInEveryForm(int channels, ElementType element, ElementType labels, int pixels) {
        check(HostBackends.all(), channels, element, labels, pixels);
    }

    private static void check(LossBackend backend, int channels, ElementType element, ElementType labels, int pixels) {
        Random random = new Random(channels);
        for (SegmentationLoss loss : losses()) {
            for (int k = 0; k < CASES; k++) {
                Batch batch = batch(random, channels, element, labels, pixels);
                boolean ignores = labels.integer() && k % 2 == 0;
                ComparedBackendSuite.check(element, loss, LossInternals.spec(ignores ? loss.ignoreIndex(99) : loss),
                        ignores ? withVoids(random, batch) : batch,
                        TestTensors.packed(element, 2, channels, pixels), backend);
            }
        }
    }

    private static Batch batch(Random random, int channels, ElementType element, ElementType labels, int pixels) {
        boolean isSoft = !labels.integer() && random.nextInt(3) == 0;
        boolean isSure = random.nextBoolean();
        Tensor truth = TestTensors.fill(TestTensors.packed(labels, 2, labels.integer() ? 1 : channels, pixels),
                () -> isSoft && random.nextBoolean() ? random.nextDouble() : random.nextInt(2));
        double[] truths = TestTensors.values(truth);
        int[] at = {0};
        Tensor logits = TestTensors.fill(TestTensors.packed(element, 2, channels, pixels), () -> {
            double g = truths[at[0]++];
            double z = random.nextInt(20) > 0 ? 3 * random.nextGaussian()
                    : (random.nextBoolean() ? 1 : -1) * (random.nextBoolean() ? 15 + 2 * random.nextDouble() : 90);
            return isSure ? (g > 0.5 ? Math.abs(3 * z) : -Math.abs(3 * z)) : z;
        });
        Tensor mask = random.nextInt(3) > 0 ? null
                : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, pixels), random::nextDouble);
        return new Batch(logits, Activation.SIGMOID,
                new Labels(labels.integer() ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth), mask);
    }

    /** Some void pixels, of which logits may be anything. */
    private static Batch withVoids(Random random, Batch batch) {
        Tensor truth = batch.labels().tensor();
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < truth.pixels(); s++) {
                if (random.nextInt(50) == 0) {
                    TestTensors.put(truth, n, 0, s, 99);
                    TestTensors.put(batch.predictions(), n, 0, s, Double.NaN);
                }
            }
        }
        return batch;
    }
}
