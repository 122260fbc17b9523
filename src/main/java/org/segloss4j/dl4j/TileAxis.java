package org.segloss4j.dl4j;

import java.util.ArrayList;
import java.util.List;

/**
 * Where tiles lie along one axis of an image, and how much each counts at each of its places. The shares of all tiles
 * at a place of the image are 1 together.
 *
 * <p>A tile that has a neighbour counts nothing within the outer three eighths of the overlap, since what the network
 * says there rests on less context; in the middle quarter of the overlap one tile smoothly takes over from the other.
 */
final class TileAxis {

    /** The part of the overlap, at a tile's end, where the tile does not count. */
    private static final double MARGIN = 0.375;
    /**
     * Tiles lie a multiple of this apart if their size is one, so that pooling, up to four times as in the first U-Net,
     * sees the same grid in all of them.
     */
    private static final int GRID = 16;

    private final int length;
    private final int tile;
    private final int[] origins;
    private final float[][] shares;

    /**
     * Lays the tiles out.
     *
     * @param length  of the image's side, at least 1
     * @param tile    length of a tile's side, at least 1
     * @param overlap of neighbours, at least; from 0 to below the tile's length
     */
    TileAxis(int length, int tile, int overlap) {
        this.length = length;
        this.tile = tile;
        List<Integer> places = new ArrayList<>();
        int step = step(tile, overlap);
        for (int origin = 0; origin + tile < length; origin += step) {
            places.add(origin);
        }
        // The last tile ends with the image, and so sees its true edge.
        places.add(Math.max(0, length - tile));
        origins = places.stream().mapToInt(Integer::intValue).toArray();
        shares = new float[origins.length][tile];
        double[] sums = new double[length];
        for (int i = 0; i < origins.length; i++) {
            for (int k = 0; k < inside(); k++) {
                sums[origins[i] + k] += weight(i, k, overlap);
            }
        }
        for (int i = 0; i < origins.length; i++) {
            for (int k = 0; k < inside(); k++) {
                shares[i][k] = (float) (weight(i, k, overlap) / sums[origins[i] + k]);
            }
        }
    }

    /** How far one tile lies behind the other. */
    private static int step(int tile, int overlap) {
        int grid = Math.min(GRID, Integer.lowestOneBit(tile));
        while (grid > tile - overlap) {
            grid /= 2;
        }
        return (tile - overlap) / grid * grid;
    }

    private double weight(int i, int k, int overlap) {
        double left = i == 0 ? 1 : ramp(k + 0.5, overlap);
        double right = i == origins.length - 1 ? 1 : ramp(tile - k - 0.5, overlap);
        return left * right;
    }

    private static double ramp(double distance, int overlap) {
        double place = (distance - MARGIN * overlap) / (overlap * (1 - 2 * MARGIN));
        double sine = Math.sin(Math.PI / 2 * Math.max(0, Math.min(1, place)));
        return sine * sine;
    }

    /** How many places of a tile lie inside the image. */
    int inside() {
        return Math.min(tile, length);
    }

    /** The number of tiles. */
    int size() {
        return origins.length;
    }

    /** Where a tile starts in the image. */
    int origin(int i) {
        return origins[i];
    }

    /** How much a tile counts at one of its places. */
    float share(int i, int k) {
        return shares[i][k];
    }

    /** The place in the image that a tile shows: beyond the image's end it is mirrored, however often. */
    int place(int i, int k) {
        int at = origins[i] + k;
        if (at < length) {
            return at;
        }
        int period = Math.max(1, 2 * (length - 1));
        int folded = at % period;
        return folded < length ? folded : period - folded;
    }
}
