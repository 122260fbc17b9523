package org.segloss4j.internal.morphology;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A part of a grid that holds all of some elements. Shapes that are measured within it are those of the whole image, if
 * what lies outside of an image counts as outside of the shape.
 *
 * @param grid of the whole
 * @param low  the first coordinate along each axis
 * @param high the last coordinate along each axis; below the first one in all axes if there is no element
 */
public record Box(Grid grid, int[] low, int[] high) {

    /**
     * An empty box.
     *
     * @param grid of the whole
     * @return a box to which elements can be added
     */
    public static Box empty(Grid grid) {
        int[] low = new int[grid.rank()];
        int[] high = new int[grid.rank()];
        Arrays.fill(low, Integer.MAX_VALUE);
        Arrays.fill(high, -1);
        return new Box(grid, low, high);
    }

    /**
     * Widens the box so that it holds an element.
     *
     * @param at the coordinates of the element
     */
    public void add(int[] at) {
        for (int axis = 0; axis < at.length; axis++) {
            low[axis] = Math.min(low[axis], at[axis]);
            high[axis] = Math.max(high[axis], at[axis]);
        }
    }

    /**
     * Widens the box so that it holds another one.
     *
     * @param other of the same grid; an empty one changes nothing
     */
    public void add(Box other) {
        for (int axis = 0; axis < low.length; axis++) {
            low[axis] = Math.min(low[axis], other.low[axis]);
            high[axis] = Math.max(high[axis], other.high[axis]);
        }
    }

    /**
     * Whether it holds nothing.
     *
     * @return true before the first element
     */
    public boolean isEmpty() {
        return high[0] < 0;
    }

    /**
     * The grid of the box itself.
     *
     * @return with the spacing of the whole
     */
    public Grid inner() {
        int[] sizes = new int[low.length];
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = high[axis] - low[axis] + 1;
        }
        return new Grid(sizes, grid.spacing());
    }

    /**
     * Cuts a mask out.
     *
     * @param mask says of each element of the whole whether it is set
     * @return the mask of the box
     */
    public boolean[] cut(IntPredicate mask) {
        Grid inner = inner();
        int last = low.length - 1;
        int width = inner.sizes()[last];
        boolean[] cut = new boolean[inner.length()];
        for (int first = 0; first < cut.length; first += width) {
            int from = 0;
            for (int axis = 0; axis <= last; axis++) {
                from += (low[axis] + inner.coordinate(first, axis)) * grid.stride(axis);
            }
            for (int k = 0; k < width; k++) {
                cut[first + k] = mask.test(from + k);
            }
        }
        return cut;
    }
}
