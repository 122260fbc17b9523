package org.segloss4j.internal.morphology;

/**
 * Exact Euclidean distances to the nearest element of a mask, in time proportional to the number of elements.
 *
 * <p>The square of a distance is a sum over the axes, so axes are handled one after the other. Along a line, each
 * element q that has a squared distance f(q) from the axes before offers the parabola f(q) + w²(p − q)², where w is the
 * spacing. The result at p is the lowest parabola there, and the parabolas that are lowest anywhere are found in one
 * pass. With a spacing of 1 all results are whole numbers and exact.
 *
 * <p>Source: Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions, Theory of Computing 8, 2012;
 * Meijster, Roerdink and Hesselink, 2000.
 */
public final class DistanceTransform {

    private final double[] squared;
    private final int stride;
    private final double square;
    /** The values of the present line before it is overwritten. */
    private final double[] line;
    /** The elements whose parabolas make up the lower envelope, and where each begins to be the lowest. */
    private final int[] lowest;
    private final double[] begin;

    private DistanceTransform(double[] squared, Grid grid, int axis) {
        this.squared = squared;
        stride = grid.stride(axis);
        square = grid.spacing()[axis] * grid.spacing()[axis];
        int size = grid.sizes()[axis];
        line = new double[size];
        lowest = new int[size];
        begin = new double[size];
    }

    /**
     * The squared distance of each element to the nearest one of the mask.
     *
     * @param mask in the order of the grid
     * @param grid sizes and spacing
     * @return as many numbers; 0 inside the mask, infinity everywhere if it is empty
     */
    public static double[] squared(boolean[] mask, Grid grid) {
        double[] squared = new double[mask.length];
        for (int p = 0; p < mask.length; p++) {
            squared[p] = mask[p] ? 0 : Double.POSITIVE_INFINITY;
        }
        for (int axis = grid.rank() - 1; axis >= 0; axis--) {
            if (grid.sizes()[axis] > 1) {
                grid.lines(axis, new DistanceTransform(squared, grid, axis)::line);
            }
        }
        return squared;
    }

    private void line(int first) {
        for (int p = 0, at = first; p < line.length; p++, at += stride) {
            line[p] = squared[at];
        }
        int last = envelope();
        if (last < 0) {
            return;
        }
        for (int p = 0, at = first, k = 0; p < line.length; p++, at += stride) {
            while (k < last && begin[k + 1] < p) {
                k++;
            }
            double distance = p - lowest[k];
            squared[at] = line[lowest[k]] + square * (distance * distance);
        }
    }

    /** Fills the envelope of the line and returns the index of its last parabola, or −1 if the line has none. */
    private int envelope() {
        int last = -1;
        for (int q = 0; q < line.length; q++) {
            if (line[q] == Double.POSITIVE_INFINITY) {
                continue;
            }
            double meeting = Double.NEGATIVE_INFINITY;
            while (last >= 0) {
                meeting = meeting(lowest[last], q);
                if (meeting > begin[last]) {
                    break;
                }
                last--;
            }
            last++;
            lowest[last] = q;
            begin[last] = last == 0 ? Double.NEGATIVE_INFINITY : meeting;
        }
        return last;
    }

    /** Where the parabolas of two elements meet. Exact where it is a whole number and the spacing is 1. */
    private double meeting(int left, int right) {
        return (line[right] - line[left]) / (2 * square * (right - left)) + 0.5 * ((double) left + right);
    }
}
