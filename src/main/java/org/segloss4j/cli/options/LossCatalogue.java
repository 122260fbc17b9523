package org.segloss4j.cli.options;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;

/** The losses that an expression may name: short names, those of {@code segmentation_models}, and its sums. */
final class LossCatalogue {

    private static final Map<String, List<SegmentationLoss>> LOSSES = new LinkedHashMap<>();
    /** One name per loss, for messages. */
    private static final List<String> TITLES = new ArrayList<>();

    static {
        SegmentationLoss jaccard = Losses.jaccard();
        SegmentationLoss dice = Losses.dice();
        SegmentationLoss bce = Losses.binaryCrossEntropy();
        SegmentationLoss cce = Losses.categoricalCrossEntropy();
        SegmentationLoss focal = Losses.categoricalFocal();
        SegmentationLoss binaryFocal = Losses.binaryFocal();
        add(List.of(jaccard), "jaccard", "jaccard_loss");
        add(List.of(dice), "dice", "dice_loss");
        add(List.of(bce), "bce", "binary_crossentropy");
        add(List.of(cce), "cce", "categorical_crossentropy");
        add(List.of(focal), "categorical_focal", "focal", "focal_loss", "categorical_focal_loss");
        add(List.of(binaryFocal), "binary_focal", "binary_focal_loss");
        // As parts, because class weights are set on the parts of a sum. A test compares them with Losses' constants.
        add(List.of(bce, dice), "bce_dice_loss");
        add(List.of(bce, jaccard), "bce_jaccard_loss");
        add(List.of(cce, dice), "cce_dice_loss");
        add(List.of(cce, jaccard), "cce_jaccard_loss");
        add(List.of(binaryFocal, dice), "binary_focal_dice_loss");
        add(List.of(binaryFocal, jaccard), "binary_focal_jaccard_loss");
        add(List.of(focal, dice), "categorical_focal_dice_loss");
        add(List.of(focal, jaccard), "categorical_focal_jaccard_loss");
    }

    private LossCatalogue() {
    }

    private static void add(List<SegmentationLoss> parts, String... names) {
        TITLES.add(names[0]);
        for (String name : names) {
            LOSSES.put(name, parts);
        }
    }

    /** The summands of a loss, or null if there is none of that name. */
    static List<SegmentationLoss> parts(String name) {
        return LOSSES.get(name);
    }

    /** One name per loss, in a line. */
    static String titles() {
        return String.join(", ", TITLES);
    }
}
