package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.PixelTerm;

/**
 * What the divisor of one pixel term of a loss that is not plain is made of, and the term's coefficient.
 *
 * @param classes C
 */
public record DivisorRow(int classes) {
    public static final int COEFFICIENT = 0;
    public static final int CONSTANT = 1;
    /** Where the factors of the weights and of the true masses of classes begin. */
    public static final int CLASSES = 2;

    public int ofWeight(int c) {
        return CLASSES + c;
    }

    public int ofTruth(int c) {
        return CLASSES + classes + c;
    }

    public int width() {
        return CLASSES + 2 * classes;
    }

    /** As {@link org.segloss4j.internal.math.Finalisation} divides; all zeros if the host does it. */
    double[] of(PixelTerm term, long pixels) {
        ClassSelection.Resolved gathered = term.classes().resolve(classes);
        double[] row = new double[width()];
        row[COEFFICIENT] = term.coefficient();
        row[CONSTANT] = switch (term.normaliser()) {
            case ONE -> 1;
            case ALL_PIXELS -> pixels;
            case ALL_OUTPUTS -> (double) pixels * gathered.count();
            default -> 0;
        };
        for (int c = 0; c < classes; c++) {
            switch (term.normaliser()) {
                case OUTPUTS -> row[ofWeight(c)] = gathered.multiplicity()[c];
                case PIXELS -> row[ofWeight(c)] = (double) gathered.multiplicity()[c] / gathered.count();
                case TRUE_WEIGHTS -> row[ofTruth(c)] = gathered.weight()[c];
                default -> {
                }
            }
        }
        return row;
    }
}
