package org.segloss4j.internal.cpu.separate;

import java.util.Arrays;
import org.segloss4j.internal.math.LovaszTerm;

/**
 * The Lovász extension of the Jaccard loss at one set of errors. J is the Jaccard loss if the pixels so far are wrong:
 * {@code 1 − (G − A)/(G + B)}, where A and B are the true and the other mass of these, and G is all true mass.
 */
final class LovaszExtension {

    private final boolean absolute;
    /** Per element the error; with a sign if the error is its magnitude, or of which what is below 0 counts as 0. */
    private final double[] errors;
    /** Per element the mass that is true, and that is not; both 0 for void. */
    private final double[] truth;
    private final double[] other;
    private final int count;
    /** G. */
    private final double allTruth;

    /**
     * Of the first elements of some arrays.
     *
     * @param absolute whether the error is the magnitude of its number; otherwise numbers below 0 count as 0
     */
    LovaszExtension(boolean absolute, double[] errors, double[] truth, double[] other, int count) {
        this.absolute = absolute;
        this.errors = errors;
        this.truth = truth;
        this.other = other;
        this.count = count;
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += truth[i];
        }
        allTruth = sum;
    }

    /** Whether there is any true mass. */
    boolean hasTruth() {
        return allTruth > 0;
    }

    private double magnitude(int i) {
        return absolute ? Math.abs(errors[i]) : Math.max(0, errors[i]);
    }

    private double slope(int i, double byMagnitude) {
        return absolute ? Math.signum(errors[i]) * byMagnitude : errors[i] > 0 ? byMagnitude : 0;
    }

    /** Sorts the errors. Returns the value, and writes its derivative by each number over the numbers. */
    double exact() {
        long[] keys = new long[count];
        int[] indices = new int[count];
        int ranked = 0;
        for (int i = 0; i < count; i++) {
            double magnitude = magnitude(i);
            // What is right by a margin adds nothing, and stands behind everything that does. NaN stands first.
            if (truth[i] + other[i] != 0 && magnitude != 0) {
                keys[ranked] = ~Double.doubleToLongBits(magnitude);
                indices[ranked++] = i;
            } else {
                errors[i] = 0;
            }
        }
        indices = RadixSort.sort(keys, indices, ranked);
        double value = 0;
        double jaccard = 0;
        double a = 0;
        double b = 0;
        for (int k = 0; k < ranked; k++) {
            int i = indices[k];
            a += truth[i];
            b += other[i];
            double next = 1 - (allTruth - a) / (allTruth + b);
            double step = next - jaccard;
            jaccard = next;
            value += magnitude(i) * step;
            errors[i] = slope(i, step);
        }
        return value;
    }

    /**
     * Counts errors from 0 to 1 in bins. The value is that of errors in the middle of their bins, which is off by at
     * most half a bin, since the extension changes by no more than the largest change of an error. Elements of a bin
     * have equal errors then; their derivatives are the means of two orders, true mass first and true mass last.
     */
    double binned() {
        double[] a = new double[LovaszTerm.BINS];
        double[] b = new double[LovaszTerm.BINS];
        boolean hasNaN = false;
        for (int i = 0; i < count; i++) {
            int bin = bin(i);
            a[bin] += truth[i];
            b[bin] += other[i];
            hasNaN |= truth[i] + other[i] != 0 && Double.isNaN(errors[i]);
        }
        if (hasNaN) {
            Arrays.fill(errors, 0, count, Double.NaN);
            return Double.NaN;
        }
        double value = 0;
        double intersection = allTruth;
        double union = allTruth;
        for (int bin = LovaszTerm.BINS - 1; bin >= 0; bin--) {
            double left = intersection - a[bin];
            double larger = union + b[bin];
            if (a[bin] + b[bin] == 0) {
                continue;
            }
            // Without any true mass, the first pixel that is wrong makes all of the loss.
            double step = union == 0 ? 1 : intersection / union - left / larger;
            value += (bin + 0.5) / LovaszTerm.BINS * step;
            double ofTruth = union == 0 ? 0 : (1 / union + 1 / larger) / 2;
            double ofOther = union == 0 ? 1 / b[bin] : (intersection + left) / 2 / union / larger;
            intersection = left;
            union = larger;
            a[bin] = ofTruth;
            b[bin] = ofOther;
        }
        for (int i = 0; i < count; i++) {
            int bin = bin(i);
            errors[i] = truth[i] + other[i] == 0 ? 0 : slope(i, truth[i] * a[bin] + other[i] * b[bin]);
        }
        return value;
    }

    private int bin(int i) {
        return (int) Math.min(LovaszTerm.BINS - 1, magnitude(i) * LovaszTerm.BINS);
    }
}
