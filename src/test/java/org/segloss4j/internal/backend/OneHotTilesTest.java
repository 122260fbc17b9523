package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** On the CPU dense labels are looked at tile by tile: what is one-hot takes another walk than what is not. */
class OneHotTilesTest {

    private static final int CLASSES = 3;
    private static final int PIXELS = 3000;

    static Stream<SegmentationLoss> losses() {
        return Stream.of(Losses.jaccard(), Losses.vNetDice(), Losses.dice().classGroups(new int[][] {{0, 1}, {2}}),
                Losses.crossEntropy().classWeights(1, 2, 0.5), Losses.crossEntropy().labelSmoothing(0.2),
                Losses.softmaxFocal().plus(Losses.logCoshDice()), Losses.categoricalCrossEntropy(),
                Losses.generalisedCrossEntropy(0.5).ignoreIndex(2));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void mixWithOthers(SegmentationLoss loss) {
        Random random = new Random(3);
        float[] labels = new float[CLASSES * PIXELS];
        for (int s = 0; s < PIXELS; s++) {
            labels[random.nextInt(CLASSES) * PIXELS + s] = 1;
        }
        check(loss, labels);
        // One soft pixel, one of no class, one of two classes; each in a tile of its own.
        labels[700] = 0.5f;
        labels[PIXELS + 700] = 0.5f;
        labels[2 * PIXELS + 700] = 0;
        for (int c = 0; c < CLASSES; c++) {
            labels[c * PIXELS + 1300] = 0;
            labels[c * PIXELS + 2999] = 1;
        }
        check(loss, labels);
    }

    private static void check(SegmentationLoss loss, float[] labels) {
        Random random = new Random(5);
        double[] logits = random.doubles(labels.length, -6, 6).toArray();
        double[] truths = new double[labels.length];
        Arrays.setAll(truths, k -> labels[k]);
        Batch batch = new Batch(TestTensors.of(ElementType.FLOAT, 1, CLASSES, PIXELS, logits), Activation.SOFTMAX,
                new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, CLASSES, PIXELS, truths)), null);
        Outcome expected = Outcome.of(new ReferenceBackend(), loss, batch);
        Outcome actual = Outcome.of(new CpuBackend(), loss, batch);
        assertThat(actual.value()).isCloseTo(expected.value(), offset(1e-6));
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        LossBackendSuite.assertClose(actual.gradient(), expected.gradient(), 1e-5 * largest, "gradient");
    }
}
