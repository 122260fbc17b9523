package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** The losses of nnU-Net 2. Its Dice loss is the negative score, so that a sum with it can be negative. */
final class NnUnetLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    private static final String SOFT_DICE = "softdiceloss";
    private static final String MEMORY_DICE = "memoryefficientsoftdiceloss";

    /** The least denominator of its Dice score. */
    private static final double FLOOR = 1e-8;

    static {
        ALL.put("TopKLoss", NnUnetLosses::topK);
        ALL.put("SoftDiceLoss", of -> alone(of, true));
        ALL.put("MemoryEfficientSoftDiceLoss", of -> alone(of, false));
        ALL.put("DC_and_CE_loss", NnUnetLosses::withCrossEntropy);
        ALL.put("DC_and_BCE_loss", NnUnetLosses::withBinaryCrossEntropy);
        ALL.put("DC_and_topk_loss", NnUnetLosses::withTopK);
        PixelLosses.addNnUnet(ALL);
    }

    private NnUnetLosses() {
    }

    /** The library counts ignored pixels, whose loss is 0, when it takes k per cent. */
    private static PeerLoss topK(Parameters of) {
        double smoothing = of.number("label_smoothing", 0);
        if (smoothing != 0) {
            throw new IllegalArgumentException("label_smoothing of " + of.loss() + " is " + smoothing
                    + ", but the largest losses are found without it");
        }
        return PeerLoss.of(PeerLoss.term(LossKind.TOP_K_CROSS_ENTROPY, Setting.FRACTION, of.number("k", 10) / 100,
                Setting.COUNTS_VOID, true,
                Setting.CLASS_WEIGHTS, of.classWeightsOrNull("weight")), Activation.SOFTMAX,
                of.wholeOrNull("ignore_index", -100));
    }

    private static PeerLoss alone(Parameters of, boolean clips) {
        Activation activation = switch (of.choice("apply_nonlin", "none", "none", "softmax", "softmax_helper_dim1",
                "sigmoid", "torch.sigmoid")) {
            case "none" -> Activation.IDENTITY;
            case "sigmoid", "torch.sigmoid" -> Activation.SIGMOID;
            default -> Activation.SOFTMAX;
        };
        return new PeerLoss(dice(of, clips), activation);
    }

    private static LossDefinition dice(Parameters of, boolean clips) {
        // Sums of several machines are those of the exchange, not of the loss.
        of.flag("ddp", true);
        double smooth = of.number("smooth", 1);
        return PeerLoss.term(LossKind.DICE, Setting.LINK, "negative", Setting.FLOOR, FLOOR, Setting.SMOOTH, smooth,
                Setting.LEAST_TRUE_POSITIVES, clips ? of.numberOrNull("clip_tp") : null,
                Setting.PER_IMAGE, !of.flag("batch_dice", false),
                Setting.INCLUDE_BACKGROUND, of.flag("do_bg", true));
    }

    private static LossDefinition dicePart(Parameters of, boolean clips) {
        Parameters part = of.nested("soft_dice_kwargs");
        LossDefinition dice = dice(part, clips);
        part.finish();
        return dice;
    }

    /** Of a sum that can be told which of the two classes its Dice is: the one alone clips true positives. */
    private static LossDefinition dicePart(Parameters of, String otherwise) {
        return dicePart(of, of.choice("dice_class", otherwise, SOFT_DICE, MEMORY_DICE)
                .equals(SOFT_DICE));
    }

    /** Both ignore the same label; the ignored pixels are left out before the largest losses are looked for. */
    private static PeerLoss withTopK(Parameters of) {
        LossDefinition dice = dicePart(of, true);
        Parameters part = of.nested("ce_kwargs");
        PeerLoss topK = topK(part);
        part.finish();
        Integer ignored = of.wholeOrNull("ignore_label", null);
        LossDefinition sum = PeerLoss.sum(PixelLosses.factor(of, "weight_dice"), dice,
                PixelLosses.factor(of, "weight_ce"), topK.definition());
        return PeerLoss.of(sum, Activation.SOFTMAX, ignored == null ? topK.definition().ignoreIndex() : ignored);
    }

    private static PeerLoss withCrossEntropy(Parameters of) {
        LossDefinition dice = dicePart(of, SOFT_DICE);
        Parameters part = of.nested("ce_kwargs");
        LossDefinition entropy = PixelLosses.crossEntropy(part, "indices").definition();
        part.finish();
        return PeerLoss.of(PeerLoss.sum(PixelLosses.factor(of, "weight_dice"), dice,
                PixelLosses.factor(of, "weight_ce"), entropy), Activation.SOFTMAX,
                of.wholeOrNull("ignore_label", null));
    }

    private static PeerLoss withBinaryCrossEntropy(Parameters of) {
        LossDefinition dice = dicePart(of, MEMORY_DICE);
        // The ignored pixels are void in the mask of the batch. The library divides by them alone, not by outputs.
        boolean ignores = of.flag("use_ignore_label", false);
        Parameters part = of.nested("bce_kwargs");
        LossDefinition entropy = PixelLosses.binaryCrossEntropy(part, part.numbersOrNull("pos_weight"), true)
                .definition();
        entropy = ignores ? entropy.with(Setting.NORMALISER, "PIXELS") : entropy;
        part.finish();
        return new PeerLoss(PeerLoss.sum(PixelLosses.factor(of, "weight_dice"), dice,
                PixelLosses.factor(of, "weight_ce"), entropy), Activation.SIGMOID);
    }
}
