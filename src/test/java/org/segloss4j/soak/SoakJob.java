package org.segloss4j.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.data.BatchShare;
import org.segloss4j.dl4j.DataParallelTrainer;
import org.segloss4j.dl4j.SegmentationLossLayer;
import org.segloss4j.replicas.Replicas;

/** What the replicas train: a small network with dropout, by a loss of regions and pixels, on a few fixed batches. */
final class SoakJob {

    static final int REPLICAS = 2;
    /** A replica that does not answer for so long is given up by the other. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final int SIZE = 24;
    private static final int CLASSES = 3;
    private static final List<DataSet> BATCHES = IntStream.range(0, 8).mapToObj(SoakJob::batch).toList();

    private SoakJob() {
    }

    private static DataSet batch(int seed) {
        Random random = new Random(seed);
        INDArray features = Nd4j.create(DataType.FLOAT, 6, 2, SIZE, SIZE);
        INDArray labels = Nd4j.create(DataType.INT32, 6, 1, SIZE, SIZE);
        for (long k = 0; k < features.length(); k++) {
            features.putScalar(k, random.nextGaussian());
        }
        for (long k = 0; k < labels.length(); k++) {
            labels.putScalar(k, random.nextInt(CLASSES));
        }
        return new DataSet(features, labels);
    }

    private static MultiLayerNetwork fresh() {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(3)
                .updater(new Adam(1e-3)).convolutionMode(ConvolutionMode.Same).list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(8).activation(Activation.RELU).build())
                .layer(new DropoutLayer(0.9))
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(CLASSES).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(Losses.jaccard().plus(Losses.categoricalFocal()))
                        .activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(SIZE, SIZE, 2)).build());
        network.init();
        return network;
    }

    /** The network of a checkpoint, or a new one if there is none. */
    static MultiLayerNetwork load(Path checkpoint) throws IOException {
        return Files.exists(checkpoint) ? ModelSerializer.restoreMultiLayerNetwork(checkpoint.toFile(), true) : fresh();
    }

    /** Replaces the checkpoint at once, so that whoever is killed leaves a whole one. */
    static void save(MultiLayerNetwork network, Path checkpoint) throws IOException {
        Path part = checkpoint.resolveSibling(checkpoint.getFileName() + ".part");
        ModelSerializer.writeModel(network, part.toFile(), true);
        Files.move(part, checkpoint, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A trainer with as many parts as the soak has replicas, whoever shares them. */
    static DataParallelTrainer trainer(MultiLayerNetwork network, Replicas replicas) {
        return DataParallelTrainer.of(network, replicas).parts(REPLICAS).seed(5).checkEvery(20);
    }

    /** Takes the step that is the network's next. */
    static double step(MultiLayerNetwork network, DataParallelTrainer trainer) {
        DataSet batch = BATCHES.get(network.getIterationCount() % BATCHES.size());
        return trainer.step(BatchShare.of(batch, trainer.parts()));
    }

    /** The step of a checkpoint. */
    static int stepOf(Path checkpoint) {
        try {
            return load(checkpoint).getIterationCount();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
