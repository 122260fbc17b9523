package org.segloss4j.cli.demo;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer.PoolingType;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.schedule.ISchedule;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.FallingRate;
import org.segloss4j.dl4j.SegmentationLossLayer;

/**
 * A small U-Net (Ronneberger 2015): each level halves the size and doubles the filters, then the way back up joins
 * what each level saw on the way down. One convolution with batch normalisation in each place learns more in a minute
 * than the original's two without. Channels come last, which DL4J's convolutions do in half the time.
 *
 * @param levels  1 to 8
 * @param filters of the first level, 1 to 1024
 */
public record UNet(int levels, int filters) {

    private static final CNN2DFormat FORMAT = CNN2DFormat.NHWC;

    public UNet {
        if (levels < 1 || levels > 8) {
            throw new UsageException("--levels is " + levels + ", but must be from 1 to 8");
        }
        if (filters < 1 || filters > 1024) {
            throw new UsageException("--filters is " + filters + ", but must be from 1 to 1024");
        }
    }

    /** What widths and heights must be a multiple of. */
    public int factor() {
        return 1 << (levels - 1);
    }

    /**
     * The network of images [N, H, W, 3] and labels [N, H, W], with one channel of probabilities per class.
     *
     * @param size         of the images, a multiple of {@link #factor}
     * @param classes      C
     * @param loss         what to minimise
     * @param learningRate of the first step, from where it falls to a twentieth
     * @param steps        the number of steps
     * @param seed         of the first weights
     * @return the configuration
     */
    public ComputationGraphConfiguration configuration(ImageSize size, int classes, SegmentationLoss loss,
                                                double learningRate, int steps, long seed) {
        return configuration(size, classes, Activation.SOFTMAX, loss,
                new FallingRate(FallingRate.Curve.EXPONENTIAL, learningRate, steps, 0), seed);
    }

    /**
     * The network of images [N, H, W, 3] and labels [N, H, W].
     *
     * @param size       of the images, a multiple of {@link #factor}
     * @param channels   of the probabilities
     * @param activation what makes probabilities of the last convolution
     * @param loss       what to minimise
     * @param rate       the learning rate of each step
     * @param seed       of the first weights
     * @return the configuration
     */
    public ComputationGraphConfiguration configuration(ImageSize size, int channels, Activation activation,
                                                       SegmentationLoss loss, ISchedule rate, long seed) {
        return body(size, channels, rate, seed).addLayer("classes", new SegmentationLossLayer.Builder(loss)
                .activation(activation).build(), "logits").setOutputs("classes").build();
    }

    /**
     * The same network with a loss of DL4J in the layer that DL4J has for it, where the labels are one-hot, and labels
     * and probabilities have their channels first: [N, C, H, W].
     */
    ComputationGraphConfiguration configuration(ImageSize size, int classes, ILossFunction loss, double learningRate,
                                                int steps, long seed) {
        return body(size, classes, new FallingRate(FallingRate.Curve.EXPONENTIAL, learningRate, steps, 0), seed)
                .addLayer("classes", new CnnLossLayer.Builder(loss).activation(Activation.SOFTMAX)
                        .format(CNN2DFormat.NCHW).build(), new ChannelsFirst(), "logits").setOutputs("classes").build();
    }

    /** Everything up to the layer "logits". */
    private GraphBuilder body(ImageSize size, int channels, ISchedule rate, long seed) {
        GraphBuilder graph = new NeuralNetConfiguration.Builder().seed(seed)
                .updater(new Adam(rate))
                .weightInit(WeightInit.RELU).convolutionMode(ConvolutionMode.Same)
                .graphBuilder().addInputs("image")
                .setInputTypes(InputType.convolutional(size.height(), size.width(), RgbImage.CHANNELS, FORMAT));
        String last = "image";
        for (int level = 0; level < levels; level++) {
            if (level > 0) {
                graph.addLayer("pool" + level, new SubsamplingLayer.Builder(PoolingType.MAX, new int[] {2, 2},
                        new int[] {2, 2}).dataFormat(FORMAT).build(), last);
                last = "pool" + level;
            }
            last = block(graph, "down" + level, filters << level, last);
        }
        for (int level = levels - 2; level >= 0; level--) {
            // Before the size doubles, which gives the same as after it for a quarter of the work.
            graph.addLayer("narrow" + level, pointwise(filters << level), last);
            graph.addLayer("up" + level, new Upsampling2D.Builder(2).dataFormat(FORMAT).build(), "narrow" + level);
            graph.addVertex("join" + level, new MergeVertex(), "down" + level, "up" + level);
            last = block(graph, "joined" + level, filters << level, "join" + level);
        }
        return graph.addLayer("logits", pointwise(channels), last);
    }

    private static ConvolutionLayer pointwise(int filters) {
        return new ConvolutionLayer.Builder(1, 1).nOut(filters).dataFormat(FORMAT).activation(Activation.IDENTITY)
                .build();
    }

    /** A convolution, normalised; returns the name. */
    private static String block(GraphBuilder graph, String name, int filters, String input) {
        graph.addLayer(name + "-convolution", new ConvolutionLayer.Builder(3, 3).nOut(filters).dataFormat(FORMAT)
                .hasBias(false).activation(Activation.IDENTITY).build(), input);
        graph.addLayer(name, new BatchNormalization.Builder().activation(Activation.RELU).build(),
                name + "-convolution");
        return name;
    }
}
