package org.segloss4j.cli.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Compat;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.internal.loss.Setting;

/**
 * A sum of losses that a user wrote, such as {@code jaccard(smooth=1) + 2*categorical_focal}.
 *
 * @param text  as it was written
 * @param terms at least one
 */
public record LossExpression(String text, List<Term> terms) {

    /**
     * One loss with its factor.
     *
     * @param factor     a finite number
     * @param loss       one of the catalogue, with its settings
     * @param given      the settings that were written
     * @param activation what another library applies inside the loss, or IDENTITY if the loss takes what it gets
     * @param preset     how the loss of another library was written, or null if it is one of the catalogue
     */
    record Term(double factor, SegmentationLoss loss, Map<Setting, Object> given, Activation activation,
                String preset) {

        Term(double factor, SegmentationLoss loss, Map<Setting, Object> given) {
            this(factor, loss, given, Activation.IDENTITY, null);
        }

        Term times(double other) {
            return new Term(other * factor, loss, given, activation, preset);
        }

        /**
         * Refuses an activation of the network under which the loss would not be what the other library computes.
         *
         * @param channels of the network
         * @throws UsageException that names both
         */
        void checkActivation(Activation network, int channels) {
            if (activation != Activation.IDENTITY && activation != network
                    && value(activation, channels) != value(network, channels)) {
                throw new UsageException("--loss has " + loss.name() + ", which applies a "
                        + activation.name().toLowerCase(Locale.ROOT) + " itself, but --activation is "
                        + network.name().toLowerCase(Locale.ROOT));
            }
        }

        /** A loss that reads logits whatever the activation is has the same value under both. */
        private double value(Activation under, int channels) {
            return loss.value(SegmentationBatch.predictions(Nd4j.linspace(DataType.DOUBLE, 0.5, 1, channels)
                    .reshape(1, channels, 1, 1)).labels(Nd4j.zeros(DataType.INT32, 1, 1, 1)).activation(under));
        }

        /**
         * The loss with the weights of the classes it gathers.
         *
         * @param isEstimated whether the weights are to have mean 1, whichever classes these are: below it, a loss
         *                    whose weights multiply the score cannot reach 0, and above it, can be negative
         * @param weights     one per class
         * @throws UnsupportedOperationException if weights are not for this loss; says why, in words that follow it
         */
        SegmentationLoss weighted(boolean isEstimated, double... weights) {
            if (given.containsKey(Setting.CLASS_WEIGHTS)) {
                throw new UnsupportedOperationException(preset == null ? "has class weights of its own"
                        : "keeps those of its library unless --weights is given");
            }
            if (given.containsKey(Setting.CLASS_GROUPS)) {
                throw new UnsupportedOperationException("weighs groups of classes");
            }
            try {
                return preset == null
                        ? loss.classWeights(isEstimated ? ofMeanOne(gathered(weights)) : gathered(weights))
                        : Compat.weighted(preset, weights);
            } catch (UnsupportedOperationException e) {
                // That of another library says which of the two it is.
                throw new UnsupportedOperationException(preset != null && e.getMessage().endsWith("of its own")
                        ? "has class weights of its own" : "has no class weights", e);
            } catch (IllegalArgumentException e) {
                throw new UsageException("--weights do not fit " + loss.name() + ": " + e.getMessage(), e);
            }
        }

        private static double[] ofMeanOne(double... weights) {
            double sum = Arrays.stream(weights).sum();
            return sum == 0 ? weights : Arrays.stream(weights).map(each -> each * weights.length / sum).toArray();
        }

        private double[] gathered(double... weights) {
            // Skeleton recall leaves the background out unless it is named.
            boolean background = !Boolean.FALSE.equals(given.get(Setting.INCLUDE_BACKGROUND))
                    && !(loss.needsSkeleton() && !given.containsKey(Setting.CLASS_INDEXES));
            if (!(given.get(Setting.CLASS_INDEXES) instanceof List<?> indexes)) {
                return background ? weights : Arrays.copyOfRange(weights, 1, weights.length);
            }
            return indexes.stream().filter(each -> background || ((Number) each).intValue() != 0).mapToDouble(each -> {
                int index = ((Number) each).intValue();
                if (index >= weights.length) {
                    throw new UsageException("--loss: class_indexes holds " + index + ", but there are only "
                            + weights.length + " classes");
                }
                return weights[index];
            }).toArray();
        }
    }

    /** What an expression may name: a text for the help of a command. */
    public static String help() {
        String settings = Arrays.stream(Setting.values()).map(Setting::pythonName).collect(Collectors.joining(", "));
        return "Losses: " + LossNames.titles() + " and the names of segmentation_models, with factors, sums and"
                + " settings: 2*dice(beta=2) + categorical_focal(gamma=3). Settings: " + settings + ". Losses of other"
                + " libraries as they are written in Python, such as monai.DiceCELoss(softmax=True); libraries: "
                + Arrays.stream(Compat.values()).map(Compat::prefix).collect(Collectors.joining(", ")) + ".";
    }

    /**
     * Reads an expression.
     *
     * @param channels of the predictions
     * @throws UsageException if it is none, or class weights are more or fewer than channels; names the place, and the
     *                        losses or settings that there are
     */
    public static LossExpression of(String text, int channels) {
        return new LossExpression(text, new LossParser(text, channels).parse());
    }

    /** The same, but losses of other libraries keep the numbers that they have there, without class weights. */
    LossExpression keepingPresets() {
        return new LossExpression(text, terms.stream().map(term -> term.preset == null ? term : new Term(term.factor,
                term.loss, Map.of(Setting.CLASS_WEIGHTS, List.of()), term.activation, term.preset)).toList());
    }

    /** Whether a loss of another library is in it. */
    boolean hasPresets() {
        return terms.stream().anyMatch(term -> term.preset != null);
    }

    /**
     * The loss.
     *
     * @param weights one per class for every term that has class weights and was written without, or null for none
     * @param ignore  the label of void pixels, or null
     */
    public SegmentationLoss loss(double[] weights, Integer ignore) {
        return loss(weights, false, ignore);
    }

    /** The same with weights that are numbers somebody gave, or estimated ones, whose mean is 1 in each term. */
    SegmentationLoss loss(double[] weights, boolean isEstimated, Integer ignore) {
        SegmentationLoss sum = null;
        for (Term term : terms) {
            SegmentationLoss loss = weights == null || unweighted(term, weights) != null ? term.loss
                    : term.weighted(isEstimated, weights);
            loss = term.factor == 1 ? loss : loss.times(term.factor);
            sum = sum == null ? loss : sum.plus(loss);
        }
        return ignore == null ? sum : sum.ignoreIndex(ignore);
    }

    /**
     * The terms that class weights are not for.
     *
     * @param weights one per class
     * @return the name of each such term with why, such as {@code binary_focal_loss, which has no class weights}
     */
    List<String> unweighted(double... weights) {
        return terms.stream().map(term -> unweighted(term, weights)).filter(Objects::nonNull).distinct().toList();
    }

    /** Whether no term takes class weights. */
    boolean isUnweighted(double... weights) {
        return terms.stream().allMatch(term -> unweighted(term, weights) != null);
    }

    /** Why class weights are not for a term, or null if they are. */
    private static String unweighted(Term term, double... weights) {
        try {
            term.weighted(true, weights);
            return null;
        } catch (UnsupportedOperationException e) {
            return term.loss.name() + ", which " + e.getMessage();
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
