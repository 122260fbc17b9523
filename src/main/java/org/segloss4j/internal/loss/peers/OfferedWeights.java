package org.segloss4j.internal.loss.peers;

import java.util.List;
import java.util.function.UnaryOperator;

/** Class weights that a caller has for whatever loss takes them, and what became of them. */
final class OfferedWeights {

    /** One for each class, or null for none. */
    private final List<Double> all;
    private boolean taken;
    private boolean replaced;

    OfferedWeights(List<Double> all) {
        this.all = all == null ? null : List.copyOf(all);
    }

    /**
     * The weights that a loss was given, or else those of the offered ones that are for it.
     *
     * @param given  or null
     * @param chosen of all; null where they would have no effect
     * @return null if there are none
     */
    List<Double> or(List<Double> given, UnaryOperator<List<Double>> chosen) {
        if (given != null || all == null) {
            replaced |= given != null;
            return given;
        }
        List<Double> own = chosen.apply(all);
        taken |= own != null;
        return own;
    }

    /**
     * Refuses that nothing became of them.
     *
     * @throws UnsupportedOperationException if the loss has no parameter for them, or it was given
     */
    void requireTaken(String loss) {
        if (all != null && !taken) {
            throw new UnsupportedOperationException(loss + (replaced ? " has class weights of its own"
                    : " has no class weights"));
        }
    }
}
