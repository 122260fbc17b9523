package org.segloss4j.internal.math;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;

/**
 * All sums of a loss: those over the labels and, where terms compare the predictions with other labels, those over
 * these. They have the same kind of rows. Immutable.
 *
 * @param own    the sums over the labels
 * @param others for each kind of other labels the intersections, masses and weights
 */
public record LossSums(Sums own, Map<OtherLabels, Sums> others) {

    /**
     * Copies the map, in the order of the kinds.
     *
     * @param own    the sums over the labels
     * @param others those over other labels
     * @throws IllegalArgumentException if their rows or classes differ
     */
    public LossSums {
        Map<OtherLabels, Sums> ordered = new EnumMap<>(OtherLabels.class);
        ordered.putAll(others);
        for (Sums other : ordered.values()) {
            if (other.perImage() != own.perImage() || other.rows() != own.rows()
                    || other.classes() != own.classes()) {
                throw new IllegalArgumentException("sums over other labels of " + other + " beside those of " + own);
            }
        }
        others = Collections.unmodifiableMap(ordered);
    }

    /**
     * The sums of a loss that reads nothing but the labels.
     *
     * @param own the sums over the labels
     */
    public LossSums(Sums own) {
        this(own, Map.of());
    }

    /**
     * The columns of sums over other labels.
     *
     * @param classes C
     * @return their layout
     */
    public static SumsLayout layoutOfOthers(int classes) {
        return new SumsLayout(classes, 0);
    }

    /**
     * Whether another object has sums of the same things.
     *
     * @param other sums of other examples
     * @return false if they cannot be merged
     */
    public boolean hasFormOf(LossSums other) {
        return own.perImage() == other.own.perImage() && own.layout().equals(other.own.layout())
                && others.keySet().equals(other.others.keySet());
    }

    /**
     * Joins these sums with those of another part of the batch.
     *
     * @param other sums of the same form over other examples
     * @return the sums of both parts
     */
    public LossSums merge(LossSums other) {
        Map<OtherLabels, Sums> merged = new EnumMap<>(OtherLabels.class);
        others.forEach((kind, sums) -> merged.put(kind, sums.merge(other.others.get(kind))));
        return new LossSums(own.merge(other.own), merged);
    }

    /**
     * The sums of the whole batch as one row.
     *
     * @return the rows added in order
     */
    public LossSums pooled() {
        return each(Sums::pooled);
    }

    /**
     * The sums of one image alone.
     *
     * @param row the image
     * @return its sums
     */
    public LossSums row(int row) {
        return each(sums -> sums.row(row));
    }

    private LossSums each(UnaryOperator<Sums> change) {
        Map<OtherLabels, Sums> changed = new EnumMap<>(OtherLabels.class);
        others.forEach((kind, sums) -> changed.put(kind, change.apply(sums)));
        return new LossSums(change.apply(own), changed);
    }
}
