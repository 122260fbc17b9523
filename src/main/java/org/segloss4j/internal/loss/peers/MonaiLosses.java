package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.ClassWeighting;

/** The losses of MONAI 1.5. */
final class MonaiLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("DiceLoss", of -> {
            Common common = Common.of(of);
            return new PeerLoss(dice(common, of, weight(of, common.background), of.flag("soft_label", false)),
                    common.activation);
        });
        ALL.put("MaskedDiceLoss", MonaiLosses::maskedDice);
        ALL.put("GeneralizedDiceLoss", of -> {
            Common common = Common.of(of);
            return new PeerLoss(generalisedDice(common, of, of.flag("soft_label", false)), common.activation);
        });
        ALL.put("TverskyLoss", MonaiLosses::tversky);
        ALL.put("GeneralizedWassersteinDiceLoss", MonaiLosses::wasserstein);
        PixelLosses.addMonai(ALL);
    }

    private MonaiLosses() {
    }

    /**
     * What most of the losses have.
     *
     * @param activation what is applied to the predictions
     * @param background whether class 0 takes part
     * @param oneHot     whether labels are indexes
     * @param reduction  mean or sum
     * @param batch      whether the sums are those of the batch
     * @param above      constant above the fraction
     * @param below      constant below the fraction
     */
    record Common(Activation activation, boolean background, boolean oneHot, String reduction, boolean batch,
                  double above, double below) {

        static Common of(Parameters of) {
            boolean sigmoid = of.flag("sigmoid", false);
            boolean softmax = of.flag("softmax", false);
            if (sigmoid && softmax) {
                throw new IllegalArgumentException(of.loss() + " has sigmoid and softmax, but only one can be applied");
            }
            of.only("other_act", null, "only sigmoid and softmax are known");
            // Of a single channel there is no softmax.
            softmax = softmax && !of.hasAtMost(1);
            return new Common(softmax ? Activation.SOFTMAX : sigmoid ? Activation.SIGMOID : Activation.IDENTITY,
                    of.flag("include_background", true), of.flag("to_onehot_y", false), MonaiLosses.reduction(of),
                    of.flag("batch", false), of.number("smooth_nr", 1e-5), of.number("smooth_dr", 1e-5));
        }
    }

    /** Losses per class or per image are methods here, not a reduction. */
    static String reduction(Parameters of) {
        return of.choice("reduction", "mean", "mean", "sum");
    }

    /** A number is the weight of each class. The weight of the only class that takes part plays none. */
    static List<Double> weight(Parameters of, boolean background) {
        boolean isNumber = of.isNumber("weight") && !of.hasAtMost(background ? 1 : 2);
        List<Double> weight = of.hasAtMost(background ? 1 : 2) ? of.numbersOrNull("weight")
                : of.classWeightsOrNull("weight", background);
        return weight == null || weight.size() == 1 && !isNumber ? null : weight;
    }

    /** MONAI's ratios have twice the numerator and denominator of Jaccard, so half of its constants are added. */
    static LossDefinition dice(Common common, Parameters of, List<Double> weight, boolean softLabels) {
        boolean jaccard = of.flag("jaccard", false);
        double scale = jaccard ? 0.5 : 1;
        return PeerLoss.term(jaccard ? LossKind.JACCARD : LossKind.DICE,
                Setting.SQUARED, of.flag("squared_pred", false), Setting.SOFT_LABELS, softLabels,
                Setting.NUMERATOR_SMOOTH, scale * common.above, Setting.SMOOTH, scale * common.below,
                Setting.PER_IMAGE, !common.batch, Setting.REDUCTION, common.reduction,
                Setting.INCLUDE_BACKGROUND, common.background, Setting.WEIGHT_MODE, Aggregation.LOSS_MEAN,
                Setting.CLASS_WEIGHTS, weight);
    }

    static LossDefinition generalisedDice(Common common, Parameters of, boolean softLabels) {
        ClassWeighting weighting = switch (of.choice("w_type", "square", "square", "simple", "uniform")) {
            case "simple" -> ClassWeighting.INVERSE;
            case "uniform" -> ClassWeighting.UNIFORM;
            default -> ClassWeighting.INVERSE_SQUARE;
        };
        return PeerLoss.term(LossKind.GENERALISED_DICE, Setting.WEIGHTING, weighting, Setting.SOFT_LABELS, softLabels,
                Setting.NUMERATOR_SMOOTH, common.above, Setting.SMOOTH, common.below,
                Setting.PER_IMAGE, !common.batch, Setting.REDUCTION, common.reduction,
                Setting.INCLUDE_BACKGROUND, common.background);
    }

    /**
     * Under the mask of the batch. MONAI multiplies predictions and labels with it before anything else, so that a
     * masked logit becomes a probability of 1/2, and a masked label class 0.
     */
    private static PeerLoss maskedDice(Parameters of) {
        Common common = Common.of(of);
        if (common.activation != Activation.IDENTITY || common.oneHot) {
            throw new IllegalArgumentException("MaskedDiceLoss with sigmoid, softmax or to_onehot_y masks the logits"
                    + " and labels in MONAI, not what becomes of them: multiply both with the mask and use DiceLoss"
                    + " for the same numbers, or DiceLoss with the mask of the batch for pixels that do not count");
        }
        return new PeerLoss(dice(common, of, weight(of, common.background), of.flag("soft_label", false)),
                common.activation);
    }

    private static PeerLoss tversky(Parameters of) {
        Common common = Common.of(of);
        return new PeerLoss(PeerLoss.term(LossKind.TVERSKY, Setting.ALPHA, of.number("alpha", 0.5),
                Setting.BETA, of.number("beta", 0.5), Setting.SOFT_LABELS, of.flag("soft_label", false),
                Setting.NUMERATOR_SMOOTH, common.above, Setting.SMOOTH, common.below,
                Setting.PER_IMAGE, !common.batch, Setting.REDUCTION, common.reduction,
                Setting.INCLUDE_BACKGROUND, common.background, Setting.WEIGHT_MODE, Aggregation.LOSS_MEAN),
                common.activation);
    }

    private static PeerLoss wasserstein(Parameters of) {
        boolean byVolume = of.choice("weighting_mode", "default", "default", "gdl").equals("gdl");
        return new PeerLoss(PeerLoss.term(LossKind.WASSERSTEIN_DICE, Setting.DISTANCES, of.matrix("dist_matrix"),
                Setting.WEIGHTING, byVolume ? ClassWeighting.INVERSE : ClassWeighting.UNIFORM,
                Setting.REDUCTION, reduction(of), Setting.PER_IMAGE, true,
                Setting.NUMERATOR_SMOOTH, of.number("smooth_nr", 1e-5), Setting.SMOOTH, of.number("smooth_dr", 1e-5)),
                Activation.SOFTMAX);
    }
}
