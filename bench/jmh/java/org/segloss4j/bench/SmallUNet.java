package org.segloss4j.bench;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;

/** Three levels of 8, 16 and 32 filters, channels first, as CnnLossLayer needs them. */
final class SmallUNet {

    private static final int FILTERS = 8;
    private static final int LEVELS = 3;

    private SmallUNet() {
    }

    static ComputationGraph of(Layer output, int height, int width, int classes) {
        GraphBuilder graph = new NeuralNetConfiguration.Builder().seed(3).updater(new Adam(1e-3))
                .weightInit(WeightInit.RELU).convolutionMode(ConvolutionMode.Same).graphBuilder()
                .addInputs("image").setInputTypes(InputType.convolutional(height, width, 3));
        String last = "image";
        for (int level = 0; level < LEVELS; level++) {
            if (level > 0) {
                graph.addLayer("pool" + level, new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {2, 2})
                        .build(), last);
                last = "pool" + level;
            }
            graph.addLayer("down" + level, convolution(3, FILTERS << level, Activation.RELU), last);
            last = "down" + level;
        }
        for (int level = LEVELS - 2; level >= 0; level--) {
            graph.addLayer("up" + level, new Upsampling2D.Builder(2).build(), last);
            graph.addVertex("join" + level, new MergeVertex(), "down" + level, "up" + level);
            graph.addLayer("joined" + level, convolution(3, FILTERS << level, Activation.RELU), "join" + level);
            last = "joined" + level;
        }
        graph.addLayer("logits", convolution(1, classes, Activation.IDENTITY), last);
        graph.addLayer("loss", output, "logits");
        ComputationGraph network = new ComputationGraph(graph.setOutputs("loss").build());
        network.init();
        return network;
    }

    private static ConvolutionLayer convolution(int kernel, int filters, Activation activation) {
        return new ConvolutionLayer.Builder(kernel, kernel).nOut(filters).activation(activation).build();
    }
}
