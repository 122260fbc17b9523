package org.segloss4j.internal.math;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Sums that a loss needs beside the intersections, masses and weights of its classes and the sums of its pixel terms.
 * Each costs a sweep some work, so it is only there if a term asks for it.
 *
 * @param squares   whether each class has {@code Q = Σ m·(p² + g²)}
 * @param distances whether each class has {@code D = Σ m·|p − g|}
 * @param pairs     sums over pairs of a true and a predicted class
 * @param pixels    whether there is the number of pixels, void ones included
 */
public record Statistics(boolean squares, boolean distances, List<PairSum> pairs, boolean pixels) {

    /** No further sums. */
    public static final Statistics NONE = new Statistics(false, false, List.of(), false);
    /** Q of each class. */
    public static final Statistics SQUARES = new Statistics(true, false, List.of(), false);
    /** D of each class. */
    public static final Statistics DISTANCES = new Statistics(false, true, List.of(), false);
    /** The number of pixels. */
    public static final Statistics PIXELS = new Statistics(false, false, List.of(), true);

    /**
     * Copies the list.
     *
     * @param squares   whether each class has {@code Q = Σ m·(p² + g²)}
     * @param distances whether each class has {@code D = Σ m·|p − g|}
     * @param pairs     sums over pairs of a true and a predicted class
     * @param pixels    whether there is the number of pixels, void ones included
     */
    public Statistics {
        pairs = List.copyOf(pairs);
    }

    /**
     * Sums over pairs of classes alone.
     *
     * @param pairs which ones
     * @return nothing but these
     */
    public static Statistics of(List<PairSum> pairs) {
        return new Statistics(false, false, pairs, false);
    }

    /**
     * What two terms need together; a pair sum of both is there once.
     *
     * @param other what the second needs
     * @return the union
     */
    public Statistics and(Statistics other) {
        List<PairSum> all = new ArrayList<>(pairs);
        other.pairs.stream().filter(pair -> !all.contains(pair)).forEach(all::add);
        return new Statistics(squares || other.squares, distances || other.distances, all, pixels || other.pixels);
    }

    /**
     * The same without D.
     *
     * @return all but the distances
     */
    public Statistics withoutDistances() {
        return new Statistics(squares, false, pairs, pixels);
    }

    /**
     * Whether all that somebody else needs is among them.
     *
     * @param other what is needed
     * @return false if something is missing
     */
    public boolean include(Statistics other) {
        return (squares || !other.squares) && (distances || !other.distances) && (pixels || !other.pixels)
                && new HashSet<>(pairs).containsAll(other.pairs);
    }

    /**
     * Whether there are none.
     *
     * @return true if nothing is asked for
     */
    public boolean isNone() {
        return equals(NONE);
    }

    /** Such as {@code [squares, 2 pair sums]}. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        if (squares) {
            names.add("squares");
        }
        if (distances) {
            names.add("distances");
        }
        if (!pairs.isEmpty()) {
            names.add(pairs.size() == 1 ? pairs.get(0).toString() : pairs.size() + " sums over pairs of classes");
        }
        if (pixels) {
            names.add("number of pixels");
        }
        return names.toString();
    }
}
