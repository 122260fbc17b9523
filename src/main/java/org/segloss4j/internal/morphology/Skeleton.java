package org.segloss4j.internal.morphology;

/**
 * Thins masks to lines of one element, in images and volumes. Each part of the mask keeps at least one element and its
 * holes, and parts that hang together by a corner stay together.
 *
 * <p>Source: Lee, Kashyap and Chu, Building Skeleton Models via 3-D Medial Surface/Axis Thinning Algorithms, 1994. An
 * image is a volume of one slice that is thinned from four of the six directions. Their order is that of
 * {@code skeletonize(method="lee")} of scikit-image, so images get the same skeleton; volumes do too but for the last
 * element of small parts, which that function may remove.
 */
public final class Skeleton {

    private final int[] sizes;
    /** The mask, in a margin of one element that is not set. */
    private final boolean[] set;
    private final int row;
    private final int plane;
    /** How far each of the 27 elements around one lies from it in memory. */
    private final int[] offsets = new int[Neighbours.ALL];
    /** The elements that are left, in the order of memory. */
    private final int[] left;
    private int count;
    private final int[] candidates;

    private Skeleton(boolean[] mask, int[] sizes) {
        this.sizes = sizes;
        row = sizes[2] + 2;
        plane = Math.multiplyExact(row, sizes[1] + 2);
        set = new boolean[Math.multiplyExact(plane, sizes[0] + 2)];
        int elements = 0;
        for (boolean element : mask) {
            elements += element ? 1 : 0;
        }
        left = new int[elements];
        candidates = new int[elements];
        for (int p = 0; p < mask.length; p++) {
            if (mask[p]) {
                int at = inMargin(p);
                set[at] = true;
                left[count++] = at;
            }
        }
        for (int k = 0; k < offsets.length; k++) {
            offsets[k] = (k / 9 - 1) * plane + (k / 3 % 3 - 1) * row + k % 3 - 1;
        }
    }

    /**
     * The skeleton of a mask.
     *
     * @param mask in the order of the grid
     * @param grid of two or three axes; the spacing does not matter
     * @return a part of the mask
     * @throws IllegalArgumentException if the grid has another number of axes
     */
    public static boolean[] of(boolean[] mask, Grid grid) {
        int[] sizes = grid.sizes();
        Skeleton skeleton = switch (grid.rank()) {
            case 2 -> new Skeleton(mask, new int[] {1, sizes[0], sizes[1]});
            case 3 -> new Skeleton(mask, sizes);
            default -> throw new IllegalArgumentException("a skeleton needs two or three axes, not " + grid.rank());
        };
        return skeleton.thinned();
    }

    private int inMargin(int p) {
        int x = p % sizes[2];
        int y = p / sizes[2] % sizes[1];
        int z = p / sizes[2] / sizes[1];
        return (z + 1) * plane + (y + 1) * row + x + 1;
    }

    private boolean[] thinned() {
        // The elements of a single slice are free above and below, but the slice should become thin in its plane.
        int[] directions = sizes[0] == 1 ? new int[] {-row, row, 1, -1}
                : new int[] {-row, row, 1, -1, plane, -plane};
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int direction : directions) {
                changed |= removed(found(direction));
            }
        }
        boolean[] thinned = new boolean[Math.multiplyExact(Math.multiplyExact(sizes[0], sizes[1]), sizes[2])];
        for (int p = 0; p < thinned.length; p++) {
            thinned[p] = set[inMargin(p)];
        }
        return thinned;
    }

    /** Collects what is free in a direction, is no end of a line, and could be removed on its own. */
    private int found(int direction) {
        int found = 0;
        for (int k = 0; k < count; k++) {
            int at = left[k];
            if (!set[at + direction]) {
                int around = around(at);
                if (Integer.bitCount(around) != 1 && Neighbours.isSimple(around)) {
                    candidates[found++] = at;
                }
            }
        }
        return found;
    }

    /** Removes the candidates one by one, but for those that by now hold others together. */
    private boolean removed(int found) {
        boolean removed = false;
        for (int k = 0; k < found; k++) {
            if (Neighbours.areConnected(around(candidates[k]))) {
                set[candidates[k]] = false;
                removed = true;
            }
        }
        if (removed) {
            int kept = 0;
            for (int k = 0; k < count; k++) {
                if (set[left[k]]) {
                    left[kept++] = left[k];
                }
            }
            count = kept;
        }
        return removed;
    }

    /** The elements around one as bits, without itself. */
    private int around(int at) {
        int bits = 0;
        for (int k = 0; k < offsets.length; k++) {
            if (k != Neighbours.CENTRE && set[at + offsets[k]]) {
                bits |= 1 << k;
            }
        }
        return bits;
    }
}
