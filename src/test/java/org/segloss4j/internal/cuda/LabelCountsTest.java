package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.CountsBy;
import org.segloss4j.weights.LabelCounting;

/** Class counts, as class weights are made of them, by each backend; the kernel runs on the host. */
class LabelCountsTest {

    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable());
    }

    private static INDArray labels(DataType type, int classes, int... shape) {
        return Nd4j.rand(DataType.FLOAT, Arrays.stream(shape).asLongStream().toArray()).mul(classes).castTo(type);
    }

    /** By hand: [N][C + 1], void last. */
    private static long[][] expected(INDArray labels, int classes, int ignore) {
        long[][] counts = new long[(int) labels.size(0)][classes + 1];
        double[] all = Nd4j.toFlattened('c', labels).castTo(DataType.DOUBLE).data().asDouble();
        for (int k = 0; k < all.length; k++) {
            int label = (int) all[k];
            counts[(int) ((long) k * counts.length / all.length)][label == ignore ? classes : label]++;
        }
        return counts;
    }

    private static void check(LossBackend backend, INDArray labels, int classes, int ignore) {
        ClassCounts counts = CountsBy.indices(LabelCounting.classes(classes).ignoreIndex(ignore).none(), labels,
                backend);
        long[][] byHand = expected(labels, classes, ignore);
        assertThat(counts.images()).isEqualTo(byHand.length);
        assertThat(counts.voidPixels()).isEqualTo(Arrays.stream(byHand).mapToLong(each -> each[classes]).sum());
        long[] pixels = Arrays.stream(byHand).mapToLong(n -> LongStream.of(n).sum() - n[classes]).toArray();
        for (int c = 0; c < classes; c++) {
            int k = c;
            assertThat(counts.perClass().get(c).pixels()).isEqualTo(Arrays.stream(byHand).mapToLong(n -> n[k]).sum());
            assertThat(counts.perClass().get(c).imagePixels()).isEqualTo(IntStream.range(0, byHand.length)
                    .filter(n -> byHand[n][k] > 0).mapToLong(n -> pixels[n]).sum());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void countsAreThoseByHand(LossBackend backend) {
        // 20,000 classes are more than shared memory holds counters for.
        for (int classes : new int[] {1, 2, 19, 255, 20_000}) {
            check(backend, labels(DataType.INT32, classes, 3, 1, 1), classes, -1);
            check(backend, labels(DataType.INT32, classes, 3, 41, 251), classes, classes - 1);
            check(backend, labels(DataType.INT64, classes + 1, 1, 1, 9000), classes, classes);
        }
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"UBYTE", "BYTE", "SHORT", "UINT16", "INT", "UINT32", "LONG", "UINT64"})
    void everyIntegerTypeIsCounted(DataType type) {
        backends().forEach(backend -> check(backend, labels(type, 9, 2, 1, 700), 9, 4));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void viewsAreCountedInPlace(LossBackend backend) {
        INDArray whole = labels(DataType.UINT8, 5, 4, 33, 70);
        check(backend, whole.get(NDArrayIndex.interval(1, 3), NDArrayIndex.interval(2, 30),
                NDArrayIndex.interval(5, 60)), 5, 0);
        check(backend, whole.permute(1, 0, 2), 5, 0);
        check(backend, whole.dup('f'), 5, 0);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void badLabelsAreNamed(LossBackend backend) {
        INDArray labels = Nd4j.zeros(DataType.INT32, 2, 30, 300);
        labels.putScalar(new int[] {1, 29, 299}, -4);
        labels.putScalar(new int[] {1, 0, 7}, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CountsBy.indices(LabelCounting.classes(1).none(), labels, backend))
                .withMessage("2 labels are outside 0..0; the first is 1 at example 1, pixel 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CountsBy.indices(LabelCounting.classes(1).ignoreIndex(1).none(), labels, backend))
                .withMessage("1 label is outside 0..0 and not the ignored 1; the first is -4 at example 1, pixel 8999");
        // What was found once is not found again.
        check(backend, labels.muli(0), 1, 7);
    }

    /** A device whose counters stand beyond 32 bits. */
    @Test
    void countsHave64Bits() {
        long[] large = {5_000_000_000L, 1, 1L << 40};
        UnusedMemoryDevice device = new UnusedMemoryDevice() {
            @Override
            public void copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
                super.copyOut(hostAddress, deviceAddress, bytes, stream);
                if (bytes == 8L * large.length) {
                    new Pointer(hostAddress).write(0, large, 0, large.length);
                }
            }

            @Override
            public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                assertThat(variant.entry()).isEqualTo(KernelVariant.Entry.LABEL_HISTOGRAM);
            }
        };
        ClassCounts counts = CountsBy.indices(LabelCounting.classes(2).ignoreIndex(9).none(),
                labels(DataType.UINT8, 2, 1, 1, 10), new CudaBackend(device, LaunchPolicy.DEFAULT));
        assertThat(counts.total()).isEqualTo(5_000_000_001L);
        assertThat(counts.voidPixels()).isEqualTo(1L << 40);
    }
}
