package org.segloss4j.dl4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.segloss4j.SegmentationLoss;

/** What training needs of either kind of network. */
abstract class TrainableNetwork {

    /** The network itself. */
    abstract Model model();

    /**
     * Goes forward and backward through one part: the raw gradient lies in {@link #gradients} then, and the part's
     * score in the model. Leaves no reference to the part, also if it fails.
     */
    abstract void pass(MultiDataSet part);

    /**
     * Shows listeners a batch as large as the whole one, since they ask the network for the size of its batch, and this
     * replica may have no example of it.
     *
     * @param standIn takes the place of all features and labels, with one row for each example
     */
    abstract void show(INDArray standIn);

    /** The flattened gradient, into which every pass writes. */
    abstract INDArray gradients();

    /** What has parameters, by its name, in the order of the flattened parameters. */
    abstract Map<String, Trainable> trainables();

    abstract BaseMultiLayerUpdater<?> updater();

    abstract Collection<TrainingListener> listeners();

    /** The layers that end the network. */
    abstract List<Layer> outputs();

    abstract BackpropType backpropType();

    abstract WorkspaceMode workspaceMode();

    /**
     * Refuses networks that cannot be trained in parts.
     *
     * @throws IllegalArgumentException if this is one; says why
     */
    final void check() {
        if (backpropType() == BackpropType.TruncatedBPTT) {
            throw new IllegalArgumentException("the network is trained by truncated backpropagation through time, which"
                    + " takes several steps a batch; replicas need BackpropType.Standard");
        }
        if (model().conf().getOptimizationAlgo() != OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT) {
            throw new IllegalArgumentException("the network's optimisation is " + model().conf().getOptimizationAlgo()
                    + ", but replicas need STOCHASTIC_GRADIENT_DESCENT, with any updater");
        }
        if (model().numParams() == 0) {
            throw new IllegalArgumentException("the network has no parameters to train");
        }
        checkLosses();
        DataType type = model().params().dataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IllegalArgumentException("the network's parameters are " + type
                    + ", but gradients of replicas are added in FLOAT or DOUBLE only: set its data type to one");
        }
    }

    private void checkLosses() {
        for (Layer layer : outputs()) {
            if (loss(layer) instanceof SegmentationLoss loss && !loss.mergesExactly()) {
                throw new IllegalArgumentException("the loss " + loss.name() + " of the layer " + layer.getLayerName()
                        + " is no function of sums over pixels, so replicas cannot divide a batch: train it with one"
                        + " replica and DL4J's own fit, or leave that term out");
            }
        }
    }

    /** How many output layers exchange the sums of a segmentation loss in each backward pass. */
    final int segmentationLosses() {
        return (int) outputs().stream().filter(layer -> loss(layer) instanceof SegmentationLoss).count();
    }

    private static ILossFunction loss(Layer layer) {
        if (layer instanceof BaseWrapperLayer wrapper) {
            return loss(wrapper.getUnderlying());
        } else if (layer instanceof SegmentationLossLayer segmentation) {
            return segmentation.getLossFn();
        } else if (layer instanceof BaseOutputLayer output) {
            return output.getLossFn();
        } else if (layer instanceof CnnLossLayer output) {
            return output.getLossFn();
        } else if (layer instanceof Cnn3DLossLayer output) {
            return output.getLossFn();
        } else if (layer instanceof RnnLossLayer output) {
            return output.getLossFn();
        }
        return layer instanceof LossLayer output ? output.getLossFn() : null;
    }

    /** The flattened gradient with the places of all parameters in it, as an updater takes it. */
    final Gradient gradient() {
        INDArray flat = gradients();
        Gradient gradient = new DefaultGradient(flat);
        forEachParameter((name, trainable, parameter, begin, end) ->
                gradient.setGradientFor(name + "_" + parameter, slice(flat, begin, end)));
        return gradient;
    }

    /**
     * The places in a flattened gradient that hold what DL4J subtracts as it is instead of a sum over examples: the
     * changes of the running mean and variance of batch normalisation.
     */
    final List<INDArray> averages(INDArray flat) {
        List<INDArray> slices = new ArrayList<>();
        forEachParameter((name, trainable, parameter, begin, end) -> {
            if (!trainable.updaterDivideByMinibatch(parameter)) {
                slices.add(slice(flat, begin, end));
            }
        });
        return slices;
    }

    private static INDArray slice(INDArray flat, long begin, long end) {
        return flat.reshape(flat.length()).get(NDArrayIndex.interval(begin, end));
    }

    private void forEachParameter(ParameterVisitor visitor) {
        long begin = 0;
        for (Map.Entry<String, Trainable> trainable : trainables().entrySet()) {
            for (Map.Entry<String, INDArray> parameter : trainable.getValue().paramTable(false).entrySet()) {
                long end = begin + parameter.getValue().length();
                visitor.visit(trainable.getKey(), trainable.getValue(), parameter.getKey(), begin, end);
                begin = end;
            }
        }
    }

    private interface ParameterVisitor {
        void visit(String name, Trainable trainable, String parameter, long begin, long end);
    }
}
