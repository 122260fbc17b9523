package org.segloss4j.evaluation;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.segloss4j.internal.morphology.Boundaries;
import org.segloss4j.internal.morphology.DistanceTransform;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.morphology.SurfaceElements;

/**
 * How far the elements of one surface lie from another surface, and how much of the surface each of them stands for.
 *
 * @param distances sorted; infinite if there is no other surface
 * @param areas     of each element, or null if each counts once
 */
record SurfaceDistances(double[] distances, double[] areas) {

    private static final double ALL = 100;
    static final SurfaceDistances NONE = new SurfaceDistances(new double[0], null);

    /** Those of the edge pixels of one mask to those of another. */
    static SurfaceDistances ofEdges(boolean[] from, boolean[] to, Grid grid) {
        boolean[] places = Boundaries.edge(from, grid);
        double[] squared = DistanceTransform.squared(Boundaries.edge(to, grid), grid);
        return new SurfaceDistances(IntStream.range(0, places.length).filter(p -> places[p])
                .mapToDouble(p -> Math.sqrt(squared[p])).sorted().toArray(), null);
    }

    /** Those of the surface elements of one mask to those of another, by their length or area. */
    static SurfaceDistances ofElements(SurfaceElements from, SurfaceElements to) {
        boolean[] places = from.places();
        double[] squared = DistanceTransform.squared(to.places(), to.grid());
        int[] order = IntStream.range(0, places.length).filter(p -> places[p]).boxed()
                .sorted(Comparator.comparingDouble(p -> squared[p])).mapToInt(Integer::intValue).toArray();
        return new SurfaceDistances(IntStream.of(order).mapToDouble(p -> Math.sqrt(squared[p])).toArray(),
                IntStream.of(order).mapToDouble(p -> from.areas()[p]).toArray());
    }

    boolean isEmpty() {
        return distances.length == 0;
    }

    private double area(int k) {
        return areas == null ? 1 : areas[k];
    }

    /** The number of elements, or their area. */
    double total() {
        return within(Double.POSITIVE_INFINITY);
    }

    /** That of the elements up to a distance. */
    double within(double tolerance) {
        double right = 0;
        for (int k = 0; k < distances.length; k++) {
            right += (float) distances[k] <= (float) tolerance ? area(k) : 0;
        }
        return right;
    }

    /** The sum of the distances, each times its area. */
    double sum() {
        double sum = 0;
        for (int k = 0; k < distances.length; k++) {
            sum += area(k) * distances[k];
        }
        return sum;
    }

    /**
     * The distance that a part of the elements does not exceed. Between two of those that count once it is
     * interpolated; by area it is the first one up to which the part lies.
     */
    double percentile(double percentile) {
        if (areas == null) {
            double rank = percentile / ALL * (distances.length - 1);
            int below = (int) rank;
            int above = Math.min(below + 1, distances.length - 1);
            return distances[below] + (rank - below) * (distances[above] - distances[below]);
        }
        double least = percentile / ALL * total();
        double sum = 0;
        int last = distances.length - 1;
        for (int k = 0; percentile < ALL && k < last; k++) {
            sum += areas[k];
            if (sum >= least) {
                return distances[k];
            }
        }
        return distances[last];
    }
}
