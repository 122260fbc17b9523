package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.util.ModelSerializer;
import org.deeplearning4j.zoo.model.UNet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.dataset.api.preprocessor.Normalizer;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.data.FilePairing;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.RgbImage;
import org.segloss4j.data.SegmentationIterator;
import org.segloss4j.data.SegmentationSource;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The U-Net of deeplearning4j-zoo on a folder of images and one of black and white masks. */
@Tag("slow")
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ZooUNetTest {

    private static final ImageSize SIZE = new ImageSize(32, 32);

    @TempDir
    Path folder;

    /** A light square on dark ground, and where it is in white on black. */
    private void pair(String name, int left, int top) throws IOException {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        BufferedImage mask = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
        for (int p = 0; p < 64 * 64; p++) {
            boolean inside = p % 64 >= left && p % 64 < left + 30 && p / 64 >= top && p / 64 < top + 30;
            image.setRGB(p % 64, p / 64, inside ? 0xE0D0C0 : 0x203040);
            mask.getRaster().setSample(p % 64, p / 64, 0, inside ? 255 : 0);
        }
        ImageIO.write(image, "jpg", folder.resolve("images/" + name + ".jpg").toFile());
        ImageIO.write(mask, "png", folder.resolve("masks/" + name + ".png").toFile());
    }

    @Test
    void itLearnsBlackAndWhiteMasksAndIsRestoredWithItsPreprocessing() throws IOException {
        Files.createDirectory(folder.resolve("images"));
        Files.createDirectory(folder.resolve("masks"));
        for (int k = 0; k < 4; k++) {
            pair("000" + k, 5 + 7 * k, 28 - 6 * k);
        }
        SegmentationSource source = FilePairing.byName().pair(folder.resolve("images"), folder.resolve("masks"))
                .source(SIZE, LabelMap.values(0, 255));
        SegmentationIterator training = SegmentationIterator.of(source).batch(2).shuffle(1);
        DataNormalization scaling = new ImagePreProcessingScaler();
        training.setPreProcessor(scaling);

        ComputationGraph zoo = UNet.builder().numClasses(1).inputShape(new int[] {3, 32, 32})
                .updater(new Adam(1e-4)).seed(1).build().init();
        ComputationGraph network = new TransferLearning.GraphBuilder(zoo)
                .removeVertexKeepConnections("output")
                .addLayer("output", new SegmentationLossLayer.Builder(
                        Losses.binaryCrossEntropy().plus(Losses.dice())).activation(Activation.SIGMOID).build(), "conv10")
                .setOutputs("output").build();

        double before = network.score(training.next());
        training.reset();
        network.fit(training, 6);
        training.reset();
        double after = network.score(training.next());
        assertThat(after).isLessThan(0.9 * before);
        training.reset();
        SegmentationEvaluation scores = network.doEvaluation(training,
                new SegmentationEvaluation(2).classNames(training.getLabels()))[0];
        assertThat(scores.total()).isEqualTo(4 * SIZE.pixels());
        System.out.println(before + " " + after + " " + scores.stats());

        File file = folder.resolve("model.zip").toFile();
        ModelSerializer.writeModel(network, file, true, scaling);
        Pair<ComputationGraph, Normalizer<?>> restored = restored(file);
        INDArray image = features(folder.resolve("images/0002.jpg"));
        INDArray same = image.dup();
        scaling.transform(image);
        ((DataNormalization) restored.getSecond()).transform(same);
        assertThat(same).isEqualTo(image);
        assertThat(restored.getFirst().outputSingle(same)).isEqualTo(network.outputSingle(image));
        // One may go on training it.
        training.reset();
        restored.getFirst().fit(training.next());
    }

    private static Pair<ComputationGraph, Normalizer<?>> restored(File file) throws IOException {
        return Pair.of(ModelSerializer.restoreComputationGraph(file),
                ModelSerializer.restoreNormalizerFromFile(file));
    }

    /** An image as a program would bring it to the network. */
    private static INDArray features(Path file) throws IOException {
        RgbImage image = RgbImage.read(file).resized(SIZE);
        INDArray features = Nd4j.create(1, 3, 32, 32);
        for (int p = 0; p < SIZE.pixels(); p++) {
            int rgb = image.at(p % 32, p / 32);
            for (int c = 0; c < 3; c++) {
                features.putScalar(new int[] {0, c, p / 32, p % 32}, rgb >> 8 * (2 - c) & 0xFF);
            }
        }
        return features;
    }
}
