package org.segloss4j.evaluation;

import org.segloss4j.evaluation.SurfaceEvaluation.Metric;
import org.segloss4j.internal.morphology.Box;
import org.segloss4j.internal.morphology.Grid;

/**
 * True and predicted class of each pixel of an image or volume. Void pixels are of class −1 in both, so that neither
 * mask of any class holds them.
 *
 * @param truth     the true classes
 * @param predicted the predicted classes
 * @param grid      sizes and spacing
 */
record ClassImage(int[] truth, int[] predicted, Grid grid) {

    /** The scores [metrics][classes], or of groups in their place; NaN for classes that have none. */
    double[][] scores(SurfaceSettings settings) {
        Box[] boxes = boxes(settings.classes());
        double[][] scores = new double[Metric.values().length][settings.measured()];
        for (int c = 0; c < settings.measured(); c++) {
            MaskSurfaces surfaces = settings.isScored(c) ? surfaces(settings.members(c), boxes, settings.byArea())
                    : null;
            for (Metric metric : Metric.values()) {
                scores[metric.ordinal()][c] = surfaces == null ? Double.NaN : metric.of(surfaces, settings, c);
            }
        }
        return scores;
    }

    private MaskSurfaces surfaces(boolean[] members, Box[] boxes, boolean byArea) {
        Box box = Box.empty(grid);
        for (int c = 0; c < members.length; c++) {
            if (members[c]) {
                box.add(boxes[c]);
            }
        }
        return box.isEmpty() ? new MaskSurfaces(null, null, box, byArea)
                : new MaskSurfaces(box.cut(p -> predicted[p] >= 0 && members[predicted[p]]),
                box.cut(p -> truth[p] >= 0 && members[truth[p]]), box, byArea);
    }

    /** Of each class the box that holds its masks. */
    private Box[] boxes(int classes) {
        Box[] boxes = new Box[classes];
        for (int c = 0; c < classes; c++) {
            boxes[c] = Box.empty(grid);
        }
        int[] at = new int[grid.rank()];
        for (int p = 0; p < truth.length; p++, grid.step(at)) {
            if (truth[p] >= 0) {
                boxes[truth[p]].add(at);
                boxes[predicted[p]].add(at);
            }
        }
        return boxes;
    }
}
