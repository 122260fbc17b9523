package org.segloss4j.dl4j;

import java.util.Arrays;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.ExchangeScope;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.nd4j.ChannelActivation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link SegmentationLossLayer} at work. DL4J asks for the gradient first and for the score of the same input
 * afterwards, so the value that comes with the gradient is kept until input, labels or mask change. Where the arrays
 * lie on a device, the backward pass does not wait for it.
 */
final class SegmentationLossLayerImpl extends UnsupportedClassifier<SegmentationLossLayer> {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentationLossLayer.class);
    private static final long serialVersionUID = 1L;

    /** L of the present input, labels and mask. */
    private final LayerValue value = new LayerValue();
    private double score;
    /** What was wrong when the loss was first not finite; empty until then. */
    private String problems = "";
    /** The terms of the last score, also after the layer has let go of its input. */
    private transient Map<String, Double> terms = Map.of();
    private transient INDArray labels;
    /** Who is still to be told what the last backward pass has predicted, or null. */
    private transient TrainingScoresListener uncounted;
    /** Whether the loss has counted it. */
    private transient boolean isCounted;

    SegmentationLossLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
        if (loss() == null) {
            throw new IllegalStateException("SegmentationLossLayer " + layerConf().getLayerName()
                    + " has no loss: its configuration holds no lossFn");
        }
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        layerConf().requireUsefulActivation(input.size(channelAxis()));
        IActivation activation = layerConf().getActivationFn();
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
        if (activation.getClass() == ActivationSoftmax.class) {
            Nd4j.exec(new SoftMax(input, out, channelAxis()));
            return out;
        }
        // ND4J runs activations over the last axis, wherever the channels are.
        return out.assign(ChannelActivation.activate(activation, input, channelAxis(), training));
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        INDArray gradient = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(),
                input.shape(), 'c');
        // Also where the same batch is asked for again: a device may have found something wrong with it.
        value.forget();
        // The updater divides by the number of examples if the configuration says so.
        boolean isMiniBatch = conf().isMiniBatch();
        double scale = isMiniBatch ? input.size(0) : 1;
        ExchangeScope scope = ExchangeScope.current();
        uncounted = scoresListener();
        isCounted = scope == null;
        if (scope != null) {
            value.set(scope.exchange(loss(), batch(), isMiniBatch, gradient));
        } else if (uncounted == null) {
            value.set(loss().enqueueValueAndGradient(batch(), scale, gradient));
        } else {
            value.set(loss().enqueueValueAndGradient(batch(), scale, gradient, uncounted.settings()));
        }
        return new Pair<>(gradient(), gradient);
    }

    /** Who wants to know what this layer predicts while the network learns, or null. */
    private TrainingScoresListener scoresListener() {
        for (TrainingListener listener : trainingListeners) {
            if (listener instanceof TrainingScoresListener scores && scores.fits(input.size(channelAxis()))) {
                return scores;
            }
        }
        return null;
    }

    /** Tells what the last backward pass has predicted, once. */
    private void tellCounts() {
        TrainingScoresListener listener = uncounted;
        uncounted = null;
        if (listener == null) {
            return;
        }
        String name = layerConf().getLayerName();
        try {
            SegmentationEvaluation settings = listener.settings();
            listener.add(name == null ? String.valueOf(index) : name, isCounted ? value.confusion()
                    : batch().confusion(settings.ignoreIndex(), settings.threshold()));
        } catch (IllegalArgumentException e) {
            // What makes the loss NaN, too, has been told.
            if (Double.isFinite(value.get())) {
                LOG.warn("a batch is left out of the training scores of {}: {}", name, e.getMessage());
            }
        }
    }

    @Override
    public double computeScore(double regularisation, boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        if (!value.isKnown()) {
            uncounted = null;
            value.set(loss().lossValue(batch()));
        }
        score = value.get() + regularisation;
        terms = value.terms();
        if (problems.isEmpty() && !Double.isFinite(value.get())) {
            // Once: the look at the batch is slow, and what follows is not finite either.
            problems = loss().diagnose(batch()).problems();
            LOG.info("the loss of {} is {}: {}", layerConf().getLayerName(), value.get(), problems);
        }
        tellCounts();
        return score;
    }

    /** The value of each term of the loss, of the last score that was asked for. */
    Map<String, Double> terms() {
        return terms == null ? Map.of() : terms;
    }

    /** What was wrong when the loss was first not finite; empty until then. */
    String problems() {
        return problems;
    }

    /** [N, 1], the loss of each example by itself plus the regularisation. */
    @Override
    public INDArray computeScoreForExamples(double regularisation, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        double[] values = loss().valuePerExample(batch());
        INDArray scores = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(),
                new long[] {values.length, 1}, 'c');
        for (int n = 0; n < values.length; n++) {
            scores.putScalar(n, 0, values[n] + regularisation);
        }
        return scores;
    }

    private SegmentationLoss loss() {
        return layerConf().getLossFn();
    }

    private SegmentationBatch batch() {
        if (labels == null) {
            throw new IllegalStateException("labels are not set " + layerId());
        }
        if (input.rank() < 2) {
            throw new IllegalStateException("input " + Arrays.toString(input.shape())
                    + " needs an axis of examples and one of channels " + layerId());
        }
        layerConf().requireUsefulActivation(input.size(channelAxis()));
        return layerConf().batch(input, labels, maskArray);
    }

    private int channelAxis() {
        return layerConf().channelAxis(input);
    }

    @Override
    public void setInput(INDArray input, LayerWorkspaceMgr workspaceMgr) {
        value.forget();
        super.setInput(input, workspaceMgr);
    }

    @Override
    public void setLabels(INDArray labels) {
        value.forget();
        this.labels = labels;
    }

    @Override
    public INDArray getLabels() {
        return labels;
    }

    @Override
    public boolean needsLabels() {
        return true;
    }

    /** A graph sets the same mask, or none, again between the backward pass and the score. */
    @Override
    public void setMaskArray(INDArray maskArray) {
        if (maskArray != this.maskArray) {
            value.forget();
        }
        super.setMaskArray(maskArray);
    }

    /** Takes the mask of the features, which is that of the labels unless there is one; no layer follows. */
    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray maskArray, MaskState currentMaskState,
                                                          int minibatchSize) {
        setMaskArray(maskArray);
        maskState = currentMaskState;
        return null;
    }

    @Override
    public void clear() {
        super.clear();
        labels = null;
        value.forget();
    }

    @Override
    public Gradient gradient() {
        return new DefaultGradient();
    }

    @Override
    public double score() {
        return score;
    }

    @Override
    @SuppressWarnings("deprecation") // The interface still asks for it.
    public int numLabels() {
        return (int) input.size(channelAxis());
    }

    @Override
    public Layer.Type type() {
        return Layer.Type.CONVOLUTIONAL;
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clearNoiseWeightParams() {
        // There are no parameters.
    }
}
