package org.segloss4j.internal.loss.peers;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.math.Normaliser;

/** The pixel losses of the other libraries, and the sums that hold one. */
final class PixelLosses {

    /** torch ignores this label if nothing else is said. */
    private static final int IGNORED = -100;

    /** MONAI clips probabilities to this and 1 less this. */
    private static final double CLIP = 1e-7;

    private PixelLosses() {
    }

    static void addTorch(Map<String, Function<Parameters, PeerLoss>> to) {
        to.put("CrossEntropyLoss", of -> crossEntropy(of, of.choice("target", "indices", "indices", "probabilities")));
        to.put("BCEWithLogitsLoss", of -> binaryCrossEntropy(of, of.perChannelOrNull("pos_weight"), true));
        to.put("BCELoss", of -> binaryCrossEntropy(of, null, false));
    }

    static void addNnUnet(Map<String, Function<Parameters, PeerLoss>> to) {
        to.put("RobustCrossEntropyLoss", of -> crossEntropy(of, "indices"));
    }

    static void addSmp(Map<String, Function<Parameters, PeerLoss>> to) {
        to.put("FocalLoss", SmpFocal::sumOverClasses);
        to.put("SoftBCEWithLogitsLoss", PixelLosses::smpBinaryCrossEntropy);
        to.put("SoftCrossEntropyLoss", PixelLosses::smpCrossEntropy);
    }

    static void addMonai(Map<String, Function<Parameters, PeerLoss>> to) {
        to.put("FocalLoss", PixelLosses::monaiFocal);
        to.put("DiceCELoss", PixelLosses::diceCrossEntropy);
        to.put("DiceFocalLoss", of -> {
            MonaiLosses.Common common = MonaiLosses.Common.of(of);
            List<Double> weight = MonaiLosses.weight(of, common.background());
            return withFocal(common, of, MonaiLosses.dice(common, of, weight, false), weight, "lambda_dice",
                    of.numberOrNull("alpha"));
        });
        to.put("GeneralizedDiceFocalLoss", of -> {
            MonaiLosses.Common common = MonaiLosses.Common.of(of);
            return withFocal(common, of, MonaiLosses.generalisedDice(common, of, false),
                    MonaiLosses.weight(of, common.background()), "lambda_gdl", null);
        });
        to.put("AsymmetricFocalLoss", of -> asymmetric(of, LossKind.ASYMMETRIC_FOCAL, 2, true));
        to.put("AsymmetricFocalTverskyLoss", of -> asymmetric(of, LossKind.ASYMMETRIC_FOCAL_TVERSKY, 0.75, true));
        to.put("AsymmetricUnifiedFocalLoss", of -> {
            double classes = of.number("num_classes", 2);
            if (classes != 2) {
                throw new IllegalArgumentException("num_classes of " + of.loss() + " is " + classes
                        + ", but MONAI 1.5 has 2 alone; unified_focal_loss has any number");
            }
            double share = of.number("weight", 0.5);
            PeerLoss loss = asymmetric(of, LossKind.UNIFIED_FOCAL, 0.5, false);
            return new PeerLoss(loss.definition().with(Setting.SHARE, share), loss.activation());
        });
    }

    static String reduction(Parameters of) {
        return of.choice("reduction", "mean", "mean", "sum");
    }

    static Normaliser normaliser(String reduction, Normaliser mean) {
        return reduction.equals("sum") ? Normaliser.ONE : mean;
    }

    static PeerLoss crossEntropy(Parameters of, String target) {
        // Labels that are probabilities are divided by their number, whatever the weights.
        Normaliser mean = target.equals("indices") ? Normaliser.TRUE_WEIGHTS : Normaliser.PIXELS;
        return PeerLoss.of(PeerLoss.term(LossKind.CROSS_ENTROPY, Setting.CLASS_WEIGHTS, of.classWeightsOrNull("weight"),
                Setting.LABEL_SMOOTHING, of.number("label_smoothing", 0),
                Setting.NORMALISER, normaliser(reduction(of), mean)), Activation.SOFTMAX,
                of.wholeOrNull("ignore_index", IGNORED));
    }

    static PeerLoss binaryCrossEntropy(Parameters of, List<Double> positive, boolean fromLogits) {
        return new PeerLoss(PeerLoss.term(LossKind.SIGMOID_CROSS_ENTROPY, Setting.CLASS_WEIGHTS,
                of.channelWeightsOrNull("weight"), Setting.POSITIVE_WEIGHTS, positive, Setting.FROM_LOGITS, fromLogits,
                Setting.NORMALISER, normaliser(reduction(of), Normaliser.OUTPUTS)),
                fromLogits ? Activation.SIGMOID : Activation.IDENTITY);
    }

    private static PeerLoss smpBinaryCrossEntropy(Parameters of) {
        double factor = of.number("smooth_factor", 0);
        if (!(factor >= 0 && factor <= 0.5)) {
            throw new IllegalArgumentException("smooth_factor of " + of.loss() + " is " + factor
                    + ", but must be from 0 to 0.5: above it labels would change sides");
        }
        // The factor goes to either side; that of the catalogue is shared by both.
        return PeerLoss.of(PeerLoss.term(LossKind.SIGMOID_CROSS_ENTROPY, Setting.CLASS_WEIGHTS,
                of.channelWeightsOrNull("weight"), Setting.POSITIVE_WEIGHTS, of.perChannelOrNull("pos_weight"),
                Setting.LABEL_SMOOTHING, 2 * factor, Setting.FROM_LOGITS, true,
                Setting.NORMALISER, normaliser(reduction(of), Normaliser.ALL_OUTPUTS)), Activation.SIGMOID,
                SmpLosses.ignoreIndex(of, "multilabel", IGNORED));
    }

    private static PeerLoss smpCrossEntropy(Parameters of) {
        if (of.wholeOrNull("dim", 1) != 1) {
            throw new IllegalArgumentException("dim of " + of.loss() + " is not 1, but a batch says itself which axis"
                    + " holds its channels");
        }
        return PeerLoss.of(PeerLoss.term(LossKind.CROSS_ENTROPY,
                Setting.LABEL_SMOOTHING, of.number("smooth_factor", 0),
                Setting.NORMALISER, normaliser(reduction(of), Normaliser.ALL_PIXELS)), Activation.SOFTMAX,
                of.wholeOrNull("ignore_index", IGNORED));
    }

    private static PeerLoss monaiFocal(Parameters of) {
        boolean background = of.flag("include_background", true);
        of.flag("to_onehot_y", false);
        boolean softmax = of.flag("use_softmax", false);
        Double alpha = of.numberOrNull("alpha");
        return new PeerLoss(focal(of, softmax ? LossKind.SOFTMAX_FOCAL : LossKind.SIGMOID_FOCAL, background,
                reduction(of), MonaiLosses.weight(of, background), softmax && !background ? null : alpha),
                softmax ? Activation.SOFTMAX : Activation.SIGMOID);
    }

    /** The sum is one over images and classes, of means over pixels. */
    private static LossDefinition focal(Parameters of, LossKind kind, boolean background, String reduction,
                                        List<Double> weight, Double alpha) {
        boolean ofSigmoid = kind == LossKind.SIGMOID_FOCAL;
        return PeerLoss.term(kind, Setting.INCLUDE_BACKGROUND, background, Setting.CLASS_WEIGHTS, weight,
                Setting.ALPHA, alpha, Setting.GAMMA, of.number("gamma", 2),
                Setting.FROM_LOGITS, ofSigmoid, Setting.MIXED_LABELS, ofSigmoid ? "MARGIN" : null,
                Setting.NORMALISER, reduction.equals("sum") ? Normaliser.IMAGES : Normaliser.OUTPUTS);
    }

    private static PeerLoss withFocal(MonaiLosses.Common common, Parameters of, LossDefinition region,
                                      List<Double> weight, String factor, Double alpha) {
        LossDefinition focal = focal(of, LossKind.SIGMOID_FOCAL, common.background(), common.reduction(), weight,
                alpha);
        return new PeerLoss(PeerLoss.sum(factor(of, factor), region, factor(of, "lambda_focal"), focal),
                common.activation());
    }

    static double factor(Parameters of, String name) {
        double factor = of.number(name, 1);
        if (!(factor >= 0)) {
            throw new IllegalArgumentException(name + " of " + of.loss() + " is " + factor
                    + ", but must be at least 0");
        }
        return factor;
    }

    /**
     * One channel has binary cross-entropy, whose weight is that of the positive class, and several have cross-entropy
     * of a softmax, also where Dice is one of the sigmoid.
     */
    private static PeerLoss diceCrossEntropy(Parameters of) {
        MonaiLosses.Common common = MonaiLosses.Common.of(of);
        boolean isSingle = of.channels() == null ? common.activation() == Activation.SIGMOID : of.channels() == 1;
        List<Double> weight = isSingle ? of.numbersOrNull("weight") : of.classWeightsOrNull("weight");
        Normaliser mean = common.oneHot() ? Normaliser.TRUE_WEIGHTS : Normaliser.PIXELS;
        double smoothing = of.number("label_smoothing", 0);
        LossDefinition entropy = isSingle
                ? PeerLoss.term(LossKind.SIGMOID_CROSS_ENTROPY, Setting.POSITIVE_WEIGHTS, weight,
                        Setting.FROM_LOGITS, true, Setting.NORMALISER, normaliser(common.reduction(),
                                Normaliser.OUTPUTS))
                : PeerLoss.term(LossKind.CROSS_ENTROPY, Setting.CLASS_WEIGHTS, weight,
                        Setting.LABEL_SMOOTHING, smoothing,
                        Setting.FROM_LOGITS, common.activation() != Activation.SOFTMAX,
                        Setting.NORMALISER, normaliser(common.reduction(), mean));
        List<Double> ofDice = weight == null || common.background() ? weight : weight.subList(1, weight.size());
        LossDefinition dice = MonaiLosses.dice(common, of, ofDice == null || ofDice.size() < 2 ? null : ofDice, false);
        return new PeerLoss(PeerLoss.sum(factor(of, "lambda_dice"), dice, factor(of, "lambda_ce"), entropy),
                common.activation());
    }

    /**
     * Of two channels of probabilities, which the library clips to 1e-7. The logarithm is of clipped ones; the sums of
     * the region loss are not, which is at most 1e-7 for each pixel.
     */
    private static PeerLoss asymmetric(Parameters of, LossKind kind, double gamma, boolean hasEpsilon) {
        of.flag("to_onehot_y", false);
        reduction(of);
        if (hasEpsilon) {
            of.only("epsilon", CLIP, "probabilities are clipped to " + CLIP + " alone");
        }
        LossDefinition loss = PeerLoss.term(kind, Setting.DELTA, of.number("delta", 0.7),
                Setting.GAMMA, of.number("gamma", gamma));
        if (kind != LossKind.ASYMMETRIC_FOCAL_TVERSKY) {
            loss = loss.with(Setting.FORM, "CLIP");
        }
        return new PeerLoss(kind == LossKind.ASYMMETRIC_FOCAL ? loss
                : loss.with(Setting.SMOOTH, CLIP).with(Setting.PER_IMAGE, true), Activation.IDENTITY);
    }
}
