package org.segloss4j.cli;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.segloss4j.SegmentationLoss;

/**
 * A small U-Net (Ronneberger 2015): each level halves the size and doubles the filters, then the way back up joins
 * what each level saw on the way down.
 *
 * @param levels  at least 1
 * @param filters of the first level
 */
record UNet(int levels, int filters) {

    /** What widths and heights must be a multiple of. */
    int factor() {
        return 1 << (levels - 1);
    }

    /**
     * The network of images [N, 3, H, W] and labels [N, H, W].
     *
     * @param size         of the images, a multiple of {@link #factor}
     * @param classes      C
     * @param loss         what to minimise
     * @param learningRate of the first step, from where it falls to 0
     * @param steps        the number of steps
     * @param seed         of the first weights
     * @return the configuration
     */
    ComputationGraphConfiguration configuration(ImageSize size, int classes, SegmentationLoss loss,
                                                double learningRate, int steps, long seed) {
        GraphBuilder graph = new NeuralNetConfiguration.Builder().seed(seed)
                .updater(new Adam(new PolySchedule(ScheduleType.ITERATION, learningRate, 0.9, steps + 1)))
                .weightInit(WeightInit.RELU).convolutionMode(ConvolutionMode.Same)
                .graphBuilder().addInputs("image")
                .setInputTypes(InputType.convolutional(size.height(), size.width(), Sample.CHANNELS));
        String last = "image";
        for (int level = 0; level < levels; level++) {
            if (level > 0) {
                graph.addLayer("pool" + level, new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX,
                        new int[] {2, 2}, new int[] {2, 2}).build(), last);
                last = "pool" + level;
            }
            last = block(graph, "down" + level, filters << level, last);
        }
        for (int level = levels - 2; level >= 0; level--) {
            graph.addLayer("up" + level, new Upsampling2D.Builder(2).build(), last);
            graph.addVertex("join" + level, new MergeVertex(), "down" + level + "b", "up" + level);
            last = block(graph, "joined" + level, filters << level, "join" + level);
        }
        graph.addLayer("logits", new ConvolutionLayer.Builder(1, 1).nOut(classes).activation(Activation.IDENTITY)
                .build(), last);
        graph.addLayer("classes", new CnnLossLayer.Builder(loss.pixelsPerExample(size.pixels()))
                .activation(Activation.SOFTMAX).build(), "logits");
        return graph.setOutputs("classes").build();
    }

    /** Two convolutions; the second is named with a b at its end. */
    private static String block(GraphBuilder graph, String name, int filters, String input) {
        graph.addLayer(name + "a", convolution(filters), input);
        graph.addLayer(name + "b", convolution(filters), name + "a");
        return name + "b";
    }

    private static ConvolutionLayer convolution(int filters) {
        return new ConvolutionLayer.Builder(3, 3).nOut(filters).activation(Activation.RELU).build();
    }
}
