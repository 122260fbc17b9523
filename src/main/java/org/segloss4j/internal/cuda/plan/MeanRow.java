package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.math.PixelTerm;

/**
 * What the mean of one pixel term needs: its coefficient, then the multiplicity of each class.
 *
 * @param classes C
 */
public record MeanRow(int classes) {
    public static final int COEFFICIENT = 0;
    /** Where the numbers of classes begin. */
    public static final int CLASSES = 1;

    public int multiplicity(int c) {
        return CLASSES + c;
    }

    public int width() {
        return CLASSES + classes;
    }

    /** The numbers of a term. */
    double[] of(PixelTerm term) {
        double[] row = new double[width()];
        row[COEFFICIENT] = term.coefficient();
        for (int c = 0; c < classes; c++) {
            row[multiplicity(c)] = term.classes().resolve(classes).multiplicity()[c];
        }
        return row;
    }
}
