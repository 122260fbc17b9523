package org.segloss4j.cli.options;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.PixelMaps;
import org.segloss4j.weights.ClassCounts;
import picocli.CommandLine.Option;

/** What to minimise, and how the classes are weighed in it. */
public final class LossOptions {

    private static final String SOFTMAX_LOSS = "jaccard + cce";
    private static final String SIGMOID_LOSS = "jaccard + bce";
    private static final String DEFAULT_WEIGHTS = "median";
    private static final List<String> OF_CLASSES_ALONE = List.of("categorical_crossentropy", "focal_loss");

    @Option(names = "--loss", paramLabel = "EXPR",
            description = "What to minimise, such as \"jaccard + 2*categorical_focal\" (default: " + SOFTMAX_LOSS
                    + ", with a sigmoid " + SIGMOID_LOSS + ").")
    private String loss;

    @Option(names = "--weights", paramLabel = "NAME|NUMBERS",
            description = "Class weights of all terms that have them and set no class_weights of their own: inverse,"
                    + " balanced, sqrt_inverse, median, median_void, enet, effective or log, from the training masks"
                    + " and with mean 1; none; or one number per class such as 0.5,1,1.5 (default: median, but losses"
                    + " of other libraries keep their numbers; with a sigmoid there are none).")
    private String weights;

    private LossExpression expression;
    private WeightChoice choice;
    private Integer ignore;
    private PixelMaps maps;

    /**
     * Checks the loss and the weights, each setting of them, before anything is read.
     *
     * @param sigmoid whether there is a single channel
     * @param labels  the classes
     * @throws UsageException if the weights do not go with the activation
     * @throws UsageException if loss or weights are none, or do not go with the classes
     */
    public void check(boolean sigmoid, LabelMap labels) {
        ignore = labels.ignoreIndex();
        expression = LossExpression.of(loss != null ? loss : sigmoid ? SIGMOID_LOSS : SOFTMAX_LOSS,
                sigmoid ? 1 : labels.classes());
        if (sigmoid) {
            checkSigmoid();
        }
        if (weights == null) {
            // Nobody chose them, so they must not change what another library computes.
            expression = expression.keepingPresets();
        }
        choice = WeightChoice.of(weightsText(sigmoid), labels.classes());
        double[] any = sigmoid || weightsText(sigmoid).equals("none") ? null
                : choice.isEstimated() ? ones(labels.classes()) : choice.weights(null);
        try {
            for (LossExpression.Term term : expression.terms()) {
                term.checkActivation(sigmoid ? Activation.SIGMOID : Activation.SOFTMAX,
                        sigmoid ? 1 : labels.classes());
            }
            // One pixel tells whether indexes and weights suit the channels.
            INDArray pixel = Nd4j.ones(DataType.FLOAT, 1, sigmoid ? 1 : labels.classes(), 1, 1);
            expression.loss(any, ignore).value(SegmentationBatch.predictions(pixel)
                    .labels(Nd4j.zeros(DataType.INT32, 1, 1, 1)).distances(pixel).skeleton(pixel));
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UsageException("--loss " + expression + ": " + e.getMessage(), e);
        }
        checkWeights(any);
        weights = weightsText(sigmoid) + (weights == null && expression.hasPresets() && !sigmoid
                ? " of losses without a library" : "");
        maps = PixelMaps.of(unweighted(), sigmoid ? 1 : labels.classes());
        loss = expression.text();
    }

    /** Weights that no term takes are refused if somebody asked for them, and otherwise not said to be there. */
    private void checkWeights(double... any) {
        if (any == null || !expression.isUnweighted(any)) {
            return;
        }
        if (weights != null) {
            throw new UsageException("--weights is " + weights + ", but no term of --loss takes them: "
                    + String.join("; ", expression.unweighted(any)) + "; leave --weights out");
        }
        choice = WeightChoice.of("none", any.length);
    }

    private void checkSigmoid() {
        if (weights != null && !weights.equals("none")) {
            throw new UsageException("--weights is " + weights + ", but with --activation"
                    + " sigmoid there is one channel and no classes to weigh; region losses such as jaccard balance by"
                    + " themselves, and tversky(alpha=0.3, beta=0.7) favours recall; or use softmax");
        }
        for (LossExpression.Term term : expression.terms()) {
            if (OF_CLASSES_ALONE.contains(term.loss().name())) {
                throw new UsageException("--loss has " + term.loss().name() + ", which never looks at the background of"
                        + " a single channel; with --activation sigmoid use bce or binary_focal");
            }
        }
    }

    /**
     * Refuses a loss that is no function of sums, for batches in parts.
     *
     * @param why what divides them, for the message
     * @throws UsageException that names the term
     */
    void requireMergeable(String why) {
        for (LossExpression.Term term : expression.terms()) {
            if (!term.loss().mergesExactly()) {
                throw new UsageException("--loss has " + term.loss().name() + ", which needs the whole batch, but "
                        + why + ": leave that term out, or train by one process without --parts");
            }
        }
    }

    private static double[] ones(int classes) {
        double[] ones = new double[classes];
        Arrays.fill(ones, 1);
        return ones;
    }

    private String weightsText(boolean sigmoid) {
        return weights != null ? weights : sigmoid ? "none" : DEFAULT_WEIGHTS;
    }

    /** The choice of weights as it was written, or its default. */
    public String weightsText() {
        return weights;
    }

    /** The loss as it was written, or its default. */
    public LossExpression expression() {
        return expression;
    }

    /** One weight per class, or null for none. */
    public double[] weights(ClassCounts counts) {
        return choice.weights(counts);
    }

    /**
     * The terms of the loss that class weights are not for.
     *
     * @param classWeights one per class, or null for none
     * @return lines for people, such as {@code not for binary_focal_loss, which has no class weights}
     */
    public List<String> exceptions(double... classWeights) {
        return classWeights == null ? List.of()
                : expression.unweighted(classWeights).stream().map(term -> "not for " + term).toList();
    }

    /** One line for people. */
    public String describe(List<String> names, double... classWeights) {
        return choice.describe(names, classWeights);
    }

    /** What the loss reads beside the labels, or null. */
    public PixelMaps maps() {
        return maps;
    }

    /** The loss without class weights but its own. */
    public SegmentationLoss unweighted() {
        return loss((double[]) null);
    }

    /**
     * The loss.
     *
     * @param classWeights one per class, or null for none
     */
    public SegmentationLoss loss(double... classWeights) {
        return expression.loss(classWeights, choice.isEstimated(), ignore);
    }
}
