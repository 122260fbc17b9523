package org.segloss4j.dl4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Training of a ComputationGraph. */
final class GraphTraining extends TrainableNetwork {

    private final ComputationGraph graph;

    GraphTraining(ComputationGraph graph) {
        this.graph = graph;
    }

    @Override
    Model model() {
        return graph;
    }

    @Override
    void pass(MultiDataSet part) {
        try {
            graph.setInputs(part.getFeatures());
            graph.setLabels(part.getLabels());
            graph.setLayerMaskArrays(part.getFeaturesMaskArrays(), part.getLabelsMaskArrays());
            graph.computeGradientAndScore();
        } finally {
            graph.clearLayerMaskArrays();
            graph.clearLayersStates();
        }
    }

    @Override
    void show(INDArray standIn) {
        graph.setInputs(Collections.nCopies(graph.getNumInputArrays(), standIn).toArray(INDArray[]::new));
        graph.setLabels(Collections.nCopies(graph.getNumOutputArrays(), standIn).toArray(INDArray[]::new));
    }

    @Override
    INDArray gradients() {
        if (graph.getFlattenedGradients() == null) {
            graph.initGradientsView();
        }
        return graph.getFlattenedGradients();
    }

    @Override
    Map<String, Trainable> trainables() {
        Map<String, Trainable> trainables = new LinkedHashMap<>();
        for (int index : graph.topologicalSortOrder()) {
            GraphVertex vertex = graph.getVertices()[index];
            if (vertex.numParams() > 0) {
                trainables.put(vertex.getVertexName(), vertex);
            }
        }
        return trainables;
    }

    @Override
    BaseMultiLayerUpdater<?> updater() {
        return graph.getUpdater();
    }

    @Override
    Collection<TrainingListener> listeners() {
        return graph.getListeners();
    }

    @Override
    List<Layer> outputs() {
        List<Layer> layers = new ArrayList<>();
        for (String name : graph.getConfiguration().getNetworkOutputs()) {
            GraphVertex vertex = graph.getVertex(name);
            if (vertex.hasLayer()) {
                layers.add(vertex.getLayer().conf().getLayer());
            }
        }
        return layers;
    }

    @Override
    BackpropType backpropType() {
        return graph.getConfiguration().getBackpropType();
    }

    @Override
    WorkspaceMode workspaceMode() {
        return graph.getConfiguration().getTrainingWorkspaceMode();
    }
}
