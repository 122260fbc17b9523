package org.segloss4j.dl4j;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.segloss4j.DeepSupervision;
import org.segloss4j.SegmentationLoss;

/**
 * Deep supervision in a ComputationGraph: gives each head its loss, and each batch the labels of all heads.
 *
 * <pre>{@code
 * DeepSupervision supervision = DeepSupervision.halving(Losses.CCE_DICE_LOSS, 2, true);
 * DeepSupervisionHeads.add(graph, supervision, Activation.SOFTMAX, "logits", "halfLogits");
 * iterator.setPreProcessor(DeepSupervisionHeads.labels(1, 2));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class DeepSupervisionHeads {

    private DeepSupervisionHeads() {
    }

    /**
     * Adds a {@link SegmentationLossLayer} to each head, named after its layer with {@code _loss} behind it, and makes
     * them the outputs of the graph.
     *
     * @param graph       a graph that has the layers of the heads
     * @param supervision the loss and the weights of the heads
     * @param activation  what makes probabilities of the logits
     * @param logits      the layers that give the logits, the finest first
     * @return the names of the outputs, the finest first
     * @throws IllegalArgumentException if there are more or fewer layers than heads
     */
    public static List<String> add(GraphBuilder graph, DeepSupervision supervision, Activation activation,
                                   String... logits) {
        List<SegmentationLoss> losses = supervision.losses();
        if (losses.size() != logits.length) {
            throw new IllegalArgumentException(logits.length + " layers are given for the " + losses.size()
                    + " heads of a loss");
        }
        String[] names = new String[logits.length];
        for (int k = 0; k < logits.length; k++) {
            names[k] = logits[k] + "_loss";
            graph.addLayer(names[k], new SegmentationLossLayer.Builder(losses.get(k)).activation(activation).build(),
                    logits[k]);
        }
        graph.setOutputs(names);
        return List.of(names);
    }

    /**
     * Makes the labels, and the masks, of all heads from those of the finest: copies of every k-th pixel along all axes
     * behind the examples, from the middle one of each k on. Labels and masks have no axis of channels but one of size
     * 1 behind the examples, or none.
     *
     * @param strides k of each head, the finest first; each divides the height and width of the labels
     * @return a preprocessor for iterators of MultiDataSets with one array of labels
     */
    public static MultiDataSetPreProcessor labels(int... strides) {
        int[] all = strides.clone();
        return data -> preProcess(data, all);
    }

    private static void preProcess(MultiDataSet data, int... strides) {
        if (data.getLabels().length != 1) {
            throw new IllegalArgumentException("a batch has " + data.getLabels().length
                    + " arrays of labels, but the labels of heads are made of one");
        }
        data.setLabels(heads(data.getLabels(0), strides));
        INDArray[] masks = data.getLabelsMaskArrays();
        if (masks != null && masks.length == 1 && masks[0] != null) {
            data.setLabelsMaskArray(heads(masks[0], strides));
        }
    }

    private static INDArray[] heads(INDArray array, int... strides) {
        // [N, 1, H, W] has one axis more than images have, and [N, 1, H] is told from [N, H, W] by its size.
        int spatial = array.rank() == 2 ? 1 : array.rank() > 2 && array.size(1) == 1 ? array.rank() - 2
                : array.rank() - 1;
        return Arrays.stream(strides).mapToObj(stride -> {
            int[] each = new int[spatial];
            Arrays.fill(each, stride);
            INDArray view = DeepSupervision.labelStride(array, each);
            return stride == 1 ? view : view.dup('c');
        }).toArray(INDArray[]::new);
    }
}
