package org.segloss4j.internal.morphology;

/**
 * The surface of a mask in elements, one at each corner that pixels (or voxels) meet at: the piece of contour (or
 * surface) between the centres of those pixels, by marching squares (or cubes), with its length (or area). What lies
 * outside of the image counts as outside of the mask.
 *
 * @param grid  of the corners: one more than pixels along each axis
 * @param areas of each corner; 0 where no surface is
 */
public record SurfaceElements(Grid grid, double[] areas) {

    /**
     * The elements of a mask.
     *
     * @param mask   in the order of its grid
     * @param pixels its sizes and spacing: two axes, or three
     * @return the elements
     */
    public static SurfaceElements of(boolean[] mask, Grid pixels) {
        int rank = pixels.rank();
        int[] sizes = pixels.sizes().clone();
        for (int axis = 0; axis < rank; axis++) {
            sizes[axis]++;
        }
        Grid corners = new Grid(sizes, pixels.spacing());
        int[] offsets = new int[1 << rank];
        for (int way = 0; way < offsets.length; way++) {
            for (int axis = 0; axis < rank; axis++) {
                offsets[way] += (way >> axis & 1) * corners.stride(axis);
            }
        }
        int[] ways = new int[corners.length()];
        int[] at = new int[rank];
        for (int p = 0; p < mask.length; p++, pixels.step(at)) {
            if (mask[p]) {
                int first = 0;
                for (int axis = 0; axis < rank; axis++) {
                    first += at[axis] * corners.stride(axis);
                }
                for (int way = 0; way < offsets.length; way++) {
                    ways[first + offsets[way]] |= 1 << way;
                }
            }
        }
        double[] table = rank == 2 ? lengths(pixels.spacing()) : CubeSurfaces.areas(pixels.spacing());
        double[] areas = new double[ways.length];
        for (int corner = 0; corner < areas.length; corner++) {
            areas[corner] = table[ways[corner]];
        }
        return new SurfaceElements(corners, areas);
    }

    /** The length of the contour between four pixels, for each way in which they belong to the mask. */
    private static double[] lengths(double[] spacing) {
        double diagonal = Math.sqrt(spacing[0] * spacing[0] + spacing[1] * spacing[1]) / 2;
        double[] lengths = new double[16];
        for (int way = 1; way < lengths.length - 1; way++) {
            // Bit k belongs to the pixel that lies at bit 0 of k along axis 0, and at bit 1 along axis 1.
            lengths[way] = switch (way) {
                case 0b0011, 0b1100 -> spacing[0];
                case 0b0101, 0b1010 -> spacing[1];
                case 0b0110, 0b1001 -> 2 * diagonal;
                default -> diagonal;
            };
        }
        return lengths;
    }

    /**
     * Where there is surface.
     *
     * @return in the order of the grid
     */
    public boolean[] places() {
        boolean[] places = new boolean[areas.length];
        for (int corner = 0; corner < places.length; corner++) {
            places[corner] = areas[corner] > 0;
        }
        return places;
    }
}
