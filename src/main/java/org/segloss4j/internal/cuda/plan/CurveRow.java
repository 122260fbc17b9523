package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.PixelTerm;

/**
 * One pixel term: two curves of three numbers each, two truths, then weight and multiplicity of each class.
 *
 * @param classes C
 */
public record CurveRow(int classes) {
    /** The numbers of a curve, counted from where the curve begins. */
    public static final int A = 0;
    public static final int GAMMA = 1;
    public static final int LOG_OFFSET = 2;
    /** Where the curve of the true side begins. */
    public static final int POSITIVE = 0;
    /** Where the curve of the other side begins. */
    public static final int NEGATIVE = 3;
    public static final int BINARY = 6;
    public static final int RENORMALISED = 7;
    /** Where the numbers of classes begin. */
    public static final int CLASSES = 8;

    public int weight(int c) {
        return CLASSES + c;
    }

    public int multiplicity(int c) {
        return CLASSES + classes + c;
    }

    public int width() {
        return CLASSES + 2 * classes;
    }

    /**
     * The numbers of a term.
     *
     * @param isRenormalised whether its probabilities are divided by their sum
     */
    double[] of(PixelTerm term, boolean isRenormalised) {
        ClassSelection.Resolved gathered = term.classes().resolve(classes);
        double[] row = new double[width()];
        putLog(row, POSITIVE, term.log());
        if (term.binary()) {
            putLog(row, NEGATIVE, term.otherLog());
        }
        row[BINARY] = term.binary() ? 1 : 0;
        row[RENORMALISED] = isRenormalised ? 1 : 0;
        for (int c = 0; c < classes; c++) {
            row[weight(c)] = gathered.weight()[c];
            row[multiplicity(c)] = gathered.multiplicity()[c];
        }
        return row;
    }

    private static void putLog(double[] row, int at, LogCurve curve) {
        row[at + A] = curve.a();
        row[at + GAMMA] = curve.gamma();
        row[at + LOG_OFFSET] = curve.logOffset();
    }
}
