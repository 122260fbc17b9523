package org.segloss4j.dl4j;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Training of a MultiLayerNetwork. */
final class MultiLayerTraining extends TrainableNetwork {

    private final MultiLayerNetwork network;

    MultiLayerTraining(MultiLayerNetwork network) {
        this.network = network;
    }

    @Override
    Model model() {
        return network;
    }

    @Override
    void pass(MultiDataSet part) {
        if (part.numFeatureArrays() != 1 || part.numLabelsArrays() != 1) {
            throw new IllegalArgumentException("a part has " + part.numFeatureArrays() + " arrays of features and "
                    + part.numLabelsArrays() + " of labels, but a MultiLayerNetwork takes one of each");
        }
        try {
            network.setInput(part.getFeatures(0));
            network.setLabels(part.getLabels(0));
            network.setLayerMaskArrays(part.getFeaturesMaskArray(0), part.getLabelsMaskArray(0));
            network.computeGradientAndScore();
        } finally {
            network.clearLayerMaskArrays();
            network.clearLayersStates();
        }
    }

    @Override
    void show(INDArray standIn) {
        network.setInput(standIn);
        network.setLabels(standIn);
    }

    @Override
    INDArray gradients() {
        if (network.getFlattenedGradients() == null) {
            network.initGradientsView();
        }
        return network.getFlattenedGradients();
    }

    @Override
    Map<String, Trainable> trainables() {
        Map<String, Trainable> layers = new LinkedHashMap<>();
        for (int k = 0; k < network.getnLayers(); k++) {
            layers.put(Integer.toString(k), network.getLayer(k));
        }
        return layers;
    }

    @Override
    BaseMultiLayerUpdater<?> updater() {
        return (BaseMultiLayerUpdater<?>) network.getUpdater();
    }

    @Override
    Collection<TrainingListener> listeners() {
        return network.getListeners();
    }

    @Override
    List<Layer> outputs() {
        return List.of(network.getOutputLayer().conf().getLayer());
    }

    @Override
    BackpropType backpropType() {
        return network.getLayerWiseConfigurations().getBackpropType();
    }

    @Override
    WorkspaceMode workspaceMode() {
        return network.getLayerWiseConfigurations().getTrainingWorkspaceMode();
    }
}
