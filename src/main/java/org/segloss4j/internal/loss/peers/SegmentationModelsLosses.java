package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** The losses of {@code segmentation_models}, which the catalogue has under its own names. They take probabilities. */
final class SegmentationModelsLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("JaccardLoss", of -> region(LossKind.JACCARD, of, null));
        ALL.put("DiceLoss", of -> region(LossKind.DICE, of, of.number("beta", 1)));
        ALL.put("BinaryCELoss", of -> new PeerLoss(PeerLoss.term(LossKind.BINARY_CROSS_ENTROPY), Activation.IDENTITY));
        ALL.put("CategoricalCELoss", of -> {
            List<Integer> indexes = of.wholesOrNull("class_indexes");
            return new PeerLoss(PeerLoss.term(LossKind.CATEGORICAL_CROSS_ENTROPY,
                    Setting.CLASS_WEIGHTS, of.classWeightsOrNull("class_weights", indexes),
                    Setting.CLASS_INDEXES, indexes), Activation.IDENTITY);
        });
        ALL.put("CategoricalFocalLoss", of -> new PeerLoss(PeerLoss.term(LossKind.CATEGORICAL_FOCAL,
                Setting.ALPHA, of.number("alpha", 0.25), Setting.GAMMA, of.number("gamma", 2),
                Setting.CLASS_INDEXES, of.wholesOrNull("class_indexes")), Activation.IDENTITY));
        ALL.put("BinaryFocalLoss", of -> new PeerLoss(PeerLoss.term(LossKind.BINARY_FOCAL,
                Setting.ALPHA, of.number("alpha", 0.25), Setting.GAMMA, of.number("gamma", 2)), Activation.IDENTITY));
    }

    private SegmentationModelsLosses() {
    }

    private static PeerLoss region(LossKind kind, Parameters of, Double beta) {
        List<Integer> indexes = of.wholesOrNull("class_indexes");
        return new PeerLoss(PeerLoss.term(kind, Setting.BETA, beta,
                Setting.CLASS_WEIGHTS, of.classWeightsOrNull("class_weights", indexes),
                Setting.CLASS_INDEXES, indexes,
                Setting.PER_IMAGE, of.flag("per_image", false),
                Setting.SMOOTH, of.number("smooth", 1e-5)), Activation.IDENTITY);
    }
}
