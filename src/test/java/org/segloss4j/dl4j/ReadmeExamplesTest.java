package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.ClassSums;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The examples of the README run, and give sensible numbers. */
class ReadmeExamplesTest {

    @Test
    void inYourNetwork() {
        INDArray images = Nd4j.rand(DataType.FLOAT, 2, 3, 128, 128);
        INDArray masks = images.argMax(1).castTo(DataType.UINT8);
        DataSetIterator validation = new ExistingDataSetIterator(List.of(new DataSet(images, masks)));

        SegmentationLoss loss = Losses.jaccard().classWeights(0.5, 1.0, 1.5)
                .plus(Losses.categoricalFocal().times(2))
                .ignoreIndex(255);

        MultiLayerConfiguration conf = new NeuralNetConfiguration.Builder()
                .updater(new Adam(1e-3))
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(16).convolutionMode(ConvolutionMode.Same)
                        .activation(Activation.RELU).build())
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(3).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(loss).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(128, 128, 3))
                .build();

        MultiLayerNetwork network = new MultiLayerNetwork(conf);
        network.init();
        network.fit(new DataSet(images, masks));
        SegmentationEvaluation scores = new SegmentationEvaluation(3).ignoreIndex(255);
        String stats = network.doEvaluation(validation, scores)[0].stats();

        assertThat(network.score()).isPositive();
        assertThat(stats).contains("mean", "IoU", "32768");
    }

    @Test
    void withoutDl4jAndLargeBatchesFromSmallOnes() {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 8, 8);
        INDArray labels = Nd4j.zeros(DataType.INT32, 2, 8, 8);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 8, 8);

        LossResult result = Losses.dice().valueAndGradient(
                SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX).mask(mask));

        SegmentationLoss loss = Losses.dice();
        SegmentationBatch a = SegmentationBatch.predictions(logits).labels(labels)
                .activation(Activation.SOFTMAX).mask(mask);
        ClassSums sums = loss.sums(a).merge(loss.sums(a));
        assertThat(loss.value(sums)).isPositive();
        assertThat(loss.gradient(a, sums, 0).shape()).isEqualTo(result.gradient().shape());
    }
}
