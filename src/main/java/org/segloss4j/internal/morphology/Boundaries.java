package org.segloss4j.internal.morphology;

/** Edges and inner boundaries of masks. What lies outside of the image counts as outside of the mask. */
public final class Boundaries {

    private Boundaries() {
    }

    /**
     * The edge of a mask: those of its elements that have a face in common with an element outside of it. It is what
     * an erosion by the cross of the direct neighbours removes.
     *
     * @param mask in the order of the grid
     * @param grid its sizes
     * @return the edge; empty only if the mask is
     */
    public static boolean[] edge(boolean[] mask, Grid grid) {
        boolean[] edge = new boolean[mask.length];
        for (int axis = 0; axis < grid.rank(); axis++) {
            int stride = grid.stride(axis);
            int end = grid.sizes()[axis] - 1;
            grid.lines(axis, first -> {
                for (int k = 0, at = first; k <= end; k++, at += stride) {
                    if (mask[at] && (k == 0 || k == end || !mask[at - stride] || !mask[at + stride])) {
                        edge[at] = true;
                    }
                }
            });
        }
        return edge;
    }

    /**
     * The inner boundary of a mask: what as many erosions by the square (or cube) of three elements remove.
     *
     * @param mask  in the order of the grid
     * @param grid  its sizes
     * @param width how many erosions, at least 1
     * @return the boundary; empty only if the mask is
     */
    public static boolean[] inner(boolean[] mask, Grid grid, int width) {
        boolean[] kept = mask.clone();
        for (int axis = 0; axis < grid.rank(); axis++) {
            int stride = grid.stride(axis);
            int size = grid.sizes()[axis];
            int[] outsideBefore = new int[size + 1];
            grid.lines(axis, first -> {
                for (int k = 0, at = first; k < size; k++, at += stride) {
                    outsideBefore[k + 1] = outsideBefore[k] + (kept[at] ? 0 : 1);
                }
                for (int k = 0, at = first; k < size; k++, at += stride) {
                    kept[at] = k - width >= 0 && k + width < size
                            && outsideBefore[k + width + 1] == outsideBefore[k - width];
                }
            });
        }
        boolean[] boundary = new boolean[mask.length];
        for (int p = 0; p < mask.length; p++) {
            boundary[p] = mask[p] && !kept[p];
        }
        return boundary;
    }

    /**
     * A mask together with the direct neighbours of its elements.
     *
     * @param mask in the order of the grid
     * @param grid its sizes
     * @return the dilated mask
     */
    public static boolean[] dilated(boolean[] mask, Grid grid) {
        boolean[] dilated = mask.clone();
        for (int axis = 0; axis < grid.rank(); axis++) {
            int stride = grid.stride(axis);
            int end = grid.sizes()[axis] - 1;
            grid.lines(axis, first -> {
                for (int k = 0, at = first; k <= end; k++, at += stride) {
                    dilated[at] |= k > 0 && mask[at - stride] || k < end && mask[at + stride];
                }
            });
        }
        return dilated;
    }
}
