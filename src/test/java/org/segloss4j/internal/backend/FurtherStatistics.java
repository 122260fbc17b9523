package org.segloss4j.internal.backend;

import java.util.Random;
import org.segloss4j.internal.math.LossSpec;

/** Compares losses that need sums beyond those of every loss with the reference, in one form of the kernels. */
final class FurtherStatistics {

    private FurtherStatistics() {
    }

    /**
     * Compares so many random losses, also for pixels of which one class has nearly all, absent classes and images that
     * are void altogether.
     *
     * @param labels    an integer type for class indices, or a floating-point type for soft labels
     * @param squares   whether Σm(p² + g²) is asked for
     * @param distances whether Σm·|p − g| is
     * @param pairs     whether sums over pairs of classes are
     */
    static void check(LossBackend backend, int cases, int channels, String axes, ElementType labels,
                      Activation activation, ElementType type, int pixels, boolean squares, boolean distances,
                      boolean pairs) {
        Random random = new Random(channels + pixels);
        boolean dense = !labels.integer();
        int most = Math.max(2, channels);
        for (int k = 0; k < cases; k++) {
            double scale = k % 3 == 0 ? 12 : 2;
            Tensor logits = TestTensors.fill(TestTensors.laidOut(type, 3, channels, pixels, axes, k % 2),
                    () -> activation == Activation.IDENTITY ? random.nextDouble() : scale * random.nextGaussian());
            // Sometimes without the last class, and soft labels that are often 0, 1 or exactly one half.
            int there = random.nextBoolean() ? most : most - 1;
            Integer ignore = random.nextBoolean() && !dense ? 99 : null;
            Tensor truth = TestTensors.fill(TestTensors.packed(labels, 3, dense ? channels : 1, pixels),
                    () -> dense ? random.nextBoolean() ? random.nextInt(2) : random.nextInt(5) / 4.0
                            : ignore != null && random.nextInt(5) == 0 ? 99 : random.nextInt(there));
            int[] at = new int[1];
            Tensor mask = random.nextInt(3) > 0 ? null
                    : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 3, 1, pixels),
                            () -> at[0]++ / pixels == 1 ? 0 : random.nextDouble());
            Batch batch = new Batch(logits, activation,
                    new Labels(dense ? Labels.Kind.DENSE : Labels.Kind.INDEX, truth), mask);
            LossSpec spec = new RandomSpec(random, batch).drawFurther(ignore, squares, distances, pairs,
                    k % 2 > 0 && activation == Activation.SOFTMAX && !dense && channels <= 32);
            ComparedBackendSuite.check(type, spec, spec, batch,
                    TestTensors.laidOut(type, 3, channels, pixels, axes, 0), backend);
        }
    }
}
