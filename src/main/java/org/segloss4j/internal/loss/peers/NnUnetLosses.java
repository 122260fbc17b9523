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

    /** The least denominator of its Dice score. */
    private static final double FLOOR = 1e-8;

    static {
        ALL.put("TopKLoss", NnUnetLosses::topK);
        ALL.put("SoftDiceLoss", of -> {
            of.only("clip_tp", null, "true positives are not clipped here");
            return alone(of);
        });
        ALL.put("MemoryEfficientSoftDiceLoss", NnUnetLosses::alone);
        ALL.put("DC_and_CE_loss", NnUnetLosses::withCrossEntropy);
        ALL.put("DC_and_BCE_loss", NnUnetLosses::withBinaryCrossEntropy);
        PixelLosses.addNnUnet(ALL);
    }

    private NnUnetLosses() {
    }

    /** The library counts ignored pixels when it takes k per cent; only then is the number of pixels another one. */
    private static PeerLoss topK(Parameters of) {
        double smoothing = of.number("label_smoothing", 0);
        if (smoothing != 0) {
            throw new IllegalArgumentException("label_smoothing of " + of.loss() + " is " + smoothing
                    + ", but the largest losses are found without it");
        }
        return PeerLoss.of(PeerLoss.term(LossKind.TOP_K_CROSS_ENTROPY, Setting.FRACTION, of.number("k", 10) / 100,
                Setting.CLASS_WEIGHTS, of.classWeightsOrNull("weight")), Activation.SOFTMAX,
                of.wholeOrNull("ignore_index", -100));
    }

    private static PeerLoss alone(Parameters of) {
        Activation activation = switch (of.choice("apply_nonlin", "none", "none", "softmax", "softmax_helper_dim1",
                "sigmoid", "torch.sigmoid")) {
            case "none" -> Activation.IDENTITY;
            case "sigmoid", "torch.sigmoid" -> Activation.SIGMOID;
            default -> Activation.SOFTMAX;
        };
        return new PeerLoss(dice(of), activation);
    }

    private static LossDefinition dice(Parameters of) {
        // Sums of several machines are those of the exchange, not of the loss.
        of.flag("ddp", true);
        double smooth = of.number("smooth", 1);
        return PeerLoss.term(LossKind.DICE, Setting.LINK, "negative", Setting.FLOOR, FLOOR, Setting.SMOOTH, smooth,
                Setting.PER_IMAGE, !of.flag("batch_dice", false),
                Setting.INCLUDE_BACKGROUND, of.flag("do_bg", true));
    }

    private static LossDefinition dicePart(Parameters of) {
        Parameters part = of.nested("soft_dice_kwargs");
        LossDefinition dice = dice(part);
        part.only("clip_tp", null, "true positives are not clipped here");
        part.finish();
        of.choice("dice_class", "softdiceloss", "softdiceloss", "memoryefficientsoftdiceloss");
        return dice;
    }

    private static PeerLoss withCrossEntropy(Parameters of) {
        LossDefinition dice = dicePart(of);
        Parameters part = of.nested("ce_kwargs");
        LossDefinition entropy = PixelLosses.crossEntropy(part, "indices").definition();
        part.finish();
        return PeerLoss.of(PeerLoss.sum(PixelLosses.factor(of, "weight_dice"), dice,
                PixelLosses.factor(of, "weight_ce"), entropy), Activation.SOFTMAX,
                of.wholeOrNull("ignore_label", null));
    }

    private static PeerLoss withBinaryCrossEntropy(Parameters of) {
        LossDefinition dice = dicePart(of);
        of.only("use_ignore_label", false, "the void pixels of regions are those of the mask of the batch");
        Parameters part = of.nested("bce_kwargs");
        LossDefinition entropy = PixelLosses.binaryCrossEntropy(part, part.numbersOrNull("pos_weight"), true)
                .definition();
        part.finish();
        return new PeerLoss(PeerLoss.sum(PixelLosses.factor(of, "weight_dice"), dice,
                PixelLosses.factor(of, "weight_ce"), entropy), Activation.SIGMOID);
    }
}
