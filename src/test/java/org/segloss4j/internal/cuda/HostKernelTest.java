package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.compile.Digest;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.plan.KernelArguments;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.StateLayout;

/** That what runs on the host are the kernels, that they are called rightly, and that the tests would notice a bug. */
class HostKernelTest {

    private static final KernelVariant FORWARD = KernelChoice.special(Entry.REGION_FORWARD, 3,
            org.segloss4j.internal.backend.Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8,
            ElementType.FLOAT,
            Terms.NONE, LaunchPolicy.DEFAULT);

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Test
    void theHostCompilesTheTextOfTheGpuCompilers() throws IOException {
        String text = KernelSource.of(Entry.REGION_FORWARD);
        NativeLibrary library = HostCompiler.library(FORWARD, text);
        assertThat(Digest.of(HostCompiler.textOf(library))).isEqualTo(Digest.of(text));
    }

    @Test
    void argumentRecordsAreTheStructsOfTheKernels() {
        Map<String, Long> structs = HostCompiler.layout(FORWARD, "seg_host_layout");
        assertThat(structs.remove("State")).isEqualTo(StateLayout.BYTES);
        assertThat(structs.remove("State.badLabels")).isEqualTo(StateLayout.count(BadInput.Kind.LABEL));
        assertThat(structs.remove("State.firstBadLabel")).isEqualTo(StateLayout.first(BadInput.Kind.LABEL));
        assertThat(structs.remove("State.badWeights")).isEqualTo(StateLayout.count(BadInput.Kind.WEIGHT));
        assertThat(structs.remove("State.firstBadWeight")).isEqualTo(StateLayout.first(BadInput.Kind.WEIGHT));
        assertThat(structs.remove("State.badPredictions")).isEqualTo(StateLayout.count(BadInput.Kind.PREDICTION));
        assertThat(structs.remove("State.firstBadPrediction")).isEqualTo(StateLayout.first(BadInput.Kind.PREDICTION));
        assertThat(structs.remove("State.value")).isEqualTo(StateLayout.VALUE);
        assertThat(structs.remove("State.ticket")).isZero();
        Map<String, Long> records = new LinkedHashMap<>();
        for (Class<?> type : KernelArguments.class.getPermittedSubclasses()) {
            String name = type.getSimpleName().replace("TensorArgument", "Tensor");
            long offset = 0;
            for (RecordComponent component : type.getRecordComponents()) {
                records.put(name + "." + component.getName(), offset);
                offset += size(component.getType());
            }
            records.put(name, offset);
        }
        assertThat(structs).containsExactlyInAnyOrderEntriesOf(records);
    }

    private static long size(Class<?> type) {
        return type.isPrimitive() ? 8 : Stream.of(type.getRecordComponents()).mapToLong(c -> size(c.getType())).sum();
    }

    /** The members are written in the order in which they stand. */
    @Test
    void argumentsAreWrittenInOrder() {
        var tensor = new KernelArguments.TensorArgument(1, 2, 3, 4, 5, 6);
        var in = new KernelArguments.Inputs(tensor, tensor, tensor, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
        ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
        new KernelArguments.ForwardArguments(in, 18, Double.longBitsToDouble(19), 20, 21, 22, 23, 24, 25, 26)
                .put(bytes);
        assertThat(bytes.flip().limit()).isEqualTo(8 * (18 + 11 + 9));
        for (int k = 0; k < 18; k++) {
            assertThat(bytes.getLong()).isEqualTo(1 + k % 6);
        }
        for (int k = 7; k <= 26; k++) {
            assertThat(bytes.getLong()).isEqualTo(k);
        }
    }

    @Test
    void aLossAndItsGradientAreTwoLaunchesAndNoAllocation() {
        HostDevice device = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
        LossBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT);
        differences(backend, 3);
        int allocations = device.allocations.get();
        int launches = device.launches.get();
        for (int k = 0; k < 3; k++) {
            differences(backend, 3);
        }
        assertThat(device.allocations.get()).isEqualTo(allocations);
        assertThat(device.launches.get()).isEqualTo(launches + 6);
    }

    static Stream<Arguments> bugs() {
        return Stream.of(
                Arguments.of("a pixel beyond the end", 3, "return first + v < to &&", "return first + v <= to &&"),
                Arguments.of("no barrier before warps are added up", 3, "    __syncthreads();\n"
                        + "    for (int j = threadIdx.x; j < width", "    for (int j = threadIdx.x; j < width"),
                Arguments.of("a bin left out", 8, "(k + (unsigned) lane()) % packs",
                        "(k + (unsigned) lane()) % (packs - 1)"),
                Arguments.of("no barrier before rows are read", 8, "(t, from, count, rows);\n    }\n"
                        + "    syncCopiers();", "(t, from, count, rows);\n    }\n"),
                Arguments.of("wide loads from the start of a part", 1, "predictionsAt + from) & 31)",
                        "predictionsAt + from) & 0)"),
                Arguments.of("a wrong coefficient", 3, "- numerator(i) / den * row[RegionRow::B_I]) / den",
                        "- numerator(i) / den * row[RegionRow::B_P]) / den"));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void aPlantedBugIsNoticed(String bug, int channels, String right, String wrong) {
        assertThat(KernelSource.of(Entry.REGION_FORWARD).split(java.util.regex.Pattern.quote(right), -1))
                .as("places of %s", bug).hasSize(2);
        LossBackend sound = new CudaBackend(new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()),
                LaunchPolicy.DEFAULT);
        LossBackend buggy = new CudaBackend(new HostDevice(HostVariants.SPECIAL, text -> text.replace(right, wrong)),
                LaunchPolicy.DEFAULT);
        assertThat(differences(sound, channels)).isLessThan(1e-5);
        boolean noticed;
        try {
            noticed = !(differences(buggy, channels) < 1e-5);
        } catch (CudaException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // A barrier that not all reach, memory that is not the kernel's, or labels that are no labels or nowhere.
            noticed = true;
        }
        assertThat(noticed).as(bug).isTrue();
    }

    /** The largest relative error of value and gradient against the reference, of a variant that is built. */
    private static double differences(LossBackend backend, int channels) {
        Nd4j.getRandom().setSeed(7);
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, channels, 1203);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 1203).mul(Math.max(2, channels)).castTo(DataType.UINT8);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        switch (channels) {
            // Views: the logits of the second example begin where nothing is aligned, its labels where all is.
            case 1 -> batch = SegmentationBatch.predictions(Nd4j.randn(DataType.FLOAT, 2, 1, 1205)
                    .get(NDArrayIndex.all(), NDArrayIndex.all(),
                            NDArrayIndex.interval(1, 1204))).labels(Nd4j.concat(2, Nd4j.zeros(DataType.FLOAT, 2, 1, 1),
                            labels.castTo(DataType.FLOAT).reshape(2, 1, 1203)).get(NDArrayIndex.all(),
                            NDArrayIndex.all(), NDArrayIndex.interval(0, 1203)))
                            .activation(Activation.SIGMOID);
            case 8 -> batch = SegmentationBatch.predictions(logits.permute(0, 2, 1).dup('c'))
                    .labels(labels.castTo(DataType.INT32))
                    .channelsLast().activation(Activation.SOFTMAX);
            default -> { }
        }
        SegmentationLoss loss = Losses.jaccard().plus(Losses.dice());
        LossResult expected = LossInternals.valueAndGradient(loss, batch, new ReferenceBackend());
        LossResult actual = LossInternals.valueAndGradient(loss, batch, backend);
        double[] theirs = expected.gradient().dup('c').data().asDouble();
        double[] ours = actual.gradient().dup('c').data().asDouble();
        double error = Math.abs(actual.value() - expected.value());
        double largest = 0;
        for (double g : theirs) {
            largest = Math.max(largest, Math.abs(g));
        }
        for (int k = 0; k < ours.length; k++) {
            double own = Math.abs(ours[k] - theirs[k]) / largest;
            error = own <= error ? error : own;
        }
        return error;
    }
}
