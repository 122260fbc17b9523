package org.segloss4j;

import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/** Computes a loss on arrays that are on a device, in every way there is, and prints what ND4J was asked for. */
public final class Scenario {

    private static final AtomicAllocator ALLOCATOR = AtomicAllocator.getInstance();
    private static final SegmentationLoss LOSS = Losses.dice();

    private Scenario() {
    }

    public static void main(String[] args) {
        System.out.println("ND4J on " + Nd4j.getBackend().getClass().getSimpleName());
        try {
            // Asks for the addresses of a view, once, on either side.
            Nd4jMemory.here().access(false).reading(Nd4j.create(DataType.FLOAT, 1));
            Nd4jMemory.here().access(true).reading(Nd4j.create(DataType.FLOAT, 1));
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
            return;
        }
        ALLOCATOR.noted();
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 40);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 40).mul(3).castTo(DataType.UINT8);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        INDArray truth = Nd4j.create(DataType.FLOAT, 2, 3, 40);
        double expected = LossInternals.call(LOSS, batch, new CpuBackend()).valueAndGradient(1, truth);
        System.out.println("cpu: " + ALLOCATOR.noted());
        truth = truth.dup();
        INDArray both = logits.dup();
        ALLOCATOR.onDeviceOnly(logits);
        ALLOCATOR.noted();

        System.out.println(Nd4jMemory.here().access(true).reading(logits).place());

        LossBackend cuda = HostBackends.some();
        INDArray gradient = Nd4j.createUninitialized(DataType.FLOAT, 2, 3, 40);
        ALLOCATOR.fresh(gradient);
        double value = LossInternals.call(LOSS, batch, cuda).valueAndGradient(1, gradient);
        System.out.println("cuda: " + ALLOCATOR.noted());
        same(value, expected, gradient, truth);

        INDArray whole = Nd4j.valueArrayOf(new long[] {2, 3, 60}, 77f);
        INDArray view = whole.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(5, 45));
        value = LossInternals.call(LOSS, batch, cuda).valueAndGradient(1, view);
        System.out.println("cuda, view: " + ALLOCATOR.noted());
        same(value, expected, view, truth);
        System.out.println("around it " + whole.get(NDArrayIndex.all(), NDArrayIndex.all(),
                NDArrayIndex.interval(45, 60)).equals(Nd4j.valueArrayOf(new long[] {2, 3, 15}, 77f)));
        System.out.println("copied by the backend: " + HostBackends.stagedBytes(cuda));

        SegmentationBatch inPlace = SegmentationBatch.predictions(both).labels(labels).activation(Activation.SOFTMAX);
        value = LossInternals.call(LOSS, inPlace, cuda).valueAndGradient(1, both);
        same(value, expected, both, truth);

        INDArray wide = Nd4j.zeros(DataType.FLOAT, 2, 3, 60);
        INDArray left = wide.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, 40));
        INDArray right = wide.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(20, 60));
        try {
            LossInternals.call(LOSS, SegmentationBatch.predictions(left).labels(labels).activation(Activation.SOFTMAX),
                    cuda).valueAndGradient(1, right);
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
        ALLOCATOR.noted();
        LossResult result = LOSS.valueAndGradient(batch);
        System.out.println("auto: " + ALLOCATOR.noted());
        same(result.value(), expected, result.gradient(), truth);
        ALLOCATOR.toDevice(result.gradient());
        ALLOCATOR.onDeviceOnly(result.gradient());
        same(result.value(), expected, result.gradient(), truth);
    }

    private static void same(double value, double expected, INDArray gradient, INDArray truth) {
        // As ND4J does before the host reads.
        Nd4j.getAffinityManager().ensureLocation(gradient, Location.HOST);
        ALLOCATOR.noted();
        System.out.println("same " + (Math.abs(value - expected) < 1e-6) + " " + gradient.equalsWithEps(truth, 1e-7));
    }
}
