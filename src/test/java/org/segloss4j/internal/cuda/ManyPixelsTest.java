package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.jna.Pointer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.Sums;

/**
 * The kernels, executed on the host, over more pixels than 32 bits count. Labels are zeros that take no memory, and one
 * prediction stands for all.
 */
class ManyPixelsTest {

    private static final long BEYOND_UNSIGNED = (1L << 32) + 4099;
    private static final long BEYOND_SIGNED = (1L << 31) + 4099;

    private final HostDevice device = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
    private final CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT);

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    /** [1, 1, S]; the last label is another one. */
    private Tensor labels(SparseMemory memory, int last) {
        new Pointer(memory.address()).setByte(memory.bytes() - 1, (byte) last);
        device.lend(memory.address(), memory.bytes());
        return new Tensor(Storage.onDevice(DeviceResidentBackend.PLACE, memory.address(), memory.bytes(), memory),
                ElementType.UINT8, 0, 1, 1, memory.bytes(), memory.bytes(), 0, 1);
    }

    @Test
    @Tag("slow")
    void labelsAreCountedAndTheLastIsNamed() {
        try (SparseMemory memory = SparseMemory.of(BEYOND_UNSIGNED)) {
            assertThat(backend.labelCounts(labels(memory, 2), 3, null)[0])
                    .containsExactly(BEYOND_UNSIGNED - 1, 0, 1, 0);
            long last = BEYOND_UNSIGNED - 1;
            assertThatIllegalArgumentException().isThrownBy(() -> backend.labelCounts(labels(memory, 7), 3, null))
                    .withMessage("1 label is outside 0..2; the first is 7 at example 0, pixel " + last);
        }
    }

    /** [1, 1, S] of one probability, which memory holds once. */
    private Batch batch(SparseMemory labels, SparseMemory prediction) {
        new Pointer(prediction.address()).setFloat(0, 0.25f);
        Tensor tensor = new Tensor(Storage.onDevice(DeviceResidentBackend.PLACE, prediction.address(), 4, prediction),
                ElementType.FLOAT, 0, 1, 1, labels.bytes(), 0, 0, 0);
        return new Batch(tensor, Activation.IDENTITY, new Labels(Labels.Kind.INDEX, labels(labels, 1)), null);
    }

    @Test
    @Tag("exhaustive")
    void pairsAreCounted() {
        try (SparseMemory memory = SparseMemory.of(BEYOND_SIGNED); SparseMemory prediction = SparseMemory.of(4)) {
            assertThat(backend.confusion(batch(memory, prediction), null, 0.1))
                    .containsExactly(0, BEYOND_SIGNED - 1, 0, 1);
        }
    }

    /** Sums of 0.25 are exact in floats and doubles. Takes a quarter of an hour. */
    @Test
    @Tag("exhaustive")
    void sumsAreOfAllPixels() {
        try (SparseMemory memory = SparseMemory.of(BEYOND_SIGNED); SparseMemory prediction = SparseMemory.of(4)) {
            Sums sums = backend.sums(Job.sums(LossInternals.spec(Losses.jaccard()), batch(memory, prediction), false));
            assertThat(sums.predicted(0, 0)).isEqualTo(0.25 * BEYOND_SIGNED);
            assertThat(sums.intersection(0, 0)).isEqualTo(0.25);
            assertThat(sums.truth(0, 0)).isEqualTo(1);
            assertThat(sums.weight(0, 0)).isEqualTo(BEYOND_SIGNED);
        }
    }
}
