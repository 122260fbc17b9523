package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;

/** The kernels, executed on the host. */
class HostInPlaceTest extends InPlaceFormsSuite {

    private static final LossBackend BACKEND = HostBackends.deviceResidentAll();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Override
    LossBackend backend() {
        return BACKEND;
    }

    /** Each is compiled by itself. */
    @Override
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("others")
    void hasTheBitsOfASeparateArrayInOtherForms(int channels, Activation activation, String axes, ElementType type,
                                                ElementType labelType, String name) {
        super.hasTheBitsOfASeparateArrayInOtherForms(channels, activation, axes, type, labelType, name);
    }

    /** One that reads a channel again after it was written is right with memory of its own, and wrong in place. */
    @Test
    void aChannelThatIsReadAgainTooLateIsNoticed() {
        String right = "probability(in, pixel, c);";
        String wrong = "probability(in, pixel, c > 0 ? c - 1 : 0);";
        assertThat(KernelSource.of(Entry.REGION_BACKWARD)).contains(right);
        Random random = new Random(1);
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 200, 40), random::nextGaussian);
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 40), () -> random.nextInt(200));
        Batch batch = TestTensors.indexed(predictions, Activation.SOFTMAX, labels);
        InPlaceTest.assertAlike(BACKEND, Losses.jaccard(), batch, "the kernel as it is");
        assertThatThrownBy(() -> InPlaceTest.assertAlike(HostBackends.deviceResident(right, wrong), Losses.jaccard(),
                batch, "wrong")).isInstanceOf(AssertionError.class).hasMessageContaining("gradient of wrong");
    }
}
