package org.segloss4j.internal.morphology;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The raster that a mask lies on. Elements follow one another in C order: those of the last axis are neighbours in
 * memory.
 *
 * @param sizes   elements along each axis, at least 1 each
 * @param spacing distance between neighbours along each axis, such as in millimetres; positive and finite
 */
public record Grid(int[] sizes, double[] spacing) {

    /**
     * Checks sizes and spacing.
     *
     * @param sizes   elements along each axis
     * @param spacing distance between neighbours along each axis
     * @throws IllegalArgumentException naming the value that does not fit
     */
    public Grid {
        if (sizes.length != spacing.length) {
            throw new IllegalArgumentException("spacing " + Arrays.toString(spacing) + " does not fit the sizes "
                    + Arrays.toString(sizes) + ": it needs one number for each axis");
        }
        long length = 1;
        for (int size : sizes) {
            if (size < 1) {
                throw new IllegalArgumentException("the sizes " + Arrays.toString(sizes) + " hold no element");
            }
            length *= size;
            if (length > Integer.MAX_VALUE - 8) {
                throw new IllegalArgumentException("an image of the sizes " + Arrays.toString(sizes)
                        + " has more than 2^31 elements");
            }
        }
        checkSpacing(spacing);
    }

    /**
     * Refuses what is no spacing.
     *
     * @param spacing one number for each axis
     * @throws IllegalArgumentException if one is not positive or not finite
     */
    public static void checkSpacing(double... spacing) {
        for (double step : spacing) {
            if (!(step > 0) || step > 1e150 || step < 1e-150) {
                throw new IllegalArgumentException("spacing " + Arrays.toString(spacing) + " holds " + step
                        + ", but must be positive and finite");
            }
        }
    }

    /**
     * A raster whose neighbours are 1 apart.
     *
     * @param sizes elements along each axis
     * @return the raster
     */
    public static Grid of(int... sizes) {
        return spaced(sizes, null);
    }

    /**
     * A raster whose spacing may be left out.
     *
     * @param sizes   elements along each axis
     * @param spacing distance between neighbours along each axis, or null for 1
     * @return the raster
     */
    public static Grid spaced(int[] sizes, double[] spacing) {
        double[] ones = new double[sizes.length];
        Arrays.fill(ones, 1);
        return new Grid(sizes, spacing == null ? ones : spacing);
    }

    /**
     * The number of axes.
     *
     * @return such as 2 for an image
     */
    public int rank() {
        return sizes.length;
    }

    /**
     * The number of elements.
     *
     * @return the product of the sizes
     */
    public int length() {
        int length = 1;
        for (int size : sizes) {
            length *= size;
        }
        return length;
    }

    /**
     * How far neighbours along an axis lie apart in memory.
     *
     * @param axis the axis
     * @return elements
     */
    public int stride(int axis) {
        int stride = 1;
        for (int k = axis + 1; k < sizes.length; k++) {
            stride *= sizes[k];
        }
        return stride;
    }

    /**
     * The coordinate of an element along an axis.
     *
     * @param at   its index
     * @param axis the axis
     * @return from 0 to the size less 1
     */
    public int coordinate(int at, int axis) {
        return at / stride(axis) % sizes[axis];
    }

    /**
     * Goes on to the next element.
     *
     * @param at the coordinates of an element, which become those of the element after it
     */
    public void step(int[] at) {
        for (int axis = at.length - 1; axis >= 0; axis--) {
            at[axis]++;
            if (at[axis] < sizes[axis] || axis == 0) {
                return;
            }
            at[axis] = 0;
        }
    }

    /**
     * Goes through the lines along an axis.
     *
     * @param axis the axis
     * @param line is given the index of the first element of each line
     */
    public void lines(int axis, IntConsumer line) {
        int stride = stride(axis);
        int length = length();
        int block = stride * sizes[axis];
        for (int first = 0; first < length; first += block) {
            for (int k = 0; k < stride; k++) {
                line.accept(first + k);
            }
        }
    }

    /**
     * The length of the diagonal in elements, whatever their spacing.
     *
     * @return the root of the sum of the squares of the sizes
     */
    public double diagonal() {
        double sum = 0;
        for (double size : sizes) {
            sum += size * size;
        }
        return Math.sqrt(sum);
    }
}
