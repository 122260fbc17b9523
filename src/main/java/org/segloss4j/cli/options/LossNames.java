package org.segloss4j.cli.options;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.loss.LossKind;

/** The losses that an expression may name: short names, those of {@code segmentation_models}, and its sums. */
final class LossNames {

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
        for (LossKind kind : LossKind.values()) {
            List<String> names = new ArrayList<>(kind.shortNames());
            names.add(kind.lossName());
            add(List.of(Losses.named(kind.lossName())), names);
        }
        // As parts, because class weights are set on the parts of a sum. A test compares them with Losses' constants.
        add(List.of(bce, dice), List.of("bce_dice_loss"));
        add(List.of(bce, jaccard), List.of("bce_jaccard_loss"));
        add(List.of(cce, dice), List.of("cce_dice_loss"));
        add(List.of(cce, jaccard), List.of("cce_jaccard_loss"));
        add(List.of(binaryFocal, dice), List.of("binary_focal_dice_loss"));
        add(List.of(binaryFocal, jaccard), List.of("binary_focal_jaccard_loss"));
        add(List.of(focal, dice), List.of("categorical_focal_dice_loss"));
        add(List.of(focal, jaccard), List.of("categorical_focal_jaccard_loss"));
    }

    private LossNames() {
    }

    private static void add(List<SegmentationLoss> parts, List<String> names) {
        TITLES.add(names.get(0));
        for (String name : names) {
            LOSSES.put(name, parts);
        }
    }

    /** The summands of a loss, or null if there is none of that name, in large or small letters. */
    static List<SegmentationLoss> parts(String name) {
        return LOSSES.get(name.toLowerCase(Locale.ROOT));
    }

    /** All names. */
    static Set<String> all() {
        return LOSSES.keySet();
    }

    /** One name per loss, in a line. */
    static String titles() {
        return String.join(", ", TITLES);
    }
}
