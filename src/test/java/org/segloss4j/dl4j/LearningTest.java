package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Networks learn to segment bright discs and dark squares on noise, and do it on pictures that they have not seen. */
class LearningTest {

    private static final int SIZE = 16;
    private static final int BATCH = 8;
    private static final int STEPS = 100;

    static Stream<Arguments> trained() {
        return Stream.of(Arguments.of(Losses.jaccard(), true), Arguments.of(Losses.dice().classWeights(0.5, 1, 1.5)
                        .plus(Losses.categoricalFocal()), true),
                Arguments.of(Losses.CCE_JACCARD_LOSS, false));
    }

    @ParameterizedTest
    @MethodSource("trained")
    void learnsToSegmentShapes(SegmentationLoss loss, boolean ownLayer) {
        Layer last = ownLayer ? new SegmentationLossLayer.Builder(loss).activation(Activation.SOFTMAX).build()
                : new CnnLossLayer.Builder(loss.pixelsPerExample(SIZE * SIZE)).activation(Activation.SOFTMAX).build();
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(1)
                .updater(new Adam(0.01)).convolutionMode(ConvolutionMode.Same).list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(8).activation(Activation.RELU).build())
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(8).activation(Activation.RELU).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(3).activation(Activation.IDENTITY).build())
                .layer(last).setInputType(InputType.convolutional(SIZE, SIZE, 1)).build());
        network.init();
        Random random = new Random(5);
        for (int step = 0; step < STEPS; step++) {
            network.fit(pictures(random, !ownLayer));
        }
        SegmentationEvaluation evaluation = new SegmentationEvaluation(3);
        for (int k = 0; k < 4; k++) {
            DataSet unseen = pictures(random, false);
            evaluation.eval(unseen.getLabels(), network.output(unseen.getFeatures()), null, null);
        }
        assertThat(evaluation.meanIou()).as(evaluation.stats()).isGreaterThan(0.9);
    }

    /** Pictures [N, 1, H, W] with labels [N, H, W], or one-hot as DL4J's own layers need them. */
    private static DataSet pictures(Random random, boolean oneHot) {
        int pixels = SIZE * SIZE;
        float[] pictures = new float[BATCH * pixels];
        int[] labels = new int[BATCH * pixels];
        float[] channels = new float[BATCH * 3 * pixels];
        for (int n = 0; n < BATCH; n++) {
            int[] disc = {3 + random.nextInt(SIZE - 6), 3 + random.nextInt(SIZE - 6), 3 + random.nextInt(4)};
            int[] square = {3 + random.nextInt(SIZE - 6), 3 + random.nextInt(SIZE - 6), 2 + random.nextInt(3)};
            for (int k = 0; k < pixels; k++) {
                int x = k % SIZE;
                int y = k / SIZE;
                boolean inSquare = Math.max(Math.abs(x - square[0]), Math.abs(y - square[1])) <= square[2];
                boolean inDisc = Math.hypot(x - disc[0], y - disc[1]) <= disc[2];
                int label = inSquare ? 2 : inDisc ? 1 : 0;
                double brightness = label == 0 ? 0 : label == 1 ? 1 : -1;
                pictures[n * pixels + k] = (float) (brightness + 0.3 * random.nextGaussian());
                labels[n * pixels + k] = label;
                channels[(n * 3 + label) * pixels + k] = 1;
            }
        }
        return new DataSet(Nd4j.createFromArray(pictures).reshape(BATCH, 1, SIZE, SIZE),
                oneHot ? Nd4j.createFromArray(channels).reshape(BATCH, 3, SIZE, SIZE)
                        : Nd4j.createFromArray(labels).reshape(BATCH, SIZE, SIZE).castTo(DataType.UINT8));
    }
}
