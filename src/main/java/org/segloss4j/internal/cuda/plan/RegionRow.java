package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;

/**
 * One region term: the numbers of its score, then weight and multiplicity of each class.
 *
 * @param classes C
 */
public record RegionRow(int classes) {
    public static final int COEFFICIENT = 0;
    public static final int K = 1;
    public static final int NUMERATOR_SMOOTH = 2;
    public static final int B_I = 3;
    public static final int B_P = 4;
    public static final int B_G = 5;
    public static final int DENOMINATOR_SMOOTH = 6;
    public static final int PER_IMAGE = 7;
    /** Number of gathered classes, with repetitions. */
    public static final int COUNT = 8;
    /** Where the numbers of classes begin. */
    public static final int CLASSES = 9;

    public int weight(int c) {
        return CLASSES + c;
    }

    public int multiplicity(int c) {
        return CLASSES + classes + c;
    }

    public int width() {
        return CLASSES + 2 * classes;
    }

    /** The numbers of a term whose score is one of six numbers. */
    double[] of(RegionTerm term) {
        ClassSelection.Resolved gathered = term.classes().resolve(classes);
        double[] row = new double[width()];
        putRatio(row, term, (RegionScore) term.score(), classes);
        for (int c = 0; c < classes; c++) {
            row[weight(c)] = gathered.weight()[c];
            row[multiplicity(c)] = gathered.multiplicity()[c];
        }
        return row;
    }

    /** What both rows of a region term begin with. */
    static void putRatio(double[] row, RegionTerm term, RegionScore score, int classes) {
        row[COEFFICIENT] = term.coefficient();
        row[K] = score.k();
        row[NUMERATOR_SMOOTH] = score.numeratorSmooth();
        row[B_I] = score.bI();
        row[B_P] = score.bP();
        row[B_G] = score.bG();
        row[DENOMINATOR_SMOOTH] = score.denominatorSmooth();
        row[PER_IMAGE] = term.perImage() ? 1 : 0;
        row[COUNT] = term.classes().resolve(classes).count();
    }
}
