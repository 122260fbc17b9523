package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.Losses;
import org.segloss4j.dl4j.SegmentationLossLayer;

/** A project that has SegLoss4J as a dependency, and nothing of its repository. */
class ConsumerTest {

    @Test
    void trainsTwoStepsWhichLowerTheLoss() {
        MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder().seed(7).updater(new Sgd(0.5))
                .list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(3).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(Losses.jaccard().plus(Losses.categoricalFocal()))
                        .activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(8, 8, 3)).build();
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        // The class of a pixel is the channel that is lit, so that a step in the right direction helps.
        INDArray images = Nd4j.zeros(DataType.FLOAT, 2, 3, 8, 8);
        INDArray masks = Nd4j.zeros(DataType.INT32, 2, 8, 8);
        for (int i = 0; i < 2 * 8 * 8; i++) {
            int label = i % 3;
            images.putScalar(new int[] {i / 64, label, i / 8 % 8, i % 8}, 1);
            masks.putScalar(new int[] {i / 64, i / 8 % 8, i % 8}, label);
        }
        DataSet batch = new DataSet(images, masks);
        double before = network.score(batch);
        network.fit(batch);
        double between = network.score(batch);
        network.fit(batch);
        double after = network.score(batch);
        assertTrue(before > between && between > after, before + ", " + between + ", " + after);
    }

    /** What only the command line, optional parts or tests of SegLoss4J use. */
    @ParameterizedTest
    @ValueSource(strings = {"picocli.CommandLine", "me.tongfei.progressbar.ProgressBar", "org.knowm.xchart.XYChart",
        "org.apache.commons.csv.CSVParser", "org.slf4j.simple.SimpleLogger", "org.apache.spark.SparkContext",
        "scala.Option", "org.deeplearning4j.nn.modelimport.keras.KerasModelImport",
        "org.nd4j.linalg.jcublas.JCublasBackend", "org.assertj.core.api.Assertions",
        "com.tngtech.archunit.core.domain.JavaClasses", "com.sun.jna.Native", "org.junit.Test",
        "org.deeplearning4j.zoo.ZooModel", "org.deeplearning4j.parallelism.ParallelWrapper", "org.apache.log4j.Logger"})
    void nobodyGetsWhatOnlyPartsOfItUse(String name) {
        assertThrows(ClassNotFoundException.class, () -> Class.forName(name, false, getClass().getClassLoader()));
    }

    @Test
    void theClassPathHasOneJarOfItWithTheKernels() {
        List<String> names = Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .map(entry -> Path.of(entry).getFileName().toString()).toList();
        assertEquals(1, names.stream().filter(name -> name.startsWith("segloss4j")).count(), names.toString());
        assertFalse(names.stream().anyMatch(name -> name.contains("cuda-redist") || name.contains("nd4j-cuda")),
                names.toString());
        assertTrue(Losses.class.getResource("/kernels/region_forward.cu") != null);
    }
}
