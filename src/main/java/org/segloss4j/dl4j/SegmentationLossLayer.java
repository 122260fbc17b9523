package org.segloss4j.dl4j;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/**
 * An output layer without parameters for segmentation: activation and {@link SegmentationLoss} over activations as they
 * are, without a permute, a reshape or a copy.
 *
 * <p>Input is [N, C, H, W], [N, C, D, H, W], [N, C, T] or [N, C], with any strides, or with the channels last; the
 * input type of the network tells which, else {@link Builder#channelsLast}. Labels are the input's shape (one-hot or
 * soft, any type) or class indices [N, *] or [N, 1, *] of an integer type. Masks are [N], [N, 1], [N, *], [N, 1, *],
 * [N, *, 1] or one weight per output. (DL4J's own {@code DataSet.merge} keeps only masks [N, 1, H, W] intact.)
 * A loss that reads {@linkplain SegmentationLoss#needsDistances signed distances} or
 * {@linkplain SegmentationLoss#needsSkeleton skeletons} takes them as further channels of labels of a floating-point
 * type: the class index, then C distances, then C skeletons, as
 * {@link org.segloss4j.data.SegmentationIterator#appendMaps} makes them.
 *
 * <p>The reported score is the mean loss L (plus L1/L2 terms) whatever the minibatch, and the step follows dL/dW; value
 * and gradient come from one computation per iteration. {@link SegmentationLoss#pixelsPerExample} plays no part here.
 * Dropout on the input of this layer is not applied, as in DL4J's own loss layers.
 *
 * <p>Bad labels and weights are an {@link IllegalArgumentException}: of the backward pass or, where the arrays are on a
 * GPU, of the score that follows it, since there the backward pass waits for nothing. If no score is asked for, it is
 * thrown by whatever is next done with the layer.
 *
 * <pre>{@code
 * .layer(new SegmentationLossLayer.Builder(Losses.jaccard().ignoreIndex(255)).activation(Activation.SOFTMAX).build())
 * }</pre>
 *
 * <p>This is the configuration, which several networks may share; a network's own layer belongs to one thread at a
 * time, as all layers of DL4J do. Memory: the probabilities and the gradient, each as large as the input, in DL4J's
 * workspaces.
 *
 * @since 0.1.0
 */
public final class SegmentationLossLayer extends NoParamLayer {

    private static final long serialVersionUID = 1L;

    /** The loss. */
    private SegmentationLoss lossFunction;
    /** What makes probabilities of the input. */
    private IActivation activation = new ActivationSoftmax();
    /** Whether the channels are the last axis. */
    private boolean channelsLast;
    /**
     * How many channels volumes have, or 0 if no input type told. DL4J's convolutions of the modes Truncate and Strict,
     * and its upsampling, call NCDHW volumes NDHWC, so that their shape has to decide.
     */
    private long volumeChannels;

    private SegmentationLossLayer() {
        // For reading JSON.
    }

    private SegmentationLossLayer(Builder builder) {
        super(builder);
        lossFunction = builder.lossFunction;
        activation = builder.activation;
        channelsLast = builder.channelsLast;
    }

    /**
     * The loss.
     *
     * @return as given to the builder
     */
    @JsonProperty("lossFn")
    public SegmentationLoss getLossFn() {
        return lossFunction;
    }

    /**
     * What makes probabilities of the input.
     *
     * @return as given to the builder, or softmax
     */
    @JsonProperty("activationFn")
    public IActivation getActivationFn() {
        return activation;
    }

    /**
     * Whether the channels are the last axis, by the builder or by the input type. Volumes whose type DL4J got wrong
     * are taken as their shape is.
     *
     * @return true for [N, *, C]
     */
    @JsonProperty("channelsLast")
    public boolean isChannelsLast() {
        return channelsLast;
    }

    /**
     * What the loss of this layer computes its value of. Labels of a floating-point type that hold maps behind the
     * class indices are taken apart.
     *
     * @param input  the input of the layer, logits where it has an activation
     * @param labels as the layer takes them, with the maps that the loss reads
     * @param mask   the mask, or null
     * @return the batch, with the activation and the axis of the channels of this layer; its labels are class indices
     *         where they held maps, as evaluations take them
     * @throws IllegalArgumentException if the maps that the loss reads are not there
     */
    public SegmentationBatch batch(INDArray input, INDArray labels, INDArray mask) {
        SegmentationBatch batch = PackedLabels.batch(lossFunction, input, labels, channelAxis(input))
                .activation(activation).mask(mask);
        return channelAxis(input) > 1 ? batch.channelsLast() : batch;
    }

    /** Where the channels of an input are. */
    int channelAxis(INDArray input) {
        boolean isVolumeOfChannelsFirst = volumeChannels > 0 && input.rank() == 5 && input.size(1) == volumeChannels
                && input.size(4) != volumeChannels;
        return channelsLast && !isVolumeOfChannelsFirst ? input.rank() - 1 : 1;
    }

    @JsonProperty("volumeChannels")
    private long getVolumeChannels() {
        return volumeChannels;
    }

    @JsonProperty("volumeChannels")
    private void setVolumeChannels(long volumeChannels) {
        this.volumeChannels = volumeChannels;
    }

    @JsonProperty("lossFn")
    private void setLossFn(SegmentationLoss lossFunction) {
        this.lossFunction = lossFunction;
    }

    @JsonProperty("activationFn")
    private void setActivationFn(IActivation activation) {
        if (activation == null) {
            throw new IllegalArgumentException("activationFn is null, but must be an activation");
        }
        this.activation = activation;
    }

    @JsonProperty("channelsLast")
    private void setChannelsLast(boolean channelsLast) {
        this.channelsLast = channelsLast;
    }

    @Override
    public Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> listeners, int layerIndex,
                             INDArray paramsView, boolean initializeParams, DataType networkDataType) {
        SegmentationLossLayerImpl layer = new SegmentationLossLayerImpl(conf, networkDataType);
        layer.setListeners(listeners);
        layer.setIndex(layerIndex);
        layer.setParamsViewArray(paramsView);
        layer.setParamTable(initializer().init(conf, paramsView, initializeParams));
        return layer;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        if (inputType == null) {
            throw new IllegalStateException("SegmentationLossLayer " + getLayerName() + " (index " + layerIndex
                    + ") has no input type");
        }
        requireUsefulActivation(InputTypes.channels(inputType));
        return inputType;
    }

    /** Softmax over a single channel is 1 whatever was predicted, so nothing could be learnt. */
    void requireUsefulActivation(long channels) {
        if (channels == 1 && activation.getClass() == ActivationSoftmax.class) {
            throw new IllegalStateException("SegmentationLossLayer has the activation SOFTMAX over 1 channel, which is"
                    + " always 1: use SIGMOID, or one channel per class");
        }
    }

    /** Takes the place of the channels from the input type; there is no number of inputs to set. */
    @Override
    public void setNIn(InputType inputType, boolean override) {
        channelsLast = InputTypes.channelsLast(inputType);
        volumeChannels = inputType instanceof InputType.InputTypeConvolutional3D volumes ? volumes.getChannels() : 0;
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
        return inputType instanceof InputType.InputTypeConvolutionalFlat flat
                ? new FeedForwardToCnnPreProcessor(flat.getHeight(), flat.getWidth(), flat.getDepth()) : null;
    }

    /** Activations and their gradients are all that this layer needs. */
    @Override
    public LayerMemoryReport getMemoryReport(InputType inputType) {
        return new LayerMemoryReport.Builder(getLayerName(), SegmentationLossLayer.class, inputType, inputType)
                .standardMemory(0, 0).workingMemory(0, 0, 0, 0).cacheMemory(0, 0).build();
    }

    @Override
    public boolean equals(Object o) {
        return this == o || o instanceof SegmentationLossLayer other && super.equals(o)
                && channelsLast == other.channelsLast && volumeChannels == other.volumeChannels
                && Objects.equals(lossFunction, other.lossFunction) && Objects.equals(activation, other.activation);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof SegmentationLossLayer;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), lossFunction, activation, channelsLast, volumeChannels);
    }

    @Override
    public String toString() {
        return "SegmentationLossLayer(" + lossFunction + ", " + activation + (channelsLast ? ", channels last" : "")
                + ")";
    }

    /**
     * Reads a layer and refuses one that lacks its loss or activation.
     *
     * @param in the stream
     * @throws IOException            if it ends early or holds no such layer
     * @throws ClassNotFoundException if it names a class that is not there
     */
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        if (lossFunction == null || activation == null) {
            throw new InvalidObjectException("a SegmentationLossLayer needs a loss and an activation");
        }
    }

    /**
     * Builds the layer. Not safe for use by several threads.
     *
     * @since 0.1.0
     */
    @SuppressWarnings("unchecked") // DL4J declares build() with a free type variable.
    public static final class Builder extends org.deeplearning4j.nn.conf.layers.Layer.Builder<Builder> {

        private SegmentationLoss lossFunction;
        private IActivation activation = new ActivationSoftmax();
        private boolean channelsLast;

        /**
         * Starts with a loss.
         *
         * @param lossFunction made by {@link org.segloss4j.Losses}
         */
        public Builder(SegmentationLoss lossFunction) {
            lossFunction(lossFunction);
        }

        /**
         * Sets the loss.
         *
         * @param loss made by {@link org.segloss4j.Losses}
         * @return this
         */
        public Builder lossFunction(SegmentationLoss loss) {
            lossFunction = Objects.requireNonNull(loss, "lossFunction");
            return this;
        }

        /**
         * Sets what makes probabilities of the input; softmax over the channels by default.
         *
         * @param function SOFTMAX for classes that exclude each other, SIGMOID for a single channel or independent
         *                 classes, IDENTITY if the input holds probabilities already, or any other
         * @return this
         */
        public Builder activation(Activation function) {
            return activation(function.getActivationFunction());
        }

        /**
         * Sets what makes probabilities of the input; softmax over the channels by default.
         *
         * @param function the activation
         * @return this
         */
        public Builder activation(IActivation function) {
            activation = Objects.requireNonNull(function, "activation");
            return this;
        }

        /**
         * Says that the channels are the last axis. Only for networks without an input type, which overrides it.
         *
         * @param last true for [N, *, C]
         * @return this
         */
        public Builder channelsLast(boolean last) {
            channelsLast = last;
            return this;
        }

        @Override
        public SegmentationLossLayer build() {
            return new SegmentationLossLayer(this);
        }
    }
}
