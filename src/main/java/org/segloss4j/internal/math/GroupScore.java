package org.segloss4j.internal.math;

import java.util.List;

/**
 * A score of groups of classes instead of classes: the probability of a group is the sum of those of its classes, so
 * that its intersection is a sum over pairs of them. Groups may overlap. The score of a group may be made of
 * intersections, masses and weights.
 *
 * @param score  the score of a group
 * @param groups the groups, at least one
 */
public record GroupScore(ScoreFunction score, List<PairSum.Group> groups) implements ScoreFunction {

    /**
     * Copies the groups.
     *
     * @param score  the score of a group
     * @param groups the groups, at least one
     * @throws IllegalArgumentException if there is no group, or the score needs what groups do not have
     */
    public GroupScore {
        groups = List.copyOf(groups);
        if (groups.isEmpty()) {
            throw new IllegalArgumentException("classGroups must hold at least one group");
        }
        if (!score.statistics().isNone() || score.joinsClasses()) {
            throw new IllegalArgumentException("classGroups does not go with squared masses or soft labels, of which a"
                    + " group has no sums");
        }
    }

    @Override
    public Statistics statistics() {
        return Statistics.of(List.copyOf(groups));
    }

    @Override
    public Sums scored(Sums sums) {
        SumsLayout layout = new SumsLayout(groups.size(), 0);
        double[] values = new double[sums.rows() * layout.width()];
        for (int n = 0; n < sums.rows(); n++) {
            for (int k = 0; k < groups.size(); k++) {
                int at = n * layout.width();
                values[at + layout.intersection(k)] = sums.pair(n, groups.get(k));
                for (int c : groups.get(k).classes()) {
                    values[at + layout.predicted(k)] += sums.predicted(n, c);
                    values[at + layout.truth(k)] += sums.truth(n, c);
                }
                values[at + layout.weight(k)] = sums.weight(n, groups.get(k).classes().get(0));
            }
        }
        return new Sums(sums.perImage(), sums.rows(), layout, values);
    }

    @Override
    public double value(Sums sums, int row, int c) {
        return score.value(sums, row, c);
    }

    @Override
    public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
        Coefficients own = new Coefficients(1, sums.layout());
        score.addSlopes(sums, row, c, factor, own, 0);
        to.addPair(toRow, groups.get(c), own.a(0, c));
        addMassSlope(c, own.b(0, c), to, toRow);
    }

    @Override
    public void addMassSlope(int c, double slope, Coefficients to, int toRow) {
        for (int member : groups.get(c).classes()) {
            to.addB(toRow, member, slope);
        }
    }
}
