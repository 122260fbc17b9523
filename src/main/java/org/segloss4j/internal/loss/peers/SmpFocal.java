package org.segloss4j.internal.loss.peers;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.math.Normaliser;

/**
 * The focal loss of {@code segmentation_models.pytorch}, which is the sigmoid one in all modes. Where it is normalised,
 * each class has a divisor of its own in the mode multiclass, and from 0.5.1 on in the mode multilabel, too.
 */
final class SmpFocal {

    private SmpFocal() {
    }

    /** Up to 0.5.0: over exclusive classes the sum of the means of each one's loss, otherwise the mean over outputs. */
    static PeerLoss sumOverClasses(Parameters of) {
        String mode = SmpLosses.mode(of);
        boolean exclusive = mode.equals("multiclass");
        boolean normalised = of.flag("normalized", false);
        LossDefinition loss = term(of, true, normalised, PixelLosses.normaliser(PixelLosses.reduction(of),
                exclusive ? Normaliser.PIXELS : Normaliser.OUTPUTS));
        if (exclusive && normalised) {
            loss = ofEachClass(loss, channels(of, "normalized", "where each class has a divisor of its own"), c -> 1);
        }
        return PeerLoss.of(loss, Activation.SIGMOID, SmpLosses.ignoreIndex(of, mode, null));
    }

    /** From 0.5.1 on: the mean over classes, weighted if there are weights. */
    static PeerLoss meanOverClasses(Parameters of) {
        String mode = SmpLosses.mode(of);
        boolean fromLogits = of.flag("from_logits", true);
        if (!fromLogits && mode.equals("multiclass")) {
            throw new IllegalArgumentException("from_logits of " + of.loss() + " is false, but in the mode multiclass"
                    + " the library takes the logarithm of a probability for the logit of a sigmoid: use logits");
        }
        of.only("eps", 1e-7, "probabilities are not clipped");
        boolean normalised = of.flag("normalized", false);
        boolean sums = PixelLosses.reduction(of).equals("sum");
        List<Double> weights = SmpLosses.weights(of, mode, null);
        LossDefinition loss = term(of, fromLogits, normalised, sums ? Normaliser.ONE : Normaliser.OUTPUTS);
        if (!mode.equals("binary") && !of.hasAtMost(1)) {
            double all = weights == null ? 0 : weights.stream().mapToDouble(weight -> weight).sum();
            if (normalised) {
                int channels = channels(of, "normalized", "where each class has a divisor of its own");
                loss = ofEachClass(loss, channels, c -> weights == null ? 1.0 / channels : weights.get(c) / all);
            } else if (weights != null) {
                double scale = (sums ? 1 : weights.size()) / all;
                loss = loss.with(Setting.CLASS_WEIGHTS, weights.stream().map(weight -> weight * scale).toList());
            } else if (sums) {
                loss = loss.times(1.0 / channels(of, "reduction", "where a sum is divided by the number of classes"));
            }
        }
        return PeerLoss.of(loss, fromLogits ? Activation.SIGMOID : Activation.IDENTITY,
                SmpLosses.ignoreIndex(of, mode, null));
    }

    /** Of probabilities, labels between 0 and 1 are mixtures of both sides, since there is no logit. */
    private static LossDefinition term(Parameters of, boolean fromLogits, boolean normalised, Normaliser normaliser) {
        return PeerLoss.term(LossKind.SIGMOID_FOCAL, Setting.ALPHA, of.numberOrNull("alpha"),
                Setting.GAMMA, of.number("gamma", 2), Setting.REDUCED_THRESHOLD, of.numberOrNull("reduced_threshold"),
                Setting.NORMALISED, normalised, Setting.FROM_LOGITS, fromLogits,
                Setting.MIXED_LABELS, fromLogits ? "ENTROPY" : null, Setting.NORMALISER, normaliser);
    }

    private static LossDefinition ofEachClass(LossDefinition loss, int channels, IntToDoubleFunction factor) {
        return LossDefinition.sum(IntStream.range(0, channels).mapToObj(c ->
                loss.with(Setting.CLASS_INDEXES, List.of(c)).times(factor.applyAsDouble(c))).toList());
    }

    private static int channels(Parameters of, String parameter, String why) {
        if (of.channels() == null) {
            throw new IllegalArgumentException(parameter + " of " + of.loss() + " is given in a mode of several"
                    + " classes, " + why + ": say how many there are, such as channels=3");
        }
        return of.channels();
    }
}
