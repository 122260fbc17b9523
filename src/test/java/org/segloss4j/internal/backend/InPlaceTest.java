package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.LossCases;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;

/** A gradient that is written over the predictions has the bits of one with memory of its own. */
class InPlaceTest {

    private static final int CASES = 300;

    /** Backends that take any case. */
    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()),
                HostBackends.ifAvailable().flatMap(some -> Stream.of(some, HostBackends.inPieces(),
                        HostBackends.deviceResident())));
    }

    /** The kernels run in other types than FLOAT only in some cases, since each is compiled. */
    @ParameterizedTest
    @MethodSource("backends")
    void hasTheBitsOfASeparateArray(LossBackend backend) {
        int computed = 0;
        for (int seed = 0; seed < CASES; seed++) {
            RandomCase drawn = new RandomCase(seed);
            if (drawn.type() == ElementType.FLOAT || !backend.takesDeviceMemory()
                    && !backend.name().equals("device-resident")) {
                Batch batch = drawn.batch();
                assertAlike(backend, drawn.loss(), batch, seed + " " + drawn);
                computed++;
            }
        }
        assertThat(computed).isGreaterThan(CASES / 5);
    }

    /** A loss by its name, or one of the predefined sums. */
    static SegmentationLoss named(String name) {
        SegmentationLoss sum = LossCases.sums().get(name);
        return sum == null ? Losses.named(name) : sum;
    }

    static void assertAlike(LossBackend backend, SegmentationLoss loss, Batch batch, Object what) {
        Tensor p = batch.predictions();
        Tensor separate = copy(p);
        double expected = backend.valueAndGradient(Job.gradient(LossInternals.spec(loss), batch, 1.5, separate));
        Tensor both = copy(p);
        Batch inPlace = new Batch(both, batch.activation(), batch.labels(), batch.mask());
        double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(loss), inPlace, 1.5, both));
        assertThat(value).as("value of %s", what).isEqualTo(expected);
        if (backend instanceof CpuBackend && p.channels() == 1 && batch.activation() == Activation.SIGMOID) {
            // Memory of its own holds what the second sweep need not compute again, which rounds in another order.
            double[] values = TestTensors.values(separate);
            double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
            LossBackendSuite.assertClose(TestTensors.values(both), values, 1e-6 * largest, "gradient of " + what);
        } else {
            // All of the memory, with what lies around a view.
            assertThat(bytes(both)).as("gradient of %s", what).isEqualTo(bytes(separate));
        }
    }

    /** The same view of a copy of the memory. */
    private static Tensor copy(Tensor t) {
        ByteBuffer copy = ByteBuffer.allocateDirect((int) t.storage().bytes()).put(t.storage().window(0).duplicate()
                .clear());
        return new Tensor(Storage.of(copy), t.type(), t.offset(), t.examples(), t.channels(), t.pixels(),
                t.exampleStride(), t.channelStride(), t.pixelStride());
    }

    private static byte[] bytes(Tensor t) {
        byte[] bytes = new byte[(int) t.storage().bytes()];
        t.storage().window(0).get(0, bytes);
        return bytes;
    }
}
