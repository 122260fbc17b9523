package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;

/**
 * The region losses of {@code segmentation_models.pytorch} and its Lovász losses. Up to 0.3 true positives are
 * products, and Dice is a formula of its own; from 0.4 on all are Tversky's index of true positives by
 * absolute differences, by which the smoothing of Dice counts twice.
 */
final class SmpLosses {

    static final Map<String, Function<Parameters, PeerLoss>> OF_0_3 = new LinkedHashMap<>();
    static final Map<String, Function<Parameters, PeerLoss>> OF_0_5 = new LinkedHashMap<>();

    static {
        OF_0_3.put("JaccardLoss", of -> region(of, LossKind.JACCARD, false, false));
        OF_0_3.put("DiceLoss", of -> region(of, LossKind.DICE, true, false));
        OF_0_3.put("TverskyLoss", of -> tversky(of, false));
        OF_0_3.put("MCCLoss", SmpLosses::correlation);
        OF_0_3.put("LovaszLoss", SmpLosses::lovasz);
        OF_0_5.put("JaccardLoss", of -> region(of, LossKind.TVERSKY, false, true, Setting.ALPHA, 1.0,
                Setting.BETA, 1.0));
        OF_0_5.put("DiceLoss", of -> region(of, LossKind.TVERSKY, true, true, Setting.ALPHA, 0.5, Setting.BETA, 0.5));
        OF_0_5.put("TverskyLoss", of -> tversky(of, true));
        OF_0_5.put("MCCLoss", SmpLosses::correlation);
        OF_0_5.put("LovaszLoss", SmpLosses::lovasz);
        PixelLosses.addSmp(OF_0_3);
        PixelLosses.addSmp(OF_0_5);
    }

    /** So many classes there may be where nobody says how many channels there are. */
    private static final int MOST_CLASSES = 100;

    private SmpLosses() {
    }

    /** What a mode applies to logits. */
    static Activation activation(String mode, boolean fromLogits) {
        if (!fromLogits) {
            return Activation.IDENTITY;
        }
        return mode.equals("multiclass") ? Activation.SOFTMAX : Activation.SIGMOID;
    }

    /** The parameter that each of the losses must be given. */
    static String mode(Parameters of) {
        return of.choice("mode", null, "binary", "multiclass", "multilabel");
    }

    /**
     * The label of void pixels. The library compares it with each output's label; the catalogue reads an index below
     * the number of channels as a class, whose pixels are void as a whole, unless there is one channel alone.
     */
    static Integer ignoreIndex(Parameters of, String mode, Integer otherwise) {
        Integer index = of.wholeOrNull("ignore_index", otherwise);
        int classes = of.channels() == null ? MOST_CLASSES : of.channels();
        if (mode.equals("multilabel") && index != null && index >= 0 && index < classes && !of.hasAtMost(1)) {
            throw new IllegalArgumentException("ignore_index of " + of.loss() + " is " + index
                    + ", which names a class where each has a channel of labels: mark void pixels with -1 or 255"
                    + (of.channels() == null ? ", or say how many channels there are, such as channels=1" : ""));
        }
        return index;
    }

    private static PeerLoss region(Parameters of, LossKind kind, boolean ignores, boolean byDistance, Object... more) {
        String mode = mode(of);
        boolean fromLogits = of.flag("from_logits", true);
        List<Integer> classes = of.wholesOrNull("classes");
        List<Double> weights = byDistance ? weights(of, mode, classes) : null;
        if (classes != null && mode.equals("binary")) {
            throw new IllegalArgumentException("classes of " + of.loss() + " are " + classes
                    + ", but the mode binary has none");
        }
        double eps = of.number("eps", 1e-7);
        LossDefinition loss = PeerLoss.term(kind, Setting.CLASS_INDEXES, classes, Setting.CLASS_WEIGHTS, weights,
                Setting.WEIGHT_MODE, weights == null ? Aggregation.LOSS_MEAN : Aggregation.NORMALISED,
                Setting.ABSENT_CLASSES, AbsentPolicy.ZERO, Setting.SMOOTH, of.number("smooth", 0), Setting.FLOOR, eps,
                Setting.LINK, of.flag("log_loss", false) ? "log" : "complement", Setting.SOFT_LABELS, byDistance);
        for (int k = 0; k < more.length; k += 2) {
            loss = loss.with((Setting) more[k], more[k + 1]);
        }
        return PeerLoss.of(loss, activation(mode, fromLogits), ignores ? ignoreIndex(of, mode, null) : null);
    }

    /** From 0.5.1 on; one weight per class, of which those of the chosen classes count. */
    private static List<Double> weights(Parameters of, String mode, List<Integer> classes) {
        List<Double> weights = mode.equals("binary") ? of.numbersOrNull("class_weights")
                : of.classWeightsOrNull("class_weights");
        if (weights != null && mode.equals("binary")) {
            throw new IllegalArgumentException("class_weights of " + of.loss() + " are " + weights
                    + ", but the mode binary has no classes");
        }
        return weights == null || classes == null ? weights : classes.stream().map(c -> {
            if (c < 0 || c >= weights.size()) {
                throw new IllegalArgumentException("classes of " + of.loss() + " are " + classes
                        + ", but class_weights has " + weights.size());
            }
            return weights.get(c);
        }).toList();
    }

    private static PeerLoss tversky(Parameters of, boolean byDistance) {
        return region(of, LossKind.TVERSKY, true, byDistance, Setting.POWER, of.number("gamma", 1),
                Setting.ALPHA, of.number("alpha", 0.5), Setting.BETA, of.number("beta", 0.5));
    }

    /** The hinge of logits, unless classes exclude one another; the library has from_logits, but does not read it. */
    private static PeerLoss lovasz(Parameters of) {
        String mode = mode(of);
        boolean isMulticlass = mode.equals("multiclass");
        of.flag("from_logits", true);
        return PeerLoss.of(PeerLoss.term(isMulticlass ? LossKind.LOVASZ_SOFTMAX : LossKind.LOVASZ_HINGE,
                Setting.PER_IMAGE, of.flag("per_image", false)),
                isMulticlass ? Activation.SOFTMAX : Activation.IDENTITY, ignoreIndex(of, mode, null));
    }

    /** One score of all outputs, of probabilities. */
    private static PeerLoss correlation(Parameters of) {
        if (!of.hasAtMost(1) && of.channels() != null) {
            throw new IllegalArgumentException(of.loss() + " is of one channel in the library, but there are "
                    + of.channels() + "; mcc has the mean over classes");
        }
        return new PeerLoss(PeerLoss.term(LossKind.MCC, Setting.SMOOTH, of.number("eps", 1e-5)), Activation.IDENTITY);
    }
}
