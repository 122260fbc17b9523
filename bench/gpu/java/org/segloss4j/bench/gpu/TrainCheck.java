package org.segloss4j.bench.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.Losses;
import org.segloss4j.dl4j.SegmentationLossLayer;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/**
 * Trains a small network on whatever ND4J runs on, from parameters and data that are the same everywhere.
 *
 * <p>{@code --out FILE}: losses and times as JSON; {@code --compare FILE}: losses of another run, which must agree;
 * {@code --device}: fails unless ND4J's arrays lie on a GPU, the loss is computed there and none of them is copied.
 */
public final class TrainCheck {

    private static final int EXAMPLES = 8;
    private static final int CLASSES = 5;
    private static final int SIZE = 128;
    private static final int STEPS = 30;
    private static final int TIMED = 60;

    private TrainCheck() {
    }

    /**
     * Runs.
     *
     * @param args see the class
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        List<String> given = Arrays.asList(args);
        boolean onDevice = given.contains("--device");
        if (onDevice && !Nd4jMemory.here().onDevices()) {
            fail("ND4J's arrays are not on a GPU, but in " + Nd4j.getBackend().getClass().getSimpleName());
        }
        INDArray images = images();
        INDArray indices = indices();
        MultiLayerNetwork ours = network(new SegmentationLossLayer.Builder(Losses.jaccard()
                .plus(Losses.categoricalFocal())).activation(Activation.SOFTMAX).build());
        DataSet data = new DataSet(images, indices);
        CudaBackend backend = onDevice ? (CudaBackend) CudaAvailability.backend() : null;
        double[] losses = new double[STEPS];
        ours.fit(data.copy());
        long staged = backend == null ? 0 : backend.stagedBytes();
        for (int step = 0; step < STEPS; step++) {
            ours.fit(data);
            losses[step] = ours.score();
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("backend", Nd4j.getBackend().getClass().getSimpleName());
        result.put("losses", losses);
        double own = milliseconds(ours, data);
        double cnnLoss = milliseconds(network(new CnnLossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX)
                .build()), new DataSet(images, oneHot(indices)));
        result.put("stepMilliseconds", own);
        result.put("stepMillisecondsOfCnnLossLayerWithMcxent", cnnLoss);
        if (backend != null) {
            result.put("stagedBytes", backend.stagedBytes() - staged);
        }
        int out = given.indexOf("--out");
        String json = new ObjectMapper().writeValueAsString(result);
        if (out >= 0) {
            Files.writeString(Path.of(given.get(out + 1)), json);
        }
        System.out.println(json);
        if (!(losses[STEPS - 1] < losses[0])) {
            fail("the loss did not fall: " + losses[0] + " to " + losses[STEPS - 1]);
        }
        if (backend != null && backend.stagedBytes() != staged) {
            fail(backend.stagedBytes() - staged + " bytes of logits, labels or gradients went through the host");
        }
        if (given.contains("--compare")) {
            compare(losses, new ObjectMapper().readTree(Files.readAllBytes(Path.of(given.get(given.indexOf("--compare")
                    + 1)))).get("losses"));
        }
    }

    private static void compare(double[] losses, JsonNode others) {
        for (int step = 0; step < losses.length; step++) {
            double other = others.get(step).asDouble();
            // Float networks drift apart step by step.
            if (!(Math.abs(losses[step] - other) <= 1e-4 * (1 + 0.1 * step) * Math.abs(other))) {
                fail("loss of step " + step + " is " + losses[step] + ", in the other run " + other);
            }
        }
        System.out.println("losses agree with the other run");
    }

    private static void fail(String why) {
        System.out.println("failed: " + why);
        System.exit(1);
    }

    private static MultiLayerNetwork network(Layer last) {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().updater(new Sgd(0.1))
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).padding(1, 1).nOut(16).activation(Activation.RELU).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(CLASSES).activation(Activation.IDENTITY).build())
                .layer(last)
                .setInputType(InputType.convolutional(SIZE, SIZE, 3)).build());
        network.init();
        Random random = new Random(7);
        float[] parameters = new float[(int) network.numParams()];
        for (int k = 0; k < parameters.length; k++) {
            parameters[k] = (float) (0.2 * random.nextGaussian());
        }
        network.setParams(Nd4j.createFromArray(parameters).reshape(1, parameters.length));
        return network;
    }

    /** Noise with a level for each class. */
    private static INDArray images() {
        Random random = new Random(8);
        float[] values = new float[EXAMPLES * 3 * SIZE * SIZE];
        for (int k = 0; k < values.length; k++) {
            int s = k % (SIZE * SIZE);
            int n = k / (3 * SIZE * SIZE);
            int c = k / (SIZE * SIZE) % 3;
            values[k] = (float) (0.3 * random.nextGaussian() + Math.cos(label(n, s) * (c + 1.0)));
        }
        return Nd4j.createFromArray(values).reshape(EXAMPLES, 3, SIZE, SIZE);
    }

    private static INDArray indices() {
        int[] values = new int[EXAMPLES * SIZE * SIZE];
        Arrays.setAll(values, k -> label(k / (SIZE * SIZE), k % (SIZE * SIZE)));
        return Nd4j.createFromArray(values).reshape(EXAMPLES, SIZE, SIZE).castTo(DataType.UINT8);
    }

    /** Slanted stripes. */
    private static int label(int n, int s) {
        return (s % SIZE + (n + 1) * (s / SIZE)) / 24 % CLASSES;
    }

    private static INDArray oneHot(INDArray indices) {
        INDArray all = Nd4j.create(DataType.FLOAT, EXAMPLES, CLASSES, SIZE, SIZE);
        for (int c = 0; c < CLASSES; c++) {
            all.get(NDArrayIndex.all(), NDArrayIndex.point(c))
                    .assign(indices.eq(c).castTo(DataType.FLOAT));
        }
        return all;
    }

    /** Median time of a step, until its score is known. */
    private static double milliseconds(MultiLayerNetwork network, DataSet data) {
        double[] times = new double[TIMED];
        for (int k = -5; k < TIMED; k++) {
            long before = System.nanoTime();
            network.fit(data);
            double score = network.score();
            if (k >= 0 && !Double.isNaN(score)) {
                times[k] = (System.nanoTime() - before) / 1e6;
            }
        }
        Arrays.sort(times);
        return times[TIMED / 2];
    }
}
