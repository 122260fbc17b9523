package org.segloss4j.internal.cuda.plan;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;

/**
 * A loss as the tables that the kernels read, one behind the other: a {@link RegionRow} for each region term and a
 * {@link MeanRow} for each pixel term in double, then a {@link CurveRow} for each pixel term in the type that is
 * computed in. The kernels have the same names for the numbers of a row in {@code layout.cuh}.
 *
 * @param spec       the loss
 * @param channels   C
 * @param activation what makes probabilities of the predictions
 * @param inDouble   whether curves are double
 */
public record LossTables(LossSpec spec, int channels, Activation activation, boolean inDouble) {

    private static final LogCurve NONE = new LogCurve(0, 0, 0);

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
    }

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
    }

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
    }

    /** Number of pixel terms. */
    public int terms() {
        return spec.pixels().size();
    }

    /** The region terms that a device finalises: all of them, or none if the host has to finalise one. */
    public int regions() {
        return spec.isFinalisedOnDevice() ? spec.regions().size() : 0;
    }

    /** Where the means begin, in bytes. */
    public long meansOffset() {
        return (long) Double.BYTES * regions() * new RegionRow(channels).width();
    }

    /** Where the curves begin, in bytes. */
    public long curvesOffset() {
        return meansOffset() + (long) Double.BYTES * terms() * new MeanRow(channels).width();
    }

    /** Size of all tables. */
    public long bytes() {
        int number = inDouble ? Double.BYTES : Float.BYTES;
        return curvesOffset() + (long) number * terms() * new CurveRow(channels).width();
    }

    /** Whether a term divides by the sum of the gathered probabilities, and that sum is not always 1. */
    boolean isRenormalised(PixelTerm term) {
        return term.renormalised() && !(activation == Activation.SOFTMAX
                && term.classes().resolve(channels).coversEachOnce());
    }

    /** Whether any term needs the sum of the gathered probabilities. */
    public boolean anyRenormalised() {
        return spec.pixels().stream().anyMatch(this::isRenormalised);
    }

    /** Whether any term also charges the other classes' probabilities. */
    public boolean anyBinary() {
        return spec.pixels().stream().anyMatch(PixelTerm::binary);
    }

    /** Writes the tables. */
    public void put(ByteBuffer to) {
        for (RegionTerm term : spec.regions().subList(0, regions())) {
            RegionScore score = (RegionScore) term.score();
            ClassSelection.Resolved classes = term.classes().resolve(channels);
            RegionRow at = new RegionRow(channels);
            double[] row = new double[at.width()];
            row[RegionRow.COEFFICIENT] = term.coefficient();
            row[RegionRow.K] = score.k();
            row[RegionRow.NUMERATOR_SMOOTH] = score.numeratorSmooth();
            row[RegionRow.B_I] = score.bI();
            row[RegionRow.B_P] = score.bP();
            row[RegionRow.B_G] = score.bG();
            row[RegionRow.DENOMINATOR_SMOOTH] = score.denominatorSmooth();
            row[RegionRow.PER_IMAGE] = term.perImage() ? 1 : 0;
            row[RegionRow.COUNT] = classes.count();
            for (int c = 0; c < channels; c++) {
                row[at.weight(c)] = classes.weight()[c];
                row[at.multiplicity(c)] = classes.multiplicity()[c];
            }
            put(to, row, true);
        }
        for (PixelTerm term : spec.pixels()) {
            MeanRow at = new MeanRow(channels);
            double[] row = new double[at.width()];
            row[MeanRow.COEFFICIENT] = term.coefficient();
            for (int c = 0; c < channels; c++) {
                row[at.multiplicity(c)] = term.classes().resolve(channels).multiplicity()[c];
            }
            put(to, row, true);
        }
        for (PixelTerm term : spec.pixels()) {
            ClassSelection.Resolved classes = term.classes().resolve(channels);
            CurveRow at = new CurveRow(channels);
            double[] row = new double[at.width()];
            put(row, CurveRow.POSITIVE, term.log());
            put(row, CurveRow.NEGATIVE, term.binary() ? term.otherLog() : NONE);
            row[CurveRow.BINARY] = term.binary() ? 1 : 0;
            row[CurveRow.RENORMALISED] = isRenormalised(term) ? 1 : 0;
            for (int c = 0; c < channels; c++) {
                row[at.weight(c)] = classes.weight()[c];
                row[at.multiplicity(c)] = classes.multiplicity()[c];
            }
            put(to, row, inDouble);
        }
    }

    private static void put(double[] row, int at, LogCurve curve) {
        row[at + CurveRow.A] = curve.a();
        row[at + CurveRow.GAMMA] = curve.gamma();
        row[at + CurveRow.LOG_OFFSET] = curve.logOffset();
    }

    private static void put(ByteBuffer to, double[] values, boolean inDouble) {
        for (double value : values) {
            if (inDouble) {
                to.putDouble(value);
            } else {
                to.putFloat((float) value);
            }
        }
    }
}
