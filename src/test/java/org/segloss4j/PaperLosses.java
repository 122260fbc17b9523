package org.segloss4j;

import java.util.List;
import java.util.Map;

/** Losses of the code that was published with a paper, by its names and parameters, as losses of the catalogue. */
final class PaperLosses {

    /** What the losses on Keras clip probabilities to, and add to either side of a fraction. */
    private static final double EPSILON = 1e-7;

    private PaperLosses() {
    }

    /** LovaszSoftmax of Berman et al. */
    static SegmentationLoss lovasz(String type, Map<String, Object> params) {
        SegmentationLoss loss = switch (type) {
            case "lovasz_softmax" -> Losses.lovaszSoftmax();
            case "lovasz_hinge" -> Losses.lovaszHinge();
            default -> throw new GoldenCase.Unsupported("lovasz " + type);
        };
        for (Map.Entry<String, Object> param : params.entrySet()) {
            Object value = param.getValue();
            loss = switch (param.getKey()) {
                case "per_image" -> loss.set("per_image", value);
                case "ignore" -> loss.ignoreIndex(((Number) value).intValue());
                case "classes" -> value instanceof List<?> ? loss.set("class_indexes", value).set("only_present", false)
                        : loss.set("only_present", value.equals("present"));
                default -> throw new IllegalArgumentException("unknown parameter " + param);
            };
        }
        return loss;
    }

    /** The unified focal losses of Yeung et al., whose weight is that of the Tversky part. */
    static SegmentationLoss unifiedFocal(String type, Map<String, Object> params) {
        SegmentationLoss loss = switch (type.replaceFirst("^a?sym(metric)?_", "")) {
            case "focal_loss" -> Losses.asymmetricFocal().set("form", "CLIP");
            case "focal_tversky_loss" -> Losses.asymmetricFocalTversky();
            case "unified_focal_loss" -> Losses.unifiedFocal().set("form", "CLIP");
            default -> throw new GoldenCase.Unsupported("unified_focal " + type);
        };
        loss = loss.set("symmetric", type.startsWith("sym"));
        if (!type.endsWith("metric_focal_loss")) {
            loss = loss.set("per_image", true).set("smooth", EPSILON);
        }
        for (Map.Entry<String, Object> param : params.entrySet()) {
            loss = param.getKey().equals("weight") ? loss.set("share", 1 - ((Number) param.getValue()).doubleValue())
                    : loss.set(param.getKey(), param.getValue());
        }
        return loss;
    }

    /** Skeleton recall of Kirchhoff et al.; theirs is the negative recall. */
    static SegmentationLoss skeletonRecall(Map<String, Object> params) {
        return Losses.skeletonRecall().set("smooth", params.getOrDefault("smooth", 1.0))
                .set("per_image", !Boolean.TRUE.equals(params.get("batch_dice")));
    }
}
