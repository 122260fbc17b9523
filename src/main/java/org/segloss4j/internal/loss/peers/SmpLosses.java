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
 * absolute differences, by which the smoothing of Dice counts twice. From 0.5.1 on they have class weights.
 */
final class SmpLosses {

    static final Map<String, Function<Parameters, PeerLoss>> OF_0_3 = new LinkedHashMap<>();
    static final Map<String, Function<Parameters, PeerLoss>> OF_0_5 = new LinkedHashMap<>();
    static final Map<String, Function<Parameters, PeerLoss>> OF_0_5_1 = new LinkedHashMap<>();

    /** What differs from one version to the next. */
    private enum Version {
        OF_0_3, OF_0_5, OF_0_5_1
    }

    static {
        OF_0_3.put("JaccardLoss", of -> region(of, LossKind.JACCARD, false, Version.OF_0_3));
        OF_0_3.put("DiceLoss", of -> region(of, LossKind.DICE, true, Version.OF_0_3));
        OF_0_3.put("TverskyLoss", of -> tversky(of, Version.OF_0_3));
        addCommon(OF_0_3);
        addByDistance(OF_0_5, Version.OF_0_5);
        addCommon(OF_0_5);
        addByDistance(OF_0_5_1, Version.OF_0_5_1);
        addCommon(OF_0_5_1);
        OF_0_5_1.put("FocalLoss", SmpFocal::meanOverClasses);
    }

    private static void addByDistance(Map<String, Function<Parameters, PeerLoss>> to, Version version) {
        to.put("JaccardLoss", of -> region(of, LossKind.TVERSKY, version == Version.OF_0_5_1, version,
                Setting.ALPHA, 1.0, Setting.BETA, 1.0));
        to.put("DiceLoss", of -> region(of, LossKind.TVERSKY, true, version, Setting.ALPHA, 0.5,
                Setting.BETA, 0.5));
        to.put("TverskyLoss", of -> tversky(of, version));
    }

    private static void addCommon(Map<String, Function<Parameters, PeerLoss>> to) {
        to.put("MCCLoss", SmpLosses::correlation);
        to.put("LovaszLoss", SmpLosses::lovasz);
        PixelLosses.addSmp(to);
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

    private static PeerLoss region(Parameters of, LossKind kind, boolean ignores, Version version, Object... more) {
        String mode = mode(of);
        boolean fromLogits = of.flag("from_logits", true);
        List<Integer> classes = of.wholesOrNull("classes");
        List<Double> weights = version == Version.OF_0_5_1 ? weights(of, mode, classes) : null;
        if (classes != null && mode.equals("binary")) {
            throw new IllegalArgumentException("classes of " + of.loss() + " are " + classes
                    + ", but the mode binary has none");
        }
        double eps = of.number("eps", 1e-7);
        boolean byDistance = version != Version.OF_0_3;
        LossDefinition loss = PeerLoss.term(kind, Setting.CLASS_INDEXES, classes, Setting.CLASS_WEIGHTS, weights,
                Setting.WEIGHT_MODE, weights == null ? Aggregation.LOSS_MEAN : Aggregation.NORMALISED,
                Setting.ABSENT_CLASSES, AbsentPolicy.ZERO, Setting.SMOOTH, of.number("smooth", 0), Setting.FLOOR, eps,
                Setting.LINK, of.flag("log_loss", false) ? "log" : "complement", Setting.SOFT_LABELS, byDistance);
        for (int k = 0; k < more.length; k += 2) {
            loss = loss.with((Setting) more[k], more[k + 1]);
        }
        return PeerLoss.of(loss, activation(mode, fromLogits), ignores ? ignoreIndex(of, mode, null) : null);
    }

    /** One weight per class, of which those of the chosen classes count. */
    static List<Double> weights(Parameters of, String mode, List<Integer> classes) {
        List<Double> weights = mode.equals("binary") ? of.numbersOrNull("class_weights")
                : of.classWeightsOrNull("class_weights");
        if (weights != null && mode.equals("binary")) {
            throw new IllegalArgumentException("class_weights of " + of.loss() + " are " + weights
                    + ", but the mode binary has no classes");
        }
        if (weights != null && of.channels() != null && of.channels() != weights.size()) {
            throw new IllegalArgumentException("class_weights of " + of.loss() + " are " + weights
                    + ", but channels is " + of.channels() + ": give one for each");
        }
        if (weights != null && weights.stream().allMatch(weight -> weight == 0) && !weights.isEmpty()) {
            throw new IllegalArgumentException("class_weights of " + of.loss() + " are " + weights
                    + ", whose sum is 0, by which they are divided: give one above 0");
        }
        return weights == null || classes == null ? weights : classes.stream().map(c -> {
            if (c < 0 || c >= weights.size()) {
                throw new IllegalArgumentException("classes of " + of.loss() + " are " + classes
                        + ", but class_weights has " + weights.size());
            }
            return weights.get(c);
        }).toList();
    }

    private static PeerLoss tversky(Parameters of, Version version) {
        return region(of, LossKind.TVERSKY, true, version, Setting.POWER, of.number("gamma", 1),
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
