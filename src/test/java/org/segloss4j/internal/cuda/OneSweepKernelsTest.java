package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Outcome;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** What is launched for losses without region terms, and that a bug in it would be noticed. */
class OneSweepKernelsTest {

    private static final SegmentationLoss LOSS = Losses.categoricalCrossEntropy().ignoreIndex(255);

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    /** Three classes, 1203 pixels, of which a fifth is void. */
    private static Batch batch() {
        Random random = new Random(5);
        return TestTensors.indexed(TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 1203),
                random::nextGaussian), Activation.SOFTMAX, TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1,
                        1203), () -> random.nextInt(5) == 0 ? 255 : random.nextInt(3)));
    }

    @Test
    void theLogitsAreReadByOneLaunchBehindACountOfWeights() {
        List<Entry> launched = new ArrayList<>();
        LossBackend backend = new CudaBackend(new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()) {
            @Override
            public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                launched.add(variant.entry());
                super.launch(variant, shape, arguments, stream);
            }
        }, LaunchPolicy.DEFAULT);
        Outcome.of(backend, LOSS, batch());
        assertThat(launched).containsExactly(Entry.PIXEL_WEIGHTS, Entry.PIXEL_LOSSES);
        launched.clear();
        Outcome.of(backend, LOSS.plus(Losses.dice()), batch());
        assertThat(launched).containsExactly(Entry.REGION_FORWARD, Entry.REGION_BACKWARD);
    }

    static Stream<Arguments> bugs() {
        return Stream.of(
                Arguments.of("labels at the end that are not counted", Entry.PIXEL_WEIGHTS,
                        "first = wide > 0 ? start + 16 * wide : from;", "first = wide > 0 ? to : from;"),
                Arguments.of("void labels that are counted", Entry.PIXEL_WEIGHTS, "& 0x7f7f7f7fu) + 0x7f7f7f7fu",
                        "& 0x7f7f7f7fu) + 0x80808080u"),
                Arguments.of("the losses of one warp alone", Entry.PIXEL_LOSSES,
                        "sum += block[w * in.pixelTerms + t];", "sum = block[w * in.pixelTerms + t];"),
                Arguments.of("the probability instead of its complement", Entry.PIXEL_LOSSES,
                        "return 0 - fall * u.complement;", "return 0 - fall * u.p;"),
                Arguments.of("losses that are lost at the end", Entry.PIXEL_LOSSES,
                        "        sums.add(0, crossEntropy.taken());\n    } else", "    } else"));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void aPlantedBugIsNoticed(String bug, Entry entry, String right, String wrong) {
        assertThat(KernelSource.of(entry).split(Pattern.quote(right), -1)).as("places of %s", bug).hasSize(2);
        assertThat(differences(UnaryOperator.identity())).isLessThan(1e-5);
        boolean noticed;
        try {
            noticed = !(differences(text -> text.replace(right, wrong)) < 1e-5);
        } catch (CudaException e) {
            noticed = true;
        }
        assertThat(noticed).as(bug).isTrue();
    }

    /** The largest relative error of value and gradient. */
    private static double differences(UnaryOperator<String> edit) {
        LossBackend backend = new CudaBackend(new HostDevice(HostVariants.SPECIAL, edit), LaunchPolicy.DEFAULT);
        Outcome expected = Outcome.of(new ReferenceBackend(), LOSS, batch());
        Outcome actual = Outcome.of(backend, LOSS, batch());
        assertThat(actual.gradient()).hasSameSizeAs(expected.gradient());
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        double error = Math.abs(actual.value() - expected.value());
        for (int k = 0; k < expected.gradient().length; k++) {
            double own = Math.abs(actual.gradient()[k] - expected.gradient()[k]) / largest;
            error = own <= error ? error : own;
        }
        return error;
    }
}
