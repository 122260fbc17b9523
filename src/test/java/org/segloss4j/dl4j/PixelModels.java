package org.segloss4j.dl4j;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.NoOp;
import org.segloss4j.Losses;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.RgbImage;

/** Models for tests that look at each pixel alone, with weights set by hand, so that the right answer is known. */
public final class PixelModels {

    private static final double SLOPE = 0.02;

    private PixelModels() {
    }

    /** Class 0 where red is largest, 1 where green and 2 where blue is. */
    public static SegmentationModel largestColour(LabelMap labels, ImageSize size) {
        MultiLayerNetwork network = network(3, Activation.SOFTMAX, size);
        for (int c = 0; c < 3; c++) {
            network.getLayer(0).getParam("W").putScalar(new int[] {c, c, 0, 0}, SLOPE);
        }
        return SegmentationModel.of(network, labels, size);
    }

    /** The right label of a pixel by {@link #largestColour}. */
    public static int largestColour(RgbImage image, int x, int y) {
        int red = image.at(x, y) >> 16;
        int green = image.at(x, y) >> 8 & 0xFF;
        int blue = image.at(x, y) & 0xFF;
        return red >= green && red >= blue ? 0 : green >= blue ? 1 : 2;
    }

    /** One sigmoid channel: above a half where red is above 100, and as much as red tells. */
    public static SegmentationModel redness(LabelMap labels, ImageSize size) {
        MultiLayerNetwork network = network(1, Activation.SIGMOID, size);
        network.getLayer(0).getParam("W").putScalar(new int[] {0, 0, 0, 0}, SLOPE);
        network.getLayer(0).getParam("b").assign(-100 * SLOPE);
        return SegmentationModel.of(network, labels, size).sigmoid(0.5);
    }

    /** The probability that {@link #redness} gives. */
    public static double redness(int red) {
        return 1 / (1 + Math.exp(-SLOPE * (red - 100)));
    }

    private static MultiLayerNetwork network(int channels, Activation activation, ImageSize size) {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().updater(new NoOp())
                .list().layer(new ConvolutionLayer.Builder(1, 1).nOut(channels).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(channels == 1 ? Losses.binaryCrossEntropy() : Losses.dice())
                        .activation(activation).build())
                .setInputType(InputType.convolutional(size.height(), size.width(), 3)).build());
        network.init();
        network.params().assign(0);
        return network;
    }
}
