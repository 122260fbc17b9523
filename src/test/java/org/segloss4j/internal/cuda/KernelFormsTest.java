package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.math.Sums;

/** What must hold in every form of the kernels: where sums are kept, how pixels are read. */
class KernelFormsTest {

    /** Small blocks, so that few pixels are many for a thread. */
    private static final LaunchPolicy POLICY = LaunchPolicy.parse("t64b2v4s2r1");

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    /**
     * Channels, order of memory and type of labels, which choose the form: registers, bins, slices, channels,
     * tiles. Channels are those of a sigmoid.
     */
    static Stream<Arguments> forms() {
        return Stream.of(Arguments.of("registers", 3, "NCS", ElementType.UINT8),
                Arguments.of("bins", 8, "NCS", ElementType.INT32),
                Arguments.of("staged rows", 8, "NSC", ElementType.INT32),
                Arguments.of("slices", 40, "NCS", ElementType.UINT8),
                Arguments.of("dense labels", 2, "NCS", ElementType.FLOAT),
                Arguments.of("slices of dense labels", 40, "NCS", ElementType.FLOAT),
                Arguments.of("channels", 3, "NCS", ElementType.FLOAT),
                Arguments.of("channels", 1, "NCS", ElementType.UINT8),
                Arguments.of("tiles", 153, "NSC", ElementType.UINT8));
    }

    private static Batch batch(String form, int channels, String axes, ElementType labelType, Tensor mask) {
        int pixels = (int) mask.pixels();
        Tensor labels = TestTensors.fill(TestTensors.packed(labelType, mask.examples(),
                labelType == ElementType.FLOAT ? channels : 1, pixels), () -> 1);
        return new Batch(TestTensors.laidOut(ElementType.FLOAT, mask.examples(), channels, pixels, axes, 0),
                form.equals("channels") ? Activation.SIGMOID : Activation.SOFTMAX,
                new Labels(labelType == ElementType.FLOAT ? Labels.Kind.DENSE : Labels.Kind.INDEX,
                labels), mask);
    }

    /**
     * One pixel weighs 2^24, above which floats are two apart, and pixels that are far from it weigh 1: those of the
     * same thread after many others, and those of other blocks. Floats may add up over few pixels, doubles from there
     * on.
     */
    @ParameterizedTest
    @MethodSource("forms")
    void sumsOfManyPixelsAreExact(String form, int channels, String axes, ElementType labelType) {
        int pixels = channels > 100 ? 4099 : 12_291;
        int apart = channels > 100 ? 1024 : 4096;
        int[] at = new int[1];
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, pixels),
                () -> at[0]++ == 0 ? 1 << 24 : at[0] > apart ? 1 : 0);
        double mass = (1 << 24) + pixels - apart;
        assertThat(mass % 2).isEqualTo(1);
        Batch batch = batch(form, channels, axes, labelType, mask);
        HostDevice device = new HostDevice(null, UnaryOperator.identity()) {
            @Override
            public int multiprocessors() {
                return 1;
            }
        };
        try (device; CudaBackend host = new CudaBackend(device, POLICY)) {
            for (LossBackend backend : new LossBackend[] {host, new CpuBackend()}) {
                Sums sums = backend.sums(Job.sums(LossInternals.spec(Losses.jaccard()), batch, false));
                String what = form + ", " + backend.name();
                assertThat(sums.truth(0, channels > 1 ? 1 : 0)).as(what).isEqualTo(mass);
                for (int c = 0; c < channels; c++) {
                    assertThat(sums.weight(0, c)).as(what).isEqualTo(mass);
                }
            }
        }
    }

    /** Voids of tiles that are read whole, 16 pixels a thread, whatever stands there. */
    @ParameterizedTest
    @CsvSource({"SIGMOID, 1, UINT8, 255", "SIGMOID, 1, FLOAT, 255", "SIGMOID, 3, FLOAT, 2", "IDENTITY, 1, UINT8, 255"})
    void voidPixelsOfWholeTilesHaveNoGradient(Activation activation, int channels, ElementType labelType, int ignored) {
        int pixels = 2100;
        Random random = new Random(channels);
        int[] classes = random.ints(pixels, 0, 3).toArray();
        int[] at = new int[1];
        Tensor labels = TestTensors.fill(TestTensors.packed(labelType, 1, channels, pixels), () -> {
            int y = classes[at[0] % pixels];
            int c = at[0]++ / pixels;
            return channels > 1 ? y == c ? 1 : 0 : y == 2 ? ignored : y;
        });
        int[] next = new int[1];
        Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, channels, pixels),
                () -> classes[next[0]++ % pixels] != 2
                        ? activation == Activation.SIGMOID ? random.nextGaussian() : random.nextDouble()
                        : next[0] % 3 == 0 ? Double.NaN : next[0] % 3 == 1 ? Double.NEGATIVE_INFINITY : 3);
        Batch batch = new Batch(predictions, activation,
                new Labels(labelType == ElementType.FLOAT ? Labels.Kind.DENSE : Labels.Kind.INDEX, labels), null);
        try (HostDevice device = new HostDevice(null, UnaryOperator.identity());
             CudaBackend host = new CudaBackend(device, POLICY)) {
            SegmentationLoss entropy = Losses.sigmoidCrossEntropy();
            // Losses of pixels that do not follow such a sigmoid are taken one pixel at a time.
            for (SegmentationLoss loss : activation == Activation.IDENTITY
                    ? List.of(Losses.jaccard(), Losses.vNetDice())
                    : List.of(Losses.jaccard(), Losses.vNetDice(), entropy, Losses.dice().plus(entropy))) {
                double[] expected = gradient(new ReferenceBackend(), loss.ignoreIndex(ignored), batch);
                double[] gradient = gradient(host, loss.ignoreIndex(ignored), batch);
                for (int k = 0; k < expected.length; k++) {
                    assertThat(gradient[k]).as("%s, %s", loss.name(), k).isCloseTo(expected[k],
                            within(classes[k % pixels] == 2 ? 0 : 1e-6 * Math.max(0.1, Math.abs(expected[k]))));
                }
            }
        }
    }

    @Tag("slow")
    @Test
    void voidPixelsOfWholeTilesOfSeveralProbabilitiesHaveNoGradient() {
        voidPixelsOfWholeTilesHaveNoGradient(Activation.IDENTITY, 3, ElementType.FLOAT, 2);
    }

    private static double[] gradient(LossBackend backend, SegmentationLoss loss, Batch batch) {
        Tensor gradient = TestTensors.packed(ElementType.FLOAT, 1, batch.predictions().channels(),
                batch.predictions().pixels());
        backend.valueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1, gradient));
        return TestTensors.values(gradient);
    }

    /** A device whose kernels are told of more pixels than there are, of which they are to read the first few. */
    private static final class ManyPixels extends HostDevice {
        private static final long PIXELS = (1L << 32) + 4099;
        /** Where the numbers behind the three tensors stand. */
        private static final int SIZES = 3 * 48;

        /** The places of the first bad label, weight and prediction; -1 for none. */
        private final long[] found = new long[3];

        ManyPixels() {
            super(null, UnaryOperator.identity());
        }

        @Override
        public int multiprocessors() {
            return 1;
        }

        @Override
        void run(KernelVariant variant, LaunchShape shape, ByteBuffer arguments) {
            ByteBuffer in = arguments.order(ByteOrder.nativeOrder());
            assertThat(in.getLong(SIZES + 24)).as("parts of an example").isEqualTo(1);
            in.putLong(SIZES + 32, in.getLong(SIZES + 8));
            in.putLong(SIZES + 8, PIXELS);
            super.run(variant, shape, arguments);
            Pointer state = new Pointer(in.getLong(SIZES + 80));
            for (int kind = 0; kind < found.length; kind++) {
                found[kind] = ~state.getLong(16 + 16 * kind);
                // Java would look for it.
                state.setLong(8 + 16 * kind, 0);
                state.setLong(16 + 16 * kind, 0);
            }
        }
    }

    /** Labels and weights that must not be are told by a position in 64 bits. */
    @ParameterizedTest
    @MethodSource("forms")
    void positionsHave64Bits(String form, int channels, String axes, ElementType labelType) {
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 32), () -> 1);
        TestTensors.put(mask, 1, 0, 9, -1);
        Batch batch = batch(form, channels, axes, labelType, mask);
        if (labelType != ElementType.FLOAT) {
            TestTensors.put(batch.labels().tensor(), 1, 0, 7, 200);
        }
        try (ManyPixels device = new ManyPixels(); CudaBackend backend = new CudaBackend(device, POLICY)) {
            // Per image, so that examples are not joined.
            backend.sums(Job.sums(LossInternals.spec(Losses.jaccard()), batch, true));
            assertThat(device.found).as(form).containsExactly(labelType == ElementType.FLOAT ? -1
                    : ManyPixels.PIXELS + 7, ManyPixels.PIXELS + 9, -1);
        }
    }

    @Test
    void countersTellPositionsIn64Bits() {
        Tensor predictions = TestTensors.packed(ElementType.FLOAT, 2, 3, 32);
        TestTensors.put(predictions, 1, 2, 11, Double.NaN);
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 32), () -> 1);
        TestTensors.put(mask, 1, 0, 9, -1);
        Tensor labels = TestTensors.packed(ElementType.UINT8, 2, 1, 32);
        TestTensors.put(labels, 1, 0, 7, 200);
        try (ManyPixels device = new ManyPixels(); CudaBackend backend = new CudaBackend(device, POLICY)) {
            backend.confusion(new Batch(predictions, Activation.SOFTMAX, new Labels(Labels.Kind.INDEX, labels), mask),
                    null, 0.5);
            assertThat(device.found).containsExactly(ManyPixels.PIXELS + 7, ManyPixels.PIXELS + 9,
                    ManyPixels.PIXELS + 11);
        }
    }
}
