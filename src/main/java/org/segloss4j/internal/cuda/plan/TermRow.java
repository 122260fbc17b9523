package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/**
 * One pixel term of a loss that is not plain: two curves of four numbers each, which probability they look at, how
 * labels are seen, then the weights of both sides and the multiplicity of each class.
 *
 * @param classes C
 */
public record TermRow(int classes) {
    /** The numbers of a curve, counted from where the curve begins; the kind is one of the next four. */
    public static final int KIND = 0;
    public static final int A = 1;
    /** γ or q. */
    public static final int SHAPE = 2;
    /** δ or τ. */
    public static final int OFFSET = 3;
    public static final int LOG_CURVE = 0;
    public static final int FOCAL_CURVE = 1;
    public static final int FACTOR_CURVE = 2;
    public static final int BOUNDED_CURVE = 3;
    /** Where the curve of the true side begins. */
    public static final int POSITIVE = 0;
    /** Where the curve of the other side begins. */
    public static final int NEGATIVE = 4;
    public static final int BINARY = 8;
    /** Ordinal of {@link PixelTerm.Input}. */
    public static final int INPUT = 9;
    /** A label g is seen as SCALE · g + SHIFT. */
    public static final int SCALE = 10;
    public static final int SHIFT = 11;
    /** Where the numbers of classes begin. */
    public static final int CLASSES = 12;

    public int weight(int c) {
        return CLASSES + c;
    }

    public int otherWeight(int c) {
        return CLASSES + classes + c;
    }

    public int multiplicity(int c) {
        return CLASSES + 2 * classes + c;
    }

    public int width() {
        return CLASSES + 3 * classes;
    }

    /**
     * The numbers of a term.
     *
     * @param input which probability its curves look at
     */
    double[] of(PixelTerm term, Input input) {
        ClassSelection.Resolved gathered = term.classes().resolve(classes);
        ClassSelection.Resolved others = term.otherClasses().resolve(classes);
        double[] row = new double[width()];
        put(row, POSITIVE, term.positive());
        if (term.binary()) {
            put(row, NEGATIVE, term.negative());
        }
        row[BINARY] = term.binary() ? 1 : 0;
        row[INPUT] = input.ordinal();
        row[SCALE] = term.smoothing().scale();
        row[SHIFT] = term.smoothing().offset(gathered.count());
        for (int c = 0; c < classes; c++) {
            row[weight(c)] = gathered.weight()[c];
            row[otherWeight(c)] = others.weight()[c];
            row[multiplicity(c)] = gathered.multiplicity()[c];
        }
        return row;
    }

    private static void put(double[] row, int at, PixelCurve curve) {
        double[] numbers;
        if (curve instanceof LogCurve log) {
            numbers = new double[] {LOG_CURVE, log.a(), log.gamma(), log.logOffset()};
        } else if (curve instanceof FocalCurve focal) {
            numbers = new double[] {FOCAL_CURVE, focal.a(), focal.gamma(), focal.threshold()};
        } else if (curve instanceof FactorCurve factor) {
            numbers = new double[] {FACTOR_CURVE, factor.a(), factor.gamma(), factor.threshold()};
        } else {
            BoundedCurve bounded = (BoundedCurve) curve;
            numbers = new double[] {BOUNDED_CURVE, bounded.a(), bounded.q(), 0};
        }
        System.arraycopy(numbers, 0, row, at, numbers.length);
    }
}
