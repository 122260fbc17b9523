package org.segloss4j.internal.morphology;

/**
 * Numbers the parts of an image that hang together: elements of one value that touch by a face, an edge or a corner
 * (8 neighbours in images, 26 in volumes).
 */
public final class ConnectedComponents {

    private final long[] values;
    private final int[] parents;

    private ConnectedComponents(long[] values) {
        this.values = values;
        parents = new int[values.length];
    }

    /**
     * The component of each element.
     *
     * @param values of the elements, in the order of the grid
     * @param grid   its sizes
     * @return for each element the index of the first element of its component
     */
    public static int[] of(long[] values, Grid grid) {
        return new ConnectedComponents(values).joined(grid);
    }

    private int[] joined(Grid grid) {
        int rank = grid.rank();
        int half = (int) Math.pow(3, rank) / 2;
        int[] at = new int[rank];
        for (int p = 0; p < parents.length; p++, grid.step(at)) {
            parents[p] = p;
            // The first half of the neighbours are those that come before the element in memory.
            for (int k = 0; k < half; k++) {
                int other = neighbour(p, at, k, grid);
                if (other >= 0 && values[other] == values[p]) {
                    join(other, p);
                }
            }
        }
        for (int p = 0; p < parents.length; p++) {
            parents[p] = parents[parents[p]];
        }
        return parents;
    }

    /** The index of a neighbour, whose steps along the axes are the digits of its number to base 3; −1 if outside. */
    private static int neighbour(int p, int[] at, int number, Grid grid) {
        int other = p;
        int stride = 1;
        for (int axis = at.length - 1, rest = number; axis >= 0; axis--, rest /= 3) {
            int step = rest % 3 - 1;
            if (at[axis] + step < 0 || at[axis] + step >= grid.sizes()[axis]) {
                return -1;
            }
            other += step * stride;
            stride *= grid.sizes()[axis];
        }
        return other;
    }

    private void join(int a, int b) {
        int first = root(a);
        int second = root(b);
        parents[Math.max(first, second)] = Math.min(first, second);
    }

    private int root(int p) {
        int at = p;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }
}
