package org.segloss4j.internal.cuda.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;

class LaunchPlanTest {

    private static Tensor predictions(long examples, int channels, long pixels) {
        return new Tensor(Storage.onDevice(new DevicePlace(0, 1), 256, 4 * examples * channels * pixels, "device"),
                ElementType.FLOAT, 0, examples, channels, pixels, channels * pixels, pixels, 1);
    }

    /** Every pixel is in one part, every part has pixels, and blocks are whole warps. */
    @Test
    void partsCoverAllPixels() {
        Random random = new Random(7);
        for (int k = 0; k < 20_000; k++) {
            int classes = new int[] {0, 1, 3, 19, 32, 40, 152}[random.nextInt(7)];
            LaunchPolicy policy = new LaunchPolicy(32 * (1 + random.nextInt(8)), 1 + random.nextInt(4),
                    1 << random.nextInt(4), random.nextBoolean() ? KernelVariant.Sums.BINS
                            : KernelVariant.Sums.REGISTERS, true);
            Entry entry = random.nextBoolean() ? Entry.REGION_FORWARD : Entry.REGION_BACKWARD;
            KernelVariant variant = KernelChoice.special(entry, classes, Activation.SOFTMAX,
                    Layout.values()[random.nextInt(3)], LabelKind.INDEX_UINT8, ElementType.FLOAT, Terms.OWN, policy);
            long examples = 1 + random.nextInt(40);
            long pixels = 1 + random.nextInt(random.nextBoolean() ? 3000 : 3_000_000);
            int channels = classes == 0 ? 200 : classes;
            LaunchPlan plan = LaunchPlan.sweep(new SharedMemory(variant, channels, 2, false),
                    predictions(examples, channels, pixels), 1 + random.nextInt(140), policy);
            assertThat(plan.fits()).as("%s", plan).isTrue();
            assertThat(plan.parts() * plan.chunk()).as("%s", plan).isGreaterThanOrEqualTo(pixels);
            assertThat((plan.parts() - 1) * plan.chunk()).as("%s", plan).isLessThan(pixels);
            assertThat(plan.shape().blocks() % plan.parts()).as("%s", plan).isZero();
            assertThat(plan.shape().blocks() / plan.parts()).as("%s", plan).isBetween(1, (int) examples);
            assertThat(plan.shape().threads() % 32).as("%s", plan).isZero();
            assertThat(plan.shape().threads()).as("%s", plan).isBetween(32, 256);
        }
    }

    /** Where shared memory is short, blocks have fewer threads, and in the end there are too many pixel losses. */
    @Test
    void manyTermsTakeThreadsAndThenDoNotFit() {
        KernelVariant variant = KernelChoice.special(Entry.REGION_FORWARD, 19, Activation.SOFTMAX,
                Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, ElementType.FLOAT, Terms.OWN, LaunchPolicy.DEFAULT);
        int[] threads = {256, 128, 32};
        int[] terms = {1, 40, 200};
        for (int k = 0; k < 3; k++) {
            LaunchPlan plan = LaunchPlan.sweep(new SharedMemory(variant, 19, terms[k], false),
                    predictions(2, 19, 100_000), 10, LaunchPolicy.DEFAULT);
            assertThat(plan.fits()).isTrue();
            assertThat(plan.shape().threads()).isEqualTo(threads[k]);
        }
        assertThat(LaunchPlan.sweep(new SharedMemory(variant, 19, 400, false), predictions(2, 19, 100_000), 10,
                LaunchPolicy.DEFAULT).fits()).isFalse();
    }
}
