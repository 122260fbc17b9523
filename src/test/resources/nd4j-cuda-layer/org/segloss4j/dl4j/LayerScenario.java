package org.segloss4j.dl4j;

import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cuda.CudaAvailability;

/** The layer as DL4J calls it, with arrays on a device: what it asks of the device, and when bad labels are told. */
public final class LayerScenario {

    private static final SegmentationLoss LOSS = Losses.dice();
    private static final LayerWorkspaceMgr MEMORY = LayerWorkspaceMgr.noWorkspaces();

    private LayerScenario() {
    }

    private static IOutputLayer layer() {
        NeuralNetConfiguration conf = new NeuralNetConfiguration.Builder()
                .layer(new SegmentationLossLayer.Builder(LOSS).activation(Activation.SOFTMAX).build()).build();
        return (IOutputLayer) conf.getLayer().instantiate(conf, null, 0, null, false, DataType.FLOAT);
    }

    private static INDArray labels(double bad) {
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 40).mul(3).castTo(DataType.UINT8);
        if (bad >= 0) {
            labels.putScalar(1, 7, bad);
        }
        AtomicAllocator.getInstance().toDevice(labels);
        Pointer there = AtomicAllocator.getInstance().getPointer(labels, null);
        CudaAvailability.lend(there.address(), labels.length());
        return labels;
    }

    private static INDArray backward(IOutputLayer layer, INDArray logits, INDArray labels) {
        layer.setInput(logits, MEMORY);
        layer.setLabels(labels);
        return layer.backpropGradient(null, MEMORY).getSecond();
    }

    private static boolean isRight(IOutputLayer layer, INDArray logits, INDArray labels, INDArray gradient) {
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        INDArray truth = Nd4j.create(DataType.FLOAT, 2, 3, 40);
        double value = LossInternals.call(LOSS, batch, new CpuBackend()).valueAndGradient(2, truth);
        double score = layer.computeScore(0, true, MEMORY);
        Nd4j.getAffinityManager().ensureLocation(gradient, Location.HOST);
        return Math.abs(score - value) < 1e-6 && gradient.equalsWithEps(truth, 1e-7);
    }

    private static void failing(Runnable work) {
        try {
            work.run();
            System.out.println("nothing was thrown");
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
    }

    public static void main(String[] args) {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 40);
        INDArray good = labels(-1);
        INDArray bad = labels(9);
        IOutputLayer layer = layer();
        // The first call brings the tables of the loss.
        backward(layer, logits, good);
        layer.computeScore(0, true, MEMORY);
        CudaAvailability.reset();
        INDArray gradient = backward(layer, logits, good);
        System.out.println("backward: " + CudaAvailability.done());
        CudaAvailability.reset();
        layer.computeScore(0, true, MEMORY);
        System.out.println("score: " + CudaAvailability.done());
        CudaAvailability.reset();
        System.out.println("right: " + isRight(layer, logits, good, gradient));
        System.out.println("the score again: " + CudaAvailability.done());

        INDArray wrong = backward(layer, logits, bad);
        System.out.println("no error yet, gradient of rank " + wrong.rank());
        failing(() -> layer.computeScore(0, true, MEMORY));
        System.out.println("afterwards: " + isRight(layer, logits, good, backward(layer, logits, good)));

        backward(layer, logits, bad);
        // As a graph does.
        CudaAvailability.reset();
        layer.setMaskArray(null);
        System.out.println("no mask again: " + CudaAvailability.done());
        failing(() -> layer.computeScore(0, true, MEMORY));

        backward(layer, logits, bad);
        failing(() -> backward(layer, logits, good));
        System.out.println("afterwards: " + isRight(layer, logits, good, backward(layer, logits, good)));
        backward(layer, logits, bad);
        failing(layer::clear);
        backward(layer, logits, bad);
        failing(() -> layer.backpropGradient(null, MEMORY));

        IOutputLayer other = layer();
        INDArray logits2 = Nd4j.randn(DataType.FLOAT, 2, 3, 40);
        INDArray first = backward(layer, logits, good);
        CudaAvailability.reset();
        INDArray second = backward(other, logits2, good);
        System.out.println("two layers: " + CudaAvailability.done());
        System.out.println(isRight(layer, logits, good, first) + " " + isRight(other, logits2, good, second));
    }
}
