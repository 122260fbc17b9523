package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.UnusedMemoryDevice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** How many methods of ours stand between the layer that DL4J calls and the work: a reader has to follow each. */
class RouteTest {

    private static final int MOST = 9;

    /** The stack as it is when a chunk is being computed, which is nearly always. */
    @Test
    void fromTheLayerToTheSweepOfTheCpu() throws InterruptedException {
        for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.categoricalFocal(),
                Losses.dice().plus(Losses.categoricalCrossEntropy()))) {
            List<String> route = route(loss);
            assertThat(route).as(loss.name()).hasSizeLessThanOrEqualTo(MOST);
        }
    }

    private static List<String> route(SegmentationLoss loss) throws InterruptedException {
        MultiLayerConfiguration conf = new NeuralNetConfiguration.Builder().seed(1).list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(3).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(loss).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(128, 128, 3)).build();
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        INDArray images = Nd4j.zeros(DataType.FLOAT, 2, 3, 128, 128);
        INDArray masks = Nd4j.zeros(DataType.UINT8, 2, 128, 128);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread training = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                net.fit(images, masks);
            }
        });
        training.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
        training.start();
        List<String> found = List.of();
        for (long end = System.nanoTime() + 60_000_000_000L; found.isEmpty() && System.nanoTime() < end;) {
            found = ours(training.getStackTrace(), "org.segloss4j.internal.cpu.sweep.");
        }
        training.interrupt();
        training.join();
        assertThat(failure.get()).isNull();
        assertThat(found).isNotEmpty();
        return found;
    }

    /** From the layer to the first method of the place, both counted; empty if the stack does not lead there. */
    private static List<String> ours(StackTraceElement[] stack, String place) {
        List<String> ours = Arrays.stream(stack).filter(frame -> frame.getClassName().startsWith("org.segloss4j."))
                // The JVM's own frame of a lambda, beside that of its body.
                .filter(frame -> !frame.getClassName().contains("$$Lambda"))
                .map(frame -> frame.getClassName() + "." + frame.getMethodName()).toList();
        int from = -1;
        // Not while a sweep is being made, or something for it, which is beside the route.
        boolean beingMade = ours.stream().anyMatch(frame -> frame.endsWith("<init>"));
        for (int k = 0; k < ours.size() && !beingMade; k++) {
            from = ours.get(k).startsWith(place) ? k : from;
        }
        int to = ours.indexOf(SegmentationLossLayerImpl.class.getName() + ".backpropGradient");
        return from >= 0 && to > from ? ours.subList(from, to + 1) : List.of();
    }

    /** From the call on; the layer and the loss stand before it, the driver behind the device. */
    @Test
    void fromTheLayerToTheLaunch() {
        AtomicReference<StackTraceElement[]> stack = new AtomicReference<>();
        UnusedMemoryDevice device = new UnusedMemoryDevice() {
            @Override
            public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                stack.set(new Throwable().getStackTrace());
            }
        };
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.zeros(DataType.FLOAT, 1, 3, 40))
                .labels(Nd4j.zeros(DataType.UINT8, 1, 40)).activation(Activation.SOFTMAX);
        try (CudaBackend backend = new CudaBackend(device, LaunchPolicy.DEFAULT)) {
            LossInternals.call(Losses.jaccard(), batch, backend)
                    .enqueueValueAndGradient(1, Nd4j.zeros(DataType.FLOAT, 1, 3, 40), false, null);
        }
        List<String> ours = Arrays.stream(stack.get()).map(StackTraceElement::getClassName)
                .filter(name -> name.startsWith("org.segloss4j.internal.")).toList();
        int call = ours.lastIndexOf("org.segloss4j.internal.loss.LossCall");
        int layerAndLoss = 2;
        int restOfDeviceAndDriver = 2;
        assertThat(layerAndLoss + call + 1 + restOfDeviceAndDriver).isLessThanOrEqualTo(MOST);
    }
}
