package org.segloss4j.internal.cuda.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /** Blocks that walk through rows have all threads whatever the policy says, and parts are whole tiles. */
    @ParameterizedTest
    @CsvSource({"2, 2048", "3, 1360", "8, 512", "19, 208", "200, 16"})
    void partsOfRowsAreWholeTiles(int channels, int tile) {
        for (String policy : List.of("t256b2v4s2r1", "t64b2v1s2r1")) {
            KernelVariant variant = KernelChoice.special(Entry.REGION_FORWARD, channels, Activation.SIGMOID,
                    Layout.ROWS, LabelKind.DENSE_FLOAT, ElementType.FLOAT, Terms.NONE, LaunchPolicy.parse(policy));
            LaunchPlan plan = LaunchPlan.sweep(new SharedMemory(variant, channels, 0, false),
                    predictions(2, channels, 100_000), 10, LaunchPolicy.parse(policy));
            assertThat(variant.layout()).isEqualTo(Layout.ROWS);
            assertThat(plan.shape().threads()).isEqualTo(256);
            assertThat(plan.chunk() % tile).isZero();
            assertThat(plan.parts() * plan.chunk()).isGreaterThanOrEqualTo(100_000);
            assertThat(plan.fits()).isTrue();
        }
    }

    /** Rows are a matter of channels that do not depend on one another; other kernels take them as channels last. */
    @Test
    void otherKernelsKnowNoRows() {
        for (Activation activation : Activation.values()) {
            for (LabelKind labels : LabelKind.values()) {
                for (int channels : new int[] {0, 3, 128, 129, 256, 257}) {
                    KernelVariant variant = KernelChoice.special(Entry.REGION_FORWARD, channels, activation,
                            Layout.ROWS, labels, ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT);
                    int most = labels.isDense() ? activation == Activation.SOFTMAX ? 0 : 256
                            : activation == Activation.SIGMOID ? 128 : 0;
                    boolean isWalked = channels > 0 && channels <= most;
                    assertThat(variant.layout()).as(variant.symbol())
                            .isEqualTo(isWalked ? Layout.ROWS : Layout.CHANNELS_LAST);
                    assertThat(variant.ofAnyClasses().layout()).isEqualTo(Layout.CHANNELS_LAST);
                }
            }
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
