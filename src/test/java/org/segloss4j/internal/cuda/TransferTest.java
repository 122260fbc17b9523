package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.call.PinnedBuffer;
import org.segloss4j.internal.cuda.call.TensorTransfer;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.nd4j.HostBatches;
import org.segloss4j.internal.nd4j.NdTensors;
import org.segloss4j.internal.nd4j.RowOrder;

/** The way of tensors to the device and back. */
class TransferTest {

    private static HostDevice device() {
        return new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
    }

    /** Sizes around the halves of the pinned buffer, several in a row without waiting. */
    @Test
    void whatIsCopiedInComesOutAgain() {
        Random random = new Random(3);
        try (HostDevice device = device(); PinnedBuffer pinned = new PinnedBuffer(device)) {
            for (int round = 0; round < 3; round++) {
                int[] sizes = {1, 100, 4 << 20, (4 << 20) + 1, 13_000_001, 8 << 20, 255, 5_000_000};
                byte[][] data = new byte[sizes.length][];
                long[] addresses = new long[sizes.length];
                for (int k = 0; k < sizes.length; k++) {
                    byte[] bytes = new byte[sizes[k]];
                    random.nextBytes(bytes);
                    data[k] = bytes;
                    addresses[k] = device.allocate(sizes[k]);
                    pinned.copyIn((from, length, to, at) -> to.put(at, bytes, (int) from, length), sizes[k],
                            addresses[k], 0);
                }
                for (int k = 0; k < sizes.length; k++) {
                    byte[] back = new byte[sizes[k]];
                    pinned.copyOut(addresses[k], sizes[k], (from, length, of, at) -> of.get(at, back, (int) from,
                            length), 0);
                    assertThat(Arrays.equals(back, data[k])).as("%d bytes", sizes[k]).isTrue();
                    device.free(addresses[k]);
                }
            }
        }
    }

    /** One thread alone moves less than the bus does. Here the first waits until another one comes. */
    @Test
    void muchIsMovedBySeveralThreads() {
        int bytes = 9_000_001;
        try (HostDevice device = device(); PinnedBuffer pinned = new PinnedBuffer(device)) {
            CountDownLatch here = new CountDownLatch(2);
            long address = device.allocate(bytes);
            pinned.copyIn((from, length, to, at) -> meet(here, from), bytes, address, 0);
            assertThat(here.getCount()).isZero();
            CountDownLatch back = new CountDownLatch(2);
            pinned.copyOut(address, bytes, (from, length, of, at) -> meet(back, from), 0);
            assertThat(back.getCount()).isZero();
        }
    }

    private static void meet(CountDownLatch both, long from) {
        both.countDown();
        // The rest of it is one thread's.
        if (from < 4 << 20) {
            await(both, from);
        }
    }

    private static void await(CountDownLatch others, long from) {
        try {
            assertThat(others.await(20, TimeUnit.SECONDS)).as("another thread at byte %d", from).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What one of them throws is told when no other works on the buffer any more. */
    @Test
    void whatAThreadThrowsIsThrown() {
        try (HostDevice device = device(); PinnedBuffer pinned = new PinnedBuffer(device)) {
            long address = device.allocate(4 << 20);
            Thread caller = Thread.currentThread();
            CountDownLatch begun = new CountDownLatch(1);
            AtomicInteger working = new AtomicInteger();
            assertThatThrownBy(() -> pinned.copyIn((from, length, to, at) -> {
                if (Thread.currentThread() == caller) {
                    await(begun, from);
                    throw new IllegalStateException("no more");
                }
                working.incrementAndGet();
                begun.countDown();
                LockSupport.parkNanos(300_000_000);
                working.decrementAndGet();
            }, 4 << 20, address, 0)).isInstanceOf(IllegalStateException.class).hasMessageContaining("no more");
            assertThat(working).hasValue(0);
            assertThat(device.copied).hasValue(0);
        }
    }

    /** Elements far apart in memory are packed; those between belong to somebody else. */
    @Test
    void stridedTensorsArePacked() {
        ByteBuffer memory = ByteBuffer.allocate(4 * 1000);
        Storage storage = Storage.of(memory);
        Tensor sparse = new Tensor(storage, ElementType.FLOAT, 3, 2, 3, 5, 400, 100, 7);
        for (int k = 0; k < 1000; k++) {
            storage.window(0).putFloat(4 * k, k);
        }
        TensorTransfer transfer = new TensorTransfer(sparse, false);
        assertThat(transfer.bytes()).isEqualTo(4 * 30);
        ByteBuffer packed = ByteBuffer.allocate(200).order(java.nio.ByteOrder.nativeOrder());
        transfer.fill(0, 40, packed, 8);
        transfer.fill(40, 80, packed, 48);
        for (int k = 0; k < 30; k++) {
            assertThat(packed.getFloat(8 + 4 * k)).isEqualTo(sparse.offset(k / 15, k / 5 % 3, k % 5));
            packed.putFloat(8 + 4 * k, -1);
        }
        new TensorTransfer(sparse, true).drain(0, 120, packed, 8);
        assertThat(IntStream.range(0, 1000).filter(k -> storage.window(0).getFloat(4 * k) == -1).count()).isEqualTo(30);
    }

    @Test
    void aGradientThatIsAViewLeavesWhatIsAroundIt() {
        HostBackends.require();
        try (HostDevice device = device(); CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT)) {
            INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 50);
            INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 50).mul(3).castTo(DataType.UINT8);
            Batch batch = HostBatches.of(labels, logits, 1, Activation.SOFTMAX, null, RowOrder.EXAMPLES);
            INDArray expected = Nd4j.valueArrayOf(new long[] {2, 3, 60}, 77f);
            INDArray actual = expected.dup();
            for (INDArray whole : List.of(expected, actual)) {
                INDArray view = whole.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(5, 55));
                (whole == actual ? backend : new ReferenceBackend())
                        .valueAndGradient(Job.gradient(LossInternals.spec(Losses.dice()), batch, 2,
                        NdTensors.tensor(view, 1, RowOrder.EXAMPLES)));
            }
            assertThat(actual.equalsWithEps(expected, 1e-6)).isTrue();
        }
    }

    @Test
    void threadsDoNotDisturbOneAnother() {
        HostBackends.require();
        try (HostDevice device = device(); CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT)) {
            List<String> wrong = IntStream.range(0, 40).parallel().mapToObj(k -> {
                INDArray logits = Nd4j.randn(DataType.FLOAT, 1, 3, 100 + 37 * k);
                INDArray labels = Nd4j.zeros(DataType.UINT8, 1, 100 + 37 * k).addi(k % 3);
                Batch batch = HostBatches.of(labels, logits, 1, Activation.SOFTMAX, null, RowOrder.EXAMPLES);
                INDArray gradient = Nd4j.create(DataType.FLOAT, logits.shape());
                INDArray truth = Nd4j.create(DataType.FLOAT, logits.shape());
                double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(Losses.jaccard()), batch, 1,
                        NdTensors.tensor(gradient, 1, RowOrder.EXAMPLES)));
                double expected = new ReferenceBackend()
                        .valueAndGradient(Job.gradient(LossInternals.spec(Losses.jaccard()), batch, 1,
                        NdTensors.tensor(truth, 1, RowOrder.EXAMPLES)));
                return Math.abs(value - expected) < 1e-6 && gradient.equalsWithEps(truth, 1e-6) ? null : "case " + k;
            }).filter(java.util.Objects::nonNull).toList();
            assertThat(wrong).isEmpty();
        }
    }
}
